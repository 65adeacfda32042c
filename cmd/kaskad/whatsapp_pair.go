package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// whatsappPairCmd links the gateway to a phone.
type whatsappPairCmd struct {
	Code *string `placeholder:"PHONE" help:"Instead of a QR code, show a code to be typed on this phone, such as +380501112233."`
	PNG  *string `name:"png" placeholder:"FILE" complete:"file" help:"Write the QR code into this file instead of the terminal; it is readable for you alone, and gone when the pairing ends."`
	Yes  bool    `short:"y" help:"The warning was read: do not ask."`
	JSON bool    `name:"json" help:"Print a line of JSON for each QR code or code, and one for the end."`
}

func (c *whatsappPairCmd) Help() string {
	return `It warns and asks first. The pairing happens in the running gateway, which then connects at once, or here when none runs. Ctrl-C ends
it, and nothing is linked.

Examples:
  kaskad whatsapp pair
  kaskad whatsapp pair --code +380501112233`
}

// pairWarning is what everybody reads before a number is put at risk.
const pairWarning = `This links Kaskad to the WhatsApp of an ordinary phone, as WhatsApp Web is linked.

  It is no official interface. WhatsApp's terms do not allow programs that send by it, and WhatsApp can ban the number, for a while or for
  good, with all its chats. Nobody can undo that, and it happens to careful people, too.

  - Use a number that you can lose, never the one that is on your shop front.
  - Let people write to you first. Kaskad writes only to those, slowly, and to few on the first days.
  - The official way is Meta's Business Platform: [whatsapp_cloud] in the configuration. It costs money, and bans nobody for using it.

docs/whatsapp.md says more.
`

var errNotLinked = errors.New("nothing was linked")

func (c *whatsappPairCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if err := c.check(s); err != nil {
		return err
	}
	country, err := app.WhatsAppOn(at)
	if err != nil {
		return err
	}
	phone, err := c.phone(country)
	if err != nil {
		return err
	}
	gate, err := openOrMake(ctx, s, at)
	if err != nil {
		return err
	}
	return errors.Join(c.pair(ctx, s, gate, phone), gate.Close())
}

// check says what is wrong with the flags by themselves.
func (c *whatsappPairCmd) check(s app.Streams) error {
	switch {
	case c.Code != nil && c.PNG != nil:
		return app.Misused("--png is of a QR code, and with --code there is none: write one of them")
	case c.PNG != nil && *c.PNG == "":
		return app.Misused("--png is empty: name a new file, or leave it out for a QR code in the terminal")
	case !c.Yes && s.In == nil:
		return app.Misused("WhatsApp may ban a number for this, and there is no terminal to ask at; read docs/whatsapp.md and write --yes")
	case c.PNG == nil:
		return nil
	}
	if _, err := os.Lstat(*c.PNG); err == nil {
		return app.Misused("--png: %s is there already, and would be replaced and then taken away: name a new file", *c.PNG)
	}
	return nil
}

func (c *whatsappPairCmd) pair(ctx context.Context, s app.Streams, gate *app.Gate, phone string) error {
	now, err := gate.WhatsApp(ctx)
	if err != nil {
		return err
	}
	if now.Account != nil {
		return fmt.Errorf("%s is paired already (%s); to pair another phone, unlink it first: kaskad whatsapp logout", printable(whose(now.Account)), now.State)
	}
	if err := unreadable(now); err != nil {
		return err
	}
	if !c.Yes {
		fmt.Fprint(s.Err, pairWarning+"\n")
		if err := agreeTo(ctx, s, "Link a phone all the same?", errNotLinked); err != nil {
			return err
		}
	}
	show := c.shower(s)
	err = gate.PairWhatsApp(ctx, phone, show.step)
	if ended := show.end(); err == nil {
		err = ended
	}
	if ctx.Err() != nil && show.paired == nil {
		return fmt.Errorf("broken off: %w", errNotLinked)
	}
	return err
}

// phone is the number that a code is typed on; empty: a QR code.
func (c *whatsappPairCmd) phone(country string) (string, error) {
	if c.Code == nil {
		return "", nil
	}
	if strings.TrimSpace(*c.Code) == "" {
		return "", app.Misused("--code is empty: write the phone on which the code will be typed, such as +380501112233, or leave it out for a QR code")
	}
	phone, err := app.Phone(*c.Code, country)
	if err != nil {
		return "", app.Misused("--code: %v", err)
	}
	return phone, nil
}

// pairing shows what has to be scanned or typed, as it comes.
type pairing struct {
	out, err io.Writer
	json     bool
	png      string
	screen   *qrScreen
	told     bool // how it is done
	paired   *app.WhatsAppAccount
	failed   error
}

func (c *whatsappPairCmd) shower(s app.Streams) *pairing {
	show := &pairing{out: s.Out, err: s.Err, json: c.JSON, screen: newQRScreen(s.Out, "--code PHONE or --png FILE")}
	if c.PNG != nil {
		show.png = *c.PNG
	}
	return show
}

func (p *pairing) step(s app.WhatsAppStep) error {
	switch {
	case s.Paired != nil:
		p.paired = s.Paired
	case s.Failed != "":
		p.failed = fmt.Errorf("%w: %s", errNotLinked, printable(s.Reason))
	}
	if p.png != "" && s.QR != "" {
		if err := writeQR(p.png, s.QR); err != nil {
			return err
		}
	}
	if p.json {
		return json.NewEncoder(p.out).Encode(s)
	}
	return p.show(s)
}

func (p *pairing) show(s app.WhatsAppStep) error {
	switch {
	case s.QR != "" && p.png != "":
		p.tell("On the phone: WhatsApp, Settings, Linked devices, Link a device; then scan " + p.png + ".")
		fmt.Fprintf(p.err, "%s has a QR code that is good for %s\n", p.png, left(s.Until))
	case s.QR != "":
		p.tell("On the phone: WhatsApp, Settings, Linked devices, Link a device; then scan this. It changes by itself; Ctrl-C ends it.")
		return p.screen.draw(s.QR)
	case s.Code != "":
		p.tell("On the phone: WhatsApp, Settings, Linked devices, Link a device, Link with phone number instead; then type this code.")
		fmt.Fprintln(p.out, printable(s.Code))
		fmt.Fprintf(p.err, "It is good for %s; Ctrl-C ends it.\n", left(s.Until))
	case s.Paired != nil:
		p.screen.clear()
		_, err := fmt.Fprintf(p.out, "paired: %s\n", printable(whose(s.Paired)))
		return err
	case s.Failed != "":
		p.screen.clear()
	}
	return nil
}

// tell says how it is done, once.
func (p *pairing) tell(how string) {
	if !p.told {
		fmt.Fprintln(p.err, how)
	}
	p.told = true
}

// end takes away what is worth nothing any more, and is the error to leave with.
func (p *pairing) end() error {
	if p.paired == nil && p.failed == nil {
		p.screen.clear()
	}
	if p.png != "" {
		if err := removeQR(p.png); err != nil {
			return errors.Join(p.failed, err)
		}
	}
	return p.failed
}

func left(until time.Time) string {
	return max(time.Until(until).Round(time.Second), 0).String()
}

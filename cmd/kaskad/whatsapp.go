package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// whatsappCmd is about the paired phone.
type whatsappCmd struct {
	Pair   whatsappPairCmd   `cmd:"" help:"Link the gateway to the WhatsApp of a phone, by a QR code or a code."`
	Status whatsappStatusCmd `cmd:"" help:"Say how the session stands and what to do."`
	Logout whatsappLogoutCmd `cmd:"" help:"Unlink the phone: at WhatsApp, and here."`
}

func (c *whatsappCmd) Help() string {
	return "The WhatsApp of an ordinary phone, with the gateway as a linked device; docs/whatsapp.md tells what is risky.\n\nExample: kaskad whatsapp pair"
}

type whatsappStatusCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *whatsappStatusCmd) Help() string {
	return "Exit status: 0 while it is connected, else 1.\n\nExample: kaskad whatsapp status"
}

// connected is the state in which everything works.
const connected = "connected"

func (c *whatsappStatusCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	gate, err := phoneGate(ctx, at)
	if err != nil {
		return err
	}
	defer gate.Close()
	now, err := gate.WhatsApp(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(s.Out).Encode(now)
	} else {
		_, err = fmt.Fprint(s.Out, standing(now))
	}
	if err == nil && now.State != connected {
		err = fmt.Errorf("whatsapp is not connected: %s", now.State)
	}
	return err
}

// standing is a status for people.
func standing(s *app.WhatsAppStatus) string {
	var b strings.Builder
	line := func(name, text string) { fmt.Fprintf(&b, "%-8s  %s\n", name, printable(text)) }
	state := s.State
	if !s.Since.IsZero() {
		state += " since " + app.Moment(s.Since.Local(), time.Now())
	}
	if !s.Until.IsZero() {
		state += ", until " + app.Moment(s.Until.Local(), time.Now())
	}
	line("state", state)
	if s.Account != nil {
		line("account", whose(s.Account))
	}
	if s.Today != nil {
		line("today", fmt.Sprintf("%s of %s messages that answer nobody", thousands(s.Today.Sent), thousands(s.Today.Most)))
	}
	if s.Advice != "" {
		line("to do", s.Advice)
	}
	return b.String()
}

// whose says whose phone it is.
func whose(a *app.WhatsAppAccount) string {
	return strings.TrimSpace(a.Phone + " " + cmp.Or(a.Business, a.Name))
}

type whatsappLogoutCmd struct {
	Yes  bool `short:"y" help:"Unlink without asking first."`
	JSON bool `name:"json" help:"Print {\"logged_out\": PHONE} as JSON."`
}

func (c *whatsappLogoutCmd) Help() string {
	return "The gateway disappears from the phone's linked devices, and its keys from here; messages that wait go on to the next channel.\n\nExample: kaskad whatsapp logout"
}

var errNotPaired = errors.New("no phone is paired: there is nothing to unlink")

func (c *whatsappLogoutCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if !c.Yes && s.In == nil {
		return app.Misused("this unlinks the phone, and there is no terminal to ask at; write --yes")
	}
	gate, err := phoneGate(ctx, at)
	if err != nil {
		return err
	}
	defer gate.Close()
	now, err := gate.WhatsApp(ctx)
	if err != nil {
		return err
	}
	if now.Account == nil {
		return cmp.Or(unreadable(now), errNotPaired)
	}
	phone := printable(whose(now.Account))
	if !c.Yes {
		if err := agreeTo(ctx, s, fmt.Sprintf("Unlink %s? Until a phone is paired again nothing goes out by WhatsApp.", phone), errStillPaired); err != nil {
			return err
		}
	}
	if err := gate.LogoutWhatsApp(ctx); err != nil {
		return err
	}
	return say(s, c.JSON, map[string]any{"logged_out": now.Account.Phone}, "unlinked: "+phone)
}

// unreadable is the error of a session whose file tells nothing, not even whether a phone is paired; nil: it tells.
func unreadable(s *app.WhatsAppStatus) error {
	if s.State != "store_failed" || s.Account != nil {
		return nil
	}
	return errors.New("whatsapp: " + printable(s.Advice))
}

var errStillPaired = errors.New("the phone stays linked")

// phoneGate connects to the gateway that holds the session, or opens the store when none runs.
func phoneGate(ctx context.Context, at app.Place) (*app.Gate, error) {
	if _, err := app.WhatsAppOn(at); err != nil {
		return nil, err
	}
	return app.Connect(ctx, at, app.RunningOrFile)
}

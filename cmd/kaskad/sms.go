package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// smsCmd is about SMS providers.
type smsCmd struct {
	Presets smsPresetsCmd `cmd:"" help:"List the descriptions of providers that come with the program, or print one."`
	Test    smsTestCmd    `cmd:"" help:"Send one message, wait for its report and print what was understood; it costs money."`
}

func (c *smsCmd) Help() string {
	return "Providers are described in docs/sms.md.\n\nExample: kaskad sms presets turbosms"
}

func (c *smsPresetsCmd) Help() string {
	return "Examples:\n  kaskad sms presets\n  kaskad sms presets turbosms >> config.toml"
}

type smsPresetsCmd struct {
	Name string `arg:"" optional:"" complete:"preset" help:"Print this one, to be copied into config.toml."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// smsPreset is a line of the list, as JSON.
type smsPreset struct {
	Name       string   `json:"name"`
	Title      string   `json:"title"`
	Countries  []string `json:"countries"` // empty: everywhere
	Keys       []string `json:"keys"`
	Reports    bool     `json:"reports"`
	Polls      bool     `json:"polls"`
	Inbound    bool     `json:"inbound"`
	Balance    bool     `json:"balance"`
	Signed     bool     `json:"signed"`
	Unverified []string `json:"unverified"`
	ReportsAt  string   `json:"reports_at,omitempty"`
	Note       string   `json:"note,omitempty"`
	Text       string   `json:"text,omitempty"`
}

func (c *smsPresetsCmd) Run(s app.Streams) error {
	all := app.SMSPresets()
	if c.Name != "" {
		return c.one(s, all)
	}
	if c.JSON {
		lines := make([]smsPreset, len(all))
		for i := range all {
			lines[i] = presetLine(&all[i])
		}
		return json.NewEncoder(s.Out).Encode(lines)
	}
	t := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tPROVIDER\tCOUNTRIES\tREPORTS\tASKED\tREPLIES\tBALANCE\tSIGNED\tNOT SEEN YET\tYOU WRITE")
	for i := range all {
		p := presetLine(&all[i])
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, p.Title, cmp.Or(strings.Join(p.Countries, " "), "all"),
			yes(p.Reports), yes(p.Polls), yes(p.Inbound), yes(p.Balance), yes(p.Signed), cmp.Or(strings.Join(p.Unverified, " "), "-"), strings.Join(p.Keys, " "))
	}
	return t.Flush()
}

// one prints one preset: its file, or all that is known of it.
func (c *smsPresetsCmd) one(s app.Streams, all []app.SMSPreset) error {
	i := slices.IndexFunc(all, func(p app.SMSPreset) bool { return p.Name == c.Name })
	if i < 0 {
		return app.Misused("there is no preset %q; list them: kaskad sms presets", c.Name)
	}
	if !c.JSON {
		_, err := io.WriteString(s.Out, all[i].Text)
		return err
	}
	line := presetLine(&all[i])
	line.Text = all[i].Text
	return json.NewEncoder(s.Out).Encode(line)
}

func presetLine(p *app.SMSPreset) smsPreset {
	return smsPreset{
		Name: p.Name, Title: p.Title, Countries: list(p.Countries), Keys: list(p.Keys), Reports: p.Reports, Polls: p.Polls, Inbound: p.Inbound,
		Balance: p.Balance, Signed: p.Signed, Unverified: list(p.Unverified), ReportsAt: p.ReportsAt, Note: p.Note,
	}
}

// list is a list that JSON writes as one when it is empty, too.
func list(all []string) []string { return append([]string{}, all...) }

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "-"
}

type smsTestCmd struct {
	To       string        `required:"" placeholder:"PHONE" help:"Your own phone, such as +380501112233."`
	Provider string        `placeholder:"NAME" help:"Which [[sms]]; the first unless written."`
	Text     string        `help:"What to send; some Latin letters with the time unless written."`
	Wait     time.Duration `default:"2m" help:"How long to wait for the report; 10m at most."`
	Yes      bool          `short:"y" help:"Send without asking first."`
	JSON     bool          `name:"json" help:"Print JSON, at the end."`
}

func (c *smsTestCmd) Help() string {
	return `The message goes through the running gateway, which hears the provider's calls, or from here when none runs. It asks nobody's
consent and obeys neither quiet hours nor a pause; it counts in [spend]. Exit status: 0 accepted, and delivered where the end can be
known; 1 otherwise.

Example: kaskad sms test --to +380501112233`
}

const longestWait = 10 * time.Minute

func (c *smsTestCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if c.Wait < 0 || c.Wait > longestWait {
		return app.Misused("--wait %s cannot be; write up to %s", c.Wait, longestWait)
	}
	if err := app.CheckPhone(at, c.To); err != nil {
		return err
	}
	if !c.Yes && s.In == nil {
		return app.Misused("this sends a message that costs money, and there is no terminal to ask at; write --yes")
	}
	gate, err := openOrMake(ctx, s, at)
	if err != nil {
		return err
	}
	return errors.Join(c.test(ctx, s, gate), gate.Close())
}

func (c *smsTestCmd) test(ctx context.Context, s app.Streams, gate *app.Gate) error {
	ask := app.SMSAsk{Provider: c.Provider, To: c.To, Text: cmp.Or(c.Text, "Kaskad test "+time.Now().Format("15:04:05"))}
	ask.Quote = true
	price, err := gate.TestSMS(ctx, ask)
	if err != nil {
		return err
	}
	if !c.Yes {
		question := fmt.Sprintf("%s: one part costs %s, this text takes %d: %s. Send it to %s?", price.Provider, money(price.PerPart), price.Parts, money(price.Cost), printable(c.To))
		if err := agree(ctx, s, question); err != nil {
			return err
		}
	}
	ask.Quote = false
	t, err := gate.TestSMS(ctx, ask)
	if err != nil {
		return err
	}
	out := s.Out
	if c.JSON {
		out = io.Discard
	}
	printSent(out, t)
	wait, stop := context.WithTimeout(ctx, c.Wait)
	defer stop()
	t, err = gate.FollowSMS(wait, t, func(told app.SMSTold) {
		fmt.Fprintf(out, "%s  %s\n", told.At.Local().Format(time.TimeOnly), printable(told.Text))
	})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(s.Out).Encode(t); err != nil {
			return err
		}
		return verdict(t)
	}
	printEnd(out, t)
	return verdict(t)
}

func money(m app.SMSMoney) string { return strings.TrimSpace(m.Amount + " " + m.Currency) }

// printSent shows the attempt: what was asked and answered, and what it was taken for.
func printSent(out io.Writer, t *app.SMSTest) {
	fmt.Fprintf(out, "provider  %s\n", t.Provider)
	if t.Asked != "" {
		fmt.Fprintf(out, "asked     %s\n", printable(t.Asked))
	}
	switch {
	case t.Status > 0:
		fmt.Fprintf(out, "answered  HTTP %d\n", t.Status)
		for line := range strings.Lines(t.Answer) {
			fmt.Fprintf(out, "          %s\n", printable(strings.TrimRight(line, "\n")))
		}
	case t.Asked != "":
		fmt.Fprintln(out, "answered  nothing")
	}
	taken := "accepted, id " + cmp.Or(t.ProviderID, "none")
	if !t.Accepted {
		taken = t.Reason
	}
	fmt.Fprintf(out, "taken as  %s\n", printable(taken))
	if t.Accepted || t.Fault == "uncertain" {
		fmt.Fprintf(out, "costs     %s for %d of %s each; it counts in [spend]\n", money(t.Cost), t.Parts, money(t.PerPart))
	}
	if t.Silence != "" {
		fmt.Fprintf(out, "reports   %s\n", t.Silence)
	}
	if t.Awaits {
		fmt.Fprintln(out, "waiting for what becomes of it; Ctrl-C ends that")
	}
}

// printEnd shows what became of the message, the money, and what somebody should look at.
func printEnd(out io.Writer, t *app.SMSTest) {
	if t.End != "" {
		fmt.Fprintf(out, "the end   %s\n", t.End)
	}
	switch {
	case t.Unknown != "":
		fmt.Fprintf(out, "balance   unknown: %s\n", printable(t.Unknown))
	case t.Before != nil && t.After != nil:
		fmt.Fprintf(out, "balance   %s before, %s after\n", money(*t.Before), money(*t.After))
	case t.Before != nil:
		fmt.Fprintf(out, "balance   %s before\n", money(*t.Before))
	}
	if len(t.Questions) == 0 {
		return
	}
	fmt.Fprintln(out, "\nNobody has seen these parts of the provider's description work yet. Please look:")
	for _, q := range t.Questions {
		fmt.Fprintf(out, "  %-8s  %s\n", q.Part, q.Text)
	}
	fmt.Fprintln(out, "When all is well, write unverified = [] into this [[sms]].")
}

// verdict is the error to leave with.
func verdict(t *app.SMSTest) error {
	switch {
	case !t.Accepted && t.End != "delivered":
		return fmt.Errorf("%s did not accept the message: it was taken as %s", t.Provider, t.Fault)
	case t.End != "" && t.End != "delivered":
		return fmt.Errorf("%s took the message, and it did not arrive: %s", t.Provider, t.End)
	case t.Calls && !t.Called:
		return fmt.Errorf("%s did not report in time; %s", t.Provider, where(t))
	case t.Awaits && t.End == "":
		return fmt.Errorf("%s did not say in time what became of the message", t.Provider)
	}
	return nil
}

// where says what to look at when no report comes.
func where(t *app.SMSTest) string {
	if t.EnterAt == "" {
		return "compare the address at the provider with the one that kaskad check shows"
	}
	return "kaskad check shows the address for reports; it is entered at: " + t.EnterAt
}

// terminal is what a person can answer at; nil: nobody sits there.
func terminal(f *os.File) io.Reader {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(info, null) {
		return nil // a device, too
	}
	return f
}

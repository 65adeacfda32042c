package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// sendCmd asks the running gateway for one delivery, or for one to everybody on a list.
type sendCmd struct {
	To            string `xor:"to" required:"" placeholder:"REF" help:"Who: our id, ext:C-100, phone:+380501112233 or telegram:42."`
	ToFile        string `xor:"to" required:"" placeholder:"FILE" complete:"file" help:"Everybody on a CSV list instead; asks before it spends."`
	Template      string `placeholder:"NAME" complete:"template" help:"The template."`
	Text          string `placeholder:"TEXT" help:"Free text instead of a template; needs --purpose."`
	Var           vars   `placeholder:"K=V" help:"A field of the template; several times for several."`
	Cascade       string `placeholder:"NAME" complete:"cascade" help:"The cascade; the purpose's own when it is left out."`
	Purpose       string `placeholder:"PURPOSE" complete:"service,marketing,urgent" help:"service, marketing or urgent; the template's own when it is left out."`
	SendAt        string `placeholder:"TIME" help:"Not before this time: 2026-12-01 10:00 in the company's zone, or RFC 3339."`
	Key           string `placeholder:"KEY" help:"Idempotency key: the same key sends once in 7 days. Of a list: its rows are sent once under it."`
	Wait          bool   `help:"Follow it to the end. Ctrl-C ends the waiting only."`
	DryRun        bool   `help:"Say what would happen and what it would cost, and send nothing."`
	Yes           bool   `short:"y" help:"Of a list: send without asking."`
	SkipBad       bool   `help:"Of a list: leave out rows that cannot be sent, instead of sending nothing."`
	IgnoreColumns bool   `help:"Of a list: pass over columns that are neither a person nor a field."`
	JSON          bool   `name:"json" help:"Print the answer as JSON."`
}

func (c *sendCmd) Help() string {
	return `A list is CSV in UTF-8, with commas, semicolons or tabs. Its first row names the columns: "to" (a REF), or phone, ext, telegram and so on;
the others are fields of the template. It is read and checked as a whole before anything is sent. Run again after a crash, the same command
sends nothing twice. docs/cli.md has more.

Exit status: 0 the gateway took it (of a list: every row that was to go), with --wait also that the message was reached or taken by a channel;
1 not so; 2 bad usage, or a list with rows that cannot be sent.

Examples:
  kaskad send --to phone:+380501112233 --template bonus --var points=120 --wait
  kaskad send --to ext:C-100 --text "Your order is here." --purpose service
  kaskad send --to-file people.csv --template bonus --dry-run`
}

func (c *sendCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	letter, err := c.letter(at)
	if err != nil {
		return err
	}
	if c.ToFile != "" {
		return c.sendList(ctx, s, at, letter)
	}
	if c.SkipBad || c.IgnoreColumns {
		return app.Usage(errors.New("--skip-bad and --ignore-columns are for lists: write --to-file"))
	}
	if past(letter) {
		return c.tooLate()
	}
	if err := app.CheckRef(at, c.To); err != nil {
		return err
	}
	gate, err := app.Connect(ctx, at, app.Running)
	if err != nil {
		return err
	}
	return errors.Join(c.sendOne(ctx, s, gate, app.Sending{Letter: letter, To: c.To}), gate.Close())
}

func (c *sendCmd) letter(at app.Place) (app.Letter, error) {
	if (c.Template == "") == (c.Text == "") {
		return app.Letter{}, app.Usage(errors.New("write either --template NAME or --text TEXT"))
	}
	if c.Text != "" && len(c.Var) > 0 {
		return app.Letter{}, app.Misused("--var is a field of a template, and --text has none: write the value into the text")
	}
	when, err := app.ReadMoment(at, "--send-at", c.SendAt)
	return app.Letter{Template: c.Template, Text: c.Text, Data: c.Var, Cascade: c.Cascade, Purpose: c.Purpose, Key: c.Key, SendAt: when}, err
}

// past reports whether the time to send at is over: more often than not that is a slip of the year, and it would go at once.
func past(letter app.Letter) bool {
	return !letter.SendAt.IsZero() && letter.SendAt.Before(time.Now().Add(-time.Minute))
}

func (c *sendCmd) tooLate() error {
	return app.Misused("--send-at %s is over: write a time to come, or leave it out to send now", c.SendAt)
}

func (c *sendCmd) sendOne(ctx context.Context, s app.Streams, gate *app.Gate, m app.Sending) error {
	if c.DryRun {
		return c.estimateOne(ctx, s, gate, m)
	}
	done, err := gate.Send(ctx, m)
	if err != nil {
		return err
	}
	if !c.Wait {
		if c.JSON {
			return json.NewEncoder(s.Out).Encode(done)
		}
		_, err := fmt.Fprintln(s.Out, done)
		return err
	}
	show := newBoard(s.Err)
	end, err := gate.Follow(ctx, done.ID, func(now *app.Standing) { show.tell(now, time.Now()) })
	if err != nil {
		return err
	}
	if c.JSON {
		_, err = fmt.Fprintf(s.Out, "%s\n", end.Raw)
	} else {
		_, err = fmt.Fprintln(s.Out, &end.Sent)
	}
	return errors.Join(err, end.Failed())
}

// estimateOne prints what one delivery would do and cost.
func (c *sendCmd) estimateOne(ctx context.Context, s app.Streams, gate *app.Gate, m app.Sending) error {
	raw, err := gate.Estimate(ctx, m)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := fmt.Fprintf(s.Out, "%s\n", raw)
		return err
	}
	var e struct {
		State, Reason string
		Repeat        bool
		Channels      []string
		Least, Most   app.MailingMoney
		AsSMS         *app.MailingMoney `json:"as_sms"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, oneLine(e.State, e.Reason, e.Repeat, e.Channels, e.Least, e.Most, e.AsSMS))
	return err
}

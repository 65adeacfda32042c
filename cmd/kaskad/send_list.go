package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// listAnswer is what sending to a list prints as JSON.
type listAnswer struct {
	File     string       `json:"file"` // the metadata of its deliveries
	Estimate *app.Outlook `json:"estimate"`
	Sent     *app.Outcome `json:"sent,omitempty"`
	Ended    *app.Ended   `json:"ended,omitempty"`
}

func (c *sendCmd) sendList(ctx context.Context, s app.Streams, at app.Place, letter app.Letter) (err error) {
	if !c.Yes && !c.DryRun && (s.In == nil || c.JSON) {
		return app.Usage(errors.New("this may cost money, and there is no terminal to ask at; write --yes, or --dry-run to see what it would cost"))
	}
	if len(c.Key) > maxListKey {
		return app.Usage(fmt.Errorf("--key: at most %d bytes", maxListKey))
	}
	list, refused, err := app.OpenList(c.ToFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, list.Close()) }()
	if !c.DryRun {
		if err := refused.Free(); err != nil {
			return app.Usage(err)
		}
	}
	letter.List = list.Name()
	columns, err := app.Columns(at, letter, list.Header, c.IgnoreColumns)
	if err != nil {
		return err
	}
	gate, err := app.Connect(ctx, at, app.Running)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	g := newGauge(s.Err)
	defer g.end()
	run := &app.Mailing{Gateway: gate, List: list, Columns: columns, Refused: refused, SkipBad: c.SkipBad, Advised: app.Advised, Tell: func(p app.Progress) { g.tell(p, time.Now()) }}
	l := &listSend{c, s, run, g, past(letter), listAnswer{File: columns.ID()}}
	return l.send(ctx)
}

const maxListKey = 150

// listSend is one sending to a list, from the estimate to the end.
type listSend struct {
	*sendCmd
	s      app.Streams
	run    *app.Mailing
	gauge  *gauge
	late   bool // the time to send at is over
	answer listAnswer
}

func (l *listSend) send(ctx context.Context) error {
	look, err := l.run.Look(ctx)
	l.gauge.end()
	if err != nil {
		if letter, ok := errors.AsType[*app.LetterError](err); ok {
			return app.Usage(letter)
		}
		return cmp.Or(l.broken(ctx, "nothing was sent"), err)
	}
	if look.Bad > 0 && !l.SkipBad {
		return l.badRows(look)
	}
	if l.late && look.Already == 0 { // what has begun goes on
		return l.tooLate()
	}
	l.answer.Estimate = look
	if err := l.print(func(out io.Writer) { printOutlook(out, l.ToFile, look) }); err != nil {
		return err
	}
	if l.DryRun {
		return l.printJSON()
	}
	if look.Sending > 0 && !l.Yes {
		if err := agree(ctx, l.s, "Send?"); err != nil {
			return err
		}
	}
	return l.hand(ctx)
}

// hand sends, and waits if that is wished.
func (l *listSend) hand(ctx context.Context) error {
	sent, err := l.run.Send(ctx)
	l.gauge.end()
	l.answer.Sent = sent
	if printed := l.print(func(out io.Writer) { printOutcome(out, sent) }); printed != nil {
		return printed
	}
	if err != nil {
		what := fmt.Sprintf("%s were accepted and %s were not handed over; run the same command again: nothing is sent twice", thousands(sent.Accepted), thousands(sent.Left))
		return errors.Join(l.printJSON(), cmp.Or(l.broken(ctx, what), fmt.Errorf("%w; %s", err, what)))
	}
	if l.Wait {
		if err := l.follow(ctx); err != nil {
			return errors.Join(l.printJSON(), err)
		}
	}
	if err := l.printJSON(); err != nil {
		return err
	}
	if sent.Refused > 0 {
		return refusedRows(sent.Refused, sent.RefusedFile)
	}
	return nil
}

func (l *listSend) follow(ctx context.Context) error {
	ended, err := l.run.Wait(ctx)
	l.gauge.end()
	l.answer.Ended = ended
	if ended != nil {
		if printed := l.print(func(out io.Writer) { printEnded(out, ended) }); printed != nil {
			return printed
		}
	}
	if err != nil && ctx.Err() != nil {
		return errors.New("not all have come to their end; the gateway goes on with them. The same command with --wait follows them again")
	}
	return err
}

// broken is the error of somebody who pressed Ctrl-C; nil: nobody did.
func (l *listSend) broken(ctx context.Context, what string) error {
	if ctx.Err() == nil {
		return nil
	}
	return errors.New("broken off: " + what)
}

// badRows says which rows cannot be sent. Each is a line of its own, as faults of a configuration are.
func (l *listSend) badRows(look *app.Outlook) error {
	var all []error
	for _, row := range look.BadRows {
		all = append(all, fmt.Errorf("%s:%d: %s", l.ToFile, row.Line, printable(row.Problem)))
	}
	if more := look.Bad - len(look.BadRows); more > 0 {
		all = append(all, fmt.Errorf("and %s rows more", thousands(more)))
	}
	all = append(all, fmt.Errorf("nothing was sent: mend the rows, or leave them out with --skip-bad"))
	return app.Usage(errors.Join(all...))
}

// print writes a table, for people.
func (l *listSend) print(table func(io.Writer)) error {
	if l.JSON {
		return nil
	}
	var b strings.Builder
	table(&b)
	_, err := io.WriteString(l.s.Out, b.String())
	return err
}

// printJSON writes all that is known, for scripts.
func (l *listSend) printJSON() error {
	if !l.JSON {
		return nil
	}
	return json.NewEncoder(l.s.Out).Encode(l.answer)
}

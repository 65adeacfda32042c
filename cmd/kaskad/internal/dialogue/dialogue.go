// Package dialogue is what the bot itself says: the welcome when a person opens it, and the confirmation that a
// stop, or a yes after it, was heard.
//
// It reads the changes and answers them with deliveries of purpose conversation, each under an idempotency key made of the
// change: a crash in between says nothing twice. It keeps nothing but its place in the changes.
//
// It never sends by itself, never reads the text of a message, and never answers staff or receipts.
package dialogue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Feed is the outbox: what happened, in order.
type Feed interface {
	// ChangesOf reads, of up to limit lines after a number, those of some types, and says up to which number it looked.
	ChangesOf(ctx context.Context, after uint64, limit int, types ...string) (found []bots.Change, upTo uint64, err error)
	// Changed is closed when something was appended after the call.
	Changed() <-chan struct{}
	Cursor(ctx context.Context, name string) (uint64, error)
	PutCursor(ctx context.Context, name string, at uint64) error
	Contact(ctx context.Context, id bots.ID) (*bots.Contact, error)
}

// Road makes deliveries: the only road out.
type Road interface {
	Accept(ctx context.Context, a fallback.Ask) (fallback.Accepted, error)
}

// Dialogue answers what the program itself has to answer.
type Dialogue struct {
	Feed Feed
	Road Road
	Log  *slog.Logger
}

// The types of changes that may want an answer.
const (
	linked  = "contact.linked"
	consent = "contact.consent"
)

const (
	cursor    = "dialogue"
	page      = 500
	saveEvery = 5 * time.Second // a place that is a little old costs reading again, never saying again
	// A start must not read for long what it has read before.
	saveBehind = 10_000
)

// Run follows the changes until ctx ends.
func (d *Dialogue) Run(ctx context.Context) error {
	at, err := d.Feed.Cursor(ctx, cursor)
	if err != nil {
		return err
	}
	place := &place{at: at, kept: at, saved: time.Now()}
	for {
		changed := d.Feed.Changed()
		more, err := d.turn(ctx, place)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, fallback.ErrUnavailable): // a full disk passes
			more, changed = false, nil
		case err != nil:
			return err
		}
		if more {
			continue
		}
		var again <-chan time.Time
		if changed == nil {
			again = time.After(retryAfter)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-again:
		}
	}
}

// place is how far the changes were read, and how far that is on disk.
type place struct {
	at, kept uint64
	saved    time.Time
}

// retryAfter is how long a store that cannot write is left alone.
const retryAfter = 5 * time.Second

// turn answers one page of changes; it reports whether there may be more.
func (d *Dialogue) turn(ctx context.Context, p *place) (more bool, err error) {
	batch, upTo, err := d.Feed.ChangesOf(ctx, p.at, page, linked, consent)
	if err != nil {
		return false, err
	}
	more = upTo-p.at >= page
	spoke, err := d.answer(ctx, batch, &p.at)
	if err != nil {
		return false, err
	}
	p.at = upTo
	if p.at != p.kept && (spoke || time.Since(p.saved) > saveEvery || p.at-p.kept > saveBehind) {
		if err := d.Feed.PutCursor(ctx, cursor, p.at); err != nil {
			return false, err
		}
		p.kept, p.saved = p.at, time.Now()
	}
	return more, nil
}

// answer takes a batch of changes and moves the place behind each one it is done with.
func (d *Dialogue) answer(ctx context.Context, batch []bots.Change, at *uint64) (spoke bool, err error) {
	for _, c := range batch {
		ask, ok, err := d.ask(ctx, c)
		if err != nil {
			return spoke, err
		}
		if ok {
			spoke = true
			if err := d.say(ctx, ask); err != nil {
				return spoke, err
			}
		}
		*at = c.ID
	}
	return spoke, nil
}

// say makes the delivery. An answer that cannot be worded is logged and left out; a store that cannot write stops the loop.
func (d *Dialogue) say(ctx context.Context, ask fallback.Ask) error {
	_, err := d.Road.Accept(ctx, ask)
	if err != nil && !errors.Is(err, fallback.ErrUnavailable) && ctx.Err() == nil {
		d.Log.Error("answer not sent", "template", ask.Template, "contact", ask.To, "err", err)
		return nil
	}
	return err
}

// confirmed is what a person reads who said a keyword: by what it made of the consent, the template.
var confirmed = map[string]string{bots.Denied.String(): "stopped", bots.Given.String(): "resumed"}

// ask words the answer to one change; false: it wants none.
func (d *Dialogue) ask(ctx context.Context, c bots.Change) (fallback.Ask, bool, error) {
	ask := fallback.Ask{To: c.Contact.String(), Conversation: true, Channel: c.Channel, Scope: "dialogue"}
	switch {
	case c.Type == linked && c.State == string(bots.Started) && c.Reason != bots.Welcomed:
		contact, err := d.Feed.Contact(ctx, c.Contact)
		if err != nil {
			return ask, false, err
		}
		// Once a minute is enough: whoever presses Start a hundred times gets no hundred messages.
		ask.Template = "welcome"
		if slices.Contains([]string{bots.LinkSpent, bots.LinkExpired, bots.LinkOther}, c.Reason) {
			ask.Template = "link_used" // the link was another person's, or is over: it opens nobody's data
		}
		ask.Key = fmt.Sprintf("%s:%s:%s:%d", ask.Template, c.Contact, c.Channel, c.At.Unix()/60)
		ask.AskContact = contact != nil && contact.Phone == ""
		return ask, true, nil
	case c.Type == consent && strings.HasPrefix(c.Reason, bots.AllReason+"keyword:") && c.State == bots.Denied.String():
		ask.Template = "stopped_all"
		ask.Key = fmt.Sprintf("%s:%s:%s", ask.Template, c.Contact, c.At.UTC().Format(time.DateOnly))
		return ask, true, nil
	case c.Type == consent && strings.HasPrefix(c.Reason, "keyword:") && confirmed[c.State] != "":
		// Once a day each is enough: whoever repeats STOP has been heard, and the answer may cost money.
		ask.Template = confirmed[c.State]
		ask.Key = fmt.Sprintf("%s:%s:%s", ask.Template, c.Contact, c.At.UTC().Format(time.DateOnly))
		return ask, true, nil
	}
	return ask, false, nil
}

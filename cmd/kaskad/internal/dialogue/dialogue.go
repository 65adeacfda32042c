// Package dialogue is what the bot itself says: the welcome when a person opens it, its questions (the phone, marketing), the menu and
// its answers, and the confirmation that a stop, or a yes after it, was heard.
//
// Which message the bot answers is decided where the message is stored, by bots.Core with the words that Vocabulary holds: so the
// desk and the bot agree, and every message is either answered or shown to staff. This package reads those decisions from the changes
// and answers with deliveries of purpose conversation, each under an idempotency key made of the change. What was asked is kept in the
// head of the conversation, in the transaction that asks: a crash in between neither repeats nor forgets a question. What it cannot word,
// and what a channel refuses for its words, it leaves to staff.
//
// It never sends by itself, never reads the text of a message, never answers staff or receipts, and shows nothing of what the retailer
// knows of a person before the chat is theirs (bots.Contact.Verified).
package dialogue

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/templates"
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

// Road makes deliveries: the only road out. What is remembered of a conversation is written with them, in one transaction. f must
// be pure: it may run more than once.
type Road interface {
	Tell(ctx context.Context, f func(tx fallback.Tx, say func(fallback.Ask) error) error) error
}

// Options is what a dialogue is made of.
type Options struct {
	Feed    Feed
	Road    Road
	Config  Config
	Words   func() *templates.Set // those in use
	Locale  string                // of the company
	Hours   *Schedule             // nil: nobody said when the shop is open
	Buttons map[string]bool       // the channels that are on, and whether each shows buttons
	// AwayReply: whoever writes something for staff while the shop is closed is told when they will answer. Keyword reports whether a text
	// is a word that stops or starts messages.
	AwayReply bool
	Keyword   func(text string) bool
	OptOut    bool // marketing needs no consent, so none is asked for
	// Balances asks the retailer's system; nil: there is none to ask. Picture is where a card's bar code is for a while; nil, or
	// empty: the number goes without.
	Balances *Balances
	Picture  func(c *bots.Contact, now time.Time) string
	Codes    fallback.CodeRules // how a phone is proven that is only the person's word
	Log      *slog.Logger
}

// Dialogue answers what the program itself has to answer.
type Dialogue struct {
	Options
	waits waiting
}

// New makes a dialogue.
func New(o Options) *Dialogue {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Dialogue{Options: o}
}

// The types of changes that may want an answer.
const (
	linked  = "contact.linked"
	consent = "contact.consent"
	heard   = "message.received"
	failed  = "delivery.failed"
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
	defer d.waits.wg.Wait()
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
	batch, upTo, err := d.Feed.ChangesOf(ctx, p.at, page, linked, consent, heard, failed)
	if err != nil {
		return false, err
	}
	more = upTo-p.at >= page
	spoke, err := d.answer(ctx, batch, &p.at)
	if err != nil {
		return false, err
	}
	p.at = upTo
	if at := d.waits.before(p.at); at > p.kept && (spoke || time.Since(p.saved) > saveEvery || at-p.kept > saveBehind) {
		if err := d.Feed.PutCursor(ctx, cursor, at); err != nil {
			return false, err
		}
		p.kept, p.saved = at, time.Now()
	}
	return more, nil
}

// answer takes a batch of changes and moves the place behind each one it is done with.
func (d *Dialogue) answer(ctx context.Context, batch []bots.Change, at *uint64) (spoke bool, err error) {
	for _, c := range batch {
		said, err := d.take(ctx, &c)
		if spoke = spoke || said; err != nil {
			return spoke, err
		}
		*at = c.ID
	}
	return spoke, nil
}

// take answers one change, if it wants an answer.
func (d *Dialogue) take(ctx context.Context, c *bots.Change) (spoke bool, err error) {
	in, botted := bots.IntentOf(c.Reason)
	switch f := answerOf(c); {
	case c.Type == failed:
		return d.unanswered(ctx, c)
	case botted && in == bots.ClaimsPhone:
		code := drawCode() // not inside the transaction, which may run more than once
		return true, d.tell(ctx, c, func(t *turn) error { return t.code(code) })
	case botted && in == bots.WantsBalance && d.Balances != nil:
		return true, d.lookUp(ctx, *c)
	case f != nil:
		return true, d.tell(ctx, c, f)
	case d.AwayReply && d.Hours != nil && goesToPeople(c):
		return true, d.tell(ctx, c, (*turn).away)
	}
	return false, nil
}

// tell answers one change in one transaction. An answer that cannot be worded is logged, and the message left to staff; a store that
// cannot write stops the loop.
func (d *Dialogue) tell(ctx context.Context, c *bots.Change, f func(*turn) error) error {
	err := d.Road.Tell(ctx, func(tx fallback.Tx, say func(fallback.Ask) error) error {
		t := d.open(tx, c, say)
		if t == nil {
			return nil
		}
		return t.run(f)
	})
	if err != nil && !errors.Is(err, fallback.ErrUnavailable) && ctx.Err() == nil {
		d.Log.Error("the bot could not answer", "what", cmp.Or(c.Reason, c.State), "contact", c.Contact.String(), "err", err)
		return d.Road.Tell(ctx, func(tx fallback.Tx, _ func(fallback.Ask) error) error {
			handOver(tx, c, fallback.ReasonUnfit)
			return nil
		})
	}
	return err
}

// answerOf is how one change is answered; nil: it wants no answer.
func answerOf(c *bots.Change) func(*turn) error {
	in, botted := bots.IntentOf(c.Reason)
	switch {
	case c.Type == linked && (c.State == string(bots.Started) || c.Reason == bots.LinkUnproven && c.State == string(bots.Wrote)) && c.Reason != bots.Welcomed:
		return (*turn).welcome
	case c.Type == consent && strings.HasPrefix(c.Reason, bots.AllReason+"keyword:") && c.State == bots.Denied.String():
		return (*turn).confirm
	case c.Type == consent && strings.HasPrefix(c.Reason, "keyword:") && confirmed[c.State] != "":
		return (*turn).confirm
	case c.Type == heard && botted:
		return intents(in)
	}
	return nil
}

// Package tickets brings what customers write to the members of the team who answer in their own chats with the bot, on Viber and WhatsApp:
// as tickets, which they answer by number, by quoting or by choosing.
//
// It is for the way out to those members: it follows the changes, posts customers' messages with the number of their ticket, tells what came
// of what a member wrote, and who answers whom. The way in (whose chat is a member's, which ticket is meant) is fallback's, inside the
// event's transaction; the words around what customers write are those of the group, which whoever wires it hands in.
//
// It keeps its place in the changes and what is not posted yet together with the numbers, in the transaction that makes a post: a crash
// neither loses a line nor posts it twice.
//
// It never sends by itself, and never at night: a ticket outside working hours waits for them. It never shows a ticket to a member whom
// nobody could show it to: who is away, or cannot be reached. It never logs what people write.
package tickets

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Feed is the outbox and the records it names.
type Feed interface {
	Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error)
	// Changed is closed when something was appended after the call.
	Changed() <-chan struct{}
	// LastChange is the number of the newest line.
	LastChange() uint64
	// Read runs a read of several records on one view.
	Read(ctx context.Context, f func(fallback.View) error) error
}

// Road runs a transaction that may post to members. f must be pure: it may run more than once.
type Road interface {
	Tickets(ctx context.Context, f func(tx fallback.Tx, team *fallback.Team, book *fallback.TicketBook, post fallback.MemberPoster) error) error
}

// Teller has the words that the group of staff reads, too: see package desk.
type Teller interface {
	// Shows reports whether staff have to see the message that a change tells of.
	Shows(v fallback.View, c *bots.Change) (message bots.ID, ok bool)
	// Lines words the first of a customer's messages below who it is; it says how many it used.
	Lines(v fallback.View, contact bots.ID, lines []bots.ID) (text string, used int)
	// Name is how staff know a customer.
	Name(v fallback.View, contact bots.ID) string
	// Answer words why something was not done, or what was asked for; empty: there is nothing to say.
	Answer(v fallback.View, a *fallback.Audited) string
	// Standing is how far an answer has come.
	Standing(v fallback.View, answer *fallback.Delivery) (taken bool, failed string, other []bots.Button)
	// Waits words that a customer waits; empty: not any more.
	Waits(v fallback.View, contact bots.ID) string
}

// Options is what a clerk is made of.
type Options struct {
	Feed   Feed
	Road   Road
	Teller Teller
	Rules  *fallback.Rules
	Locale string
	// Storing is since when a call's events are being stored: fallback.Engine.Storing; nil: nobody tells.
	Storing func() time.Time
	Log     *slog.Logger
}

// Clerk posts the tickets of one team.
type Clerk struct {
	Options
	words words
	stuck atomic.Pointer[time.Time]
}

// New makes a clerk.
func New(o Options) *Clerk {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Clerk{Options: o, words: wordsOf(o.Locale)}
}

// Stuck tells since when customers wait whose messages can be shown to nobody, as no member can be reached; false: none do.
func (c *Clerk) Stuck() (since time.Time, stuck bool) {
	if at := c.stuck.Load(); at != nil {
		return *at, true
	}
	return time.Time{}, false
}

const (
	page       = 500
	saveEvery  = 5 * time.Second
	retryAfter = 5 * time.Second // how long a store that cannot write is left alone
	lookEvery  = time.Second     // for a member, while there is none: the changes are not read
	againEvery = time.Minute     // at the latest, for whom nobody could be reached
	maxOpen    = 3               // posts to one member that have not gone: behind that, lines of one person are joined
	maxWaiting = 2000            // people and lines: behind that, the changes are read no further
)

// Run follows the changes until ctx ends.
func (c *Clerk) Run(ctx context.Context) error {
	k, err := c.open(ctx)
	for err == nil {
		changed := c.Feed.Changed()
		var more bool
		more, err = k.turn(ctx)
		until := k.wake()
		switch {
		case errors.Is(err, fallback.ErrUnavailable): // a full disk passes
			more, changed, err, until = false, nil, nil, time.Now().Add(retryAfter)
		case !k.serves:
			changed, until = nil, time.Now().Add(lookEvery)
		}
		if err == nil && !more {
			err = wait(ctx, changed, until)
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// wait lasts until something changed, or until a time.
func wait(ctx context.Context, changed <-chan struct{}, until time.Time) error {
	var again <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		again = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-again:
	}
	return nil
}

package fallback

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// How people come in: what their links carried, and how far they came, counted once for each person and source.

// Funnel counts people on their way in by a source. Shown counts pages, as far as that can be told; the others are exact.
type Funnel struct{ Shown, Started, Shared, Consented uint64 }

// Plus is the sum of two counts.
func (f Funnel) Plus(g Funnel) Funnel {
	return Funnel{f.Shown + g.Shown, f.Started + g.Started, f.Shared + g.Shared, f.Consented + g.Consented}
}

// FunnelKey says what is counted. Channel is empty for what belongs to none: the page that offers several.
type FunnelKey struct {
	Source, Channel string
	Day             string // 2006-01-02, UTC
}

// FunnelLife is how long the counts of a day are kept.
const FunnelLife = 2 * 366 * 24 * time.Hour

// FunnelDay is the day of a time, as counts are kept by.
func FunnelDay(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// Came is how far a person came by a source, and on which channel.
type Came struct {
	Channel           string
	Shared, Consented bool
}

// Recruits counts what the links in texts did.
type Recruits struct {
	Invited uint64 // texts that carried one
	Moved   uint64 // people who came by one
	Reached uint64 // deliveries since then that a free channel got through
	Saved   bots.Money
}

// Plus is the sum of two counts.
func (n Recruits) Plus(m Recruits) Recruits {
	return Recruits{n.Invited + m.Invited, n.Moved + m.Moved, n.Reached + m.Reached, n.Saved.Plus(m.Saved)}
}

// carries reports whether an event has what a link of ours carried.
func carries(e *bots.Event) bool {
	opens := e.Kind == bots.Started || e.Kind == bots.Opened
	return e.Payload != "" && (opens || e.Kind == bots.Wrote && bots.TwoAddresses(e.Chat.Channel))
}

// wayIn reads the code that a link wrote into a person's message, where links can carry nothing else. What is nothing but that is the
// same as a start: nobody waits for an answer to it.
func wayIn(tx View, e bots.Event, r *Rules) bots.Event {
	if e.Kind != bots.Wrote || !bots.TwoAddresses(e.Chat.Channel) || len(e.Media) > 0 {
		return e
	}
	code, rest := bots.WayIn(e.Text)
	if code == "" {
		return e
	}
	_, link := tx.Link(code)
	if !link && sourceOf(tx, code) == "" {
		return e
	}
	if e.Payload = code; link { // a key, which may open a chat still: it has no place in the conversation
		e.Text = strings.TrimSpace(rest + " " + bots.WayMark + "…")
	}
	if rest == "" || r.Core.Greets != nil && r.Core.Greets(rest) {
		e.Kind = bots.Started
	}
	return e
}

// way is the way in of an event, for whoever has the chat now.
func way(tx View, e *bots.Event, owner bots.ID) bots.Way {
	if !carries(e) || !bots.Payload(e.Payload) {
		return bots.Way{}
	}
	l, ok := tx.Link(e.Payload)
	if !ok {
		return bots.Way{Source: sourceOf(tx, e.Payload)}
	}
	w := bots.Way{Source: l.Source}
	if owner != tx.Same(l.Contact)[0] { // whoever taps it again is who they were
		w.Refused = l.refuses(e, tx.Now())
	}
	return w
}

// sourceOf is the code of a source in use; empty: there is none.
func sourceOf(tx View, code string) string {
	if !bots.SourceCode(code) {
		return ""
	}
	if s, ok := tx.Source(code); ok && s.Retired.IsZero() {
		return s.Code
	}
	return ""
}

// refuses is why a link does not say who the person is; empty: it does.
func (l *Link) refuses(e *bots.Event, now time.Time) string {
	switch {
	case l.Used:
		return bots.LinkSpent
	case !now.Before(l.Expires):
		return bots.LinkExpired
	case l.Channel != "" && l.Channel != e.Chat.Channel:
		return bots.LinkOther
	}
	return ""
}

// cameBy counts what an event did for the source that the person came by last.
func cameBy(tx Tx, t *bots.Turn) {
	for _, stranger := range t.Strangers {
		sameCame(tx, t.Contact.ID, &stranger)
	}
	by := t.Contact.Last
	if by.Source == "" || t.Contact.ID == 0 {
		return
	}
	started := t.Way.Source == by.Source && carries(&t.Event)
	shared := t.Event.Proves() != "" || t.Event.Kind == bots.Shared && t.Event.Phone != ""
	consented := slices.ContainsFunc(t.Changes, func(c bots.Change) bool {
		return c.Type == "contact.consent" && c.State == bots.Given.String() && !strings.HasPrefix(c.Reason, bots.AllReason)
	})
	if t.Recruited {
		tx.AddRecruits(FunnelDay(tx.Now()), Recruits{Moved: 1})
	}
	if started || shared || consented {
		count(tx, t.Contact.ID, by, shared, consented)
	}
}

// sameCame lets a contact have come as far as the stranger that it was until now, who is counted already.
func sameCame(tx Tx, contact bots.ID, stranger *bots.Contact) {
	for _, by := range []bots.Came{stranger.First, stranger.Last} {
		if by.Source == "" || tx.Came(contact, by.Source).Channel != "" {
			continue
		}
		if far := tx.Came(stranger.ID, by.Source); far.Channel != "" {
			tx.PutCame(contact, by.Source, far)
		}
	}
}

// count counts a person once for each step of a source.
func count(tx Tx, contact bots.ID, by bots.Came, shared, consented bool) {
	was := tx.Came(contact, by.Source)
	now := Came{Channel: cmp.Or(was.Channel, by.Channel), Shared: was.Shared || shared, Consented: was.Consented || consented}
	if now == was {
		return
	}
	one := func(yes bool) uint64 {
		if yes {
			return 1
		}
		return 0
	}
	tx.PutCame(contact, by.Source, now)
	tx.AddFunnel(FunnelKey{Source: by.Source, Channel: now.Channel, Day: FunnelDay(tx.Now())}, Funnel{
		Started: one(was.Channel == ""), Shared: one(now.Shared && !was.Shared), Consented: one(now.Consented && !was.Consented),
	})
}

package fallback

import (
	"slices"
	"time"

	"kaskad/bots"
)

// Rules is what the operator decided, as data that the transitions read. It does not change while a transaction runs.
type Rules struct {
	Core        bots.Core // the rules of a conversation
	OptOut      bool      // unknown consent allows marketing
	PerDay      int       // marketing deliveries per person; 0: no limit
	PerWeek     int
	SameMessage time.Duration
	SpendPerDay bots.Money     // zero amount: no limit
	Zone        *time.Location // the company's
	Holidays    Calendar
	Country     string             // the company's (ISO 3166); empty: not told
	Channels    map[string]Channel // those that are on
	AfterGap    map[Purpose]GapPolicy
	Lease       time.Duration // how long an attempt may take
	Codes       CodeRules     // how a phone is proven that is only claimed
	Staff       StaffRules
	// Quote is what a plan's message would really cost on a channel. It is pure. Nil: the channel's price.
	Quote func(p *Plan, c *bots.Contact, channel string) bots.Money
}

// StaffRules are those of the staff's room.
type StaffRules struct {
	Hold   time.Duration // how long what is written in a topic waits before it goes out, to be taken back; 0: it does not
	Times  StaffTimes
	Groups []StaffGroup // beside the first, in the order in which they are asked
	Listed bool         // only people of the team by name may act there; false: everybody in the group
	Offer  OfferWords   // what an account is asked that may choose the room's group
	// HoldMarketing is how long an answer to marketing keeps the person's other marketing waiting, unless the conversation is closed
	// before; 0: it does not.
	HoldMarketing time.Duration
	// Template makes the request of an answer that is a template. It is pure. Nil: no template can be one.
	Template func(a Ask, now time.Time) (*Request, error)
}

// Channel is what the rules need to know of a channel that is on.
type Channel struct {
	bots.Limits
	Senders []string   // in the order in which they are tried; a messenger has one, its own name
	Price   bots.Money // per message or part; zero: free
	Clicks  bool       // links can be tracked: we have a public address
}

// GapPolicy says what happens to steps whose proof we may have missed for good.
type GapPolicy string

// The policies of `[server] after_gap`.
const (
	GapSend       GapPolicy = "send"
	GapHold       GapPolicy = "hold"
	GapAssumeRead GapPolicy = "assume_read"
)

// DownPolicy says what becomes of a step whose channel takes nothing: a fault holds its lane.
type DownPolicy string

// The policies of `when_down`. Marketing holds unless something else is written, everything else waits.
const (
	DownHold DownPolicy = "hold" // it stays until the channel works again, or the deadline
	DownWait DownPolicy = "wait" // after the step's own wait it goes on to the next one
	DownSkip DownPolicy = "skip" // it goes on as soon as the fault has lasted for skipAfter, if a later step can go
)

// skipAfter is how long a fault has to last before steps are skipped because of it: what is over in a moment costs nobody an SMS.
const skipAfter = 30 * time.Second

// Ear is what we know of our hearing of one channel.
type Ear struct {
	Deaf  bool      // we do not hear it now
	Until time.Time // Deaf: waits for it are looked at again then
	Gaps  []Span    // the stretches in which we did not hear it
	Gone  bool      // deaf for longer than the cap: its waits go on, at a bounded ramp
}

// World is what the engine knows when it asks for a transition: pauses, hearing, and which process this is.
type World struct {
	Boot   uint64
	Pauses []Pause // filled by the transaction
	Ears   map[string]Ear
	// Distrusted channels gave a sudden wave of errors that would deactivate addresses: none is deactivated meanwhile.
	Distrusted map[string]bool
	// WhenDown is what the operator wrote about channels that take nothing, by name of cascade.
	WhenDown map[string]DownPolicy
	// Avoid are senders that a fault holds: the next one of the channel is taken.
	Avoid map[string]bool
	// Held are channels whose lanes a fault holds, and since when: time before that is the lane's own rate, which never
	// advances a step. A channel that is missing counts from when the step was queued.
	Held map[string]time.Time
	// Standing is how the sessions of channels stand that have one.
	Standing map[string]bots.Standing
}

// Pause is a stop of everything not yet handed to a channel. Scope is empty for all, else a channel or a purpose.
type Pause struct {
	Scope string
	From  time.Time
	To    time.Time // zero: still on
	// Skip: steps of the channel do not wait for the end of the pause, but go on to the next channel at once.
	Skip bool
}

// On reports whether the pause stands at a time.
func (p Pause) On(at time.Time) bool {
	return !at.Before(p.From) && (p.To.IsZero() || at.Before(p.To))
}

// covers reports whether the pause stops this delivery on this channel. One that skips stops nothing.
func (p Pause) covers(purpose Purpose, channel string) bool {
	if p.Skip {
		return false
	}
	return p.Scope == "" || p.Scope == RestoredScope || p.Scope == channel || p.Scope == purpose.String()
}

// paused reports whether a pause holds the delivery at its leg now.
func (w *World) paused(p Purpose, channel string, now time.Time) bool {
	for _, pause := range w.Pauses {
		if pause.covers(p, channel) && pause.On(now) {
			return true
		}
	}
	return false
}

// skipped reports whether somebody has switched a channel off by hand: its steps go on to the next one.
func (w *World) skipped(channel string, now time.Time) bool {
	return slices.ContainsFunc(w.Pauses, func(p Pause) bool { return p.Skip && p.Scope == channel && p.On(now) })
}

// Env is all that a transition may look at besides the delivery and the time. Few transitions ask for the conversation or the day's
// spend, so these are read when they are first asked for, in the same transaction.
type Env struct {
	*Rules
	*World
	Contact *bots.Contact
	Counted []time.Time  // the person's marketing deliveries of the last week, newest first
	Holds   []RegionHold // that concern the person, oldest first
	// Approved: the message at hand is there, too, as a template that the channel has approved.
	Approved bool

	from    View // nil: talk, spent, room and written are as they stand
	talk    read[bots.Conversation]
	spent   read[bots.Money]
	room    read[bots.Address] // the group of staff; zero: there is none to which can be written
	written map[string]Written // by channel
}

// read is something that is read once, when it is needed.
type read[T any] struct {
	value T
	done  bool
}

func (r *read[T]) get(from View, ask func() T) T {
	if !r.done && from != nil {
		r.value, r.done = ask(), true
	}
	return r.value
}

// lastUsed is the channel on which the person wrote last.
func (e *Env) lastUsed() string {
	return e.talk.get(e.from, func() bots.Conversation { return e.from.Conversation(e.Contact.ID) }).LastUsed
}

// spentToday is what today's messages have cost so far.
func (e *Env) spentToday(now time.Time) bots.Money {
	return e.spent.get(e.from, func() bots.Money { return e.from.Spent(day(now, e.Zone)) })
}

// roomPlace is the group of staff; zero: there is none to which can be written.
func (e *Env) roomPlace() bots.Address {
	return e.room.get(e.from, func() bots.Address { return roomPlace(e.from, e.Contact.ID) })
}

// ear is what we know of our hearing of what people do on a channel.
func (w *World) ear(channel string) Ear { return w.Ears[heardOn(channel)] }

// heardOn is the channel through which we hear what is done on a channel: of the group of staff, the messenger it is in.
func heardOn(channel string) string {
	if channel == bots.Staff {
		return bots.Telegram
	}
	return channel
}

// on reports whether a channel is switched on.
func (r *Rules) on(channel string) bool {
	_, ok := r.Channels[channel]
	return ok
}

// tooOften reports whether one more marketing delivery would break the frequency limits.
func (e *Env) tooOften(now time.Time) bool {
	day, week := 0, 0
	for _, at := range e.Counted {
		if now.Sub(at) < 24*time.Hour {
			day++
		}
		if now.Sub(at) < 7*24*time.Hour {
			week++
		}
	}
	return e.PerDay > 0 && day >= e.PerDay || e.PerWeek > 0 && week >= e.PerWeek
}

// often ends a delivery that would be one too many, and says which one has its place: the newest that was handed to a channel first.
func (d *Delivery) often(e *Env, now time.Time) {
	d.LostTo = e.winner()
	d.finish(Skipped, ReasonOften, now)
}

// mostLooked is how many of a person's deliveries are looked at for the one that counted last.
const mostLooked = 200

// winner is the person's newest delivery that counts for the frequency limits.
func (e *Env) winner() (won bots.ID) {
	if e.from == nil {
		return 0
	}
	looked, last := 0, time.Time{}
	e.from.DeliveriesOf(e.Contact.ID, func(id bots.ID, _ uint64) bool {
		looked++
		d := e.from.Delivery(id)
		if d != nil && d.Counted && d.counted().After(last) {
			won, last = id, d.counted()
		}
		return looked < mostLooked
	})
	return won
}

// counted is when a delivery first went to a channel.
func (d *Delivery) counted() (first time.Time) {
	for i := range d.Route {
		first = soonest(first, d.Route[i].TriedAt)
	}
	return first
}

// SenderFor is who will carry a leg: the one it was moved to, else the first of its channel that no fault holds.
func (e *Env) SenderFor(l *Leg) string { return senderFor(l, e.Channels[l.Channel].Senders, e.Avoid) }

func senderFor(l *Leg, senders []string, avoid map[string]bool) string {
	if slices.Contains(senders, l.Sender) { // one that was removed since carries nothing any more
		return l.Sender
	}
	for _, s := range senders {
		if !avoid[s] {
			return s
		}
	}
	return senders[0]
}

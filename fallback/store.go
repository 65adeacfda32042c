package fallback

import (
	"context"
	"time"

	"kaskad/bots"
)

// Store is what the engine needs of a store. Every method is one transaction and returns after it is on disk; the journeys of
// the same names run inside. The program's store has more; this is all the engine asks for.
type Store interface {
	Accept(ctx context.Context, req *Request, r *Rules, w *World) (Accepted, error)
	// AcceptAll accepts many requests, each for itself; results are in the order of the requests.
	AcceptAll(ctx context.Context, reqs []*Request, r *Rules, w *World) []AcceptResult
	Receive(ctx context.Context, e bots.Event, r *Rules, w *World) (bots.Turn, error)
	// ReceiveAll takes events in their order, all of them or, with an error, none.
	ReceiveAll(ctx context.Context, events []bots.Event, r *Rules, w *World) ([]ReceiveResult, error)
	Claim(ctx context.Context, in *Intent, r *Rules, w *World) (*Attempt, error)
	Settle(ctx context.Context, a *Attempt, res Result, r *Rules, w *World) error
	Come(ctx context.Context, id bots.ID, r *Rules, w *World) error
	// Mind is the journey of this name.
	Mind(ctx context.Context, contact bots.ID, r *Rules) error
	GiveUpLane(ctx context.Context, id bots.ID, r *Rules, w *World) error
	// PassBy passes a leg by that its channel's gates do not let through now, without a turn of its lane.
	PassBy(ctx context.Context, id bots.ID, r *Rules, w *World) error
	ResumeGap(ctx context.Context, id bots.ID, r *Rules, w *World) error
	// Reject fails a leg that cannot be written for its channel: nothing was sent.
	Reject(ctx context.Context, id bots.ID, leg int, reason string, r *Rules, w *World) error
	Cancel(ctx context.Context, id bots.ID) (withdrawn bool, err error)
	// Merge and Unmerge are the journeys of these names.
	Merge(ctx context.Context, a MergeAsk, r *Rules) (bots.Merge, error)
	Unmerge(ctx context.Context, a MergeAsk, r *Rules) (bots.Merge, error)

	// Due reads up to limit entries of a lane after a given one (the zero entry: from the start), due at until or before, in
	// order of due time.
	Due(ctx context.Context, lane Lane, after Entry, until time.Time, limit int) ([]Entry, error)
	// NextDue is when the first entry of a lane comes due; the zero time when the lane is empty.
	NextDue(ctx context.Context, lane Lane) (time.Time, error)
	// Drop removes entries of a lane that a delivery has left: lazily, when they are met. An entry at which its delivery still
	// stands is kept.
	Drop(ctx context.Context, lane Lane, stale []Entry) error
	// Load reads a delivery with its contact and conversation; ErrUnknownDelivery.
	Load(ctx context.Context, id bots.ID) (Loaded, error)

	// Quarantine keeps an event that no rule could take, bounded; it marks the event as seen.
	Quarantine(ctx context.Context, q Quarantined) error

	// Written is how much of what answers nobody went out on a channel.
	Written(ctx context.Context, channel string) (Written, error)

	Hearing(ctx context.Context) (map[string]Hearing, error)
	PutHearing(ctx context.Context, channel string, h Hearing) error
	// Note appends a line to the outbox that belongs to no journey: a channel is degraded, or has recovered.
	Note(ctx context.Context, c bots.Change) error
	Pauses(ctx context.Context) ([]Pause, error)
	// Pause begins a pause of a scope and Resume ends it; both do nothing when it is so already.
	Pause(ctx context.Context, scope string, skip bool) error
	Resume(ctx context.Context, scope string) error
	// BeginHold and EndHold are the journeys of these names; Holds are those that stand and that ended lately.
	BeginHold(ctx context.Context, h RegionHold) (RegionHold, error)
	EndHold(ctx context.Context, id bots.ID) (RegionHold, error)
	Holds(ctx context.Context) (*RegionHolds, error)
}

// Entry is one line of the due index.
type Entry struct {
	Due time.Time
	ID  bots.ID
}

// Loaded is a delivery with what is needed to render it.
type Loaded struct {
	Delivery *Delivery
	Contact  *bots.Contact
	Talk     bots.Conversation
	Shared   bool          // the text's number is of several people
	Room     bots.Address  // the current leg is a task: where it goes; zero: nowhere
	Thread   string        // of it there; empty: the group itself
	Sent     *bots.Message // what an earlier attempt of the current leg sent: a further one repeats it; nil: none
}

// Place is where the current leg would go.
func (have *Loaded) Place() bots.Address {
	if d := have.Delivery; d.Task(d.leg()) != "" {
		return have.Room
	}
	at, _ := have.Delivery.place(have.Contact, have.Delivery.leg().Channel)
	return at.Address
}

// Load reads a delivery with what is needed to write its current leg's message.
func Load(v View, id bots.ID) (Loaded, error) {
	d := v.Delivery(id)
	if d == nil {
		return Loaded{}, ErrUnknownDelivery
	}
	c := v.Contact(d.Contact)
	if c == nil && d.State.Final() {
		return Loaded{Delivery: d}, nil // the person was erased: whoever met a stale entry drops it
	}
	if c == nil {
		return Loaded{}, &UnknownContact{Ref: bots.Ref{Kind: "id", Value: d.Contact.String()}}
	}
	have := Loaded{Delivery: d, Contact: c, Talk: v.Conversation(d.Contact)}
	if (d.State == Queued || d.State == Held) && d.Leg < len(d.Route) && d.leg().Message != 0 {
		have.Sent = v.Message(d.leg().Message)
	}
	if d.Leg < len(d.Route) && d.Task(d.leg()) != "" {
		have.Room, have.Thread = roomFor(v, d.Contact)
	}
	if d.Leg < len(d.Route) && d.leg().Channel == bots.SMS {
		have.Shared = several(v, have.Place())
	}
	return have, nil
}

// Hearing is what is durable of our hearing of a channel.
type Hearing struct {
	Until time.Time // we would have heard everything until then
	Gaps  []Span    // the stretches in which we did not, newest last, at most MaxGaps
	// What the outbox was told of the channel, and not yet that it is over: that it stays unheard, and which of its senders
	// refuse our account or do not answer.
	Degraded bool
	Refusing []string
	Down     []string
	Standing string // the state of a session that is shut or limited
}

// MaxGaps is how many gaps are remembered per channel.
const MaxGaps = 64

// Quarantined is an event that no rule could take.
type Quarantined struct {
	Channel string
	Event   string // its id; empty: the call could not even be parsed
	Reason  string
	Raw     []byte
	At      time.Time
}

// Stands reports whether a delivery's entry is exactly this one of this lane.
func (d *Delivery) Stands(lane Lane, e Entry) bool {
	return !d.State.Final() && d.lane() == lane && d.Due.Equal(e.Due)
}

// Lane is where the delivery's due entry stands; empty for final ones.
func (d *Delivery) Lane() Lane {
	if d.State.Final() {
		return ""
	}
	return d.lane()
}

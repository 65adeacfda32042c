package tickets

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// notes is what is durable beside the numbers.
type notes struct {
	Place   uint64    `json:"place"`             // how far the changes were read
	Waiting []waiting `json:"waiting,omitempty"` // who wrote first comes first
	Says    []saying  `json:"says,omitempty"`    // short posts, before the lines
	Replies []reply   `json:"replies,omitempty"` // oldest first
	Late    []late    `json:"late,omitempty"`    // who waits for long, and who is to be told
	Called  time.Time `json:"called,omitzero"`   // when that was last told
	Joined  []bots.ID `json:"joined,omitempty"`  // who is one with another now, and may have two tickets
}

// waiting are lines of one person that are not posted yet.
type waiting struct {
	Contact        bots.ID   `json:"contact"`
	Lines          []bots.ID `json:"lines"`
	Tries          int       `json:"tries,omitempty"` // how often a channel refused them
	fallback.Wrote           // the first of them; zero: they come before those of whom it is known
}

// What a saying is about.
const (
	sayAct    = "act"    // Audit: what a member did, or asked for
	sayLeads  = "leads"  // Contact: whose ticket somebody answers now
	sayFollow = "follow" // Contact: how the conversation stands has changed
	sayTaken  = "taken"  // Of: an answer that its channel took
	sayFailed = "failed" // Of: one that did not arrive
	sayApart  = "apart"  // Contact: one of two who were taken for one person
)

// saying is a short post of our own.
type saying struct {
	Why     string  `json:"why"`
	Audit   bots.ID `json:"audit,omitempty"`
	Contact bots.ID `json:"contact,omitempty"`
	Of      bots.ID `json:"of,omitempty"`
	By      string  `json:"by,omitempty"`  // sayLeads: who acted
	Act     string  `json:"act,omitempty"` // sayLeads: what they did
}

// late is a customer who waits for long.
type late struct {
	Contact bots.ID `json:"contact"`
	Whom    string  `json:"whom"` // who is to be told: fallback.Waits…
}

// reply is an answer of a member's on its way.
type reply struct {
	Delivery bots.ID `json:"delivery"`
	Taken    bool    `json:"taken,omitempty"`  // that it went was told
	Failed   bool    `json:"failed,omitempty"` // that it did not
}

func (n notes) clone() notes {
	n.Waiting, n.Says, n.Replies = slices.Clone(n.Waiting), slices.Clone(n.Says), slices.Clone(n.Replies)
	n.Late, n.Joined = slices.Clone(n.Late), slices.Clone(n.Joined)
	for i := range n.Waiting {
		n.Waiting[i].Lines = slices.Clone(n.Waiting[i].Lines)
	}
	return n
}

// Limits of what is remembered.
const (
	maxReplies = 300
	replyLife  = 72 * time.Hour
)

// keeper is the clerk at work.
type keeper struct {
	notes
	clerk  *Clerk
	serves bool             // a member has a chat of their own
	places map[bots.ID]bool // the contacts that stand for members
	kept   uint64           // Place on disk
	saved  time.Time
	whole  time.Time // what was stored before has been read as a whole
	later  time.Time // nothing can be posted before, unless something changes
}

func (c *Clerk) open(ctx context.Context) (*keeper, error) {
	k := &keeper{clerk: c, saved: time.Now()}
	last := c.Feed.LastChange()
	err := c.Feed.Read(ctx, func(v fallback.View) error {
		book, err := fallback.ReadTicketBook(v)
		if err != nil {
			return err
		}
		k.Place = last
		if len(book.Desk) > 0 {
			err = json.Unmarshal(book.Desk, &k.notes)
		}
		k.kept = k.Place
		return err
	})
	return k, err
}

// look finds whom there is to serve.
func (k *keeper) look(v fallback.View) error {
	team, err := fallback.ReadTeam(v)
	if err != nil {
		return err
	}
	k.serves, k.places = false, map[bots.ID]bool{}
	for _, id := range team.Places {
		k.places[id] = true
	}
	for i := range team.Members {
		k.serves = k.serves || team.Members[i].Place != 0
	}
	return nil
}

// turn takes one page of changes and posts what there is to post; it reports whether there may be more.
func (k *keeper) turn(ctx context.Context) (more bool, err error) {
	last := k.clerk.Feed.LastChange()
	if !k.serves {
		if err := k.clerk.Feed.Read(ctx, k.look); err != nil {
			return false, err
		}
		if !k.serves { // what happened before there was anybody is not posted
			k.Place = last
			return false, nil
		}
	}
	var batch []bots.Change
	k.whole = fallback.Whole(k.clerk.Storing, time.Now())
	if !k.full() {
		if batch, err = k.clerk.Feed.Changes(ctx, k.Place, page); err != nil {
			return false, err
		}
		if more = len(batch) == page; more {
			k.whole = time.Time{}
		}
	}
	if err := k.read(ctx, batch); err != nil {
		return false, err
	}
	if err := k.speak(ctx); err != nil {
		return false, err
	}
	return more && !k.full(), k.keep(ctx)
}

// full reports whether there is so much to post that more must wait in the changes.
func (k *keeper) full() bool {
	n := len(k.Waiting) + len(k.Says) + len(k.Late) + len(k.Joined)
	for i := range k.Waiting {
		n += len(k.Waiting[i].Lines)
	}
	return n >= maxWaiting
}

// wake is when to look again although nothing changed; the zero time: there is no need.
func (k *keeper) wake() time.Time {
	switch {
	case !k.later.IsZero():
		return k.later
	case k.Place != k.kept:
		return k.saved.Add(saveEvery)
	}
	return time.Time{}
}

// read takes a batch of changes: all of it, or nothing.
func (k *keeper) read(ctx context.Context, batch []bots.Change) error {
	before := k.notes.clone()
	err := k.clerk.Feed.Read(ctx, func(v fallback.View) error {
		if err := k.look(v); err != nil {
			return err
		}
		for i := range batch {
			k.take(v, &batch[i])
			k.Place = batch[i].ID
		}
		return nil
	})
	if err != nil {
		k.notes = before
	} else if len(batch) > 0 {
		k.later = time.Time{}
	}
	return err
}

// take takes one change.
func (k *keeper) take(v fallback.View, c *bots.Change) {
	switch {
	case c.Type == "contact.erased":
		k.Waiting = slices.DeleteFunc(k.Waiting, func(w waiting) bool { return w.Contact == c.Contact })
		k.Says = slices.DeleteFunc(k.Says, func(s saying) bool { return s.Contact == c.Contact })
		k.Late = slices.DeleteFunc(k.Late, func(l late) bool { return l.Contact == c.Contact })
		k.Joined = slices.DeleteFunc(k.Joined, func(id bots.ID) bool { return id == c.Contact })
	case c.Type == "contact.merged":
		k.merged(v, c.Contact)
	case c.Type == "contact.unmerged":
		k.Says = append(k.Says, saying{Why: sayApart, Contact: c.Contact})
	case c.Type == fallback.StaffAct:
		k.acted(v, c.Audit)
	case c.Type == fallback.TicketReply:
		k.Replies = append(k.Replies, reply{Delivery: c.Delivery})
		k.forget(c.At)
		k.progress(v, len(k.Replies)-1)
	case c.Type == fallback.StaffWaits:
		if who, err := bots.ParseID(c.State); err == nil {
			k.Late = append(k.Late, late{who, c.Reason})
		}
	case strings.HasPrefix(c.Type, "staff."):
	case c.Contact != 0 && k.places[c.Contact]:
		k.posted(v, c)
	case c.Type == "message.received" || c.Type == "message.edited" || c.Type == "message.deleted" || c.Type == fallback.Unanswered:
		if id, ok := k.clerk.Teller.Shows(v, c); ok {
			k.show(v.Message(id))
		}
	case strings.HasPrefix(c.Type, "conversation."):
		k.Says = append(k.Says, saying{Why: sayFollow, Contact: c.Contact})
	case c.Delivery != 0:
		if i := slices.IndexFunc(k.Replies, func(r reply) bool { return r.Delivery == c.Delivery }); i >= 0 {
			k.progress(v, i)
		}
	}
}

// show lets a message be posted.
func (k *keeper) show(m *bots.Message) {
	for i := range k.Waiting {
		if w := &k.Waiting[i]; w.Contact == m.Contact {
			if !slices.Contains(w.Lines, m.ID) {
				w.Lines = append(w.Lines, m.ID)
			}
			return
		}
	}
	k.notes.wait(waiting{Contact: m.Contact, Lines: []bots.ID{m.ID}}, m)
}

// wait puts lines, of which m is the first, behind those of whoever wrote before.
func (n *notes) wait(w waiting, m *bots.Message) {
	w.Wrote = fallback.WroteOf(m)
	i := len(n.Waiting)
	for i > 0 && n.Waiting[i-1].After(w.Wrote) {
		i--
	}
	n.Waiting = slices.Insert(n.Waiting, i, w)
}

// maxTries is how often lines are posted anew that a channel refused.
const maxTries = 3

// posted takes what became of a post that no channel of its member took. Where nobody else got the lines they are posted once more.
func (k *keeper) posted(v fallback.View, c *bots.Change) {
	switch c.Type {
	case "delivery.failed", "delivery.skipped", "delivery.expired":
	default:
		return
	}
	k.clerk.Log.Warn("a post did not reach a member of the team: kaskad staff list says who cannot be reached", "delivery", c.Delivery.String(), "reason", c.Reason)
	p, ok := fallback.PostOf(v.Delivery(c.Delivery))
	book, err := fallback.ReadTicketBook(v)
	if !ok || err != nil || len(p.Lines) == 0 || p.File != nil || p.Tries >= maxTries {
		return
	}
	if t := book.Of(v, p.Contact); t == nil || len(t.Shown) > 1 {
		return
	}
	k.Waiting = slices.Insert(k.Waiting, 0, waiting{Contact: p.Contact, Lines: p.Lines, Tries: p.Tries + 1})
}

// forget drops answers of which nothing new is to be expected.
func (k *keeper) forget(now time.Time) {
	k.Replies = slices.DeleteFunc(k.Replies, func(r reply) bool {
		return now.Sub(time.UnixMicro(int64(r.Delivery))) > replyLife
	})
	if n := len(k.Replies); n > maxReplies {
		k.Replies = slices.Delete(k.Replies, 0, n-maxReplies)
	}
}

// progress tells that an answer went, once, and that it did not arrive.
func (k *keeper) progress(v fallback.View, i int) {
	r := &k.Replies[i]
	d := v.Delivery(r.Delivery)
	if d == nil {
		return
	}
	taken, failed, _ := k.clerk.Teller.Standing(v, d)
	switch {
	case failed != "" && !r.Failed:
		r.Failed = true
		k.Says = append(k.Says, saying{Why: sayFailed, Of: d.ID, Contact: d.Contact})
	case taken && !r.Taken:
		r.Taken = true
		k.Says = append(k.Says, saying{Why: sayTaken, Of: d.ID, Contact: d.Contact})
	}
}

// keep makes the place durable now and then; what waits is found again from there.
func (k *keeper) keep(ctx context.Context) error {
	if k.Place == k.kept || time.Since(k.saved) < saveEvery {
		return nil
	}
	raw, err := json.Marshal(k.notes)
	if err != nil {
		return err
	}
	err = k.clerk.Road.Tickets(ctx, func(_ fallback.Tx, _ *fallback.Team, book *fallback.TicketBook, _ fallback.MemberPoster) error {
		book.Desk = raw
		return nil
	})
	if err == nil {
		k.kept, k.saved = k.Place, time.Now()
	}
	return err
}

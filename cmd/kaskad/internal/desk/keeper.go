package desk

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// notes is what is durable of the desk.
type notes struct {
	Place   uint64    `json:"place"`             // how far the changes were read
	Waiting []waiting `json:"waiting,omitempty"` // who wrote first comes first
	Says    []saying  `json:"says,omitempty"`    // short posts, before the lines
	Replies []reply   `json:"replies,omitempty"` // oldest first
	Told    time.Time `json:"told,omitzero"`     // when it was last told that answers went out without their pictures
	Called  time.Time `json:"called,omitzero"`   // when it was last told that people wait, while what they wrote was not shown yet
	Acts    []doing   `json:"acts,omitempty"`    // what is to be done in topics, in this order
	Stale   []bots.ID `json:"stale,omitempty"`   // whose card does not say any more what is so
	Barred  time.Time `json:"barred,omitzero"`   // until then no topic is asked for: the group did not let us
}

// doing is something to be done to a topic, or in it.
type doing struct {
	Contact bots.ID        `json:"contact"`
	Do      bots.Act       `json:"do"`
	On      string         `json:"on,omitempty"`     // PinAct: the message
	Thread  string         `json:"thread,omitempty"` // CloseTopicAct: one from which a conversation went to another group; there is no Contact then
	File    *fallback.Post `json:"file,omitempty"`   // what a customer sent; it has no topic yet
	Joined  bool           `json:"joined,omitempty"` // in the contact's own topic, as they are one with another: to say so, then CloseTopicAct
}

// waiting are lines of one person that are not posted yet.
type waiting struct {
	Contact        bots.ID   `json:"contact"`
	Lines          []bots.ID `json:"lines"`
	Again          bool      `json:"again,omitempty"` // they may stand in a post whose outcome is not known
	Tries          int       `json:"tries,omitempty"` // how often the room refused them
	Of             string    `json:"of,omitempty"`    // the broadcast that they answer: they come first in its digest
	fallback.Wrote           // the first of them; zero: they come before those of whom it is known
}

// saying is a short post of the desk's own.
type saying struct {
	Why    string        `json:"why"`
	On     string        `json:"on,omitempty"`     // the message in the room that it answers
	Post   bots.ID       `json:"post,omitempty"`   // the post that was answered there
	Of     bots.ID       `json:"of,omitempty"`     // the reply that failed, or went out without its picture
	More   int           `json:"more,omitempty"`   // replies without their pictures, beside that one
	Reason string        `json:"reason,omitempty"` // why it did
	Group  string        `json:"group,omitempty"`  // a room of before
	Text   string        `json:"text,omitempty"`   // once more, as it was
	Kept   fallback.Post `json:"kept,omitzero"`
	Thread string        `json:"thread,omitempty"` // the topic in which On stands
	Audit  bots.ID       `json:"audit,omitempty"`  // what somebody of the team did, or asked for
	Who    bots.ID       `json:"who,omitempty"`    // who waits for an answer
	At     time.Time     `json:"at,omitzero"`      // when that was noticed
}

// reply is an answer of staff on its way.
type reply struct {
	Delivery bots.ID `json:"delivery"`
	On       string  `json:"on"` // the message in the room
	Shown    string  `json:"shown,omitempty"`
	Told     bool    `json:"told,omitempty"` // that it failed
}

func (n notes) clone() notes {
	n.Waiting, n.Says, n.Replies = slices.Clone(n.Waiting), slices.Clone(n.Says), slices.Clone(n.Replies)
	n.Acts, n.Stale = slices.Clone(n.Acts), slices.Clone(n.Stale)
	for i := range n.Waiting {
		n.Waiting[i].Lines = slices.Clone(n.Waiting[i].Lines)
	}
	return n
}

// Limits of what is remembered.
const (
	maxReplies = 300
	replyLife  = 72 * time.Hour
	maxTries   = 5
	lookBack   = 100_000 // changes before the end, in which a room that has no notes yet is looked for
)

// keeper is the desk at work.
type keeper struct {
	notes
	desk   *Desk
	room   fallback.StaffRoom
	lane   lane              // what it holds
	hold   time.Time         // no post before: one was not taken
	asked  map[bots.ID]asked // who has been asked a topic for, until the end of that is read
	still  time.Time         // no look for a post before, unless something changes
	misses int               // how many were not taken, one after the other
	gone   bool              // the room refused one as nobody's
	kept   uint64            // Place on disk
	whole  time.Time         // what was stored before has been read as a whole
	saved  time.Time
	drawn  map[bots.ID]time.Time // when a card was last changed
	made   []made                // posts of the last minute
	begun  time.Time             // when the first of them was made after a minute without
	told   map[string]time.Time  // by broadcast: when the team was last told of who waits in its digest
	joined map[string]time.Time  // by broadcast: when its digest was last posted
}

// open reads the notes. A room that has none yet is served from when it came into force.
func (k *keeper) open(v fallback.View, last uint64) error {
	if err := k.look(v); err != nil {
		return err
	}
	switch {
	case len(k.room.Desk) > 0:
		if err := json.Unmarshal(k.room.Desk, &k.notes); err != nil {
			return err
		}
	case k.room.Group == "":
		k.Place = last
	default:
		k.Place = max(last, lookBack) - lookBack
	}
	k.kept = k.Place
	for i := len(k.Replies) - 1; i >= 0; i-- {
		k.progress(v, i)
	}
	return nil
}

// look reads the room.
func (k *keeper) look(v fallback.View) (err error) {
	if k.room, err = fallback.ReadStaffRoom(v, k.desk.Room); err != nil {
		return err
	}
	k.desk.lost.Store(nil)
	if at := k.room.Lost; !at.IsZero() {
		k.desk.lost.Store(&at)
	}
	return nil
}

// full reports whether there is so much to post that more must wait in the changes.
func (k *keeper) full() bool {
	n := len(k.Waiting) + len(k.Says) + len(k.Acts)
	for i := range k.Waiting {
		n += len(k.Waiting[i].Lines)
	}
	return n >= k.desk.most
}

// wake is when to look again although nothing changed; the zero time: there is no need.
func (k *keeper) wake(blocked bool) time.Time {
	switch {
	case k.room.Group == "":
		return time.Now().Add(lookEvery)
	case blocked:
		return time.Now().Add(retryAfter)
	case k.ready(): // what was waited for came while the turn ended
		return time.Now()
	case k.hold.After(time.Now()) && len(k.Waiting)+len(k.Says)+len(k.Acts) > 0:
		return k.hold
	case slices.ContainsFunc(k.Says, func(s saying) bool { return s.Why == sayWaits }): // before what has more time
		if rest := time.Now().Add(crowdRest); !k.still.After(time.Now()) || rest.Before(k.still) {
			return rest
		}
		return k.still
	case k.still.After(time.Now()):
		return k.still
	case len(k.Stale) > 0:
		return time.Now().Add(redrawLook)
	case k.Place != k.kept && k.room.Contact != 0:
		return k.saved.Add(saveEvery)
	case len(k.Says) > 0 && k.early(time.Now()):
		return k.Told.Add(bareEvery)
	}
	return time.Time{}
}

// read takes a batch of changes: all of it, or nothing.
func (k *keeper) read(ctx context.Context, batch []bots.Change) error {
	before := k.notes.clone()
	err := k.desk.Feed.Read(ctx, func(v fallback.View) error {
		for i := range batch {
			if err := k.take(v, &batch[i]); err != nil {
				return err
			}
			k.Place = batch[i].ID
		}
		k.lane = k.inLane(v)
		until := k.Barred
		k.desk.bar.Store(&until)
		if len(batch) > 0 {
			k.still = time.Time{}
		}
		return nil
	})
	if err != nil {
		k.notes = before
	}
	return err
}

// lane is what the room's lane holds of posts that have not gone out.
type lane struct {
	posts   int
	opening int              // of them, those that ask for a topic
	of      map[bots.ID]bool // whom they are about
}

// inLane looks at the posts that have not gone out.
func (k *keeper) inLane(v fallback.View) lane {
	l := lane{of: map[bots.ID]bool{}}
	if k.room.Contact == 0 {
		return l
	}
	looked := 0
	v.DeliveriesOf(k.room.Contact, func(id bots.ID, _ uint64) bool {
		looked++
		if d := v.Delivery(id); d != nil && d.State < fallback.Waiting {
			p, _ := fallback.PostOf(d)
			l.add(p.Contact, p.Act == bots.OpenTopicAct)
			for _, id := range p.Contacts {
				l.of[id] = true
			}
		}
		return l.posts < laneFull && looked < 64
	})
	return l
}

func (l *lane) add(contact bots.ID, opens bool) {
	l.posts++
	if opens {
		l.opening++
	}
	if contact != 0 {
		l.of[contact] = true
	}
}

// take takes one change.
func (k *keeper) take(v fallback.View, c *bots.Change) error {
	switch {
	case c.Type == "contact.erased":
		k.forgo(c.Contact)
	case strings.HasPrefix(c.Type, "staff."):
		if k.concerns(v, c) {
			return k.staff(v, c)
		}
	case c.Contact != 0 && c.Contact == k.room.Contact:
		k.posted(v, c)
	case k.room.Group == "" || c.At.Before(k.room.Since):
	case c.Type == fallback.Transferred:
		k.transferred(v, c)
	case ofTalk(c) && !k.serves(v, c.Contact):
	case c.Type == "message.received" || c.Type == "message.edited" || c.Type == "message.deleted":
		k.line(v, c)
	case c.Type == fallback.Unanswered:
		k.unanswered(v, c)
	case strings.HasPrefix(c.Type, "conversation."):
		k.talked(v, c)
	case c.Type == "contact.updated" && k.serves(v, c.Contact):
		k.known(v, c)
	case c.Type == "contact.merged" || c.Type == "contact.unmerged":
		k.others(v, c)
	case c.Delivery != 0:
		k.bare(v, c)
		if i := slices.IndexFunc(k.Replies, func(r reply) bool { return r.Delivery == c.Delivery }); i >= 0 {
			k.progress(v, i)
		}
	}
	return nil
}

// concerns reports whether what happened among staff happened in the room that the desk serves. What concerns no room the first takes.
func (k *keeper) concerns(v fallback.View, c *bots.Change) bool {
	room := k.room.Contact
	if room == 0 { // it may be there since
		room = v.FindContact(fallback.RoomRef(k.desk.Room))
	}
	return c.Contact == room || k.desk.Room == "" && c.Type == fallback.StaffTried
}

// ofTalk reports whether a change is one of a conversation, which one room alone shows.
func ofTalk(c *bots.Change) bool {
	return strings.HasPrefix(c.Type, "message.") && c.Type != "message.status" || strings.HasPrefix(c.Type, "conversation.")
}

// serves reports whether a customer's conversation is the room's.
func (k *keeper) serves(v fallback.View, contact bots.ID) bool {
	return fallback.HomeOf(v, contact) == k.desk.Room
}

// staff takes what happened to the room, and what was done there.
func (k *keeper) staff(v fallback.View, c *bots.Change) error {
	switch c.Type {
	case fallback.StaffReply:
		k.Replies = append(k.Replies, reply{Delivery: c.Delivery, On: c.State})
		k.forget(c.At)
		k.progress(v, len(k.Replies)-1)
		return nil
	case fallback.StaffNote:
		k.Says = append(k.Says, saying{Why: c.Reason, On: c.State, Post: c.Message})
		return nil
	case fallback.StaffAct:
		k.acted(v, c)
		return nil
	case fallback.StaffPress:
		k.pressed(c)
		return nil
	case fallback.StaffTopic:
		k.topic(v, c)
		return nil
	case fallback.StaffForum:
		k.forumChanged(c)
	case fallback.StaffWaits:
		k.waits(v, c)
		return nil
	case fallback.StaffDigest:
		k.again(v, c)
		return nil
	case fallback.StaffTask:
		k.Says = append(k.Says, saying{Why: sayTask, Post: c.Message})
		return nil
	case fallback.StaffLeft:
		if c.Reason == fallback.LeftTaken {
			k.desk.Log.Warn("the group of this room is another room's now: bind one with kaskad staff code", "group", c.State)
		} else {
			k.Says = append(k.Says, saying{Why: sayLeft, Group: c.State})
		}
	case fallback.StaffBound:
		k.Says = append(k.Says, saying{Why: sayBound})
		k.hold, k.misses, k.Barred = time.Time{}, 0, time.Time{} // what another group did not let us do
		k.desk.mute.Store(nil)
		k.desk.Log.Info("staff have a room", "group", c.State)
	case fallback.StaffFixed:
		k.Says = append(k.Says, saying{Why: sayFixed})
		k.desk.Log.Warn("a code of another room was written in a group that the configuration names: nothing was bound", "group", c.State, "room", c.Reason)
	case fallback.StaffTried:
		k.desk.tried(c)
	case fallback.StaffLost:
		k.desk.Log.Error("the staff's group cannot be written to: add the bot to it again, or bind another with kaskad staff code", "group", c.State)
	case fallback.StaffRights:
		k.hold, k.misses, k.Barred = time.Time{}, 0, time.Time{}
	case fallback.StaffFound:
		k.hold, k.misses = time.Time{}, 0
		k.desk.Log.Info("the staff's group can be written to again", "group", c.State)
	}
	return k.look(v)
}

// tried tells the operator of a wrong code. Who wrote it does not stand in a log: an account may be a phone.
func (d *Desk) tried(c *bots.Change) {
	log := d.Log.With("channel", c.State)
	switch c.Reason {
	case fallback.TriedAllOut:
		log.Error("somebody guesses codes of the staff from many accounts: no code is looked at until an hour after the first; kaskad staff add lets people in without one", "tries", fallback.MaxAllTries)
	case fallback.TriedOut:
		log.Warn("a wrong code of the staff, and the last one of this account: it is not heard for an hour, or until another code is made", "tries", fallback.MaxStaffTries)
	default:
		log.Warn("a wrong code of the staff was written: nobody was let in, and nothing was bound")
	}
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

// line takes a message of a customer.
func (k *keeper) line(v fallback.View, c *bots.Change) {
	m := v.Message(c.Message)
	if m == nil || !m.In || c.State == string(bots.Started) || k.desk.answered(c, meant(v, m)) {
		return
	}
	k.show(v, m)
}

// unanswered takes what the bot was to answer and could not: the message is shown as any other, or, where it is not known, what failed.
func (k *keeper) unanswered(v fallback.View, c *bots.Change) {
	if m := v.Message(c.Message); m != nil && m.In {
		k.show(v, m)
	} else if c.Delivery != 0 {
		k.Says = append(k.Says, saying{Why: sayBot, Of: c.Delivery, Reason: c.Reason})
	}
}

// show lets a message be posted.
func (k *keeper) show(v fallback.View, m *bots.Message) {
	for i := range k.Waiting {
		if w := &k.Waiting[i]; w.Contact == m.Contact && !w.Again && w.Tries == 0 {
			w.Lines = append(w.Lines, m.ID)
			return
		}
	}
	k.wait(waiting{Contact: m.Contact, Lines: []bots.ID{m.ID}, Of: k.digestOf(v, m)}, m)
}

// keep makes the place durable now and then; what waits is found again from there.
func (k *keeper) keep(ctx context.Context) error {
	if k.room.Contact == 0 || k.Place == k.kept || time.Since(k.saved) < saveEvery {
		return nil
	}
	raw, err := json.Marshal(k.notes)
	if err != nil {
		return err
	}
	err = k.desk.Road.Staff(ctx, func(tx fallback.Tx, _ fallback.Poster) error {
		return fallback.PutStaffDesk(tx, k.desk.Room, raw)
	})
	if err == nil {
		k.kept, k.saved = k.Place, time.Now()
	}
	return err
}

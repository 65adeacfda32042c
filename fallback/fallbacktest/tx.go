package fallbacktest

import (
	"cmp"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// tx is one transaction: what it wrote over what was there.
type tx struct {
	base   *data
	writes data
	now    time.Time
}

func (m *Memory) begin() *tx {
	t := &tx{base: &m.data, now: time.Now().Round(0).UTC()}
	t.writes.lastID, t.writes.lastChange = m.data.lastID, m.data.lastChange
	return t
}

// find reads what the transaction wrote, else what was there, as a copy.
func find[K comparable, V any](t *tx, table func(*data) *map[K]V, key K) (V, bool) {
	v, ok := (*table(&t.writes))[key]
	if !ok {
		v, ok = (*table(t.base))[key]
	}
	if !ok {
		return v, false
	}
	return clone(v), true
}

func write[K comparable, V any](t *tx, table func(*data) *map[K]V, key K, v V) {
	m := table(&t.writes)
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[key] = clone(v)
}

// grow appends to a list that is kept by key.
func grow[K comparable, V any](t *tx, table func(*data) *map[K][]V, key K, v V) {
	m := table(&t.writes)
	if *m == nil {
		*m = map[K][]V{}
	}
	(*m)[key] = append((*m)[key], clone(v))
}

// all is a list kept by key, oldest first.
func all[K comparable, V any](t *tx, table func(*data) *map[K][]V, key K) []V {
	return clone(slices.Concat((*table(t.base))[key], (*table(&t.writes))[key]))
}

func (t *tx) Now() time.Time { return t.now }

func (t *tx) NewID() bots.ID {
	t.writes.lastID = max(t.writes.lastID+1, bots.ID(t.now.UnixMicro()))
	return t.writes.lastID
}

func (t *tx) Contact(id bots.ID) *bots.Contact {
	c, ok := find(t, contacts, t.kept(id))
	if !ok || id == 0 || c.ID == 0 {
		return nil
	}
	return &c
}

func (t *tx) PutContact(c *bots.Contact) {
	write(t, contacts, c.ID, *c)
	if c.Into != 0 {
		return // found by no name
	}
	for _, ref := range refs(c) {
		if !slices.Contains(all(t, named, ref), c.ID) {
			grow(t, named, ref, c.ID)
		}
	}
}

// refs are the names a contact can be found by.
func refs(c *bots.Contact) []bots.Ref {
	var found []bots.Ref
	if c.Phone != "" {
		found = append(found, bots.Ref{Kind: "phone", Value: c.Phone})
	}
	if c.ExternalID != "" {
		found = append(found, bots.Ref{Kind: "ext", Value: c.ExternalID})
	}
	for _, a := range c.Addresses {
		found = append(found, bots.Ref{Kind: a.Channel, Value: a.ID})
	}
	return append(found, further(c)...)
}

// FindContact finds whom a REF names. Of several owners of a phone it is the one who verified it last, else the newest; nobody who
// only claims it.
func (t *tx) FindContact(ref bots.Ref) bots.ID {
	if ref.Kind == "id" {
		id, _ := bots.ParseID(ref.Value)
		return t.kept(id)
	}
	best, since := bots.ID(0), time.Time{}
	for _, id := range all(t, named, ref) {
		c := t.Contact(id)
		if c == nil || c.ID != id || !slices.Contains(refs(c), ref) || claims(c, ref) {
			continue // the index is never cleaned: the record decides
		}
		at := verified(c, ref)
		if best == 0 || at.After(since) || at.Equal(since) && id > best {
			best, since = id, at
		}
	}
	return best
}

// Owners are all contacts who have a name, or claim it.
func (t *tx) Owners(ref bots.Ref) []bots.ID {
	var owners []bots.ID
	for _, id := range all(t, named, ref) {
		if c := t.Contact(id); c != nil && c.ID == id && slices.Contains(refs(c), ref) && !slices.Contains(owners, id) {
			owners = append(owners, id)
		}
	}
	return owners
}

// verified is when the person was heard at what a REF names; the zero time: never.
func verified(c *bots.Contact, ref bots.Ref) time.Time {
	a := bots.Address{Channel: ref.Kind, ID: ref.Value}
	if ref.Kind == "phone" {
		a.Channel = bots.SMS
	}
	if place := c.Address(a); place != nil && place.State == bots.Active {
		return place.Since
	}
	return time.Time{}
}

func (t *tx) Conversation(contact bots.ID) bots.Conversation {
	c, _ := find(t, talks, t.kept(contact))
	if c == (bots.Conversation{Contact: c.Contact}) {
		return bots.Conversation{} // of an undone merge: there was none before
	}
	return c
}

func (t *tx) PutConversation(c bots.Conversation) {
	fallback.FollowTalk(t, c)
	before, _ := find(t, talks, c.Contact)
	t.moveTalk(&before, &c)
	write(t, talks, c.Contact, c)
}

// moveTalk brings the entries of a conversation to where its head stands.
func (t *tx) moveTalk(before, after *bots.Conversation) {
	left, come := fallback.MovedEntries(before, after)
	t.writes.moved = append(t.writes.moved, movedTalk{left, come})
}

// OpenOf counts the open conversations of an assignee.
func (t *tx) OpenOf(assignee string) int {
	lane := fallback.LaneOf(assignee)
	return len(t.base.due[lane])
}

func (t *tx) Delivery(id bots.ID) *fallback.Delivery {
	p, ok := find(t, plans, id)
	if !ok {
		return nil
	}
	s, _ := find(t, statuses, id)
	p.Contact, p.Under = t.whose(p.Contact)
	return &fallback.Delivery{Plan: p, Status: s}
}

func (t *tx) PutPlan(p *fallback.Plan) {
	under := *p
	under.Contact, under.Under = standing(p.Contact, p.Under)
	write(t, plans, p.ID, under)
	grow(t, ofContact, under.Contact, deliveryOf{p.ID, p.Same})
}

func (t *tx) PutStatus(d *fallback.Delivery) {
	was := t.Delivery(d.ID)
	write(t, statuses, d.ID, d.Status)
	if lane := d.Lane(); lane != "" && (was == nil || was.Lane() != lane || !was.Due.Equal(d.Due)) {
		entry := fallback.Entry{Due: d.Due.Round(0).UTC(), ID: d.ID}
		if t.writes.due == nil {
			t.writes.due = map[fallback.Lane][]fallback.Entry{}
		}
		t.writes.due[lane] = append(t.writes.due[lane], entry)
	}
}

func (t *tx) DeliveriesOf(contact bots.ID, f func(bots.ID, uint64) bool) {
	var list []deliveryOf
	for _, id := range t.Same(contact) {
		list = append(list, all(t, ofContact, id)...)
	}
	slices.SortFunc(list, func(a, b deliveryOf) int { return cmp.Compare(b.ID, a.ID) })
	for _, d := range list {
		if !f(d.ID, d.Same) {
			return
		}
	}
}

func (t *tx) Message(id bots.ID) *bots.Message {
	m, ok := find(t, messages, id)
	if !ok {
		return nil
	}
	m.Contact, m.Under = t.whose(m.Contact)
	return &m
}

func (t *tx) PutMessage(m *bots.Message) {
	under := *m
	under.Contact, under.Under = standing(m.Contact, m.Under)
	write(t, messages, m.ID, under)
	if m.Standing() {
		write(t, lastSent, m.To, m.ID)
	}
}

func (t *tx) MessageState(id bots.ID) bots.MessageState {
	s, _ := find(t, states, id)
	return s
}
func (t *tx) PutMessageState(id bots.ID, s bots.MessageState) { write(t, states, id, s) }

func (t *tx) LastSent(chat bots.Address) bots.ID {
	id, _ := find(t, lastSent, chat)
	return id
}

func (t *tx) PutAttempt(a *fallback.Attempt) { grow(t, attempts, a.Delivery, *a) }
func (t *tx) PutAttemptResult(a *fallback.Attempt, res fallback.Result) {
	r := outcome{Leg: a.Leg, Number: a.Number, Receipt: res.Receipt}
	if res.Err != nil {
		r.Fault, r.Code = res.Err.Fault.String(), res.Err.Code
	}
	grow(t, outcomes, a.Delivery, r)
}

func (t *tx) PutProvider(key fallback.ProviderKey, message bots.ID) {
	write(t, providers, key, message)
}
func (t *tx) ByProvider(key fallback.ProviderKey) bots.ID {
	id, _ := find(t, providers, key)
	return id
}

func (t *tx) PutOrphan(o fallback.Orphan) {
	grow(t, orphans, o.Key, o)
	if o.Chat.ID != "" {
		grow(t, orphans, fallback.ProviderKey{Sender: o.Key.Sender, Chat: o.Chat.ID}, o)
	}
}

func (t *tx) Orphans(key fallback.ProviderKey) []fallback.Orphan {
	return slices.DeleteFunc(all(t, orphans, key), func(o fallback.Orphan) bool { return t.now.Sub(o.At) >= fallback.OrphanLife })
}

func (t *tx) Key(key string) (fallback.KeyUse, bool)      { return find(t, keys, key) }
func (t *tx) PutKey(key string, k fallback.KeyUse)        { write(t, keys, key, k) }
func (t *tx) Seen(event string) bool                      { _, ok := find(t, seen, event); return ok }
func (t *tx) MarkSeen(event string)                       { write(t, seen, event, true) }
func (t *tx) Count(contact bots.ID, at time.Time)         { grow(t, counted, contact, at) }
func (t *tx) Link(token string) (l fallback.Link, o bool) { return find(t, links, token) }
func (t *tx) PutLink(l fallback.Link)                     { write(t, links, l.Token, l) }

func (t *tx) Word(number string) bots.Consent {
	c, _ := find(t, words, number)
	return c
}
func (t *tx) PutWord(number string, said bots.Consent) { write(t, words, number, said) }

// LastNo looks at everybody.
func (t *tx) LastNo(number string, but bots.ID) bots.ID {
	var last *bots.Contact
	for _, from := range []*data{t.base, &t.writes} {
		for id, there := range from.contacts {
			if there.Marketing.State != bots.Denied {
				continue // without a copy: of ten thousand nobody may have said no
			}
			c, _ := find(t, contacts, id)
			if c.ID != 0 && id != but && slices.Contains(fallback.NoesAt(&c), number) && (last == nil || fallback.LaterNo(&c, last) > 0) {
				last = &c
			}
		}
	}
	if last == nil {
		return 0
	}
	return last.ID
}

func (t *tx) UseLink(token string) {
	if l, ok := t.Link(token); ok {
		l.Used = true
		t.PutLink(l)
	}
}

func (t *tx) Counted(contact bots.ID, since time.Time) []time.Time {
	var times []time.Time
	for _, id := range t.Same(contact) {
		times = append(times, all(t, counted, id)...)
	}
	slices.SortStableFunc(times, func(a, b time.Time) int { return b.Compare(a) })
	return slices.DeleteFunc(times, func(at time.Time) bool { return at.Before(since) })
}

func (t *tx) Spent(day string) bots.Money {
	m, _ := find(t, spent, day)
	return m
}
func (t *tx) AddSpent(day string, m bots.Money) { write(t, spent, day, t.Spent(day).Plus(m)) }

func (t *tx) Written(channel string) fallback.Written {
	w, _ := find(t, written, channel)
	return w
}
func (t *tx) PutWritten(channel string, w fallback.Written) { write(t, written, channel, w) }

func (t *tx) Pauses() []fallback.Pause { return clone(t.base.pauses) }

// Holds are all holds of regions that are known.
func (t *tx) Holds() *fallback.RegionHolds {
	var all []fallback.RegionHold
	for _, d := range []*data{t.base, &t.writes} {
		for id := range d.holds {
			if h, ok := find(t, holds, id); ok && !slices.ContainsFunc(all, func(o fallback.RegionHold) bool { return o.ID == id }) {
				all = append(all, h)
			}
		}
	}
	return fallback.NewRegionHolds(all, t.now)
}
func (t *tx) PutHold(h fallback.RegionHold) { write(t, holds, h.ID, h) }

func (t *tx) Change(c bots.Change) {
	t.writes.lastChange++
	c.ID = t.writes.lastChange
	t.writes.changes = append(t.writes.changes, clone(c))
}

package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
	"kaskad/fallback"
)

// What stands last at a number is what reading all its owners tells, whatever people and others do, in whatever order.
func TestWhoWasLastAtANumberIsWhoAFullScanFinds(t *testing.T) {
	t.Parallel()
	db := openAt(t, t.TempDir(), Unsynced(Options{Generation: 256}))
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		l := &crowdLife{T: r, t: t, db: db, round: round}
		for i := range 4 {
			l.people = append(l.people, l.person(i))
		}
		for range rapid.IntRange(1, 25).Draw(r, "events") {
			l.event()
			l.compare()
		}
	})
}

// crowdLife is a few people with a few numbers among them.
type crowdLife struct {
	*rapid.T
	t      *testing.T
	db     *DB
	round  int
	said   int
	people []bots.ID
	merges []bots.Merge
	story  []string
}

func (l *crowdLife) sure(err error) {
	if err != nil {
		l.Fatalf("%v\nafter %s", err, strings.Join(l.story, ", "))
	}
}

func (l *crowdLife) pick(what string, n int) int { return rapid.IntRange(0, n-1).Draw(l.T, what) }

func (l *crowdLife) number(n int) string { return fmt.Sprintf("+38050%05d%02d", l.round, n) }

func (l *crowdLife) numbers() []string { return []string{l.number(0), l.number(1), l.number(2)} }

func (l *crowdLife) one() bots.ID { return l.people[l.pick("who", len(l.people))] }

func (l *crowdLife) place() string { return l.number(l.pick("number", 3)) }

func chatOf(id bots.ID, channel string) bots.Address {
	return bots.Address{Channel: channel, ID: channel[:1] + id.String()}
}

// person has a chat on Telegram and one on Viber, and perhaps a number.
func (l *crowdLife) person(n int) bots.ID {
	began := now()
	c, _, err := l.db.PutContact(l.t.Context(), bots.Ref{Kind: "ext", Value: fmt.Sprintf("%d-%d", l.round, n)}, func(c *bots.Contact) error {
		if n < 3 {
			c.Phone = l.number(n / 2)
			c.Set(bots.Address{Channel: bots.SMS, ID: c.Phone}, bots.Unverified, began)
		}
		for _, channel := range []string{bots.Telegram, bots.Viber} {
			c.Set(chatOf(c.ID, channel), bots.Active, began)
		}
		return nil
	})
	l.sure(err)
	return c.ID
}

func (l *crowdLife) note(format string, args ...any) {
	l.story = append(l.story, fmt.Sprintf(format, args...))
}

func (l *crowdLife) event() {
	acts := []func(){l.speaks, l.speaks, l.speaks, l.texts, l.texts, l.shares, l.shuts, l.told, l.told, l.written, l.written, l.written, l.arrives, l.merge, l.unmerge, l.erase}
	acts[l.pick("what", len(acts))]()
}

func (l *crowdLife) receive(chat bots.Address, sender string, kind bots.Kind, more func(*bots.Event)) {
	l.said++
	e := bots.Event{ID: fmt.Sprintf("e%d-%d", l.round, l.said), Channel: chat.Channel, Sender: sender, Kind: kind, Chat: chat, At: now(), MessageID: fmt.Sprint(l.said)}
	if more != nil {
		more(&e)
	}
	l.note("%s %s %s in %s", e.Kind, e.Text, e.Phone, chat)
	_, err := l.db.Receive(l.t.Context(), e, rules(), world())
	l.sure(err)
}

func (l *crowdLife) word() string {
	return []string{"stop", "стоп все", "start"}[l.pick("word", 3)]
}

func (l *crowdLife) speaks() {
	channel := []string{bots.Telegram, bots.Viber}[l.pick("channel", 2)]
	word := l.word()
	l.receive(chatOf(l.one(), channel), channel, bots.Wrote, func(e *bots.Event) { e.Text = word })
}

func (l *crowdLife) texts() {
	word := l.word()
	l.receive(bots.Address{Channel: bots.SMS, ID: l.place()}, "sms/main", bots.Wrote, func(e *bots.Event) { e.Text = word })
}

// shares proves a number on Telegram, and only claims it on Viber.
func (l *crowdLife) shares() {
	channel := []string{bots.Telegram, bots.Viber}[l.pick("channel", 2)]
	number := l.place()
	l.receive(chatOf(l.one(), channel), channel, bots.Shared, func(e *bots.Event) { e.Phone = number })
}

func (l *crowdLife) shuts() {
	l.receive(chatOf(l.one(), bots.Telegram), bots.Telegram, bots.Blocked, nil)
}

// told is the retailer's word: another phone or none, a consent, said by whomever and whenever.
func (l *crowdLife) told() {
	who, what, number := l.one(), l.pick("told", 5), l.place()
	consent := bots.Consent{State: bots.Denied, At: now().Add(-time.Duration(l.pick("ago", 3)) * time.Millisecond), Source: "crm", ByPerson: l.pick("by", 2) == 0}
	began := now()
	l.note("told %d of %s, %s", what, who, number)
	_, _, err := l.db.PutContact(l.t.Context(), bots.Ref{Kind: "id", Value: who.String()}, func(c *bots.Contact) error {
		switch what {
		case 0, 1:
			c.Remove(bots.Address{Channel: bots.SMS, ID: c.Phone})
			if c.Phone, c.PhoneClaimed = "", false; what == 1 {
				c.Phone = number
				c.Set(bots.Address{Channel: bots.SMS, ID: number}, bots.Unverified, began)
			}
		case 2:
			c.Marketing = consent
		case 3:
			consent.State = bots.Given
			c.Marketing = consent
		case 4:
			c.Marketing, c.All = consent, consent
		}
		return nil
	})
	if !errors.Is(err, fallback.ErrUnknownContact) {
		l.sure(err)
	}
}

// arrives is somebody whom nobody knows but by a number.
func (l *crowdLife) arrives() {
	number := l.place()
	l.note("somebody with %s", number)
	l.said++
	c, _, err := l.db.PutContact(l.t.Context(), bots.Ref{Kind: "ext", Value: fmt.Sprintf("%d-new-%d", l.round, l.said)}, func(c *bots.Contact) error {
		c.Phone = number
		return nil
	})
	l.sure(err)
	l.people = append(l.people, c.ID)
}

func (l *crowdLife) merge() {
	keep, from := l.one(), l.one()
	l.note("%s absorbs %s", keep, from)
	m, err := l.db.Merge(l.t.Context(), fallback.MergeAsk{Keep: byID(keep), From: byID(from), By: "test"}, rules())
	if err == nil {
		l.merges = append(l.merges, m)
	} else if !errors.Is(err, fallback.ErrSameContact) && !errors.Is(err, fallback.ErrUnknownContact) {
		l.sure(err)
	}
}

func (l *crowdLife) unmerge() {
	if len(l.merges) == 0 {
		return
	}
	m := l.merges[l.pick("merge", len(l.merges))]
	l.note("%s lets %s go", m.Kept, m.Absorbed)
	later := &fallback.LaterMerge{}
	_, err := l.db.Unmerge(l.t.Context(), fallback.MergeAsk{Keep: byID(m.Kept), From: byID(m.Absorbed), By: "test"}, rules())
	if !errors.Is(err, fallback.ErrNotMerged) && !errors.Is(err, fallback.ErrUnknownContact) && !errors.As(err, &later) {
		l.sure(err)
	}
}

func (l *crowdLife) erase() {
	if l.pick("erase", 4) != 0 {
		return
	}
	who := l.one()
	l.note("%s is erased", who)
	if _, err := l.db.Erase(l.t.Context(), who, "test", "", Record{}); !errors.Is(err, fallback.ErrUnknownContact) {
		l.sure(err)
	}
}

func byID(id bots.ID) bots.Ref { return bots.Ref{Kind: "id", Value: id.String()} }

var errLooked = errors.New("it only looked")

// written is a record of any kind: what is claimed, heard, absorbed. It is looked for in the transaction that wrote it, too.
func (l *crowdLife) written() {
	who, began := l.one(), now()
	phone, place, further := l.pick("phone", 4), l.pick("place", 4), l.pick("further", 4)
	claimed, heard, kind := l.pick("claimed", 2) == 0, l.pick("heard", 2) == 0, []string{"phone", bots.NameClaimed}[l.pick("kind", 2)]
	marketing := bots.Consent{State: bots.ConsentState(l.pick("state", 3)), At: began.Add(-time.Duration(l.pick("ago", 3)) * time.Millisecond), Source: "form", ByPerson: true}
	all := marketing
	all.State = bots.ConsentState(l.pick("all", 3))
	l.note("%s written: phone %d %v, place %d %v, further %d %s, %s, %s", who, phone, claimed, place, heard, further, kind, marketing.State, all.State)
	l.looking(func(tx fallback.Tx) error {
		c := tx.Contact(who)
		if c == nil {
			return nil
		}
		c.Phone, c.PhoneClaimed = "", claimed
		c.Addresses = slices.DeleteFunc(c.Addresses, func(a bots.ContactAddress) bool { return a.Channel == bots.SMS })
		c.Names = slices.DeleteFunc(c.Names, func(n bots.Ref) bool { return n.Kind == "phone" || n.Kind == bots.NameClaimed })
		if phone < 3 {
			c.Phone = l.number(phone)
		}
		if place < 3 {
			state := bots.Unverified
			if heard {
				state = bots.Active
			}
			c.Set(bots.Address{Channel: bots.SMS, ID: l.number(place)}, state, began)
		}
		if further < 3 && further != phone {
			c.Names = append(c.Names, bots.Ref{Kind: kind, Value: l.number(further)})
		}
		c.Marketing, c.All = marketing, all
		tx.PutContact(c)
		return nil
	}, nil)
}

// compare asks at all numbers, of a stranger and of all owners.
func (l *crowdLife) compare() {
	l.looking(func(fallback.Tx) error { return nil }, errLooked)
}

// looking does something and compares, in one transaction that ends with an error.
func (l *crowdLife) looking(do func(fallback.Tx) error, end error) {
	err := l.db.Update(l.t.Context(), func(tx fallback.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		for _, number := range l.numbers() {
			if err := asScanned(tx, number); err != nil {
				return err
			}
		}
		return end
	})
	if !errors.Is(err, errLooked) {
		l.sure(err)
	}
}

func asScanned(tx fallback.Tx, number string) error {
	ref := bots.Ref{Kind: "phone", Value: number}
	if got, want := tx.FindContact(ref), scannedFor(tx, number); got != want {
		return fmt.Errorf("%s is of %s, by a scan of %s", number, got, want)
	}
	for _, but := range append(tx.Owners(ref), 0) {
		if err := sameNo(tx, number, but); err != nil {
			return err
		}
	}
	return nil
}

// sameNo compares what the index and what a newcomer hears with what all owners say.
func sameNo(tx fallback.Tx, number string, but bots.ID) error {
	no, everything := scannedNo(tx, number, but)
	c := tx.Contact(tx.LastNo(number, but))
	switch {
	case (c == nil) != (no == bots.Consent{}):
		return fmt.Errorf("the last no at %s but of %s is of %+v, by a scan %+v", number, but, c, no)
	case c != nil && (!c.Marketing.At.Equal(no.At) || (c.All.State == bots.Denied && c.All.ByPerson) != everything):
		return fmt.Errorf("the last no at %s but of %s is %+v and %+v, by a scan %+v, everything: %v", number, but, c.Marketing, c.All, no, everything)
	}
	ref := bots.Ref{Kind: "phone", Value: number}
	if kept := tx.KeptNoAt(ref); !kept.Zero() || but != 0 {
		return nil
	}
	word := tx.Word(number)
	if no.At.After(word.At) {
		word, word.Everything = no, everything
	}
	fresh := &bots.Contact{ID: tx.NewID(), Phone: number}
	fallback.Heed(tx, nil, fresh)
	denied := word.State == bots.Denied
	if (fresh.Marketing.State == bots.Denied) != denied || denied && (!fresh.Marketing.At.Equal(word.At) || fresh.Silent() != word.Everything) {
		return fmt.Errorf("a newcomer at %s has %+v and %+v, by a scan it is %+v", number, fresh.Marketing, fresh.All, word)
	}
	return nil
}

// scannedNo reads all owners of a number: the latest no of one of them, and whether one of those at that time is to everything.
func scannedNo(tx fallback.View, number string, but bots.ID) (no bots.Consent, everything bool) {
	for _, id := range tx.Owners(bots.Ref{Kind: bots.SMS, Value: number}) {
		c := tx.Contact(id)
		if id == but || c == nil || c.Claims(number) || c.Marketing.State != bots.Denied || !c.Marketing.ByPerson {
			continue
		}
		if slices.Contains([]string{"block:telegram", "block:viber"}, c.Marketing.Source) || c.Marketing.At.Before(no.At) {
			continue
		}
		all := c.All.State == bots.Denied && c.All.ByPerson
		everything = all || everything && c.Marketing.At.Equal(no.At)
		no = c.Marketing
	}
	return no, everything
}

// scannedFor reads all owners of a phone: who was heard there last, else the newest; nobody who only claims it.
func scannedFor(tx fallback.View, number string) (best bots.ID) {
	since := time.Time{}
	for _, id := range tx.Owners(bots.Ref{Kind: "phone", Value: number}) {
		c := tx.Contact(id)
		if c.Claims(number) {
			continue
		}
		at := time.Time{}
		if a := c.Address(bots.Address{Channel: bots.SMS, ID: number}); a != nil && a.State == bots.Active {
			at = a.Since
		}
		if best == 0 || at.After(since) || at.Equal(since) && id > best {
			best, since = id, at
		}
	}
	return best
}

package store

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/fallback"
)

// A list still has both contacts of a merge apart, and tells the same consents every night.
func TestAListThatHasMergedContactsApart(t *testing.T) {
	t.Parallel()
	long := now().Add(-1000 * time.Hour)
	yes := func(at time.Time) bots.Consent {
		return bots.Consent{State: bots.Given, At: at, Source: "form", By: "key:crm"}
	}
	no := func(at time.Time) bots.Consent {
		return bots.Consent{State: bots.Denied, At: at, Source: "call", By: "key:crm"}
	}
	const kept, absorbed = "C-1", "C-2"
	for name, c := range map[string]struct {
		keep, from  bots.Consent
		by          string
		told        func(merged time.Time) bots.Consent
		want        bots.ConsentState
		keeps, free bots.ConsentState // when they are two again
	}{
		"the absorbed one's old yes lifts no no of the kept one": {
			keep: no(long), from: yes(long.Add(time.Hour)), by: absorbed, told: func(time.Time) bots.Consent { return yes(long.Add(time.Hour)) },
			want: bots.Denied, keeps: bots.Denied, free: bots.Given,
		},
		"the kept one's own yes from before lifts no no of the absorbed one": {
			keep: yes(long.Add(time.Hour)), from: no(long), by: kept, told: func(time.Time) bots.Consent { return yes(long.Add(time.Hour)) },
			want: bots.Denied, keeps: bots.Given, free: bots.Denied,
		},
		"an old yes of the absorbed one is not carried over later": {
			from: yes(long), by: absorbed, told: func(time.Time) bots.Consent { return yes(long) },
			want: bots.Unknown, keeps: bots.Unknown, free: bots.Given,
		},
		"a yes that was said since counts, and is his of whom it was told": {
			keep: no(long), from: bots.Consent{}, by: absorbed, told: func(at time.Time) bots.Consent { return yes(at.Add(time.Millisecond)) },
			want: bots.Given, keeps: bots.Denied, free: bots.Given,
		},
		"and the kept one's where it was told of that": {
			from: no(long), by: kept, told: func(at time.Time) bots.Consent { return yes(at.Add(time.Millisecond)) },
			want: bots.Given, keeps: bots.Given, free: bots.Denied,
		},
		"a no is both's, by whatever name, and of whatever time": {
			keep: yes(long.Add(time.Hour)), by: absorbed, told: func(time.Time) bots.Consent { return no(long.Add(2 * time.Hour)) },
			want: bots.Denied, keeps: bots.Denied, free: bots.Denied,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, many := range []bool{false, true} {
				db := open(t, Options{})
				tell := func(id string, said bots.Consent) contacts.Done {
					p := contacts.Put{Refs: []bots.Ref{{Kind: "ext", Value: id}}, Names: []bots.Ref{{Kind: "ext", Value: id}}, Change: func(c *bots.Contact) error {
						c.Tell(said)
						return nil
					}}
					if many {
						return db.PutContacts(t.Context(), []contacts.Put{p})[0]
					}
					one, _, err := db.PutContact(t.Context(), p.Refs[0], p.Change)
					return contacts.Done{Contact: one, Err: err}
				}
				tell(kept, c.keep)
				tell(absorbed, c.from)
				ask := fallback.MergeAsk{Keep: bots.Ref{Kind: "ext", Value: kept}, From: bots.Ref{Kind: "ext", Value: absorbed}}
				m, err := db.Merge(t.Context(), ask, rules())
				if err != nil {
					t.Fatal(err)
				}
				for range 2 { // nightly
					done := tell(c.by, c.told(m.At))
					if done.Err != nil || done.Contact.Marketing.State != c.want {
						t.Errorf("told by %s, many %t: marketing is %+v, %v; want %s", c.by, many, done.Contact, done.Err, c.want)
					}
				}
				m, err = db.Unmerge(t.Context(), ask, rules())
				if err != nil || m.KeptWas.Marketing.State != c.keeps || m.AbsorbedWas.Marketing.State != c.free {
					t.Errorf("two again, many %t: %s and %s, %v; want %s and %s", many, m.KeptWas.Marketing.State, m.AbsorbedWas.Marketing.State, err, c.keeps, c.free)
				}
			}
		})
	}
}

// A junk phone that ten thousand have is told with a few of them, in no more time than a few take.
func TestOwnersOfAJunkPhone(t *testing.T) {
	t.Parallel()
	db := open(t, Options{})
	const number, all = "+380501112233", 300
	var puts []contacts.Put
	for i := range all {
		p := told(fmt.Sprint(i), card(i))
		name := p.Change
		p.Change = func(c *bots.Contact) error {
			c.Phone, c.PhoneClaimed = number, i%2 == 0
			return name(c)
		}
		puts = append(puts, p)
	}
	last := contacts.Done{}
	for _, last = range db.PutContacts(t.Context(), puts) {
		if last.Err != nil || len(last.Shared) > contacts.MostSharers || slices.Contains(last.Shared, last.Contact.ID) {
			t.Fatalf("shared with %d, %v; want %d others at most", len(last.Shared), last.Err, contacts.MostSharers)
		}
	}
	if len(last.Shared) != contacts.MostSharers {
		t.Errorf("the last one shares it with %d; want %d", len(last.Shared), contacts.MostSharers)
	}
	ref := bots.Ref{Kind: "phone", Value: number}
	few, err := db.Owners(t.Context(), ref, 5)
	if err != nil || len(few) != 5 {
		t.Errorf("five owners are %v, %v", few, err)
	}
	everybody, err := db.Owners(t.Context(), ref, 2*all)
	slices.Sort(everybody)
	if err != nil || len(slices.Compact(everybody)) != all {
		t.Errorf("all owners are %d, %v; want %d", len(everybody), err, all)
	}
	err = db.Read(t.Context(), func(v fallback.View) error {
		if n := len(v.Owners(ref)); n != all {
			t.Errorf("a transaction sees %d owners; want %d", n, all)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// What is told by the absorbed one's card, or id, takes the place of nothing that the kept one has of its own, and adds what it has not.
func TestTheAbsorbedCardTellsNoOtherWords(t *testing.T) {
	t.Parallel()
	db, at := open(t, Options{}), now()
	was := upsert(t, db, card(1), func(c *bots.Contact) {
		c.Name, c.Phone, c.Attributes = "Olena", "+380501112233", []byte(`{"points":1}`)
		c.Set(bots.Address{Channel: bots.SMS, ID: c.Phone}, bots.Unverified, at)
	})
	from := upsert(t, db, card(2), func(c *bots.Contact) { c.Attributes = []byte(`{"points":2,"level":"a"}`) })
	if _, err := db.Merge(t.Context(), fallback.MergeAsk{Keep: card(1), From: card(2)}, rules()); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []bots.Ref{card(2), {Kind: "id", Value: from.ID.String()}} {
		c := upsert(t, db, ref, func(c *bots.Contact) {
			c.Remove(bots.Address{Channel: bots.SMS, ID: c.Phone})
			c.Name, c.Email, c.Phone = "Olha", "olha@example.com", "+380671112233"
			c.Attributes = []byte(`{"points":3,"level":"b"}`)
			c.Set(bots.Address{Channel: bots.SMS, ID: c.Phone}, bots.Unverified, at)
		})
		if text, _ := c.At(bots.SMS); c.ID != was.ID || c.Name != "Olena" || c.Phone != was.Phone || text.ID != was.Phone || len(c.Addresses) != 1 || string(c.Attributes) != `{"level":"b","points":1}` || c.Email != "olha@example.com" {
			t.Errorf("told by %s it is %+v; want the kept one's words, with the e-mail address", ref, c)
		}
	}
	if c := upsert(t, db, card(1), func(c *bots.Contact) { c.Name = "Olenka" }); c.Name != "Olenka" {
		t.Errorf("by its own card the name is %q", c.Name)
	}
}

// TestMergesTogether: whatever is merged, taken apart and heard at once, each id means one contact, and all of them come apart again.
func TestMergesTogether(t *testing.T) {
	t.Parallel()
	db := open(t, Options{})
	const people = 5
	var ids []bots.ID
	for i := range people {
		turn, err := db.Receive(t.Context(), wrote(fmt.Sprint("e", i), fmt.Sprint(i), "hello"), rules(), world())
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, turn.Contact.ID)
	}
	ref := func(id bots.ID) bots.Ref { return bots.Ref{Kind: "id", Value: id.String()} }
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for n := range 30 {
				k, f := ids[(worker+n)%people], ids[(worker*3+n*2+1)%people]
				ask := fallback.MergeAsk{Keep: ref(k), From: ref(f)}
				var err error
				switch n % 3 {
				case 0:
					_, err = db.Merge(t.Context(), ask, rules())
				case 1:
					_, err = db.Unmerge(t.Context(), ask, rules())
				case 2:
					_, err = db.Receive(t.Context(), wrote(fmt.Sprint("w", worker, "-", n), fmt.Sprint(n%people), "hello"), rules(), world())
				}
				later := &fallback.LaterMerge{}
				if err != nil && !errors.Is(err, fallback.ErrSameContact) && !errors.Is(err, fallback.ErrNotMerged) && !errors.As(err, &later) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for range people {
		for _, id := range ids {
			same, err := db.Same(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			for _, other := range same[1:] {
				_, _ = db.Unmerge(t.Context(), fallback.MergeAsk{Keep: ref(id), From: ref(other)}, rules()) // a later one goes first
			}
		}
	}
	for i, id := range ids {
		page, err := db.Messages(t.Context(), id, "", 100)
		if err != nil || len(page.Items) == 0 {
			t.Fatalf("contact %s has %d messages, %v", id, len(page.Items), err)
		}
		for _, m := range page.Items {
			if m.Contact != id || m.Under != 0 || m.To.ID != fmt.Sprint(i) {
				t.Errorf("contact %s has message %+v", id, m.Message)
			}
		}
	}
}

package fallbacktest

import (
	"fmt"
	"math/rand"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// mergedStories are what else becomes of two contacts that are one person, and two again.
var mergedStories = map[string]func(*script){
	"what a hold keeps is looked at again when its person is somewhere else by a merge, and by its undoing": func(s *script) {
		s.rules.PerDay = 0
		s.hold("Europe/Warsaw", time.Time{})
		keep, from := s.person("telegram:42"), s.person("viber:v1")
		s.zone(keep, "Europe/Kyiv")
		s.zone(from, "Europe/Warsaw")
		d := s.ask(from, fallback.Marketing, "viber 1h read", noRamp)
		s.is(d, "held hold")
		s.run(time.Minute)
		s.is(d, "held hold")
		s.merge(keep, from)
		s.run(time.Minute)
		s.sentSoFar("1m0s viber d1/0")
		s.unmerge(keep, from)

		kept := s.ask(from, fallback.Marketing, "viber 1h read", noRamp, alike(9))
		s.is(kept, "held hold")
		s.merge(from, keep) // the other way round: both are in Warsaw
		both := s.ask(keep, fallback.Marketing, "telegram 1h read", noRamp, alike(10))
		s.is(both, "held hold")
		s.unmerge(from, keep)
		s.run(time.Minute)
		s.is(kept, "held hold")
		s.is(both, "waiting")
	},
	"taken apart, each has what was its own, with what changed since": func(s *script) {
		keep, from := s.named("C-1", "+380501112233", "telegram:42"), s.named("C-2", "+380671112233", "viber:v7")
		s.attributes(keep, `{"both":"k","own":1}`)
		s.attributes(from, `{"both":"f","theirs":1}`)
		s.merge(keep, from)
		s.update(func(tx fallback.Tx) {
			c := *tx.Contact(keep)
			c.Addresses = slices.Clone(c.Addresses)
			c.Set(bots.Address{Channel: bots.Viber, ID: "v7"}, bots.UnreachableState, tx.Now())
			c.Set(bots.Address{Channel: bots.WhatsApp, ID: "+380501112233"}, bots.Active, tx.Now())
			c.Remove(bots.Address{Channel: bots.Telegram, ID: "42"})
			c.Attributes = []byte(`{"both":"new","own":1,"theirs":2,"fresh":true}`)
			c.Wish(&bots.Wish{Asked: []string{bots.Viber}, NotOn: []string{bots.Viber}, Limited: true, From: 10, To: 12}, tx.Now())
			tx.PutContact(&c)
		})
		s.unmerge(keep, from)
		k, f := s.contact(keep), s.contact(from)
		if k.Address(address("telegram:42")) != nil || k.Address(address("viber:v7")) != nil || k.Address(address("whatsapp:+380501112233")) == nil || string(k.Attributes) != `{"both":"new","fresh":true,"own":1}` {
			s.t.Errorf("the kept one has %+v with %s", k.Addresses, k.Attributes)
		}
		if at, _ := f.At(bots.Viber); at.State != bots.UnreachableState || f.Address(address("whatsapp:+380501112233")) != nil || string(f.Attributes) != `{"both":"f","theirs":2}` {
			s.t.Errorf("the other has %+v with %s", f.Addresses, f.Attributes)
		}
		for _, c := range []*bots.Contact{k, f} {
			if h, limited := c.Wishes.Open(); !c.Wishes.Unwanted(bots.Viber) || !limited || h.From != 10 || h.To != 12 {
				s.t.Errorf("contact %s wishes %+v: what was asked for since limits both", c.ID, c.Wishes)
			}
		}
	},
	"a no that is said after a merge, in either chat, stands for both when they are two again": func(s *script) {
		for n, where := range []string{"telegram", "viber"} {
			keep, from := s.person(fmt.Sprint("telegram:", n)), s.person(fmt.Sprint("viber:", n))
			a, b := s.ask(keep, fallback.Marketing, "telegram 1h read"), s.ask(from, fallback.Marketing, "viber 1h read")
			s.merge(keep, from)
			s.says(fmt.Sprint(where, ":", n), "стоп")
			s.unmerge(keep, from)
			for _, d := range []bots.ID{a, b} {
				s.is(d, "refused opted_out")
			}
			for _, id := range []bots.ID{keep, from} {
				s.is(s.ask(id, fallback.Marketing, "telegram 1h read, viber 1h read"), "skipped opted_out")
			}
		}
	},
	"whatever the two do while they are one, nothing is lost, and no marketing goes out after a no": func(s *script) {
		for seed := range 6 {
			if wrong := s.mergeAndLive(rand.New(rand.NewSource(int64(seed))).Intn, seed); wrong != "" {
				s.t.Fatalf("seed %d: %s", seed, wrong)
			}
		}
	},
}

// mergeAndLive is a life of two contacts before, while and after they are one, in which either may say no at any time. It returns what
// is wrong.
func (s *script) mergeAndLive(pick func(int) int, seed int) string {
	s.t.Helper()
	s.rules.PerDay = 0
	chats := []string{fmt.Sprint("telegram:", seed), fmt.Sprint("viber:", seed)}
	ids := []bots.ID{s.person(chats[0]), s.person(chats[1])}
	var said, asked [2][]bots.ID
	var no [2]int // how much was sent when it was said; 0: never
	merged := false
	live := func() {
		for range 1 + pick(8) {
			time.Sleep(time.Second) // nobody says two things at once
			n := pick(2)
			switch pick(5) {
			case 0:
				asked[n] = append(asked[n], s.ask(ids[n], fallback.Marketing, "telegram 15m read, viber 30m read", alike(uint64(100*seed+len(asked[n])+50*n+1))))
			case 1:
				asked[n] = append(asked[n], s.ask(ids[n], fallback.Service, "viber 15m read, telegram 30m read", alike(uint64(100*seed+len(asked[n])+50*n+1))))
			case 2:
				said[n] = append(said[n], s.says(chats[n], "hello").Message.ID)
			case 3:
				s.run(time.Duration(1+pick(40)) * time.Minute)
			case 4:
				said[n] = append(said[n], s.says(chats[n], "стоп").Message.ID)
				for i := range no {
					if (i == n || merged) && no[i] == 0 {
						no[i] = len(s.sends) + 1
					}
				}
			}
		}
	}
	live()
	s.merge(ids[0], ids[1])
	if merged = true; no != [2]int{} { // a no of either is both's, for as long as they are one
		s.settled(no[0]+no[1] > 0, ids[0])
	}
	live()
	s.unmerge(ids[0], ids[1])
	merged = false
	live()
	s.run(2 * time.Hour)
	for n, id := range ids {
		for _, d := range asked[n] {
			have := s.delivery(d)
			if have == nil || have.Contact != id {
				return fmt.Sprintf("delivery %s is of contact %v, want %s", d, have, id)
			}
			for i, out := range s.sends {
				if no[n] > 0 && i >= no[n]-1 && out.Delivery == d && have.Purpose == fallback.Marketing {
					return fmt.Sprintf("after the no of %s marketing went out: %s", id, d)
				}
			}
		}
		for _, m := range said[n] {
			if have := s.message(m); have == nil || have.Contact != id || have.Under != 0 {
				return fmt.Sprintf("message %s is %+v, want one of contact %s", m, have, id)
			}
		}
		if c := s.contact(id); no[n] > 0 && c.Allows(s.rules.OptOut) {
			return fmt.Sprintf("contact %s said no, and allows marketing", id)
		}
	}
	return ""
}

// settled reports that the kept one allows no marketing after a no.
func (s *script) settled(no bool, kept bots.ID) {
	s.t.Helper()
	if c := s.contact(kept); no && c.Allows(s.rules.OptOut) {
		s.t.Errorf("contact %s allows marketing, and one of the two said no", kept)
	}
}

func (s *script) zone(who bots.ID, zone string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		c := *tx.Contact(who)
		c.Zone = zone
		tx.PutContact(&c)
	})
}

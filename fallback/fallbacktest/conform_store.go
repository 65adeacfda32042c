package fallbacktest

import (
	"errors"
	"slices"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var storeStories = map[string]func(*script){
	"the same key and body answer the same": func(s *script) {
		who := s.everywhere()
		req := func(body uint64) *fallback.Request {
			return &fallback.Request{To: bots.Ref{Kind: "id", Value: who.String()}, Text: "hi", Cascade: steps(loyalty), Key: "api/1", Body: body}
		}
		first, err := s.Accept(s.ctx(), req(1), s.rules, s.world)
		s.must(err)
		s.ids = append(s.ids, first.ID)
		s.run(time.Minute) // its state is another one by now
		again, err := s.Accept(s.ctx(), req(1), s.rules, s.world)
		s.must(err)
		if !again.Replay || again.ID != first.ID || again.State != first.State {
			s.t.Errorf("the repeat answered %+v, want %+v again", again, first)
		}
		_, err = s.Accept(s.ctx(), req(2), s.rules, s.world)
		s.fails(err, fallback.ErrKeyReused)
		s.sentSoFar("0s telegram d1/0")
	},
	"sixteen copies at once are one": func(s *script) {
		who := s.everywhere()
		var wg sync.WaitGroup
		ids := make([]bots.ID, 16)
		for i := range ids {
			wg.Go(func() {
				got, err := s.Accept(s.ctx(), &fallback.Request{To: bots.Ref{Kind: "id", Value: who.String()}, Text: "hi", Cascade: steps(loyalty), Key: "api/1"}, s.rules, s.world)
				if err != nil {
					s.t.Error(err)
				}
				ids[i] = got.ID
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] {
				s.t.Fatalf("ids %v", ids)
			}
		}
	},
	"sixteen claims at once are one attempt": func(s *script) {
		have, err := s.Load(s.ctx(), s.ask(s.everywhere(), fallback.Service, loyalty))
		s.must(err)
		var wg sync.WaitGroup
		attempts := make([]*fallback.Attempt, 16)
		for i := range attempts {
			wg.Go(func() { attempts[i] = s.claim(have) })
		}
		wg.Wait()
		n := 0
		for _, a := range attempts {
			if a != nil {
				n++
			}
		}
		if n != 1 {
			s.t.Errorf("%d attempts, want 1", n)
		}
	},
	"an event told twice is one": func(s *script) {
		e := bots.Event{ID: "telegram:1:7", Kind: bots.Wrote, Chat: address("telegram:42"), Text: "hello", MessageID: "5"}
		s.must2(s.tell(e))
		_, err := s.tell(e)
		s.fails(err, fallback.ErrSeen)
		var wg sync.WaitGroup
		var mu sync.Mutex
		fresh := 0
		e.ID = "telegram:1:8"
		for range 16 {
			wg.Go(func() {
				if _, err := s.tell(e); err == nil {
					mu.Lock()
					fresh++
					mu.Unlock()
				} else if !errors.Is(err, fallback.ErrSeen) {
					s.t.Error(err)
				}
			})
		}
		wg.Wait()
		if fresh != 1 {
			s.t.Errorf("one event was taken %d times", fresh)
		}
	},
	"an event that is told under another of its ids is one": func(s *script) {
		told := bots.Event{ID: "whatsapp:phone", AlsoIDs: []string{"whatsapp:lid"}, Kind: bots.Wrote, Chat: address("telegram:42"), Text: "hello", MessageID: "5"}
		s.must2(s.tell(told))
		for name, ids := range map[string][]string{"the other one": {"whatsapp:lid"}, "both, the other way round": {"whatsapp:lid", "whatsapp:phone"}, "one more": {"whatsapp:new", "whatsapp:lid"}} {
			again := told
			again.ID, again.AlsoIDs = ids[0], ids[1:]
			if _, err := s.tell(again); !errors.Is(err, fallback.ErrSeen) {
				s.t.Errorf("%s: %v; want it to be seen before", name, err)
			}
		}
		together := []bots.Event{told, told}
		together[0].ID, together[0].AlsoIDs = "whatsapp:lid 2", nil
		together[1].ID, together[1].AlsoIDs = "whatsapp:phone 2", []string{"whatsapp:lid 2"}
		done, err := s.ReceiveAll(s.ctx(), together, s.rules, s.world)
		s.must(err)
		if done[0].Seen || !done[1].Seen {
			s.t.Errorf("of two in one transaction the first was seen before: %t, the second: %t", done[0].Seen, done[1].Seen)
		}
		other := told
		other.ID, other.AlsoIDs = "whatsapp:phone 3", []string{"whatsapp:lid 3"}
		s.must2(s.tell(other))
	},
	"an event that no rule takes writes nothing and is not seen": func(s *script) {
		e := bots.Event{ID: "telegram:1:9", Kind: "danced", Chat: address("telegram:42")}
		_, err := s.tell(e)
		s.fails(err, bots.ErrUnreadable)
		s.update(func(tx fallback.Tx) {
			if id := tx.FindContact(bots.Ref{Kind: bots.Telegram, Value: "42"}); id != 0 {
				s.t.Errorf("contact %v was made", id)
			}
		})
		s.must(s.Quarantine(s.ctx(), fallback.Quarantined{Channel: bots.Telegram, Event: e.ID, Reason: err.Error(), At: time.Now()}))
		_, err = s.tell(e)
		s.fails(err, fallback.ErrSeen)
	},
	"a transaction that fails writes nothing": func(s *script) {
		no := errors.New("no")
		for _, end := range []func() error{func() error { return no }, func() error { panic("no") }} {
			err := s.Update(s.ctx(), func(tx fallback.Tx) error {
				tx.MarkSeen("ghost")
				tx.PutContact(&bots.Contact{ID: tx.NewID(), Phone: "+380500000000"})
				return end()
			})
			if err == nil {
				s.t.Error("no error")
			}
		}
		s.update(func(tx fallback.Tx) {
			if tx.Seen("ghost") || tx.FindContact(bots.Ref{Kind: "phone", Value: "+380500000000"}) != 0 {
				s.t.Error("something of it was written")
			}
		})
	},
	"due entries come in order, page by page": func(s *script) {
		lane := fallback.LaneStart
		for _, minutes := range []int{3, 1, 2, 1} {
			s.ask(s.everywhere(), fallback.Service, loyalty, func(r *fallback.Request) { r.SendAt = s.start.Add(time.Duration(minutes) * time.Minute) })
		}
		want := []bots.ID{s.ids[1], s.ids[3], s.ids[2], s.ids[0]}
		var got []bots.ID
		for after := (fallback.Entry{}); ; {
			page, err := s.Due(s.ctx(), lane, after, s.start.Add(3*time.Minute), 1)
			s.must(err)
			if len(page) == 0 {
				break
			}
			got, after = append(got, page[0].ID), page[0]
		}
		for i := range want {
			if len(got) != len(want) || got[i] != want[i] {
				s.t.Fatalf("entries %v, want %v", got, want)
			}
		}
		if none, err := s.Due(s.ctx(), lane, fallback.Entry{}, s.start, 9); err != nil || len(none) != 0 {
			s.t.Errorf("due now: %v, %v; want none", none, err)
		}
		if next, err := s.NextDue(s.ctx(), lane); err != nil || !next.Equal(s.start.Add(time.Minute)) {
			s.t.Errorf("NextDue = %v, %v", next, err)
		}
	},
	"an entry is dropped only when its delivery has left it": func(s *script) {
		lane := fallback.SendLane(bots.Telegram, fallback.Second)
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		entries, err := s.Due(s.ctx(), lane, fallback.Entry{}, time.Now(), 9)
		s.must(err)
		s.must(s.Drop(s.ctx(), lane, entries))
		if left, _ := s.Due(s.ctx(), lane, fallback.Entry{}, time.Now(), 9); len(left) != 1 {
			s.t.Fatalf("entries %v, want the one at which the delivery stands", left)
		}
		s.must2b(s.Cancel(s.ctx(), d))
		s.must(s.Drop(s.ctx(), lane, entries))
		if left, _ := s.Due(s.ctx(), lane, fallback.Entry{}, time.Now(), 9); len(left) != 0 {
			s.t.Errorf("entries %v, want none", left)
		}
	},
	"what nobody knows is an error": func(s *script) {
		_, err := s.Load(s.ctx(), 5)
		s.fails(err, fallback.ErrUnknownDelivery)
		_, err = s.Cancel(s.ctx(), 5)
		s.fails(err, fallback.ErrUnknownDelivery)
	},
	"hearing is kept": func(s *script) {
		h := fallback.Hearing{Until: s.start, Gaps: []fallback.Span{{From: s.start.Add(-time.Hour), To: s.start}}, Degraded: true, Refusing: []string{"sms/main"}}
		s.must(s.PutHearing(s.ctx(), bots.Viber, h))
		all, err := s.Hearing(s.ctx())
		s.must(err)
		if got := all[bots.Viber]; !got.Until.Equal(h.Until) || len(got.Gaps) != 1 || !got.Gaps[0].From.Equal(h.Gaps[0].From) || !got.Degraded || !slices.Equal(got.Refusing, h.Refusing) {
			s.t.Errorf("hearing %+v, want %+v", got, h)
		}
	},
}

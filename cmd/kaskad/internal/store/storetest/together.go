package storetest

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

func copies(t *testing.T, open Opener) {
	s := open(t, t.TempDir())
	for n := range 20 {
		event := wrote(fmt.Sprint("event ", n), "42", "hello")
		var turns, seen atomic.Int32
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				_, err := s.Receive(t.Context(), event, rules(), world())
				switch {
				case err == nil:
					turns.Add(1)
				case errors.Is(err, fallback.ErrSeen):
					seen.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if turns.Load() != 1 || seen.Load() != 15 {
			t.Errorf("%d turns and %d copies; want 1 and 15", turns.Load(), seen.Load())
		}
	}
}

func ownWrites(t *testing.T, open Opener) {
	s := open(t, t.TempDir())
	chat := bots.Address{Channel: bots.Telegram, ID: "42"}
	err := s.Update(t.Context(), func(tx fallback.Tx) error {
		expect := func(what string, ok bool) error {
			if ok {
				return nil
			}
			return fmt.Errorf("the operation does not see %s", what)
		}
		c := &bots.Contact{ID: tx.NewID(), Phone: "+380501112233", Created: tx.Now()}
		c.Set(chat, bots.Active, tx.Now())
		tx.PutContact(c)
		d := &fallback.Delivery{Plan: fallback.Plan{ID: tx.NewID(), Contact: c.ID, Same: 7, Created: tx.Now()}}
		tx.PutPlan(&d.Plan)
		d.State, d.Due = fallback.Scheduled, tx.Now().Add(time.Hour)
		tx.PutStatus(d)
		listed := 0
		tx.DeliveriesOf(c.ID, func(id bots.ID, same uint64) bool { listed++; return id == d.ID && same == 7 })
		m := &bots.Message{ID: tx.NewID(), Contact: c.ID, To: chat, Channel: chat.Channel, Delivery: d.ID, Seq: 1, At: tx.Now()}
		tx.PutMessage(m)
		key := fallback.ProviderKey{Sender: bots.Telegram, Chat: "42", ID: "7"}
		tx.PutProvider(key, m.ID)
		tx.PutMessageState(m.ID, bots.MessageState{Level: bots.Read, ProviderID: "7", Sender: bots.Telegram})
		tx.PutConversation(bots.Conversation{Contact: c.ID, Unread: 3})
		tx.PutKey("key", fallback.KeyUse{Delivery: d.ID, Body: 5})
		tx.MarkSeen("event")
		tx.Count(c.ID, tx.Now())
		tx.AddSpent("2026-11-21", bots.Money{Amount: 5, Currency: "UAH"})
		tx.AddSpent("2026-11-21", bots.Money{Amount: 6, Currency: "UAH"})
		tx.PutLink(fallback.Link{Token: "token", Contact: c.ID, Expires: tx.Now()})
		tx.UseLink("token")
		no := bots.Consent{State: bots.Denied, At: tx.Now(), Source: "page", ByPerson: true}
		tx.PutWord(c.Phone, no)
		tx.PutOrphan(fallback.Orphan{Key: fallback.ProviderKey{Sender: "s", ID: "8"}, Chat: chat, At: tx.Now()})
		use, known := tx.Key("key")
		link, ok := tx.Link("token")
		got := tx.Delivery(d.ID)
		return errors.Join(
			expect("the contact", tx.Contact(c.ID) != nil && tx.FindContact(bots.Ref{Kind: "phone", Value: c.Phone}) == c.ID && tx.FindContact(bots.Ref{Kind: chat.Channel, Value: chat.ID}) == c.ID),
			expect("the delivery", got != nil && got.Due.Equal(d.Due) && listed == 1),
			expect("the message", tx.Message(m.ID) != nil && tx.LastSent(chat) == m.ID && tx.ByProvider(key) == m.ID && tx.MessageState(m.ID).Level == bots.Read),
			expect("the head", tx.Conversation(c.ID).Unread == 3),
			expect("the key", known && use.Body == 5),
			expect("the event", tx.Seen("event") && !tx.Seen("other")),
			expect("the count", len(tx.Counted(c.ID, tx.Now().Add(-time.Hour))) == 1),
			expect("the costs", tx.Spent("2026-11-21").Amount == 11),
			expect("the link", ok && link.Used),
			expect("the word", tx.Word(c.Phone) == no && tx.Word("+380501112234") == bots.Consent{}),
			expect("the orphan", len(tx.Orphans(fallback.ProviderKey{Sender: "s", ID: "8"})) == 1 && len(tx.Orphans(fallback.ProviderKey{Sender: "s", Chat: "42"})) == 1),
		)
	})
	if err != nil {
		t.Error(err)
	}
}

func neighbours(t *testing.T, open Opener) {
	s := open(t, t.TempDir())
	boom := errors.New("boom")
	mark := func(i int) string { return fmt.Sprint("event ", i) }
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			err := s.Update(t.Context(), func(tx fallback.Tx) error {
				tx.MarkSeen(mark(i))
				switch i % 3 {
				case 1:
					return boom
				case 2:
					panic(boom)
				}
				return nil
			})
			if (err == nil) != (i%3 == 0) || err != nil && !errors.Is(err, boom) {
				t.Errorf("operation %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	err := s.Update(t.Context(), func(tx fallback.Tx) error {
		for i := range 60 {
			if tx.Seen(mark(i)) != (i%3 == 0) {
				return fmt.Errorf("the write of operation %d is there: %v", i, tx.Seen(mark(i)))
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func keys(t *testing.T, open Opener) {
	s := open(t, t.TempDir())
	req := request("+380501112233", fallback.Service)
	req.Key, req.Body = "key", 1
	var first, again atomic.Int32
	var ids sync.Map
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			a, err := s.Accept(t.Context(), req, rules(), world())
			if err != nil {
				t.Error(err)
			}
			ids.Store(a.ID, true)
			if a.Replay {
				again.Add(1)
			} else {
				first.Add(1)
			}
		})
	}
	wg.Wait()
	n := 0
	ids.Range(func(any, any) bool { n++; return true })
	if first.Load() != 1 || again.Load() != 19 || n != 1 {
		t.Errorf("%d first answers, %d repeats, %d deliveries; want 1, 19, 1", first.Load(), again.Load(), n)
	}
	other := *req
	other.Body = 2
	if _, err := s.Accept(t.Context(), &other, rules(), world()); !errors.Is(err, fallback.ErrKeyReused) {
		t.Errorf("Accept of another body = %v; want ErrKeyReused", err)
	}
}

// crash copies the files of an open store and opens the copy: what a crash leaves.
func crash(t *testing.T, open Opener) {
	dir := t.TempDir()
	s := open(t, dir)
	acked := map[bots.ID]bool{}
	for i := range 50 {
		acked[accept(t, s, request(fmt.Sprintf("+3805011122%02d", i%20), fallback.Service)).ID] = true
		if _, err := s.Receive(t.Context(), wrote(fmt.Sprint("e", i), fmt.Sprint(i%5), "hello"), rules(), world()); err != nil {
			t.Fatal(err)
		}
		if i%10 != 9 {
			continue
		}
		left := t.TempDir()
		if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		after := open(t, left)
		for id := range acked {
			if _, err := after.Load(t.Context(), id); err != nil {
				t.Errorf("delivery %s after the crash: %v", id, err)
			}
		}
		for n := range i + 1 {
			if _, err := after.Receive(t.Context(), wrote(fmt.Sprint("e", n), "1", "hello"), rules(), world()); !errors.Is(err, fallback.ErrSeen) {
				t.Errorf("event %d after the crash: %v; want ErrSeen", n, err)
			}
		}
		check(t, after)
	}
}

// clock opens a store in a bubble, whose clock is many years behind.
func clock(t *testing.T, open Opener) {
	dir := t.TempDir()
	id := func(t *testing.T, s Store) (id bots.ID) {
		t.Helper()
		err := s.Update(t.Context(), func(tx fallback.Tx) error {
			id = tx.NewID()
			tx.MarkSeen(id.String())
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	var last bots.ID
	t.Run("now", func(t *testing.T) {
		s := open(t, dir)
		first := id(t, s)
		if last = id(t, s); last <= first {
			t.Errorf("id %s after %s", last, first)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := open(t, dir)
		for range 3 {
			next := id(t, s)
			if next <= last {
				t.Errorf("id %s after %s", next, last)
			}
			last = next
		}
	})
}

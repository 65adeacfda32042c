package store

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

func upsert(t *testing.T, db *DB, ref bots.Ref, change func(*bots.Contact)) *bots.Contact {
	t.Helper()
	c, _, err := db.PutContact(t.Context(), ref, func(c *bots.Contact) error { change(c); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPutContact(t *testing.T) {
	db := open(t, Options{})
	ctx := t.Context()
	ext, at := bots.Ref{Kind: "ext", Value: "C-100"}, now()
	olena := upsert(t, db, ext, func(c *bots.Contact) {
		c.Phone = "+380501112233"
		c.Set(bots.Address{Channel: bots.Telegram, ID: "42"}, bots.Unverified, at)
	})
	for _, ref := range []bots.Ref{ext, {Kind: "phone", Value: "+380501112233"}, {Kind: bots.SMS, Value: "+380501112233"}, {Kind: bots.Telegram, Value: "42"}, {Kind: "id", Value: olena.ID.String()}} {
		if c, err := db.FindContact(ctx, ref); err != nil || c == nil || c.ID != olena.ID {
			t.Errorf("FindContact(%s) = %v, %v; want %s", ref, c, err, olena.ID)
		}
	}
	upsert(t, db, ext, func(c *bots.Contact) {
		c.ExternalID = "C-101"
		c.Remove(bots.Address{Channel: bots.Telegram, ID: "42"})
	})
	for _, ref := range []bots.Ref{ext, {Kind: bots.Telegram, Value: "42"}} {
		if c, err := db.FindContact(ctx, ref); err != nil || c != nil {
			t.Errorf("FindContact(%s) = %v, %v; want nobody: the name was taken away", ref, c, err)
		}
	}
	var conflict *ConflictError
	_, _, err := db.PutContact(ctx, bots.Ref{Kind: "ext", Value: "C-200"}, func(c *bots.Contact) error { c.ExternalID = "C-101"; return nil })
	if !errors.As(err, &conflict) || conflict.Owner != olena.ID {
		t.Errorf("PutContact with a taken external id = %v; want a conflict with %s", err, olena.ID)
	}
	upsert(t, db, bots.Ref{Kind: bots.Telegram, Value: "43"}, func(*bots.Contact) {})
	_, _, err = db.PutContact(ctx, bots.Ref{Kind: "id", Value: olena.ID.String()}, func(c *bots.Contact) error {
		c.Set(bots.Address{Channel: bots.Telegram, ID: "43"}, bots.Unverified, at)
		return nil
	})
	if !errors.As(err, &conflict) || conflict.Name.Value != "43" {
		t.Errorf("PutContact with a taken address = %v; want a conflict", err)
	}
	_, _, err = db.PutContact(ctx, bots.Ref{Kind: "id", Value: bots.ID(5).String()}, func(*bots.Contact) error { return nil })
	if !errors.Is(err, fallback.ErrUnknownContact) {
		t.Errorf("PutContact of an unknown id = %v", err)
	}
	last := db.LastChange()
	upsert(t, db, bots.Ref{Kind: "id", Value: olena.ID.String()}, func(*bots.Contact) {})
	if db.LastChange() != last {
		t.Error("a change of nothing is in the outbox")
	}
}

// TestUpsertTogether: of many who make the same person at once, one does.
func TestUpsertTogether(t *testing.T) {
	db := open(t, Options{})
	var wg sync.WaitGroup
	ids := make([]bots.ID, 20)
	for i := range ids {
		wg.Go(func() {
			ids[i] = upsert(t, db, bots.Ref{Kind: "ext", Value: "C-1"}, func(c *bots.Contact) { c.Name += "x" }).ID
		})
	}
	wg.Wait()
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != 1 {
		t.Errorf("%d people were made; want 1", n)
	}
	if c, err := db.FindContact(t.Context(), bots.Ref{Kind: "ext", Value: "C-1"}); err != nil || len(c.Name) != 20 {
		t.Errorf("the name is %q, %v; want every change in it", c.Name, err)
	}
}

// TestPhoneOfTwo: a phone of several people means who was heard there last, else the newest.
func TestPhoneOfTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{})
		phone := bots.Ref{Kind: "phone", Value: "+380501112233"}
		sms := bots.Address{Channel: bots.SMS, ID: phone.Value}
		who := func(want *bots.Contact, why string) {
			t.Helper()
			if c, err := db.FindContact(t.Context(), phone); err != nil || c == nil || c.ID != want.ID {
				t.Errorf("%s: found %v, %v; want %s", why, c, err, want.ID)
			}
		}
		people := make([]*bots.Contact, 3)
		for i, ext := range []string{"C-1", "C-2", "C-3"} {
			people[i] = upsert(t, db, bots.Ref{Kind: "ext", Value: ext}, func(c *bots.Contact) { c.Phone = phone.Value })
			who(people[i], "nobody was heard: the newest")
			time.Sleep(time.Second)
		}
		verify := func(i int, state bots.AddressState) {
			upsert(t, db, bots.Ref{Kind: "id", Value: people[i].ID.String()}, func(c *bots.Contact) { c.Set(sms, state, now()) })
			time.Sleep(time.Second)
		}
		verify(1, bots.Active)
		who(people[1], "one was heard")
		verify(0, bots.Active)
		who(people[0], "two were heard: the last")
		verify(0, bots.BlockedState)
		who(people[1], "the last shut the door")
	})
}

func TestSmallRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{})
		ctx := t.Context()
		check := func(what string, ok bool, err error) {
			t.Helper()
			if err != nil || !ok {
				t.Errorf("%s: %v, %v", what, ok, err)
			}
		}
		v, err := db.Setting(ctx, "secret")
		check("no setting yet", v == nil, err)
		v, err = db.SettingOr(ctx, "secret", []byte("one"))
		check("the first value", string(v) == "one", err)
		v, err = db.SettingOr(ctx, "secret", []byte("two"))
		check("stays", string(v) == "one", err)
		check("empty is not none", true, db.PutSetting(ctx, "secret", nil))
		v, err = db.Setting(ctx, "secret")
		check("it is there", v != nil && len(v) == 0, err)

		people, keys := db.Records("people"), db.Records("peoples")
		for _, id := range []string{"b", "a", "c"} {
			check("put", true, people.Put(ctx, id, []byte(id)))
			check("put", true, keys.Put(ctx, id+"x", nil))
		}
		list, err := people.List(ctx, "", 10)
		check("three in order", len(list) == 3 && list[0].ID == "a" && string(list[2].Data) == "c", err)
		list, err = people.List(ctx, "a", 1)
		check("the one after", len(list) == 1 && list[0].ID == "b", err)
		check("delete", true, people.Delete(ctx, "b"))
		v, err = people.Get(ctx, "b")
		check("gone", v == nil, err)
		check("update", true, people.Update(ctx, "a", func(old []byte) ([]byte, error) { return append(old, '!'), nil }))
		v, err = people.Get(ctx, "a")
		check("updated", string(v) == "a!", err)
		check("update to nothing", true, people.Update(ctx, "a", func([]byte) ([]byte, error) { return nil, nil }))
		list, err = people.List(ctx, "", 10)
		check("one is left", len(list) == 1, err)

		check("pause", true, db.Pause(ctx, bots.Telegram, false))
		check("pause again", true, db.Pause(ctx, bots.Telegram, false))
		check("pause all", true, db.Pause(ctx, "", false))
		time.Sleep(time.Minute)
		check("resume", true, db.Resume(ctx, bots.Telegram))
		check("resume again", true, db.Resume(ctx, bots.Telegram))
		pauses, err := db.Pauses(ctx)
		check("two pauses", len(pauses) == 2 && pauses[0].On(now()) != pauses[1].On(now()), err)
		time.Sleep(pauseLife + time.Hour)
		check("pause again", true, db.Pause(ctx, bots.Telegram, false))
		pauses, err = db.Pauses(ctx)
		check("the old one is forgotten", len(pauses) == 2 && pauses[0].Scope == "" && pauses[1].On(now()), err)

		h := fallback.Hearing{Until: now()}
		for i := range fallback.MaxGaps + 10 {
			h.Gaps = append(h.Gaps, fallback.Span{From: now().Add(time.Duration(i)), To: now()})
		}
		check("hearing", true, db.PutHearing(ctx, bots.Telegram, h))
		all, err := db.Hearing(ctx)
		check("bounded", len(all[bots.Telegram].Gaps) == fallback.MaxGaps && all[bots.Telegram].Until.Equal(h.Until), err)
	})
}

func TestQuarantine(t *testing.T) {
	t.Parallel()
	db := open(t, Options{})
	ctx := t.Context()
	poison := fallback.Quarantined{Channel: bots.Telegram, Event: "telegram:1", Reason: "no", Raw: []byte{1, 2}, At: now()}
	for range 2 {
		if err := db.Quarantine(ctx, poison); err != nil {
			t.Fatal(err)
		}
	}
	list, err := db.Quarantined(ctx)
	if err != nil || len(list) != 1 || list[0].Size != len(poison.Raw) || list[0].Raw != nil {
		t.Fatalf("Quarantined = %v, %v; want one", list, err)
	}
	id := list[0].ID
	if one, err := db.QuarantinedOne(ctx, id); err != nil || string(one.Raw) != string(poison.Raw) || one.Reason != poison.Reason {
		t.Errorf("QuarantinedOne = %v, %v", one, err)
	}
	if n, err := db.QuarantinedCount(ctx); err != nil || n != 1 {
		t.Errorf("QuarantinedCount = %d, %v", n, err)
	}
	e := wrote("telegram:1", "42", "hello")
	if _, err := db.Receive(ctx, e, rules(), world()); !errors.Is(err, fallback.ErrSeen) {
		t.Errorf("Receive of a quarantined event = %v; want ErrSeen", err)
	}
	still := e
	still.Kind = "" // no rule takes it
	if _, err := db.Replay(ctx, id, still, rules(), world()); err == nil {
		t.Error("an event without a kind was taken")
	}
	if _, err := db.Receive(ctx, e, rules(), world()); !errors.Is(err, fallback.ErrSeen) {
		t.Errorf("Receive after a replay that failed = %v; want ErrSeen", err)
	}
	taken, missed := 0, 0
	var all sync.WaitGroup
	var mu sync.Mutex
	for range 8 {
		all.Go(func() {
			_, err := db.Replay(ctx, id, e, rules(), world())
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				taken++
			} else if errors.Is(err, ErrNotKept) {
				missed++
			}
		})
	}
	all.Wait()
	if taken != 1 || missed != 7 {
		t.Errorf("of 8 replays %d took the event and %d missed it; want 1 and 7", taken, missed)
	}
	if _, err := db.Receive(ctx, e, rules(), world()); !errors.Is(err, fallback.ErrSeen) {
		t.Errorf("Receive again = %v; want ErrSeen", err)
	}
	poison.Event = "telegram:2"
	if err := db.Quarantine(ctx, poison); err != nil {
		t.Fatal(err)
	}
	if list, err = db.Quarantined(ctx); err != nil || len(list) != 1 {
		t.Fatalf("Quarantined = %v, %v; want one", list, err)
	}
	if err := db.DropQuarantined(ctx, list[0].ID); err != nil {
		t.Error(err)
	}
	if err := db.DropQuarantined(ctx, list[0].ID); !errors.Is(err, ErrNotKept) {
		t.Errorf("DropQuarantined again = %v; want ErrNotKept", err)
	}
	if _, err := db.Receive(ctx, wrote("telegram:2", "42", "dropped"), rules(), world()); !errors.Is(err, fallback.ErrSeen) {
		t.Errorf("Receive of a dropped event = %v; want ErrSeen", err)
	}
	for range maxQuarantine + 5 {
		poison.Event = ""
		if err := db.Quarantine(ctx, poison); err != nil {
			t.Fatal(err)
		}
	}
	if list, err = db.Quarantined(ctx); err != nil || len(list) != maxQuarantine {
		t.Errorf("Quarantined = %d, %v; want %d", len(list), err, maxQuarantine)
	}
}

func TestLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{})
		c := upsert(t, db, bots.Ref{Kind: "ext", Value: "C-1"}, func(*bots.Contact) {})
		link, err := db.MakeLink(t.Context(), c.ID, bots.Telegram, "", now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		start := wrote("e1", "42", "")
		start.Kind, start.Payload = bots.Started, link.Token
		turn, err := db.Receive(t.Context(), start, rules(), world())
		if err != nil || turn.Contact.ID != c.ID {
			t.Fatalf("Receive = %+v, %v; want contact %s", turn.Contact, err, c.ID)
		}
		if l, ok, err := db.Link(t.Context(), link.Token); err != nil || !ok || !l.Used {
			t.Errorf("Link = %+v, %v, %v; want it used", l, ok, err)
		}
		time.Sleep(linkKeep + 2*time.Hour)
		if _, err := db.MakeLink(t.Context(), c.ID, bots.Viber, "", now()); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := db.Link(t.Context(), link.Token); ok || err != nil {
			t.Errorf("an old link is there: %v, %v", ok, err)
		}
	})
}

package store

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// codeRules are rules under which a phone that is shared on Viber waits for a code.
func codeRules() *fallback.Rules {
	r := rules()
	r.Core.Bot = bots.Bot{Most: 100, Understand: func(string, bool) bots.Intent { return "" }}
	r.Codes = fallback.CodeRules{Key: "a key", Life: 10 * time.Minute, Pause: time.Minute, Tries: 3, PerPerson: 3, PerPhone: 2, PerDay: 1000}
	r.Channels[bots.Viber] = fallback.Channel{Senders: []string{"viber"}}
	return r
}

// claims is somebody who shares a phone on Viber, and what the bot makes of it.
func claims(t *testing.T, db *DB, chat, phone string) (bots.ID, bots.Intent) {
	t.Helper()
	turn, err := db.Receive(t.Context(), bots.Event{
		ID: fmt.Sprint(chat, phone, now().UnixNano()), Channel: bots.Viber, Sender: bots.Viber, Kind: bots.Shared, At: now(),
		Chat: bots.Address{Channel: bots.Viber, ID: chat}, Phone: phone,
	}, codeRules(), world())
	if err != nil {
		t.Fatal(err)
	}
	return turn.Contact.ID, turn.Intent
}

func claimOf(t *testing.T, db *DB, who bots.ID) bots.Claim {
	t.Helper()
	c, err := db.Conversation(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return c.Bot.Claim
}

// What was counted of codes, and the numbers that strangers said are theirs, go when they count for nothing any more, and no sooner: whoever
// asks again meets the bounds of the same day.
func TestRetainCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{})
		defer closeChecked(t, db)
		const phone = "+380501112233"
		who, in := claims(t, db, "v1", phone)
		if in != bots.ClaimsPhone {
			t.Fatalf("the bot hears %q", in)
		}
		time.Sleep(23 * time.Hour) // the second one of the day
		claims(t, db, "v1", phone)
		time.Sleep(30 * time.Minute)
		if got := retain(t, db, Retention{}); got[KeptCodes] != 0 {
			t.Errorf("dropped %v of the same day", got)
		}
		if _, in := claims(t, db, "v2", phone); in != bots.NoCode {
			t.Errorf("a third code in a day: %q", in)
		}
		time.Sleep(46 * time.Hour)
		if got := retain(t, db, Retention{}); got[KeptCodes] != 0 || claimOf(t, db, who).Phone != phone {
			t.Errorf("dropped %v, and the claim is %+v", got, claimOf(t, db, who))
		}
		time.Sleep(90 * time.Minute)
		if got := retain(t, db, Retention{}); got[KeptCodes] != 1 {
			t.Errorf("dropped %v, want the claim", got)
		}
		time.Sleep(2 * time.Hour)
		if got := retain(t, db, Retention{}); got[KeptCodes] != 2 {
			t.Errorf("dropped %v, want what was counted of the number and of all", got)
		}
		if c := claimOf(t, db, who); c != (bots.Claim{}) {
			t.Errorf("the claim is %+v", c)
		}
		if n := recordsOf(t, db, codesKind); n != 0 {
			t.Errorf("%d records of codes are kept", n)
		}
		if got := retain(t, db, Retention{}); got[KeptCodes] != 0 {
			t.Errorf("the next pass drops %v", got)
		}
	})
}

// A claim also stands in what a merge keeps to be undone; and there may be more of them than one step takes.
func TestRetainManyCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{})
		defer closeChecked(t, db)
		var all []bots.ID
		for n := range 2*dropsAtOnce + 3 {
			who, _ := claims(t, db, fmt.Sprint("v", n), fmt.Sprintf("+38050%07d", n))
			all = append(all, who)
		}
		ask := fallback.MergeAsk{Keep: bots.Ref{Kind: "id", Value: all[0].String()}, From: bots.Ref{Kind: "id", Value: all[1].String()}, By: "key:crm"}
		if _, err := db.Merge(t.Context(), ask, rules()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(fallback.CodesKept + 25*time.Hour)
		retain(t, db, Retention{})
		if left, err := db.claimants(t.Context(), func(c *bots.Claim) bool { return c.Phone != "" }); err != nil || len(left) > 0 {
			t.Errorf("%d have a claim still, %v", len(left), err)
		}
		if n := recordsOf(t, db, codesKind); n != 0 {
			t.Errorf("%d records of codes are kept", n)
		}
		noProblems(t, db)
	})
}

// A stranger said that somebody's number is theirs. Who has it is erased, and so is the number there; what was counted of the stranger stays.
func TestEraseTakesThePhoneOutOfClaims(t *testing.T) {
	t.Parallel()
	dir, opt := t.TempDir(), Unsynced(Options{})
	db := openAt(t, dir, opt)
	who := someone(t, db, "C-100-olena", "+380501112233")
	stranger, _ := claims(t, db, "v1", "+380501112233")
	other, _ := claims(t, db, "v2", "+380671112233")
	merged, _ := claims(t, db, "v3", "+380501112233")
	fourth, err := db.Receive(t.Context(), wrote("w", "4", "hello"), rules(), world())
	must(tMessage, nil, err)
	ask := fallback.MergeAsk{Keep: bots.Ref{Kind: "id", Value: fourth.Contact.ID.String()}, From: bots.Ref{Kind: "id", Value: merged.String()}, By: "key:crm"}
	_, err = db.Merge(t.Context(), ask, rules())
	must(tRecord, nil, err)
	would, err := db.WouldErase(t.Context(), who)
	if err != nil || would.Counts.Claims != 2 {
		t.Errorf("WouldErase = %+v, %v; want two claims", would.Counts, err)
	}
	db = eraseAll(t, db, dir, opt, who)
	for what, id := range map[string]bots.ID{"the stranger": stranger, "who was merged": merged} {
		if c := claimOf(t, db, id); c.Phone != "" || c.Codes != 1 {
			t.Errorf("%s claims %+v; want no phone, and the code that was asked for", what, c)
		}
	}
	if c := claimOf(t, db, other); c.Phone != "+380671112233" {
		t.Errorf("who claims another number has %+v", c)
	}
	if left, err := db.claimants(t.Context(), func(c *bots.Claim) bool { return c.Phone == "+380501112233" }); err != nil || len(left) > 0 {
		t.Errorf("the number is left with %v, %v", left, err)
	}
	if e, ok, err := db.Erased(t.Context(), who); err != nil || !ok || e.Counts.Claims != 2 {
		t.Errorf("the report is %+v, %v", e, err)
	}
	if id, in := claims(t, db, "v1", "+380501112233"); in != bots.NoCode {
		t.Errorf("after the erase %s gets a further code, whose number had all of its day: %q", id, in)
	}
	closeChecked(t, db)
}

// Whoever claims the number after its owner was erased is whoever came back.
func TestEraseLeavesAClaimOfAfterwards(t *testing.T) {
	t.Parallel()
	dir, opt := t.TempDir(), Unsynced(Options{})
	db := openAt(t, dir, opt)
	who := someone(t, db, "C-100-olena", "+380501112233")
	if _, err := db.Erase(t.Context(), who, "crm", "", Record{}); err != nil {
		t.Fatal(err)
	}
	again, _ := claims(t, db, "v1", "+380501112233")
	db = stepAll(t, db, dir, opt, who)
	if c := claimOf(t, db, again); c.Phone != "+380501112233" {
		t.Errorf("the claim is %+v", c)
	}
	closeChecked(t, db)
}

// posted makes a room of staff, and posts there about somebody.
func posted(t *testing.T, db *DB, about ...bots.ID) {
	t.Helper()
	r := rules()
	r.Channels[bots.Staff] = fallback.Channel{Senders: []string{bots.Staff}}
	must(tPlan, nil, db.Update(t.Context(), func(tx fallback.Tx) error {
		if err := fallback.FixStaffRoom(tx, "", "-100500"); err != nil {
			return err
		}
		room, err := fallback.ReadStaffRoom(tx, "")
		for _, who := range about {
			if err == nil {
				_, err = fallback.PutPost(tx, room.Contact, "Where is my order?", fallback.Post{Contact: who}, r, world())
			}
		}
		return err
	}))
}

// What a dry run promises is what the erase then takes, to the last of them.
func TestADryRunCountsWhatTheEraseTakes(t *testing.T) {
	t.Parallel()
	for name, merged := range map[string]bool{"of one": false, "of two who were merged": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, dir, opt := t.Context(), t.TempDir(), Unsynced(Options{Generation: 16})
			db := openAt(t, dir, opt)
			who := lived(t, db, 12)
			other := livedAs(t, db, 7, life{"C-200-olha", "Olha", "olha@example.com", "+380671112233", "telegram-chat-737373", "b"})
			claims(t, db, "v1", "+380501112233")
			claims(t, db, "v2", "+380671112233")
			posted(t, db, who, who, other)
			req := request("+380501112233") // one that is open when the erase comes
			req.Same = 77
			accept(t, db, req)
			if merged {
				ask := fallback.MergeAsk{Keep: bots.Ref{Kind: "id", Value: who.String()}, From: bots.Ref{Kind: "id", Value: other.String()}, By: "key:crm"}
				_, err := db.Merge(ctx, ask, rules())
				must(tRecord, nil, err)
			}
			would, err := db.WouldErase(ctx, who)
			must(tRecord, nil, err)
			own, err := db.OwnRecords(ctx, who)
			must(tRecord, nil, err)
			db = eraseAll(t, db, dir, opt, who)
			did, ok, err := db.Erased(ctx, who)
			if err != nil || !ok || did.Left {
				t.Fatalf("Erased = %+v, %t, %v", did, ok, err)
			}
			if would.Counts != did.Counts || !slices.Equal(would.Same, did.Same) {
				t.Errorf("the dry run said %+v of %v\nand there went %+v of %v", would.Counts, would.Same, did.Counts, did.Same)
			}
			want := fallback.ErasedCounts{Deliveries: 13, Cancelled: did.Counts.Cancelled, Messages: 25, Files: 12, Posts: 2, Links: 1, Quarantine: 1, Claims: 1}
			if merged {
				want = fallback.ErasedCounts{Deliveries: 20, Cancelled: did.Counts.Cancelled, Messages: 40, Files: 19, Posts: 3, Links: 2, Quarantine: 2, Claims: 2}
			}
			if did.Counts != want || did.Counts.Cancelled == 0 {
				t.Errorf("there went %+v, want %+v", did.Counts, want)
			}
			want.Posts, want.Links, want.Quarantine, want.Claims = 0, 0, 0, 0
			if own.Counts != want {
				t.Errorf("of the person's own there are said to be %+v, want %+v", own.Counts, want)
			}
			closeChecked(t, db)
		})
	}
}

// What retention took is counted by neither.
func TestADryRunCountsNothingThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, opt := t.TempDir(), Options{}
		db := openAt(t, dir, opt)
		aged(t, db, 1, "first")
		who := contactOf(t, db, aged(t, db, 1, "second")[0])
		if _, err := db.PutConversation(t.Context(), who, func(c *bots.Conversation) ([]bots.Change, error) { c.State = bots.Closed; return nil, nil }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * 24 * time.Hour)
		day := 24 * time.Hour
		if got := retain(t, db, Retention{Messages: 30 * day, Deliveries: 30 * day}); got[KeptDeliveries] == 0 || got[KeptMessages] == 0 {
			t.Fatalf("dropped %v", got)
		}
		would, err := db.WouldErase(t.Context(), who)
		if err != nil || would.Counts.Deliveries != 0 || would.Counts.Messages != 0 {
			t.Errorf("WouldErase = %+v, %v", would.Counts, err)
		}
		if _, err := db.Erase(t.Context(), who, "crm", "", Record{}); err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			if more, err = db.EraseSome(t.Context(), who, rules(), world()); err != nil {
				t.Fatal(err)
			}
		}
		if did, _, err := db.Erased(t.Context(), who); err != nil || did.Counts != would.Counts {
			t.Errorf("there went %+v, %v; the dry run said %+v", did.Counts, err, would.Counts)
		}
		closeChecked(t, db)
	})
}

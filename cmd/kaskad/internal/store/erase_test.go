package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// needles are what would tell who the person was, or what was said.
var needles = []string{"+380501112233", "380501112233", "Olena", "olena@example.com", "C-100-olena", "telegram-chat-424242", "secret words", "provider-id-", "balance of 120"}

// lived is a person with a history: a template's data, messages both ways, evidence, links, an event in quarantine, an unknown receipt.
func lived(t *testing.T, db *DB, messages int) bots.ID {
	return livedAs(t, db, messages, life{"C-100-olena", "Olena", "olena@example.com", "+380501112233", "telegram-chat-424242", ""})
}

// life is whose it is; events are told apart by the last word.
type life struct{ ext, name, email, phone, chat, events string }

func livedAs(t *testing.T, db *DB, messages int, as life) bots.ID {
	t.Helper()
	ctx, began := t.Context(), now()
	c, _, err := db.PutContact(ctx, bots.Ref{Kind: "ext", Value: as.ext}, func(c *bots.Contact) error {
		c.Name, c.Email, c.Phone, c.Attributes = as.name, as.email, as.phone, []byte(`{"name":"`+as.name+`"}`)
		c.Set(bots.Address{Channel: bots.Telegram, ID: as.chat}, bots.Active, began)
		c.Set(bots.Address{Channel: bots.SMS, ID: c.Phone}, bots.Unverified, began)
		return nil
	})
	must(tContact, nil, err)
	r, w := rules(), world()
	r.SameMessage = 0
	chat := bots.Address{Channel: bots.Telegram, ID: as.chat}
	for i := range messages {
		done, err := db.Accept(ctx, &fallback.Request{
			To: bots.Ref{Kind: "id", Value: c.ID.String()}, Given: "phone:" + as.phone, Purpose: fallback.Urgent, Text: "balance of 120, " + as.name,
			Data: []byte(`{"name":"` + as.name + `"}`), Metadata: map[string]string{"who": as.name}, Cascade: cascade(), Same: uint64(i + 1),
		}, r, w)
		must(tPlan, nil, err)
		a, err := db.Claim(ctx, &fallback.Intent{Delivery: done.ID, Out: bots.Outgoing{To: chat, Text: "balance of 120, " + as.name, Markup: "<b>" + as.name + "</b>"}}, r, w)
		if err != nil || a == nil {
			t.Fatalf("claim: %v, %v", a, err)
		}
		must(tAttempt, nil, db.Settle(ctx, a, fallback.Result{Receipt: bots.Receipt{Sender: "telegram", Chat: chat.ID, ID: fmt.Sprint("provider-id-", as.events, i), Level: bots.Accepted}}, r, w))
		_, err = db.Receive(ctx, bots.Event{ID: fmt.Sprint("e", as.events, i), Channel: bots.Telegram, Sender: bots.Telegram, Kind: bots.Wrote, Chat: chat, Text: "my secret words", MessageID: fmt.Sprint(i + 1), At: now(), Media: []bots.Media{{Type: "photo", ID: "f", Name: as.name + ".jpg"}}}, r, w)
		must(tMessage, nil, err)
	}
	_, err = db.Receive(ctx, bots.Event{ID: "stop" + as.events, Channel: bots.Telegram, Sender: bots.Telegram, Kind: bots.Wrote, Chat: chat, Text: "стоп", MessageID: "9999", At: now()}, r, w)
	must(tMessage, nil, err)
	_, err = db.Receive(ctx, bots.Event{ID: "orphan" + as.events, Channel: bots.Telegram, Sender: bots.Telegram, Kind: bots.Reported, At: now(), Receipt: &bots.Receipt{Sender: bots.Telegram, Chat: chat.ID, ID: "provider-id-unknown" + as.events, Level: bots.Read, At: now()}}, r, w)
	must(tOrphan, nil, err)
	_, err = db.MakeLink(ctx, c.ID, bots.Telegram, "", now().Add(time.Hour))
	must(tLink, nil, err)
	must(tQuarantine, nil, db.Quarantine(ctx, fallback.Quarantined{Channel: bots.Telegram, Event: "q1" + as.events, Reason: "x", Raw: []byte(`{"phone":"` + as.phone + `"}`), At: now()}))
	must(tQuarantine, nil, db.Quarantine(ctx, fallback.Quarantined{Channel: bots.Telegram, Event: "q2" + as.events, Reason: "x", Raw: []byte(`{"phone":"+38099"}`), At: now()}))
	return c.ID
}

// What is read of a person between the erase and the background's last step is what will stay, by id and in lists; and the erase is told
// beforehand how much of the person's own there is.
func TestAnErasedPersonIsNotReadBeforeTheRecordsAreEmptied(t *testing.T) {
	db := openAt(t, t.TempDir(), Options{})
	who, ctx := lived(t, db, 2), t.Context()
	page, err := db.List(ctx, Filter{Contact: who}, "", 10)
	if err != nil || len(page.Items) != 2 || page.Items[0].To == "" || len(page.Items[0].Data) == 0 || len(page.Items[0].Metadata) == 0 {
		t.Fatalf("before: %+v, %v", page.Items, err)
	}
	if would, err := db.WouldErase(ctx, who); err != nil || would.Counts.Files != 2 || would.Counts.Deliveries != 2 {
		t.Errorf("WouldErase = %+v, %v; want two deliveries and two files", would.Counts, err)
	}
	if _, err := db.Erase(ctx, who, "test", "", Record{}); err != nil {
		t.Fatal(err)
	}
	all, err := db.List(ctx, Filter{}, "", 10)
	if err != nil || len(all.Items) != 2 {
		t.Fatalf("List = %+v, %v; want what counts are made of", all.Items, err)
	}
	for i := range page.Items {
		one, err := db.Delivery(ctx, page.Items[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []*fallback.Delivery{one, all.Items[i]} {
			if told := fmt.Sprintf("%+v %s", d.Plan, d.Data); slices.ContainsFunc(needles, func(n string) bool { return strings.Contains(told, n) }) {
				t.Errorf("right after the erase it is read: %s", told)
			}
			if d.Contact != who || d.Created.IsZero() || len(d.Route) == 0 {
				t.Errorf("what stays for counts is not read: %+v", d)
			}
		}
	}
	if found, err := db.List(ctx, Filter{Metadata: map[string]string{"who": "Olena"}}, "", 10); err != nil || len(found.Items) != 0 {
		t.Errorf("by the metadata there is %d, %v", len(found.Items), err)
	}
}

// eraseAll goes through all steps, looks at the file after each, and opens it anew as after a crash.
func eraseAll(t *testing.T, db *DB, dir string, opt Options, who bots.ID) *DB {
	t.Helper()
	e, err := db.Erase(t.Context(), who, "crm", "", Record{})
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Same) == 0 {
		return stepAll(t, db, dir, opt, who)
	}
	for _, id := range e.Same {
		db = stepAll(t, db, dir, opt, id)
	}
	return db
}

func stepAll(t *testing.T, db *DB, dir string, opt Options, who bots.ID) *DB {
	t.Helper()
	for n := 0; ; n++ {
		closeChecked(t, db)
		db = openAt(t, dir, opt)
		more, err := db.EraseSome(t.Context(), who, rules(), world())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return db
		}
		if n > 200 {
			t.Fatal("it does not come to an end")
		}
	}
}

// tells are the needles that a compacted copy of the store's file has.
func tells(t *testing.T, db *DB) []string { t.Helper(); return tellsOf(t, db, needles) }

func tellsOf(t *testing.T, db *DB, needles []string) (all []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	to, err := bolt.Open(path, 0o600, nil)
	must(tPlan, nil, err)
	must(tPlan, nil, bolt.Compact(to, db.bolt, 0))
	must(tPlan, nil, to.Close())
	b, err := os.ReadFile(path)
	must(tPlan, nil, err)
	for _, n := range needles {
		if bytes.Contains(b, []byte(n)) {
			all = append(all, n)
		}
	}
	return all
}

func TestEraseLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]Options{"in large generations": {}, "in many small generations": {Generation: 16}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			opt := Unsynced(opt)
			db := openAt(t, dir, opt)
			who := lived(t, db, 40)
			other, _, err := db.PutContact(t.Context(), bots.Ref{Kind: "ext", Value: "C-200"}, func(c *bots.Contact) error { c.Name = "Petro"; return nil })
			must(tContact, nil, err)
			if got := tells(t, db); len(got) < 8 {
				t.Fatalf("before the erase the file has only %q", got)
			}
			db = eraseAll(t, db, dir, opt, who)
			if got := tells(t, db); len(got) > 0 {
				t.Errorf("after the erase the file has %q", got)
			}
			e, ok, err := db.Erased(t.Context(), who)
			if err != nil || !ok || e.Left || e.Counts.Messages != 81 || e.Counts.Deliveries != 40 || e.Counts.Files != 40 || e.Counts.Links != 1 || e.Counts.Quarantine != 1 {
				t.Errorf("Erased = %+v, %t, %v", e, ok, err)
			}
			if c, err := db.Contact(t.Context(), other.ID); err != nil || c == nil || c.Name != "Petro" {
				t.Errorf("somebody else is %+v, %v", c, err)
			}
			if left, err := db.Erasings(t.Context()); err != nil || len(left) > 0 {
				t.Errorf("there is more to erase: %v, %v", left, err)
			}
		})
	}
}

// TestEraseLeavesNothingOfAMerge: of two contacts that were one nothing is left either, not even what the merge kept to be undone.
func TestEraseLeavesNothingOfAMerge(t *testing.T) {
	t.Parallel()
	ctx, dir, opt := t.Context(), t.TempDir(), Unsynced(Options{Generation: 16})
	db := openAt(t, dir, opt)
	keep := lived(t, db, 10)
	from := livedAs(t, db, 10, life{"C-200-olha", "Olha", "olha@example.com", "+380671112233", "telegram-chat-737373", "b"})
	other, _, err := db.PutContact(ctx, bots.Ref{Kind: "ext", Value: "C-300"}, func(c *bots.Contact) error { c.Name = "Petro"; return nil })
	must(tContact, nil, err)
	must(tRecord, nil, db.PutNotSame(ctx, other.ID, from, "key:crm"))
	ask := fallback.MergeAsk{Keep: bots.Ref{Kind: "id", Value: keep.String()}, From: bots.Ref{Kind: "ext", Value: "C-200-olha"}, By: "key:crm"}
	_, err = db.Merge(ctx, ask, rules())
	must(tRecord, nil, err)
	would, err := db.WouldErase(ctx, from)
	if err != nil || would.Counts.Messages != 42 || would.Counts.Deliveries != 20 || !slices.Equal(would.Same, []bots.ID{keep, from}) {
		t.Errorf("WouldErase = %+v, %v; want what both have", would, err)
	}
	both := append(slices.Clone(needles), "Olha", "olha@example.com", "C-200-olha", "+380671112233", "telegram-chat-737373")
	if got := tellsOf(t, db, both); len(got) != len(both) {
		t.Fatalf("before the erase the file has only %q", got)
	}
	db = eraseAll(t, db, dir, opt, from)
	if got := tellsOf(t, db, both); len(got) > 0 {
		t.Errorf("after the erase the file has %q", got)
	}
	for _, id := range []bots.ID{keep, from} {
		e, ok, err := db.Erased(ctx, id)
		if err != nil || !ok || e.Left || e.Contact != keep || e.Counts.Messages != 42 || e.Counts.Deliveries != 20 || e.Counts.Files != 20 || e.Counts.Links != 2 || e.Counts.Quarantine != 2 {
			t.Errorf("Erased(%s) = %+v, %t, %v", id, e, ok, err)
		}
	}
	if is, err := db.NotSame(ctx, other.ID, from); err != nil || is {
		t.Errorf("it is still said of the absorbed one that it is nobody else: %v", err)
	}
	if same, err := db.Same(ctx, from); err != nil || len(same) != 1 {
		t.Errorf("the absorbed id means %v, %v", same, err)
	}
	for _, kind := range []string{mergeKind, intoKind} {
		if left := recordsOf(t, db, kind); left > 0 {
			t.Errorf("there are %d records %q", left, kind)
		}
	}
	if c, err := db.Contact(ctx, other.ID); err != nil || c == nil || c.Name != "Petro" {
		t.Errorf("somebody else is %+v, %v", c, err)
	}
	closeChecked(t, db)
}

// recordsOf counts the records of a kind.
func recordsOf(t *testing.T, db *DB, kind string) (n int) {
	t.Helper()
	_, err := view(t.Context(), db, func(t *tx) (bool, error) { n = len(t.all(tRecord, name(kind))); return true, nil })
	must(tRecord, nil, err)
	return n
}

// TestTheNoIsHeededByAnUpsert: whoever comes with a name of a person who said no has that no, whatever the upsert says.
func TestTheNoIsHeededByAnUpsert(t *testing.T) {
	t.Parallel()
	dir, opt := t.TempDir(), Unsynced(Options{})
	db := openAt(t, dir, opt)
	db = eraseAll(t, db, dir, opt, lived(t, db, 1))
	yes := bots.Consent{State: bots.Given, At: now(), Source: "import"}
	nothing := func(*bots.Contact) {}
	for _, put := range []struct {
		what   string
		ref    bots.Ref
		change func(*bots.Contact)
	}{
		{"a phone", bots.Ref{Kind: "phone", Value: "+380501112233"}, nothing},
		{"an external id", bots.Ref{Kind: "ext", Value: "C-100-olena"}, nothing},
		{"a chat", bots.Ref{Kind: bots.Telegram, Value: "telegram-chat-424242"}, nothing},
		{"e-mail", bots.Ref{Kind: "ext", Value: "another"}, func(c *bots.Contact) { c.Email = "Olena@example.com" }},
		{"a phone besides", bots.Ref{Kind: "ext", Value: "one more"}, func(c *bots.Contact) { c.Phone = "+380501112233" }},
	} {
		what := put.what
		c, created, err := db.PutContact(t.Context(), put.ref, func(c *bots.Contact) error { c.Tell(yes); put.change(c); return nil })
		if err != nil || !created || c.Marketing.State != bots.Denied || !c.Marketing.ByPerson || c.Marketing.Source != fallback.SourceErased {
			t.Errorf("%s: created %t, %+v, %v", what, created, c.Marketing, err)
		}
		if lines, err := db.Statements(t.Context(), c.ID); err != nil || len(lines) == 0 {
			t.Errorf("%s: %d lines of evidence, %v", what, len(lines), err)
		}
		_, _, err = db.PutContact(context.Background(), bots.Ref{Kind: "id", Value: c.ID.String()}, func(c *bots.Contact) error {
			if c.Tell(yes) {
				t.Errorf("%s: a told yes took the no away", what)
			}
			return nil
		})
		must(tContact, nil, err)
	}
}

func TestNamedIn(t *testing.T) {
	t.Parallel()
	names := []bots.Ref{{Kind: "phone", Value: "+380501112233"}, {Kind: bots.Telegram, Value: "42"}}
	for raw, want := range map[string]bool{
		`{"from":"380501112233"}`: true, `380501112233@s.whatsapp.net`: true, `{"from":"3805011122334"}`: false, `{"id":1380501112233}`: false, `{"id":42}`: false,
		`{"id":1380501112233,"from":"+380501112233"}`: true, `to=%2B380501112233&x=1`: true, `{"from":"\u002b380501112233"}`: true, `to=B380501112233`: false,
	} {
		if got := namedIn([]byte(raw), names); got != want {
			t.Errorf("namedIn(%s) = %t", raw, got)
		}
	}
}

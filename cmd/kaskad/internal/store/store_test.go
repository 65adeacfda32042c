package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// open opens a store whose operations all run twice, and checks it when the test is over.
func open(t testing.TB, opt Options) *DB { return openAt(t, t.TempDir(), opt) }

func openAt(t testing.TB, dir string, opt Options) *DB {
	t.Helper()
	opt.Twice = true
	opt.Log = slog.New(slog.DiscardHandler)
	db, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeChecked(t, db) })
	return db
}

func closeChecked(t testing.TB, db *DB) {
	t.Helper()
	select {
	case <-db.quit:
		return // closed by the test
	default:
	}
	noProblems(t, db)
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if err := CheckFile(dirOf(db.path)); err != nil {
		t.Error(err)
	}
}

func noProblems(t testing.TB, db *DB) {
	t.Helper()
	if db.failure.Load() != nil {
		return
	}
	problems, err := db.Check(context.Background())
	if err != nil {
		t.Error(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// rules are those of a shop with Telegram and SMS.
func rules() *fallback.Rules {
	return &fallback.Rules{
		Core: bots.DefaultCore(), Lease: time.Minute, SameMessage: 24 * time.Hour, OptOut: true,
		Channels: map[string]fallback.Channel{
			bots.Telegram: {Limits: bots.Limits{CanEngage: true}, Senders: []string{"telegram"}},
			bots.SMS:      {Limits: bots.Limits{Reports: bots.Delivered}, Senders: []string{"sms/main"}, Price: bots.Money{Amount: 8400, Currency: "UAH"}},
		},
	}
}

func world() *fallback.World { return &fallback.World{Boot: 7} }

func cascade() fallback.Cascade {
	return fallback.Cascade{Name: "loyalty", Deadline: 24 * time.Hour, Steps: []fallback.Step{
		{Channel: bots.Telegram, Wait: 10 * time.Minute, Until: fallback.Until{Level: bots.Read}},
		{Channel: bots.SMS, Until: fallback.Until{Level: bots.Delivered}},
	}}
}

// request is a service message to a phone.
func request(phone string) *fallback.Request {
	return &fallback.Request{To: bots.Ref{Kind: "phone", Value: phone}, Given: "phone:" + phone, Purpose: fallback.Service, Text: "120 bonus points", Cascade: cascade()}
}

func wrote(id, chat, text string) bots.Event {
	return bots.Event{
		ID: id, Channel: bots.Telegram, Sender: "telegram", Kind: bots.Wrote, Chat: bots.Address{Channel: bots.Telegram, ID: chat},
		At: time.Now().UTC().Truncate(time.Microsecond), MessageID: "1", Text: text,
	}
}

func accept(t testing.TB, db *DB, req *fallback.Request) fallback.Accepted {
	t.Helper()
	a, err := db.Accept(t.Context(), req, rules(), world())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestLife(t *testing.T) {
	db := open(t, Options{Generation: 4})
	ctx := t.Context()
	if _, err := db.Receive(ctx, wrote("e1", "42", "hello"), rules(), world()); err != nil {
		t.Fatal(err)
	}
	req := request("+380501112233")
	req.To = bots.Ref{Kind: bots.Telegram, Value: "42"}
	a := accept(t, db, req)
	d, err := db.Delivery(ctx, a.ID)
	if err != nil || d.State != fallback.Queued {
		t.Fatalf("Delivery = %+v, %v; want it queued", d, err)
	}
	lane := d.Lane()
	due, err := db.Due(ctx, lane, fallback.Entry{}, time.Now().Add(time.Second), 10)
	if err != nil || len(due) != 1 || due[0].ID != a.ID {
		t.Fatalf("Due(%s) = %v, %v", lane, due, err)
	}
	out := bots.Outgoing{To: bots.Address{Channel: bots.Telegram, ID: "42"}, Text: "120 bonus points"}
	try, err := db.Claim(ctx, &fallback.Intent{Delivery: a.ID, Leg: d.Leg, Out: out}, rules(), world())
	if err != nil || try == nil {
		t.Fatalf("Claim = %v, %v", try, err)
	}
	if err := db.Settle(ctx, try, fallback.Result{Receipt: bots.Receipt{Sender: "telegram", ID: "77", Level: bots.Accepted}}, rules(), world()); err != nil {
		t.Fatal(err)
	}
	reply := wrote("e2", "42", "thanks")
	reply.On = "77"
	turn, err := db.Receive(ctx, reply, rules(), world())
	if err != nil || turn.Message == nil || turn.Message.ReplyTo != try.Message {
		t.Fatalf("Receive = %+v, %v; want a reply to %s", turn, err, try.Message)
	}
	if d, err = db.Delivery(ctx, a.ID); err != nil || d.State != fallback.Done || d.ReachedBy() != bots.Telegram {
		t.Fatalf("Delivery = %+v, %v; want it done by telegram", d.Status, err)
	}
	if _, err := db.Receive(ctx, reply, rules(), world()); !errors.Is(err, fallback.ErrSeen) {
		t.Fatalf("Receive again = %v; want ErrSeen", err)
	}
	tries, err := db.Attempts(ctx, try.Message)
	if err != nil || len(tries) != 1 || tries[0].Out.Text != out.Text || tries[0].Result == nil || tries[0].Result.Receipt.ID != "77" {
		t.Fatalf("Attempts = %+v, %v", tries, err)
	}
	page, err := db.Messages(ctx, d.Contact, "", 10)
	if err != nil || len(page.Items) != 3 || page.Items[1].State.Level != bots.Engaged {
		t.Fatalf("Messages = %+v, %v; want three, ours engaged", page, err)
	}
}

func TestManyCallers(t *testing.T) {
	t.Parallel()
	db := open(t, Options{Generation: 64})
	const callers, each = 32, 20
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				req := request(fmt.Sprintf("+38050%07d", (c*7+i)%50))
				req.Text = fmt.Sprint(c, i)
				req.Key = fmt.Sprint("key ", c, " ", i)
				req.Metadata = map[string]string{"n": fmt.Sprint(i)}
				if _, err := db.Accept(t.Context(), req, rules(), world()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	page, err := db.List(t.Context(), Filter{}, "", 1000)
	if err != nil || len(page.Items) != callers*each {
		t.Fatalf("List = %d deliveries, %v; want %d", len(page.Items), err, callers*each)
	}
	changes, err := db.Changes(t.Context(), 0, 10000)
	if err != nil || uint64(len(changes)) != db.LastChange() {
		t.Fatalf("Changes = %d, %v; want %d", len(changes), err, db.LastChange())
	}
	for n, id := uint64(0), 0; id < len(changes); id++ {
		if n++; changes[id].ID != n {
			t.Fatalf("change %d has number %d", n, changes[id].ID)
		}
	}
	t.Logf("%+v", db.Stats())
}

package app

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/export"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// Merge and undo restore the same export: the document that a person gets, byte for byte but for when it was made, whoever was merged into
// whom before, and whatever others do meanwhile.
func TestMergeAndUndoRestoreTheExport(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		problems, err := db.Check(t.Context())
		if err = errors.Join(err, db.Close()); len(problems) > 0 || err != nil {
			t.Errorf("records and indexes differ: %v, %v", problems, err)
		}
	}()
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		l := &exportLife{t: t, r: r, db: db, round: round}
		for range 3 {
			l.person("", "+380501112233", "+380671112233")
		}
		for range rapid.IntRange(0, 14).Draw(r, "events") {
			l.event(l.one())
		}
		before := l.documents()
		merges := l.merge()
		other := l.person("", "+380931112233") // what is said through a number is in the document of each who has it
		for range rapid.IntRange(0, 3).Draw(r, "events of another") {
			l.event(other)
		}
		l.undo(merges)
		if slices.ContainsFunc(merges, func(m bots.Merge) bool { return len(m.Ended) > 0 }) {
			return // what a merge ended stays so
		}
		after := l.documents()
		for i, was := range before {
			if was != after[i] {
				r.Fatalf("before\n%s\nafter\n%s", was, after[i])
			}
		}
	})
}

// exportLife is one life of a few people on a real store.
type exportLife struct {
	t      *testing.T
	r      *rapid.T
	db     *store.DB
	round  int
	events int
	people []bots.ID
}

func (l *exportLife) rules() *fallback.Rules {
	return &fallback.Rules{
		Core: bots.DefaultCore(), Lease: time.Minute, SameMessage: time.Hour, PerDay: 50, Zone: time.UTC,
		Channels: map[string]fallback.Channel{
			bots.Telegram: {Limits: bots.Limits{CanEngage: true}, Senders: []string{bots.Telegram}},
			bots.SMS:      {Limits: bots.Limits{Reports: bots.Delivered}, Senders: []string{"sms/main"}},
		},
	}
}

func (l *exportLife) must(err error) {
	l.t.Helper()
	switch {
	case err == nil:
	case l.r == nil: // one story, not many drawn ones
		l.t.Fatal(err)
	default:
		l.r.Fatal(err)
	}
}

func (l *exportLife) one() int { return rapid.IntRange(0, 2).Draw(l.r, "who") }

func (l *exportLife) chat(n int) bots.Address {
	return bots.Address{Channel: bots.Telegram, ID: fmt.Sprintf("%d-%d", l.round, n)}
}

func (l *exportLife) card(n int) bots.Ref {
	return bots.Ref{Kind: "ext", Value: fmt.Sprintf("C-%d-%d", l.round, n)}
}

// person makes somebody with a card, a chat and one of the phones, which others may have as well.
func (l *exportLife) person(phones ...string) int {
	n := len(l.people)
	yes := rapid.Bool().Draw(l.r, "allows marketing")
	phone := rapid.SampledFrom(phones).Draw(l.r, "phone")
	c, _, err := l.db.PutContact(l.t.Context(), l.card(n), func(c *bots.Contact) error {
		c.Set(l.chat(n), bots.Active, time.Now().UTC().Truncate(time.Microsecond))
		if phone != "" {
			c.Phone = phone
			c.Set(bots.Address{Channel: bots.SMS, ID: phone}, bots.Unverified, c.Created)
		}
		if yes {
			c.Tell(bots.Consent{State: bots.Given, At: c.Created, Source: "form"})
		}
		return nil
	})
	l.must(err)
	l.people = append(l.people, c.ID)
	return n
}

// event is one thing that happens to somebody.
func (l *exportLife) event(n int) {
	ctx := l.t.Context()
	l.events++
	switch rapid.IntRange(0, 6).Draw(l.r, "event") {
	case 0:
		text := rapid.SampledFrom([]string{"hello", "стоп", "старт"}).Draw(l.r, "text")
		_, err := l.db.Receive(ctx, bots.Event{
			ID: fmt.Sprintf("e-%d-%d", l.round, l.events), Channel: bots.Telegram, Sender: bots.Telegram, Kind: bots.Wrote, Chat: l.chat(n), At: time.Now(), MessageID: "1", Text: text,
		}, l.rules(), &fallback.World{Boot: 7})
		l.must(err)
	case 1:
		l.ask(n, fallback.Service, time.Time{})
	case 2:
		l.ask(n, fallback.Marketing, time.Now().Add(time.Hour))
	case 3:
		l.send(l.ask(n, fallback.Service, time.Time{}))
	case 4:
		_, _, err := l.db.PutContact(ctx, l.card(n), func(c *bots.Contact) error {
			c.Name, c.Email = fmt.Sprint("name ", l.events), fmt.Sprintf("%d@example.com", l.events)
			c.Attributes = fmt.Appendf(nil, `{"points":%d}`, l.events)
			c.TellOn(bots.SMS, bots.Consent{State: bots.Denied, At: time.Now(), Source: "call"})
			return nil
		})
		l.must(err)
	case 5:
		_, err := l.db.PutConversation(ctx, l.people[n], func(c *bots.Conversation) ([]bots.Change, error) {
			c.Assignee, c.State = "Iryna", bots.Closed
			return nil, nil
		})
		l.must(err)
	case 6:
		_, err := l.db.MakeLink(ctx, l.people[n], bots.Telegram, "", time.Now().Add(time.Hour))
		l.must(err)
	}
}

func (l *exportLife) ask(n int, p fallback.Purpose, at time.Time) bots.ID {
	got, err := l.db.Accept(l.t.Context(), &fallback.Request{
		To: l.card(n), Given: l.card(n).String(), Purpose: p, Text: "120 points", SendAt: at, Same: uint64(l.events),
		Cascade: fallback.Cascade{Deadline: 24 * time.Hour, Steps: []fallback.Step{
			{Channel: bots.Telegram, Wait: time.Hour, Until: fallback.Until{Level: bots.Read}}, {Channel: bots.SMS, Until: fallback.Until{Level: bots.Delivered}},
		}},
	}, l.rules(), &fallback.World{Boot: 7})
	l.must(err)
	return got.ID
}

// send hands a delivery to its channel, where it may go.
func (l *exportLife) send(id bots.ID) {
	ctx, w := l.t.Context(), &fallback.World{Boot: 7}
	have, err := l.db.Load(ctx, id)
	l.must(err)
	if have.Delivery.State != fallback.Queued {
		return
	}
	a, err := l.db.Claim(ctx, &fallback.Intent{Delivery: id, Leg: have.Delivery.Leg, Out: bots.Outgoing{To: have.Place(), Text: "120 points"}}, l.rules(), w)
	l.must(err)
	if a != nil {
		l.must(l.db.Settle(ctx, a, fallback.Result{Receipt: bots.Receipt{ID: id.String(), Level: bots.Accepted, At: time.Now()}}, l.rules(), w))
	}
}

// documents are the exports of the first three.
func (l *exportLife) documents() (all []string) {
	for _, id := range l.people[:3] {
		c, err := l.db.Contact(l.t.Context(), id)
		l.must(err)
		var out bytes.Buffer
		_, err = export.JSON(l.t.Context(), exports{l.db}, c, &out)
		l.must(err)
		all = append(all, madeAt.ReplaceAllString(out.String(), ""))
	}
	return all
}

var madeAt = regexp.MustCompile(`"made_at": *"[^"]*"`)

// merge makes one person of some, in any order.
func (l *exportLife) merge() (done []bots.Merge) {
	for range rapid.IntRange(1, 2).Draw(l.r, "merges") {
		keep, from := l.card(l.one()), l.card(l.one())
		k, err := l.db.FindContact(l.t.Context(), keep)
		l.must(err)
		f, err := l.db.FindContact(l.t.Context(), from)
		l.must(err)
		if k.ID == f.ID {
			continue
		}
		m, err := l.db.Merge(l.t.Context(), fallback.MergeAsk{Keep: keep, From: from, By: "key:test"}, l.rules())
		l.must(err)
		done = append(done, m)
	}
	return done
}

func (l *exportLife) undo(done []bots.Merge) {
	named := func(id bots.ID) bots.Ref { return bots.Ref{Kind: "id", Value: id.String()} }
	for _, m := range slices.Backward(done) {
		_, err := l.db.Unmerge(l.t.Context(), fallback.MergeAsk{Keep: named(m.Kept), From: named(m.Absorbed), By: "key:test"}, l.rules())
		l.must(err)
	}
}

package fallback_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
)

// chat is a chat on a real store beside the simplest model of one: a list, marked from its beginning at every proof.
type chat struct {
	t     *rapid.T
	store *fallbacktest.Memory
	rules *fallback.Rules
	world *fallback.World
	sent  []*line
	event int
}

type line struct {
	id       bots.ID
	attempt  *fallback.Attempt
	provider string
	level    bots.Level // as the model has it
	state    string     // sending, ok, unsure
}

var home = bots.Address{Channel: bots.Telegram, ID: "42"}

func (c *chat) must(err error) {
	if err != nil {
		c.t.Fatal(err)
	}
}

// send begins a message; its end comes later, or never.
func (c *chat) send(ctx context.Context) {
	got, err := c.store.Accept(ctx, &fallback.Request{
		To: bots.Ref{Kind: bots.Telegram, Value: home.ID}, Text: fmt.Sprint(len(c.sent)),
		Cascade: fallback.Cascade{Steps: []fallback.Step{{Channel: bots.Telegram, Until: fallback.Until{Level: bots.Engaged, Exact: "clicked"}}}, Deadline: 1000 * time.Hour},
	}, c.rules, c.world)
	c.must(err)
	a, err := c.store.Claim(ctx, &fallback.Intent{Delivery: got.ID, Out: bots.Outgoing{To: home, Text: "hi"}}, c.rules, c.world)
	if err != nil || a == nil {
		c.t.Fatalf("Claim = %v, %v", a, err)
	}
	c.sent = append(c.sent, &line{id: a.Message, attempt: a, state: "sending"})
}

// settle ends an attempt.
func (c *chat) settle(ctx context.Context, l *line, i int, ok bool) {
	res := fallback.Result{Err: &bots.SendError{Fault: bots.Uncertain}}
	l.state = "unsure"
	if ok {
		l.provider = strconv.Itoa(100 + i)
		res = fallback.Result{Receipt: bots.Receipt{Sender: bots.Telegram, ID: l.provider}}
		l.state = "ok"
		l.level = max(l.level, bots.Accepted)
	}
	c.must(c.store.Settle(ctx, l.attempt, res, c.rules, c.world))
}

// proof is what the person did with message i: read or answered it, or wrote without reference after it.
func (c *chat) proof(ctx context.Context, i int, kind string) {
	c.event++
	e := bots.Event{ID: fmt.Sprint(c.event), Channel: bots.Telegram, Sender: bots.Telegram, Chat: home, Kind: bots.Wrote, At: time.Now(), Text: "hm"}
	level, l := bots.Engaged, c.sent[i]
	switch kind {
	case "read":
		e.Kind, level = bots.Reported, bots.Read
		e.Receipt = &bots.Receipt{Sender: bots.Telegram, Chat: home.ID, Step: l.id, Level: bots.Read, At: e.At}
	case "click":
		e.Kind, e.Step, e.Delivery, e.At = bots.Clicked, l.id, l.attempt.Delivery, e.At.Add(time.Minute)
	case "reply":
		e.Step = l.id
	case "message":
		e.MessageID = strconv.Itoa(100 + i + 1)
		for i >= 0 && c.sent[i].provider == "" { // the newest of ours before it whose place is known
			i--
		}
		if i < 0 {
			level = bots.None
		}
	}
	_, err := c.store.Receive(ctx, e, c.rules, c.world)
	c.must(err)
	if kind == "click" && l.state == "sending" {
		return // the messenger's own look at the link
	}
	for at, l := range c.sent[:i+1] {
		switch {
		case kind == "click" && at < i: // it is about its own message alone
		case at == i:
			l.level = max(l.level, level)
			if l.state == "unsure" {
				l.state = "ok"
			}
		case l.level > bots.None:
			l.level = max(l.level, bots.Read)
		}
	}
}

func (c *chat) compare() {
	c.store.View(func(v fallback.View) {
		for i, l := range c.sent {
			if got := v.MessageState(l.id).Level; got != l.level {
				c.t.Fatalf("message %d of %d is %s, want %s", i, len(c.sent), got, l.level)
			}
		}
	})
}

func TestWatermarkAgainstAList(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := &chat{t: r, store: &fallbacktest.Memory{}, world: &fallback.World{Boot: 1}, rules: &fallback.Rules{
			Core: bots.DefaultCore(), Lease: time.Hour, Zone: time.UTC,
			Channels: map[string]fallback.Channel{bots.Telegram: {Senders: []string{bots.Telegram}}},
		}}
		start := bots.Event{ID: "start", Channel: bots.Telegram, Kind: bots.Started, Chat: home, At: time.Now()}
		_, err := c.store.Receive(t.Context(), start, c.rules, c.world)
		c.must(err)
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			c.step(t.Context())
			c.compare()
		}
	})
}

func (c *chat) step(ctx context.Context) {
	if len(c.sent) == 0 || rapid.IntRange(0, 3).Draw(c.t, "send") == 0 {
		c.send(ctx)
		return
	}
	i := rapid.IntRange(0, len(c.sent)-1).Draw(c.t, "message")
	l := c.sent[i]
	switch what := rapid.SampledFrom([]string{"ok", "ok", "unsure", "read", "reply", "message", "click"}).Draw(c.t, "what"); {
	case what == "ok" && l.state != "ok" || what == "unsure" && l.state == "sending":
		c.settle(ctx, l, i, what == "ok")
	case what == "ok" || what == "unsure":
	case what != "message" || l.state != "sending":
		c.proof(ctx, i, what)
	}
}

package fallbacktest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Cascades lets deliveries be accepted, loaded, claimed and settled, proven by receipts and replies, cancelled and opted out of, and the
// program die and start again, in the order that pick draws (a number below n), and says what was broken; empty: nothing. open opens
// the store that is kept in a place, and again opens what a dead program left there. It is called outside of a bubble.
func Cascades(t *testing.T, steps int, open func(*testing.T) Store, again func(*testing.T, Store) Store, pick func(n int) int) (wrong string) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(10 * time.Hour)
		s := &script{t: t, Store: open(t), rules: Rules(), world: &fallback.World{Boot: 1, Ears: map[string]fallback.Ear{}}, start: time.Now(), nexts: map[string][]func(*sent){}}
		s.rules.PerDay, s.rules.PerWeek, s.rules.SameMessage = 0, 0, 0
		c := &cascades{script: s, pick: pick, again: again, fates: map[bots.ID]*fate{}}
		for i := range 2 {
			c.people = append(c.people, s.person(fmt.Sprintf("telegram:%d", 42+i), fmt.Sprintf("viber:v%d", i), fmt.Sprintf("sms:+38050111223%d", i)))
		}
		wrong = c.live(steps)
	})
	return wrong
}

// Picks makes the choices of a property out of numbers that it drew; when they are over it is 0 for ever.
func Picks(choices []int) func(n int) int {
	return func(n int) int {
		if len(choices) == 0 {
			return 0
		}
		one := choices[0]
		choices = choices[1:]
		return one % n
	}
}

// cascades is what happened to some deliveries, as somebody knows who saw the socket.
type cascades struct {
	*script
	pick   func(n int) int
	again  func(*testing.T, Store) Store
	people []bots.ID
	fates  map[bots.ID]*fate
	order  []bots.ID

	loaded  []fallback.Loaded
	calling []*try
	past    []*try // settled
	stopped [2]bool
	story   []string
	wrong   string
}

// fate is a delivery: by leg, whether the person may have it, and why nothing more may be claimed.
type fate struct {
	person  int
	purpose fallback.Purpose
	key     string
	out     [3]bool
	over    string
}

// try is one attempt.
type try struct {
	*fallback.Attempt
	id   string
	fate *fate
	ok   bool
	read bool // a proof that is enough came before the settle
}

func (c *cascades) note(format string, args ...any) {
	c.story = append(c.story, fmt.Sprintf(format, args...))
}

func (c *cascades) breaks(format string, args ...any) {
	if c.wrong == "" {
		c.wrong = fmt.Sprintf(format, args...) + "\nafter " + strings.Join(c.story, ", ")
	}
}

func (c *cascades) live(n int) string {
	acts := []func(){c.asks, c.asks, c.loads, c.loads, c.claims, c.claims, c.claims, c.claims, c.settles, c.settles, c.settles, c.reports, c.reports, c.replies, c.cancels, c.saysStop, c.dies, c.waits, c.waits}
	for range n {
		time.Sleep(time.Second)
		acts[c.pick(len(acts))]()
		if c.wrong != "" {
			return c.wrong
		}
	}
	return c.ends()
}

// asks accepts a delivery, or the last one under its key once more.
func (c *cascades) asks() {
	who, purpose := c.pick(len(c.people)), []fallback.Purpose{fallback.Marketing, fallback.Service}[c.pick(2)]
	key := fmt.Sprintf("key %d", len(c.order))
	if len(c.order) > 0 && c.pick(4) == 0 {
		f := c.fates[c.order[len(c.order)-1]]
		who, purpose, key = f.person, f.purpose, f.key
	}
	c.note("ask %s of %d under %s", purpose, who, key)
	req := &fallback.Request{To: bots.Ref{Kind: "id", Value: c.people[who].String()}, Purpose: purpose, Key: key, Text: "120 points", Cascade: steps("telegram 10m read, viber 10m read, sms 10m delivered")}
	req.Cascade.Quiet = fallback.Quiet{}
	got, err := c.Accept(c.ctx(), req, c.rules, c.world)
	c.must(err)
	have := c.fates[got.ID]
	switch {
	case have == nil && len(c.order) > 0 && c.fates[c.order[len(c.order)-1]].key == key:
		c.breaks("one key is two deliveries")
	case have == nil:
		f := &fate{person: who, purpose: purpose, key: key}
		if c.stopped[who] && purpose == fallback.Marketing {
			f.over = "the stop"
		}
		c.fates[got.ID], c.order = f, append(c.order, got.ID)
	}
}

func (c *cascades) loads() {
	for _, lane := range lanes() {
		entries, err := c.Due(c.ctx(), lane, fallback.Entry{}, time.Now(), 100)
		c.must(err)
		for _, e := range entries {
			have, err := c.Load(c.ctx(), e.ID)
			c.must(err)
			switch {
			case !have.Delivery.Stands(lane, e):
			case strings.HasPrefix(string(lane), "send/"):
				c.loaded = append(c.loaded, have)
			case lane == fallback.LaneStart:
				c.must(c.Come(c.ctx(), e.ID, c.rules, c.world))
			}
		}
	}
	c.note("load")
}

func (c *cascades) claims() {
	if len(c.loaded) == 0 {
		return
	}
	i := len(c.loaded) - 1 - c.pick(min(len(c.loaded), 5))
	have := c.loaded[i]
	c.loaded = slices.Delete(c.loaded, i, i+1)
	a := c.claim(have)
	if a == nil {
		return
	}
	f := c.fates[a.Delivery]
	c.note("claim %d/%d", slices.Index(c.order, a.Delivery), a.Leg)
	if f.over != "" {
		c.breaks("a step was claimed after %s", f.over)
	}
	if f.out[a.Leg] {
		c.breaks("a step was claimed again that may be with the person")
	}
	f.out[a.Leg] = true
	c.calling = append(c.calling, &try{Attempt: a, id: fmt.Sprint(10_000 + len(c.story)), fate: f})
}

// settles brings an answer, of one kind or another.
func (c *cascades) settles() {
	if len(c.calling) == 0 {
		return
	}
	i := c.pick(len(c.calling))
	x := c.calling[i]
	c.calling = slices.Delete(c.calling, i, i+1)
	done := &sent{Attempt: *x.Attempt, ProviderID: x.id}
	done.Err = []*bots.SendError{nil, nil, {Fault: bots.Uncertain}, {Fault: bots.Temporary}, {Fault: bots.Unreachable}}[c.pick(5)]
	if x.read && done.Err != nil && done.Err.Fault != bots.Uncertain { // what was read went out: no true answer denies it
		done.Err = nil
	}
	c.note("settle %d/%d %v", slices.Index(c.order, x.Delivery), x.Leg, done.Err)
	c.settle(done)
	switch {
	case done.Err == nil:
		x.ok = true
		c.past = append(c.past, x)
		if x.read {
			c.closes(x.Delivery, "a proof that came before the answer")
		}
	case done.Err.Fault != bots.Uncertain:
		x.fate.out[x.Leg] = false
	}
}

// reports is a receipt of an attempt, before its answer or behind it.
func (c *cascades) reports() {
	all := append(slices.Clone(c.past), c.calling...)
	if len(all) == 0 {
		return
	}
	x := all[c.pick(len(all))]
	level := []bots.Level{bots.Delivered, bots.Read}[c.pick(2)]
	if x.Out.To.Channel == bots.SMS {
		level = bots.Delivered
	}
	c.note("%s of %d/%d", level, slices.Index(c.order, x.Delivery), x.Leg)
	_, err := c.tell(bots.Event{Kind: bots.Reported, Channel: x.Out.To.Channel, Receipt: &bots.Receipt{Sender: x.Sender, Chat: x.Out.To.ID, ID: x.id, Level: level, At: time.Now()}})
	c.must(err)
	if level == bots.Read || x.Out.To.Channel == bots.SMS {
		c.proven(x, "a receipt")
	}
}

// proven remembers a proof that is enough. Before the answer nobody can know which message it is about.
func (c *cascades) proven(x *try, by string) {
	if !x.ok {
		x.read = true
		return
	}
	c.closes(x.Delivery, by)
}

// replies is an answer that quotes a message.
func (c *cascades) replies() {
	var on []*try
	for _, x := range c.past {
		if x.Out.To.Channel == bots.Telegram {
			on = append(on, x)
		}
	}
	if len(on) == 0 {
		return
	}
	x := on[c.pick(len(on))]
	c.note("reply to %d/%d", slices.Index(c.order, x.Delivery), x.Leg)
	_, err := c.tell(bots.Event{Kind: bots.Wrote, Chat: x.Out.To, Text: "дякую", On: x.id, MessageID: fmt.Sprint(100_000 + len(c.story))})
	c.must(err)
	// A reply is a watermark, too: whatever was sent to the chat before it is read. Only the one it names is looked at.
	c.proven(x, "a reply")
}

func (c *cascades) cancels() {
	if len(c.order) == 0 {
		return
	}
	id := c.order[c.pick(len(c.order))]
	c.note("cancel %d", slices.Index(c.order, id))
	_, err := c.Cancel(c.ctx(), id)
	c.must(err)
	c.closes(id, "a cancel")
}

func (c *cascades) saysStop() {
	who := c.pick(len(c.people))
	c.note("stop of %d", who)
	_, err := c.tell(bots.Event{Kind: bots.Wrote, Chat: address(fmt.Sprintf("telegram:%d", 42+who)), Text: "стоп", MessageID: fmt.Sprint(100_000 + len(c.story))})
	c.must(err)
	c.stopped[who] = true
	for _, id := range c.order {
		if f := c.fates[id]; f.person == who && f.purpose == fallback.Marketing {
			c.closes(id, "a stop")
		}
	}
}

// closes remembers why nothing more may be claimed, and looks whether the delivery is at its end, in the same transaction.
func (c *cascades) closes(id bots.ID, why string) {
	if d := c.delivery(id); !d.State.Final() {
		c.breaks("delivery %d is %s after %s", slices.Index(c.order, id), d.State, why)
	}
	if f := c.fates[id]; f.over == "" {
		f.over = why
	}
}

// dies ends the program in the middle of everything, and starts it again.
func (c *cascades) dies() {
	c.note("the program dies")
	c.Store = c.again(c.t, c.Store)
	c.world.Boot++
	c.loaded, c.calling = nil, nil
	if err := c.Check(); err != nil {
		c.breaks("records and indexes differ: %v", err)
	}
	for _, id := range c.order {
		if _, err := c.Load(c.ctx(), id); errors.Is(err, fallback.ErrUnknownDelivery) {
			c.breaks("delivery %d, which was accepted, is gone", slices.Index(c.order, id))
		}
	}
}

// waits lets what waits come due.
func (c *cascades) waits() {
	time.Sleep(11 * time.Minute)
	c.note("wait")
	for _, lane := range lanes() {
		entries, err := c.Due(c.ctx(), lane, fallback.Entry{}, time.Now(), 100)
		c.must(err)
		for _, e := range entries {
			if !strings.HasPrefix(string(lane), "send/") {
				c.must(c.Come(c.ctx(), e.ID, c.rules, c.world))
			}
		}
	}
}

// ends lets everything come to its end: each delivery is final within its deadline and what a lease lasts.
func (c *cascades) ends() string {
	for range 150 {
		c.waits()
		c.loads()
		for len(c.loaded) > 0 && c.wrong == "" {
			c.claims()
		}
		for len(c.calling) > 0 && c.wrong == "" {
			c.settles()
		}
	}
	for i, id := range c.order {
		if d := c.delivery(id); !d.State.Final() {
			c.breaks("delivery %d is still %s (%s) after a day", i, d.State, d.Reason)
		}
	}
	if err := c.Check(); err != nil {
		c.breaks("records and indexes differ: %v", err)
	}
	return c.wrong
}

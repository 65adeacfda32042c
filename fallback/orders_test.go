package fallback

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

// orderDepth is how many events follow each other; every order of them is tried. One less takes a third of the time.
func orderDepth() int {
	if testing.Short() { // with the race detector, which learns nothing more of the last one
		return 6
	}
	return 8
}

// play is a delivery with what really happened to it, as somebody sees who watches the socket.
type play struct {
	d       Delivery
	now     time.Time
	paused  bool
	deaf    bool
	boot    uint64
	call    Attempt // under way, or given up and not settled
	calling bool    // call has not returned
	out     [3]bool // by leg: it may be with the person
	stopped bool    // proof, stop or cancel is durable
}

// key is everything that decides what can happen next.
type key struct {
	state                          State
	reason                         string
	leg, reached                   int
	due, waitFrom, lease, now      time.Time
	legs                           [3]Leg
	paused, deaf, calling, stopped bool
	boot                           uint64
	out                            [3]bool
	late                           string
	attempt                        int
	callLeg                        int
}

func (p *play) key() key {
	k := key{
		state: p.d.State, reason: p.d.Reason, leg: p.d.Leg, reached: p.d.Reached, due: p.d.Due, waitFrom: p.d.WaitFrom, lease: p.d.Lease, now: p.now,
		paused: p.paused, deaf: p.deaf, boot: p.boot, calling: p.calling, stopped: p.stopped, out: p.out, late: p.d.LateKind,
		attempt: p.call.Number, callLeg: p.call.Leg,
	}
	copy(k.legs[:], p.d.Route)
	return k
}

func (p *play) clone() *play {
	c := *p
	c.d.Route = slices.Clone(p.d.Route)
	c.d.changes = nil
	return &c
}

// env is the world of the moment.
func (p *play) env(base *Env) *Env {
	e := *base
	e.World = &World{Boot: p.boot}
	if p.paused {
		e.Pauses = []Pause{{From: p.now.Add(-time.Second)}}
	}
	if p.deaf {
		e.Ears = map[string]Ear{bots.Telegram: {Deaf: true, Until: p.now.Add(time.Minute)}}
	}
	return &e
}

// act is one event; it returns what is wrong, or nothing.
type act struct {
	name string
	do   func(p *play, e *Env) string
}

func acts() []act {
	settle := func(err *bots.SendError) func(*play, *Env) string {
		return func(p *play, e *Env) string {
			if !p.calling {
				return ""
			}
			p.calling = false
			if err != nil && err.Fault != bots.Uncertain && !p.proven(p.call.Leg) {
				p.out[p.call.Leg] = false // it certainly did not go
			}
			p.d.Settle(p.call, Result{Err: err}, e, p.now)
			return ""
		}
	}
	prove := func(leg int, level bots.Level) func(*play, *Env) string {
		return func(p *play, e *Env) string {
			if leg >= len(p.d.Route) || p.d.Route[leg].Attempts == 0 {
				return ""
			}
			p.d.Prove(leg, Evidence{Level: level, Kind: "receipt", At: p.now}, p.now)
			p.out[leg] = true
			if p.d.Route[leg].Needs.met(level, "receipt", "") {
				p.stopped = true
				if !p.d.State.Final() {
					return "enough proof left the delivery open"
				}
			}
			return ""
		}
	}
	return []act{
		{"claim", (*play).claim},
		{"settle ok", settle(nil)},
		{"settle uncertain", settle(&bots.SendError{Fault: bots.Uncertain})},
		{"settle temporary", settle(&bots.SendError{Fault: bots.Temporary})},
		{"settle unreachable", settle(&bots.SendError{Fault: bots.Unreachable})},
		{"settle misconfigured", settle(&bots.SendError{Fault: bots.Misconfigured})},
		{"settle refused", settle(&bots.SendError{Fault: bots.Refused})},
		{"delivered 0", prove(0, bots.Delivered)},
		{"read 0", prove(0, bots.Read)},
		{"read 1", prove(1, bots.Read)},
		{"failed report 0", func(p *play, e *Env) string {
			if len(p.d.Route) > 0 && p.d.Route[0].Attempts > 0 {
				p.d.Undelivered(0, bots.Unreachable, "gone", e, p.now)
			}
			return ""
		}},
		{"comes due", func(p *play, e *Env) string {
			if p.d.Due.After(p.now) {
				p.now = p.d.Due
			}
			p.d.Come(p.env(e), p.now)
			return ""
		}},
		{"the process dies", func(p *play, e *Env) string {
			p.boot++
			p.calling = false // nobody will tell its end
			p.d.Come(p.env(e), p.now)
			return ""
		}},
		{"cancel", func(p *play, e *Env) string { p.d.Cancel(p.now); p.stopped = true; return "" }},
		{"opt-out", func(p *play, e *Env) string {
			p.d.OptOut(p.now)
			p.stopped = p.stopped || p.d.Purpose == Marketing
			return ""
		}},
		{"pause or resume", func(p *play, e *Env) string { p.paused = !p.paused; return "" }},
		{"deaf or heard", func(p *play, e *Env) string { p.deaf = !p.deaf; return "" }},
	}
}

// proven reports whether a channel told that a leg is out.
func (p *play) proven(leg int) bool { return p.d.Route[leg].Level > bots.None }

// claim takes the leg that stands in its lane, when its time comes.
func (p *play) claim(e *Env) string {
	if p.d.State == Queued || p.d.State == Held && p.d.Reason != ReasonGap {
		if p.d.Due.After(p.now) {
			p.now = p.d.Due
		}
	}
	leg := p.d.Leg
	cost := bots.Money{}
	if leg < len(p.d.Route) {
		cost = e.Channels[p.d.Route[leg].Channel].Price
	}
	a, err := p.d.Claim(leg, cost, p.env(e), p.now)
	if err != nil {
		return ""
	}
	wrong := ""
	switch {
	case p.stopped:
		wrong = "a step was claimed after proof, stop or cancel"
	case p.paused:
		wrong = "a step was claimed in a pause"
	case p.calling && p.now.Before(p.call.Lease) && p.call.Boot == p.boot:
		wrong = "a step was claimed while another attempt is under way"
	case p.out[leg]:
		wrong = "a leg was claimed again that may be with the person"
	case cost.Amount > 0 && p.d.paid(e.Rules) > p.d.Cascade.PaidSteps:
		wrong = "more steps cost money than allowed"
	}
	p.call, p.calling = a, true
	p.out[leg] = true
	return wrong
}

// after checks what no event may break.
func after(was, is *play) string {
	if wrong := broken(&is.d); wrong != "" {
		return wrong
	}
	sum := int64(0)
	for i := range is.d.Route {
		l := &is.d.Route[i]
		if i < len(was.d.Route) && l.Level < was.d.Route[i].Level {
			return "a level shrank"
		}
		if !l.out() && l.Cost.Amount != 0 {
			return "a leg costs that did not go out"
		}
		sum += l.Cost.Amount
	}
	switch {
	case is.d.Cost().Amount != sum:
		return "the cost is not the sum of its legs"
	case was.d.State.Final() && is.d.State != was.d.State && !(was.d.State == Unconfirmed && is.d.State == Done):
		return "a final state changed from " + was.d.State.String() + " to " + is.d.State.String()
	case is.d.State == Done && is.d.Reached == 0:
		return "done without proof"
	case is.d.State == Failed && is.d.wentOut() && !was.d.State.Final():
		return "failed although a step went out"
	case is.d.State == Unconfirmed && !is.d.wentOut() && !was.d.State.Final():
		return "unconfirmed although no step went out"
	}
	return ""
}

func TestEveryOrderOfEvents(t *testing.T) {
	for _, purpose := range []Purpose{Marketing, Service} {
		t.Run(purpose.String(), func(t *testing.T) {
			e := testEnv()
			depth := orderDepth()
			first := &play{d: Delivery{Plan: testPlan(purpose)}, now: noon, boot: 1}
			if purpose == Service { // the first step costs money, so that paid_steps bites early
				first.d.Cascade.Steps[0].Channel, first.d.Cascade.Steps[1].Channel = bots.Viber, bots.Telegram
			}
			first.d.Accept(e, noon)
			seen := map[key]int{}
			tried := 0
			var walk func(p *play, path []string) bool
			all := acts()
			walk = func(p *play, path []string) bool {
				left := depth - len(path)
				if left == 0 || seen[p.key()] >= left {
					return true
				}
				seen[p.key()] = left
				for _, a := range all {
					next := p.clone()
					wrong := a.do(next, next.env(e))
					if wrong == "" {
						wrong = after(p, next)
					}
					tried++
					if wrong != "" {
						t.Errorf("%s\nafter %s\nwas %s\nis  %s", wrong, strings.Join(append(path, a.name), ", "), show(&p.d.Status), show(&next.d.Status))
						return false
					}
					if !walk(next, append(path[:len(path):len(path)], a.name)) {
						return false
					}
				}
				return true
			}
			walk(first, nil)
			t.Logf("%d events in %d states", tried, len(seen))
		})
	}
}

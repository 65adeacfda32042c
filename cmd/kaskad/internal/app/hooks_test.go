package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
)

// messenger is a channel that calls us, as far as it can be told where we are and asked.
type messenger struct {
	start time.Time
	calls string // the address it calls
	times []string
	asked int
	fail  error
	state bots.Registration // besides Ours and Host
	gone  error             // of Inspect
}

func (m *messenger) Register(_ context.Context, url bots.Secret) error {
	m.times = append(m.times, time.Since(m.start).String())
	if m.fail != nil {
		return m.fail
	}
	m.calls = url.Reveal()
	return nil
}

func (m *messenger) Inspect(_ context.Context, url bots.Secret) (bots.Registration, error) {
	m.asked++
	r := m.state
	r.Ours = m.calls == url.Reveal()
	if m.calls != "" {
		r.Host = "other.example.com"
	}
	return r, m.gone
}

func (m *messenger) Parse(bots.Call) (bots.Batch, error) { return bots.Batch{}, m.fail }

// porch is a caller with a messenger, and what the engine was told.
type porch struct {
	*caller
	*messenger
	told  []string // "5s open", "1m0s shut", "2s caught up"
	isOff bool
	words strings.Builder
	next  time.Time
}

const place = "https://bots.example.com/in/telegram/s3cret-path"

func newPorch(t *testing.T) *porch {
	t.Helper()
	p := &porch{messenger: &messenger{start: time.Now()}}
	note := func(what string) { p.told = append(p.told, fmt.Sprintf("%s %s", time.Since(p.start), what)) }
	door := newDoorman(func(_ string, can bool) {
		if can == p.isOff {
			note(map[bool]string{true: "open", false: "shut"}[can])
		}
		p.isOff = !can
	})
	p.caller = &caller{
		channel: "telegram", url: place, to: p.messenger, door: door, log: slog.New(slog.NewTextHandler(&p.words, nil)),
		heard: func(_ context.Context, caughtUp bool, _ time.Time) {
			if caughtUp {
				note("caught up")
			}
		},
		deaf: func() bool { return p.isOff || !strings.HasSuffix(strings.Join(p.told, "\n"), "caught up") },
	}
	p.know(false)
	p.told = nil
	return p
}

// run lets time pass for a caller as caller.run does, in the test's own goroutine.
func (p *porch) run(t *testing.T, d time.Duration) {
	t.Helper()
	end := time.Now().Add(d)
	for p.next.Before(end) {
		time.Sleep(time.Until(p.next))
		p.next = time.Now().Add(p.round(t.Context()))
	}
	time.Sleep(time.Until(end))
}

// firsts are the first n of a list, as one line.
func firsts(list []string, n int) string { return strings.Join(list[:min(n, len(list))], ", ") }

func TestAChannelIsToldWhereWeAre(t *testing.T) {
	for name, script := range map[string]func(*testing.T, *porch){
		"once, and asked now and then": func(t *testing.T, p *porch) {
			p.run(t, time.Hour)
			if len(p.times) != 1 || firsts(p.told, 2) != "0s open, 0s caught up" || p.asked < 12 || p.asked > 14 {
				t.Errorf("registered at %v, told %v, asked %d times", p.times, p.told, p.asked)
			}
		},
		"again and again until it worked": func(t *testing.T, p *porch) {
			p.fail = errors.New("no network to " + place)
			p.run(t, 20*time.Minute)
			if got := firsts(p.times, 5); got != "0s, 1s, 3s, 7s, 15s" || len(p.times) < 10 || len(p.times) > 14 || len(p.told) != 0 {
				t.Errorf("registered at %v, told %v", p.times, p.told)
			}
			if todo := p.door.todo()["telegram"]; !strings.Contains(todo, "no network") || strings.Contains(todo, "s3cret") {
				t.Errorf("todo %q", todo)
			}
			p.fail = nil
			p.run(t, 5*time.Minute)
			if firsts(p.told, 1) == "" || p.door.todo()["telegram"] != "" || p.isOff {
				t.Errorf("told %v, todo %v", p.told, p.door.todo())
			}
		},
		"not before the channel wants it": func(t *testing.T, p *porch) {
			p.fail = fmt.Errorf("set the webhook: %w", &bots.SendError{Fault: bots.Temporary, RetryAfter: 90 * time.Second})
			p.run(t, 80*time.Second)
			if len(p.times) != 1 {
				t.Errorf("registered at %v", p.times)
			}
		},
		"while it keeps something for us it is asked often": func(t *testing.T, p *porch) {
			p.state.Pending = 3
			p.run(t, 59*time.Second)
			if p.asked != 12 || firsts(p.told, 5) != "0s open" {
				t.Errorf("asked %d times, told %v", p.asked, p.told)
			}
			p.state.Pending = 0
			p.run(t, 5*time.Second)
			if got := firsts(p.told, 5); got != "0s open, 1m0s caught up" {
				t.Errorf("told %v", got)
			}
		},
		"another program takes the calls: they are taken back, slower each time": func(t *testing.T, p *porch) {
			p.run(t, time.Second)
			p.calls = "https://other.example.com/hook"
			p.run(t, 6*time.Minute)
			if len(p.times) != 2 || p.calls != place {
				t.Errorf("registered at %v", p.times)
			}
			if todo := p.door.todo()["telegram"]; !strings.Contains(todo, "another program at other.example.com") || !strings.Contains(todo, "stop the other program") {
				t.Errorf("todo %q", todo)
			}
			p.calls = "https://other.example.com/hook"
			p.run(t, 4*time.Minute+30*time.Second)
			if len(p.times) != 2 || !p.isOff {
				t.Errorf("the second time: registered at %v, told %v", p.times, p.told)
			}
			p.run(t, 2*time.Hour)
			if len(p.times) != 3 || p.isOff || p.door.todo()["telegram"] != "" {
				t.Errorf("two hours later: registered at %v, todo %v", p.times, p.door.todo())
			}
		},
		"a webhook that was removed is set again": func(t *testing.T, p *porch) {
			p.run(t, time.Second)
			p.calls = ""
			p.run(t, 6*time.Minute)
			if p.calls != place || !strings.Contains(p.door.todo()["telegram"], "forgotten") {
				t.Errorf("it calls %q, todo %v", p.calls, p.door.todo())
			}
		},
		"calls that do not arrive make it deaf": func(t *testing.T, p *porch) {
			p.run(t, time.Second)
			p.state = bots.Registration{Pending: 7, FailedAt: time.Now().Add(4 * time.Minute), Failure: "Connection refused"}
			p.run(t, 5*time.Minute)
			todo := p.door.todo()["telegram"]
			if !p.isOff || !strings.Contains(todo, "Connection refused") || !strings.Contains(todo, "7 calls wait") || !strings.Contains(todo, "firewall") {
				t.Errorf("told %v, todo %q", p.told, todo)
			}
			p.state.Pending = 0
			p.run(t, time.Minute)
			if p.isOff || p.door.todo()["telegram"] != "" || !strings.Contains(p.words.String(), "arrive again") {
				t.Errorf("told %v, todo %v", p.told, p.door.todo())
			}
		},
		"a failure from before we were there is history": func(t *testing.T, p *porch) {
			p.state = bots.Registration{Pending: 7, FailedAt: time.Now().Add(-time.Second), Failure: "Connection refused"}
			p.run(t, time.Minute)
			if p.isOff || p.door.todo()["telegram"] != "" {
				t.Errorf("told %v, todo %v", p.told, p.door.todo())
			}
		},
		"one call that fails among others that arrive does not make it deaf": func(t *testing.T, p *porch) {
			p.run(t, time.Second)
			at := time.Now().Add(4 * time.Minute)
			p.state = bots.Registration{Pending: 1, FailedAt: at, Failure: "413 Request Entity Too Large"}
			p.run(t, 4*time.Minute)
			watched{p.messenger, p.caller}.Parse(bots.Call{At: at.Add(time.Second)})
			p.run(t, time.Minute)
			if todo := p.door.todo()["telegram"]; p.isOff || !strings.Contains(todo, "413") || !strings.Contains(todo, "our own log") {
				t.Errorf("told %v, todo %q", p.told, todo)
			}
		},
		"a call that is really the channel's says that it knows": func(t *testing.T, p *porch) {
			p.fail = errors.New("no network")
			p.run(t, 10*time.Second)
			in := watched{p.messenger, p.caller}
			if in.Parse(bots.Call{At: time.Now()}); len(p.told) != 0 {
				t.Errorf("a forged call opened the door: %v", p.told)
			}
			p.fail = nil
			if in.Parse(bots.Call{At: time.Now()}); firsts(p.told, 3) != "10s open" {
				t.Errorf("told %v", p.told)
			}
		},
		"a look that fails changes nothing": func(t *testing.T, p *porch) {
			p.run(t, time.Second)
			p.gone = errors.New("no network")
			p.calls = ""
			p.run(t, time.Hour)
			if p.isOff || len(p.times) != 1 {
				t.Errorf("told %v, registered at %v", p.told, p.times)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPorch(t)
				script(t, p)
				if words := p.words.String(); strings.Contains(words, "s3cret") {
					t.Errorf("the log holds the secret: %s", words)
				}
			})
		})
	}
}

// A channel is heard only while the listener is up and the channel knows where we are.
func TestTheDoorman(t *testing.T) {
	heard := map[string]bool{}
	d := newDoorman(func(channel string, can bool) { heard[channel] = can })
	for _, step := range []struct {
		do    func()
		wants map[string]bool
	}{
		{func() { d.set("sms", true); d.set("viber", false) }, map[string]bool{"sms": true, "viber": false}},
		{func() { d.open(false) }, map[string]bool{"sms": false, "viber": false}},
		{func() { d.set("viber", true) }, map[string]bool{"sms": false, "viber": false}},
		{func() { d.open(true) }, map[string]bool{"sms": true, "viber": true}},
		{func() { d.set("viber", false); d.open(true) }, map[string]bool{"sms": true, "viber": false}},
	} {
		step.do()
		if fmt.Sprint(heard) != fmt.Sprint(step.wants) {
			t.Errorf("heard %v, want %v", heard, step.wants)
		}
	}
}

func TestCatchUpIsTheOperatorsWordOrTheChannelsNeed(t *testing.T) {
	hooked, polled := &channel{}, &channel{}
	hooked.traits.DeafCap, polled.traits.DeafCap, polled.traits.Polls = 10*time.Minute, 10*time.Minute, true
	for name, c := range map[string]struct {
		config string
		of     *channel
		want   time.Duration
	}{
		"nobody said":            {"", &channel{}, 90 * time.Second},
		"the channel needs more": {"", hooked, 10 * time.Minute},
		"it was written":         {"[server]\ncatch_up = \"90s\"\n", hooked, 90 * time.Second},
		"a channel that we ask":  {"", polled, 90 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, faults := load(t, c.config)
			if faults.Errors() {
				t.Fatal(faults)
			}
			if got := catchUp(cfg, c.of); got != c.want {
				t.Errorf("catch-up %s, want %s", got, c.want)
			}
		})
	}
}

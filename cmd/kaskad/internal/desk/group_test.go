package desk

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// group is the staff's group as it would stand with topics in the messenger.
type group struct {
	mu     sync.Mutex
	topics []*thread
	off    bool   // it has no topics any more
	bars   string // the code with which it lets nobody make topics
	shut   bool   // General takes nothing
	mute   bool   // we may write nothing at all
	main   []string
	acts   []string // "pin 1002", in their order
}

// thread is a topic of it.
type thread struct {
	id, name   string
	posts      []*stands
	shut, gone bool
	made       time.Time
}

// stands is a message in a topic.
type stands struct {
	id      string
	text    string
	on      string
	buttons []string
	at      time.Time
}

// send does with a message what the messenger does.
func (g *group) send(out *bots.Outgoing, n int) (bots.Receipt, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	id := fmt.Sprint(1000 + n)
	done := bots.Receipt{Sender: bots.Staff, Chat: out.To.ID, ID: id, Step: out.Step, Level: bots.Accepted, At: time.Now()}
	no := func(code string) (bots.Receipt, error) {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Rejected, Code: code}
	}
	if g.mute {
		return no(bots.NoRights)
	}
	if out.Act == bots.OpenTopicAct {
		switch {
		case g.off:
			return no(bots.NoForum)
		case g.bars != "":
			return no(g.bars)
		}
		g.topics = append(g.topics, &thread{id: id, name: out.Text, made: time.Now()})
		return done, nil
	}
	if out.Act != "" && out.Act != bots.CopyAct {
		g.acts = append(g.acts, strings.TrimSpace(string(out.Act)+" "+out.On))
	}
	if out.Thread == "" && out.Act == "" {
		if g.shut {
			return no(bots.GeneralShut)
		}
		g.main = append(g.main, out.Text)
		return done, nil
	}
	if g.off {
		g.main = append(g.main, out.Text)
		done.Astray = true
		return done, nil
	}
	i := slices.IndexFunc(g.topics, func(t *thread) bool { return t.id == out.Thread && !t.gone })
	if i < 0 {
		return no(bots.NoTopic)
	}
	t := g.topics[i]
	switch out.Act {
	case bots.CloseTopicAct:
		t.shut = true
	case bots.ReopenTopicAct:
		t.shut = false
	case bots.EditAct:
		for _, p := range t.posts {
			if p.id == out.On {
				p.text, p.buttons = out.Text, labels(out)
			}
		}
	case "", bots.CopyAct:
		if t.shut {
			return no(bots.TopicShut)
		}
		t.posts = append(t.posts, &stands{id: id, text: out.Text, on: out.ReplyTo, buttons: labels(out), at: time.Now()})
	}
	return done, nil
}

// mutes takes away, or gives back, the bot's right to write there.
func (g *group) mutes(is bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mute = is
}

func labels(out *bots.Outgoing) (all []string) {
	for _, b := range out.Buttons {
		all = append(all, b.Data)
	}
	return all
}

// forum makes a group with topics the room, as the program bounds it: 19 in any minute.
func (r *rig) forum() *group {
	r.t.Helper()
	r.group = &group{}
	r.stop()
	r.rules.Staff.Hold = 3 * time.Second
	on := r.rules.Channels[bots.Staff]
	on.Limits.PerSecond, on.Limits.Burst, on.Limits.PerMinute, on.Limits.PerChat, on.Limits.Edits, on.Limits.Together = 1, 19, 19, 25*time.Millisecond, true, true
	r.rules.Channels[bots.Staff] = on
	r.begin()
	err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
		_, err := fallback.PutStaffCode(tx, "", "1234-5678-90ab")
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.happens(bots.Wrote, "", func(e *bots.Event) { e.MessageID, e.Text = "1", "/staff 1234-5678-90ab" })
	r.pass(2 * time.Minute)
	if len(r.group.main) != 1 || !strings.Contains(r.group.main[0], "свою тему") {
		r.t.Fatalf("the room was greeted with %q", r.group.main)
	}
	r.group.main = nil
	r.mu.Lock()
	r.sent = nil
	r.mu.Unlock()
	return r.group
}

// happens is what somebody of the team does in the group.
func (r *rig) happens(kind bots.Kind, thread string, more ...func(*bots.Event)) {
	r.t.Helper()
	e := bots.Event{Kind: kind, Chat: bots.Address{Channel: bots.Staff, ID: groupID}, Sender: bots.Staff, By: "777", Name: "Iryna", Thread: thread, Forum: true}
	for _, f := range more {
		f(&e)
	}
	r.hear(e)
}

// writesIn is a message of theirs in a topic.
func (r *rig) writesIn(thread, id, text string, more ...func(*bots.Event)) {
	r.t.Helper()
	r.happens(bots.Wrote, thread, append([]func(*bots.Event){func(e *bots.Event) { e.MessageID, e.Text = id, text }}, more...)...)
}

// presses is a press of theirs under a post.
func (r *rig) presses(thread, on, data, query string) {
	r.t.Helper()
	step := bots.ID(0)
	for _, x := range r.all() {
		if x.name == bots.Staff && fmt.Sprint(1001+slices.IndexFunc(r.all(), func(y sent) bool { return y.Step == x.Step })) == on {
			step = x.Step
		}
	}
	r.happens(bots.Pressed, thread, func(e *bots.Event) { e.On, e.Step, e.Data, e.Query = on, step, data, query })
}

// topic is the only topic that stands under a name which holds a part.
func (g *group) topic(t *testing.T, part string) *thread {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	var found *thread
	for _, x := range g.topics {
		if !x.gone && strings.Contains(x.name, part) {
			if found != nil {
				t.Fatalf("two topics are of %q", part)
			}
			found = x
		}
	}
	if found == nil {
		t.Fatalf("no topic is of %q", part)
	}
	return found
}

// holds compares what stands in a topic: each post must hold its part.
func (t *thread) holds(r *rig, parts ...string) {
	r.t.Helper()
	r.group.mu.Lock()
	var texts []string
	for _, p := range t.posts {
		texts = append(texts, p.text)
	}
	r.group.mu.Unlock()
	r.hold(texts, parts...)
}

// elsewhere compares what stands outside all topics.
func (g *group) elsewhere(r *rig, parts ...string) {
	r.t.Helper()
	g.mu.Lock()
	texts := slices.Clone(g.main)
	g.mu.Unlock()
	r.hold(texts, parts...)
}

// whole fails unless each of the texts stands once in all that the group shows.
func (g *group) whole(t *testing.T, texts ...string) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []string
	for _, x := range g.topics {
		if !x.gone {
			for _, p := range x.posts {
				all = append(all, p.text)
			}
		}
	}
	shown := strings.Join(append(all, g.main...), "\n") + "\n"
	for _, text := range texts {
		if n := strings.Count(shown, text); n != 1 {
			t.Errorf("%q stands %d times", text, n)
		}
	}
}

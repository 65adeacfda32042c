package fallback_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// carrier is a sender that takes files.
type carrier struct {
	*sender
	carried []string
}

func (c *carrier) Carry(ctx context.Context, out bots.Outgoing, file bots.Carried) (bots.Receipt, error) {
	c.rig.mu.Lock()
	c.carried = append(c.carried, fmt.Sprintf("%s %s %d %q", out.Media.ID, file.Name, file.Size, out.Text))
	c.rig.mu.Unlock()
	return c.sender.Send(ctx, out)
}

// folder has one file, or an error; it is how a delivery's file is opened, and when.
type folder struct {
	r      *rig
	mu     sync.Mutex
	err    error
	takes  time.Duration
	opened int
	closed int
	states []fallback.State
}

type inHand struct {
	*bytes.Reader
	f *folder
}

func (x inHand) Close() error {
	x.f.mu.Lock()
	defer x.f.mu.Unlock()
	x.f.closed++
	return nil
}

func (f *folder) Carried(_ context.Context, d *fallback.Delivery) (bots.Carried, error) {
	time.Sleep(f.takes)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened++
	f.r.store.View(func(v fallback.View) { f.states = append(f.states, v.Delivery(d.ID).State) })
	if f.err != nil {
		return bots.Carried{}, f.err
	}
	return bots.NewCarried(inHand{bytes.NewReader([]byte("\xff\xd8\xff\xe0")), f}, d.Copy.Media[0])
}

func TestAFileIsOpenBeforeItIsClaimed(t *testing.T) {
	for sentence, c := range map[string]struct {
		text, carried string
		err           error
		opened        int
		sent          string // nothing: "-"
		state, reason string
	}{
		"a file with words":                        {"our cups", `a photo.jpg 4 "our cups"`, nil, 1, "our cups", "done", ""},
		"a file without words":                     {"", `a photo.jpg 4 ""`, nil, 1, "", "done", ""},
		"without the file its words go alone":      {"our cups", "", bots.ErrGone, 1, "our cups", "done", fallback.ReasonBare},
		"one that is not there yet is asked twice": {"our cups", "", errors.New("later"), 2, "our cups", "done", fallback.ReasonBare},
		"without file and words there is nothing":  {"", "", bots.ErrGone, 1, "-", "failed", fallback.ReasonNoFile},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				viber := &carrier{sender: &sender{name: bots.Viber}}
				files := &folder{err: c.err}
				room := &sender{name: bots.Staff}
				r := newRig(t, func(o *fallback.Options) {
					o.Files = files
					o.Senders[bots.Viber], o.Senders[bots.Staff] = viber, room
					o.Rules.Channels[bots.Viber] = fallback.Channel{Limits: bots.Limits{MaxText: 7000, MaxCaption: 512, Reports: bots.Read, Carries: []string{"photo"}}, Senders: []string{bots.Viber}}
					o.Rules.Channels[bots.Staff] = fallback.Channel{Limits: bots.Limits{Reports: bots.Accepted}, Senders: []string{bots.Staff}}
				})
				viber.rig, files.r, room.rig = r, r, r
				defer r.stop()
				chat := bots.Address{Channel: bots.Viber, ID: "v1"}
				r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "Show me your cups", MessageID: "10"})
				var who bots.ID
				err := r.store.Update(t.Context(), func(tx fallback.Tx) error {
					who = tx.FindContact(bots.Ref{Kind: chat.Channel, Value: chat.ID})
					tx.PutTopic(fallback.Topic{Contact: who, Group: group.ID, Thread: "7", State: fallback.TopicOpen, Since: tx.Now()})
					return fallback.FixStaffRoom(tx, "", group.ID)
				})
				if err != nil {
					t.Fatal(err)
				}
				before := len(r.sends())
				r.writes("500", c.text, func(e *bots.Event) { e.Media = []bots.Media{{Type: "photo", ID: "a"}} })
				time.Sleep(time.Minute)
				synctest.Wait()
				var d *fallback.Delivery
				r.store.View(func(v fallback.View) {
					v.DeliveriesOf(who, func(id bots.ID, _ uint64) bool { d = v.Delivery(id); return d.Copy == nil })
				})
				got := r.sent[before:]
				if d.State.String() != c.state || d.Route[0].Reason != c.reason || (len(got) == 0) != (c.sent == "-") || len(got) > 0 && got[0].Text != c.sent {
					t.Fatalf("it is %s %+v; sent %+v", d.State, d.Route, got)
				}
				if (len(viber.carried) == 1) != (c.carried != "") || c.carried != "" && viber.carried[0] != c.carried {
					t.Errorf("carried %v", viber.carried)
				}
				if files.opened != c.opened || c.err == nil && files.closed != 1 || files.states[0] != fallback.Queued {
					t.Errorf("opened %d times, closed %d, while it was %v", files.opened, files.closed, files.states)
				}
			})
		})
	}
}

// A file that comes slowly keeps its own message waiting, and what is for the same chat after it; nobody else, though the channel has one
// worker alone.
func TestASlowFileKeepsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		viber, files, room := &carrier{sender: &sender{name: bots.Viber}}, &folder{takes: 15 * time.Second}, &sender{name: bots.Staff}
		r := newRig(t, func(o *fallback.Options) {
			o.Files = files
			o.Senders[bots.Viber], o.Senders[bots.Staff] = viber, room
			limits := bots.Limits{MaxText: 7000, MaxCaption: 512, Reports: bots.Read, Carries: []string{"photo"}, Workers: 1}
			o.Rules.Channels[bots.Viber] = fallback.Channel{Limits: limits, Senders: []string{bots.Viber}}
			o.Rules.Channels[bots.Staff] = fallback.Channel{Limits: bots.Limits{Reports: bots.Accepted}, Senders: []string{bots.Staff}}
		})
		viber.rig, files.r, room.rig = r, r, r
		defer r.stop()
		chats := map[string]bots.Address{"7": {Channel: bots.Viber, ID: "v1"}, "8": {Channel: bots.Viber, ID: "v2"}}
		for thread, chat := range chats {
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "Show me your cups", MessageID: "1" + thread})
			err := r.store.Update(t.Context(), func(tx fallback.Tx) error {
				who := tx.FindContact(bots.Ref{Kind: chat.Channel, Value: chat.ID})
				tx.PutTopic(fallback.Topic{Contact: who, Group: group.ID, Thread: thread, State: fallback.TopicOpen, Since: tx.Now()})
				return fallback.FixStaffRoom(tx, "", group.ID)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		before := len(r.sends())
		went := func() []bots.Outgoing {
			r.mu.Lock()
			defer r.mu.Unlock()
			return slices.Clone(r.sent[before:])
		}
		r.writes("500", "our cups", func(e *bots.Event) { e.Media = []bots.Media{{Type: "photo", ID: "a"}} })
		r.pass(4 * time.Second) // its hold
		r.writes("501", "and our plates")
		r.writes("502", "we have none", func(e *bots.Event) { e.Thread = "8" })
		r.pass(10 * time.Second)
		if got := went(); len(got) != 1 || got[0].Text != "we have none" {
			t.Fatalf("while the file comes went %+v", got)
		}
		r.pass(time.Minute)
		if got := went(); len(got) != 3 || got[1].Text != "our cups" || got[2].Text != "and our plates" {
			t.Errorf("went %+v", got)
		}
		if len(viber.carried) != 1 || files.opened != 1 || files.closed != 1 {
			t.Errorf("carried %v, opened %d times, closed %d", viber.carried, files.opened, files.closed)
		}
	})
}

func TestMediaPosts(t *testing.T) {
	at := bots.Address{Channel: bots.Telegram, ID: "42"}
	tg := func(id bots.ID, name string) *bots.Message {
		return &bots.Message{ID: id, Contact: 1, In: true, Channel: bots.Telegram, To: at, ProviderID: name, Media: []bots.Media{{Type: "photo", ID: "x"}}}
	}
	album := fallback.MediaPosts(tg(5, "20"), tg(6, "21"), &bots.Message{ID: 7, In: true, Channel: bots.Telegram, Text: "words"})
	if len(album) != 1 || album[0].Act != bots.CopyAct || album[0].On != "20,21" || *album[0].From != at || len(album[0].Lines) != 2 || album[0].Contact != 1 {
		t.Errorf("an album of Telegram is %+v", album)
	}
	all := fallback.MediaPosts(&bots.Message{ID: 8, Contact: 2, In: true, Channel: bots.Viber, Media: []bots.Media{{Type: "photo", ID: "u"}, {Type: "location", Text: "1,2"}, {Type: "document", ID: "v"}}})
	if len(all) != 2 || all[0].File == nil || all[0].File.Message != 8 || all[1].File.Index != 2 || all[1].File.Media.ID != "v" || all[1].Contact != 2 {
		t.Errorf("files of Viber are %+v", all)
	}
	if ours := fallback.MediaPosts(&bots.Message{Channel: bots.Viber, Media: []bots.Media{{Type: "photo", ID: "u"}}}); ours != nil {
		t.Errorf("what we wrote is %+v", ours)
	}
}

func TestAPostShowsNobodyElsesFile(t *testing.T) {
	f := &fallback.PostFile{Message: 8, Index: 1}
	of := func(change func(m *bots.Message)) *bots.Message {
		m := &bots.Message{ID: 8, Contact: 2, In: true, Media: make([]bots.Media, 2)}
		change(m)
		return m
	}
	if !f.Of(of(func(*bots.Message) {}), 2) {
		t.Error("the customer's own is not theirs")
	}
	for sentence, m := range map[string]*bots.Message{
		"of another customer": of(func(m *bots.Message) { m.Contact = 3 }),
		"of another message":  of(func(m *bots.Message) { m.ID = 9 }),
		"ours":                of(func(m *bots.Message) { m.In = false }),
		"of one erased":       of(func(m *bots.Message) { m.Erased = true }),
		"beyond the last":     of(func(m *bots.Message) { m.Media = m.Media[:1] }),
		"of none":             nil,
	} {
		if f.Of(m, 2) {
			t.Errorf("%s: it is shown", sentence)
		}
	}
}

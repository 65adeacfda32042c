package graph

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stagetest"
)

func TestRepeatsHaveTheSameBytes(t *testing.T) {
	s, g := start(t, Options{})
	g.set(func() { g.fails = 3 })
	must(t, second(s.Say(anna, "a")))
	must(t, second(s.Say(anna, "b")))
	b := g.bodies(t, s)
	if len(b) != 5 || string(b[0]) != string(b[3]) || !strings.Contains(string(b[0]), `"a"`) || !strings.Contains(string(b[4]), `"b"`) {
		t.Fatalf("got %q", b)
	}
	p := s.PostsOf("text")
	if len(p) != 2 || len(p[0].Tries) != 4 || p[0].Tries[0].HTTP != 503 || p[0].Tries[3].HTTP != 200 || !p[0].Done || string(p[0].Body) != string(b[0]) {
		t.Errorf("posts: %+v", p)
	}
	if a, err := s.Repeat(p[0]); err != nil || a.HTTP != 200 || string(g.bodies(t, s)[5]) != string(b[0]) || len(s.PostsOf("text")[0].Tries) != 4 {
		t.Errorf("repeat: %+v, %v", a, err)
	}
}

func TestOtherPeopleDoNotWait(t *testing.T) {
	s, g := start(t, Options{Repeats: []time.Duration{1000 * time.Hour}})
	g.set(func() { g.fails = 1 })
	must(t, second(s.Say(anna, "stuck")))
	must(t, s.stage.Wait(t.Context(), func() bool { return len(s.posts[0].Tries) == 1 }))
	must(t, second(s.Say(anna, "behind it")))
	must(t, second(s.Say(boris, "free")))
	p, err := s.WaitPost(t.Context(), "text", 1)
	if err != nil || p.Notices[0].User != boris {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestCallsAreGivenUp(t *testing.T) {
	s, g := start(t, Options{Repeats: []time.Duration{time.Second, time.Second}})
	g.set(func() { g.status = http.StatusNoContent }) // only 200 counts
	must(t, second(s.Say(anna, "lost")))
	must(t, s.WaitIdle(t.Context()))
	if p := s.Posts()[0]; !p.GivenUp || p.Done || len(p.Tries) != 3 {
		t.Errorf("got %+v", p)
	}
}

func TestTheUsualRepeatsTakeAWeek(t *testing.T) {
	var opt Options
	fillIn(&opt)
	sum := time.Duration(0)
	for i, wait := range opt.Repeats {
		if sum += wait; i > 0 && wait < opt.Repeats[i-1] {
			t.Errorf("the waits shrink: %v", opt.Repeats)
		}
	}
	if week := 7 * 24 * time.Hour; sum > week+12*time.Hour || sum < week-12*time.Hour {
		t.Errorf("%v: %v", opt.Repeats, sum)
	}
}

func TestBatches(t *testing.T) {
	s, g := start(t, Options{Batch: 5, Gather: 1000 * time.Hour})
	must(t, s.GoOffline(anna)) // that nothing is "delivered"
	for range 3 {
		send(t, s, anna)
	}
	must(t, second(s.Say(boris, "a")))
	if n := len(s.Posts()); n != 0 {
		t.Fatalf("%d calls before five notices", n)
	}
	must(t, second(s.Say(boris, "b"))) // fills it
	send(t, s, anna)                   // waits alone
	must(t, s.Flush(t.Context()))
	p := s.Posts()
	if len(p) != 2 || len(p[0].Notices) != 5 || len(p[1].Notices) != 1 {
		t.Fatalf("posts: %+v", p)
	}
	if got := g.events(t, s); got != "sent sent sent text text sent" {
		t.Errorf("told %s", got)
	}
	raw := string(g.bodies(t, s)[0])
	if strings.Count(raw, `"changes"`) != 2 || strings.Count(raw, `"field"`) != 3 || strings.Count(raw, `"statuses"`) != 1 || strings.Count(raw, `"metadata"`) != 3 {
		t.Errorf("it is not one call of two entries, three changes and five notices: %s", raw)
	}
}

func TestABatchDoesNotWaitForEver(t *testing.T) {
	s, g := start(t, Options{Batch: 100, Gather: time.Second})
	must(t, second(s.Say(anna, "a")))
	must(t, s.WaitIdle(t.Context()))
	must(t, second(s.Say(anna, "b")))
	must(t, s.WaitIdle(t.Context()))
	if got := g.events(t, s); got != "text text" || len(s.Posts()) != 2 {
		t.Errorf("told %s in %d calls", got, len(s.Posts()))
	}
}

func TestSomeCallsComeTwice(t *testing.T) {
	s, g := start(t, Options{Twice: 2})
	for _, text := range []string{"a", "b", "c", "d"} {
		must(t, second(s.Say(anna, text)))
	}
	var texts []string
	for _, v := range g.values(t, s) {
		texts = append(texts, v.Messages[0].Text.Body)
	}
	if got := strings.Join(texts, " "); got != "a b b c d d" {
		t.Errorf("told %s", got)
	}
}

func TestShuffle(t *testing.T) {
	for name, opt := range map[string]Options{
		"calls":             {Shuffle: 50 * time.Second, Seed: 5},
		"notices in a call": {Shuffle: time.Millisecond, Batch: 20, Gather: 1000 * time.Hour, Seed: 5},
	} {
		t.Run(name, func(t *testing.T) {
			s, g := start(t, opt)
			must(t, s.GoOffline(anna))
			var sent []string
			for range 20 {
				sent = append(sent, send(t, s, anna).id())
			}
			var heard []string
			for _, v := range g.values(t, s) {
				for _, st := range v.Statuses {
					heard = append(heard, st.ID)
				}
			}
			if slices.Equal(sent, heard) {
				t.Error("twenty notices came in order")
			}
			slices.Sort(sent)
			slices.Sort(heard)
			if !slices.Equal(sent, heard) {
				t.Errorf("sent %v, heard %v", sent, heard)
			}
		})
	}
}

func TestSoManyCallsAtOnce(t *testing.T) {
	s, err := New(Options{Posts: 2, Speed: 1000})
	must(t, err)
	t.Cleanup(func() { stagetest.Close(t, s) })
	inside, release := make(chan struct{}, 10), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		inside <- struct{}{}
		<-release
	}))
	t.Cleanup(slow.Close)
	must(t, s.SetWebhook(slow.URL))
	for i := range 5 {
		phone := "38050000000" + string(rune('0'+i))
		must(t, s.AddPerson(Person{Phone: phone}))
		must(t, second(s.Say(phone, "hi")))
	}
	<-inside
	<-inside
	select {
	case <-inside:
		t.Error("a third call while two were open")
	case <-time.After(20 * time.Millisecond):
	}
	close(release)
	must(t, s.WaitIdle(t.Context()))
}

func TestDeliver(t *testing.T) {
	s, err := New(Options{})
	must(t, err)
	t.Cleanup(func() { stagetest.Close(t, s) })
	heard := make(chan string, 3)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard <- r.Header.Get("X-Hub-Signature-256")
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(hook.Close)
	must(t, s.SetWebhook(hook.URL))
	for _, signature := range []string{"sha256=00", ""} {
		a, err := s.Deliver([]byte("{}"), signature)
		if got := <-heard; err != nil || got != signature || a.HTTP != 401 {
			t.Errorf("got %q, %+v, %v", got, a, err)
		}
	}
	must(t, s.SetWebhook(""))
	if _, err := s.Deliver([]byte("{}"), ""); err == nil {
		t.Error("there is no webhook")
	}
}

func TestVerifyAsksForTheChallenge(t *testing.T) {
	s, err := New(Options{})
	must(t, err)
	t.Cleanup(func() { stagetest.Close(t, s) })
	for name, hook := range map[string]http.HandlerFunc{
		"says ok": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") },
		"quotes it": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `"`+r.FormValue("hub.challenge")+`"`)
		},
		"says maybe": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(202)
			_, _ = io.WriteString(w, r.FormValue("hub.challenge"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := httptest.NewServer(hook)
			t.Cleanup(h.Close)
			if err := s.Verify(h.URL); err == nil {
				t.Error("that is no challenge")
			}
		})
	}
}

package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// till is a gateway of two deliveries whose stream breaks off after every change.
type till struct {
	mu     sync.Mutex
	asked  []string // what the stream was asked for
	states [2]string
}

func (g *till) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") != "Bearer key":
		http.Error(w, `{"detail": "This key is none."}`, http.StatusUnauthorized)
	case r.URL.Path == "/v1/stream":
		g.asked = append(g.asked, r.URL.RawQuery)
		n := len(g.asked)
		g.states[(n-1)%2] = "done"
		fmt.Fprintf(w, "retry: 3000\n\n:\n\nid: %d\ndata: {\"id\":\"%d\",\"type\":\"delivery.done\",\"at\":\"2026-01-01T00:00:0%dZ\",\"data\":{\"delivery\":\"d%d\"}}\n\n", n, n, n, (n-1)%2)
	case strings.HasPrefix(r.URL.Path, "/v1/deliveries/d"):
		i := int(r.URL.Path[len(r.URL.Path)-1] - '0')
		json.NewEncoder(w).Encode(map[string]any{"id": fmt.Sprint("d", i), "contact": fmt.Sprint("c", i), "state": g.states[i], "steps": []any{}})
	default:
		http.NotFound(w, r)
	}
}

func twoPeople() *World {
	w := &World{people: draw(1, 2), opt: Options{Speed: 1000}, acts: &acts{speed: 1000}}
	w.board = newBoard(w.people, 1000)
	return w
}

// A stream that breaks off is opened again behind the last change that came.
func TestTheStreamIsOpenedAgain(t *testing.T) {
	g := &till{states: [2]string{"waiting", "waiting"}}
	server := httptest.NewServer(g)
	defer server.Close()
	w, shop := twoPeople(), Shop{server.URL, "key"}
	var told []string
	f := &follower{World: w, shop: shop, ids: []string{"d0", "d1"}, byID: map[string]int{"d0": 0, "d1": 1}, byContact: map[string]int{},
		tell: func(all []happening) {
			for _, h := range all {
				told = append(told, h.name+" "+h.final)
			}
		}}
	s, err := shop.follow(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.run(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if len(g.asked) < 2 || g.asked[0] != "" || g.asked[1] != "after=1" {
		t.Errorf("the stream was asked for %q", g.asked)
	}
	slices.Sort(told)
	if want := []string{w.people[0].name + " done", w.people[1].name + " done"}; !slices.Equal(told, slices.Sorted(slices.Values(want))) {
		t.Errorf("told were %q", told)
	}
}

func TestWhatTheAPIRefusesIsSaid(t *testing.T) {
	server := httptest.NewServer(&till{})
	defer server.Close()
	_, err := Shop{server.URL, "other"}.follow(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "This key is none.") {
		t.Errorf("a wrong key: %v", err)
	}
	err = Shop{"http://127.0.0.1:1", "key"}.call(t.Context(), "GET", "/v1/status", nil, nil)
	if err == nil || strings.Contains(err.Error(), "http://") {
		t.Errorf("nobody there: %v", err)
	}
}

// Lines come when their moment is over, in the order of the list within it, and none is lost in the end.
func TestLinesComeInOrderWhateverTheOrderOfTheirComing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		began := time.Now()
		n := &narrator{out: &out, speed: 120, began: func() time.Time { return began }}
		thing := func(life time.Duration, i int, what string) happening {
			return happening{at: began.Add(life / 120), customer: i, name: fmt.Sprint("N", i), channel: "sms", what: what}
		}
		n.add([]happening{thing(61*time.Second, 2, "b"), thing(5*time.Second, 1, "a")})
		n.add([]happening{thing(75*time.Second, 0, "c"), thing(80*time.Second, 2, "d")})
		want := []string{"", "0:00:00 N1 sms a", "0:00:00 N1 sms a/0:01:00 N0 sms c/0:01:00 N2 sms b/0:01:00 N2 sms d"}
		for i, life := range []time.Duration{20 * time.Second, 60 * time.Second, 110 * time.Second} {
			if err := n.flush(began.Add(life / 120)); err != nil {
				t.Fatal(err)
			}
			var got []string
			for line := range strings.Lines(out.String()) {
				got = append(got, strings.Join(strings.Fields(line), " "))
			}
			if strings.Join(got, "/") != want[i] {
				t.Errorf("after %s: %q, want %q", life, got, want[i])
			}
		}
		n.add([]happening{thing(2*time.Minute, 0, "last"), thing(30*time.Second, 0, "heard of late")})
		if err := n.flush(time.Time{}); err != nil || !strings.Contains(out.String(), "0:02:00  N0              sms       last") || !strings.Contains(out.String(), "0:01:00  N0              sms       heard of late") {
			t.Errorf("%v\n%s", err, out.String())
		}
	})
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }

// A pipe that nobody reads any more ends the demo.
func TestLinesThatCannotBeWrittenEndTheDemo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		n := &narrator{out: full{}, speed: 120, began: func() time.Time { return began }}
		n.add([]happening{{at: began, what: "x"}})
		ctx, cancel := context.WithCancelCause(t.Context())
		n.run(ctx, cancel)
		if err := context.Cause(ctx); err == nil || err.Error() != "no space" {
			t.Errorf("it ended with %v", err)
		}
	})
}

// With more customers than lines those are seen who moved last, in the order of the list.
func TestTheViewFollowsThoseWhoMove(t *testing.T) {
	s := snapshot{customers: make([]customer, 6)}
	see := func() []int { places, _ := s.visible(3); return places }
	if got := see(); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("at first %v", got)
	}
	for i, c := range []struct {
		moves int
		want  []int
	}{{4, []int{0, 1, 4}}, {0, []int{0, 1, 4}}, {5, []int{0, 4, 5}}, {4, []int{0, 4, 5}}, {2, []int{2, 4, 5}}} {
		s.customers[c.moves].moved = i + 1
		if got := see(); !slices.Equal(got, c.want) {
			t.Errorf("after move %d, of %d: %v, want %v", i, c.moves, got, c.want)
		}
	}
	if places, left := s.visible(6); len(places) != 6 || left != 0 {
		t.Errorf("all of them: %v and %d more", places, left)
	}
}

// A panic waits until the terminal is given back, and says where it was.
func TestCaught(t *testing.T) {
	err := caught(func() error { panic("broken") })
	if c, ok := errors.AsType[*crash](err); !ok || !strings.HasPrefix(c.Error(), "broken\n") || !strings.Contains(c.Error(), "TestCaught") {
		t.Errorf("caught %v", err)
	}
	if err := caught(func() error { return nil }); err != nil {
		t.Error(err)
	}
}

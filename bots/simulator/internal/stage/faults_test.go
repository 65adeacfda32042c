package stage

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// fault is about one method, "" = any.
type fault struct{ method, name string }

func TestFaultsArePlayedInTheirOrder(t *testing.T) {
	for name, tc := range map[string]struct {
		add  func(*Faults[fault])
		want string // what the calls a a b a meet
	}{
		"none":                      {func(*Faults[fault]) {}, "- - - -"},
		"once when nothing is said": {func(l *Faults[fault]) { l.Add(fault{"", "x"}, 0, 0) }, "x - - -"},
		"one a call, in the order in which they were added": {func(l *Faults[fault]) { l.Add(fault{"", "x"}, 0, 1); l.Add(fault{"", "y"}, 0, 2) }, "x y y -"},
		"for the calls it is about":                         {func(l *Faults[fault]) { l.Add(fault{"b", "x"}, 0, 1); l.Add(fault{"a", "y"}, 0, 2) }, "y y x -"},
		"it lets some of them pass":                         {func(l *Faults[fault]) { l.Add(fault{"a", "x"}, 2, 1) }, "- - - x"},
		"for ever":                                          {func(l *Faults[fault]) { l.Add(fault{"", "x"}, 0, -1) }, "x x x x"},
		"not when they are taken back":                      {func(l *Faults[fault]) { l.Add(fault{"", "x"}, 0, -1); l.Clear() }, "- - - -"},
		"not those that are forgotten": {func(l *Faults[fault]) {
			l.Add(fault{"", "x"}, 0, -1)
			l.Add(fault{"b", "y"}, 0, 1)
			l.Forget(func(f fault) bool { return f.name == "x" })
		}, "- - y -"},
	} {
		t.Run(name, func(t *testing.T) {
			var l Faults[fault]
			tc.add(&l)
			var got []string
			for _, method := range []string{"a", "a", "b", "a"} {
				f, ok := l.Next(func(f fault) bool { return f.method == "" || f.method == method })
				if !ok {
					f.name = "-"
				}
				got = append(got, f.name)
			}
			if want := strings.Fields(tc.want); !slices.Equal(got, want) {
				t.Errorf("met %q, want %q", got, want)
			}
		})
	}
}

func TestAHangingCallIsNeverAnswered(t *testing.T) {
	s := newShow(t, 1)
	hangs := make(chan struct{})
	must(t, s.Open("", &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(hangs)
		s.Hang(r.Context())
	})}))
	ended := make(chan error, 1)
	go func() {
		resp, err := http.Get(s.URL())
		if err == nil {
			resp.Body.Close()
		}
		ended <- err
	}()
	<-hangs
	must(t, s.Close())
	if err := <-ended; err == nil {
		t.Error("a hanging call was answered when the stage ended")
	}
}

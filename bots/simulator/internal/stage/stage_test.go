package stage

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// show is a simulator that does nothing: a lock and its stage.
type show struct {
	mu sync.Mutex
	*Stage
}

func newShow(t *testing.T, speed float64) *show {
	t.Helper()
	s := &show{}
	s.Stage = New(&s.mu, "test simulator", speed)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return s
}

// locked runs f as a simulator does: with the lock.
func (s *show) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func TestItListensOnThisMachineOnly(t *testing.T) {
	for name, tc := range map[string]struct {
		addr string
		want string // in the error, "" = none
	}{
		"a free port when nothing is said": {"", ""},
		"a loopback address":               {"127.0.0.1:0", ""},
		"all addresses are refused":        {":0", "test simulator: :0 is not a loopback address"},
		"nonsense is refused":              {"nowhere", "test simulator: "},
	} {
		t.Run(name, func(t *testing.T) {
			err := newShow(t, 1).Open(tc.addr, &http.Server{Handler: http.NotFoundHandler()})
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tc.want)) {
				t.Errorf("Open(%q) = %v, want %q", tc.addr, err, tc.want)
			}
		})
	}
}

func TestCloseWaitsForTheCallsUnderWay(t *testing.T) {
	s := newShow(t, 1)
	entered, left := make(chan struct{}), false
	must(t, s.Open("", &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-s.Context().Done()
		left = true
	})}))
	var calls sync.WaitGroup
	calls.Go(func() {
		if resp, err := http.Get(s.URL()); err == nil { // Close may come before the answer or after it
			resp.Body.Close()
		}
	})
	<-entered
	must(t, s.Close())
	if !left {
		t.Error("Close returned while a call was under way")
	}
	calls.Wait()
}

func TestNothingBeginsOnceItIsShut(t *testing.T) {
	s := newShow(t, 1)
	if !s.Shut() || s.Shut() {
		t.Error("Shut is true the first time, and not the second")
	}
	if s.Enter() {
		t.Error("work was let in")
	}
	s.locked(func() {
		s.Go(func() { t.Error("work began in the background") })
		if !s.Closing() {
			t.Error("it does not know that it is closing")
		}
	})
	if s.Context().Err() != nil {
		t.Error("what runs was ended by Shut: that is for Close")
	}
	must(t, s.Close())
	if !errors.Is(s.Context().Err(), context.Canceled) {
		t.Error("what runs goes on after Close")
	}
}

func TestACallThatComesTooLateIsCutOff(t *testing.T) {
	s := newShow(t, 1)
	must(t, s.Open("", &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })}))
	s.Shut()
	if resp, err := http.Get(s.URL()); err == nil {
		resp.Body.Close()
		t.Errorf("the answer is %s", resp.Status)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

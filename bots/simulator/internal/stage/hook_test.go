package stage

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestLocal(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.8.8.8": true, "::1": true,
		"": false, "192.168.0.1": false, "example.org": false, "localhost.example.org": false, "0.0.0.0": false,
	} {
		if got := Local(host); got != want {
			t.Errorf("Local(%q) = %v, want %v", host, got, want)
		}
	}
}

func TestACallNeverLeavesThisMachine(t *testing.T) {
	c := NewClient(1, time.Minute)
	defer c.Close()
	dialled := false
	c.http.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		dialled = true
		return nil, net.ErrClosed
	}}
	if _, _, _, err := c.Call(t.Context(), http.MethodPost, "http://192.0.2.1/hook", nil, nil); err == nil || dialled {
		t.Errorf("Call = %v, dialled %v; want a refusal before anything is dialled", err, dialled)
	}
}

func TestACallTellsTheWholeAnswer(t *testing.T) {
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("X-Signature")+" "+string(body))
	}))
	defer hook.Close()
	c := NewClient(1, time.Minute)
	defer c.Close()
	code, header, body, err := c.Call(t.Context(), http.MethodPost, hook.URL, http.Header{"X-Signature": {"mine"}}, []byte("hello"))
	if err != nil || code != http.StatusTeapot || header.Get("Retry-After") != "7" || string(body) != "POST mine hello" {
		t.Errorf("Call = %d, %v, %q, %v", code, header, body, err)
	}
}

func TestWhatIsNoAnswer(t *testing.T) {
	for name, tc := range map[string]struct {
		do   http.HandlerFunc
		code int // 0 = an error
	}{
		"a redirect is an answer and not followed": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, http.StatusTemporaryRedirect},
		"a connection that dies": {func(http.ResponseWriter, *http.Request) { Cut() }, 0},
		"half an answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				tc.do(w, r)
			}))
			defer hook.Close()
			c := NewClient(1, time.Minute)
			defer c.Close()
			code, _, _, err := c.Call(t.Context(), http.MethodPost, hook.URL, nil, []byte("x"))
			if code != tc.code || (err == nil) != (tc.code != 0) {
				t.Errorf("Call = %d, %v; want %d", code, err, tc.code)
			}
			if calls.Load() != 1 {
				t.Errorf("the webhook was called %d times, want once: repeats are the simulator's", calls.Load())
			}
		})
	}
}

func TestACallWaitsForASlot(t *testing.T) {
	arrived, release := make(chan string, 2), make(chan struct{})
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- r.URL.Path
		<-release
	}))
	defer hook.Close()
	c := NewClient(1, time.Minute)
	defer c.Close()
	first := make(chan error, 1)
	go func() {
		_, _, _, err := c.Call(t.Context(), http.MethodPost, hook.URL+"/first", nil, nil)
		first <- err
	}()
	<-arrived
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, _, err := c.Call(gone, http.MethodPost, hook.URL+"/second", nil, nil); err == nil {
		t.Error("a call without a slot was made")
	}
	close(release)
	must(t, <-first)
	if len(arrived) != 0 {
		t.Errorf("the webhook got %s while the only slot was taken", <-arrived)
	}
}

func TestPatienceHasAnEnd(t *testing.T) {
	over := make(chan struct{})
	hook := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	defer hook.Close()
	defer close(over)
	c := NewClient(0, time.Millisecond)
	defer c.Close()
	if _, _, _, err := c.Call(t.Context(), http.MethodPost, hook.URL, nil, nil); err == nil || !strings.Contains(err.Error(), "deadline") {
		t.Errorf("Call = %v, want that the time is over", err)
	}
}

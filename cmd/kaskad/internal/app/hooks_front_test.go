package app

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// entrance is a front of four connections whose server answers at once, except where it is told to wait.
type entrance struct {
	t       *testing.T
	front   *front
	words   strings.Builder
	let     chan struct{} // ends the calls of /slow
	address string
}

func newEntrance(t *testing.T) *entrance {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &entrance{t: t, let: make(chan struct{}), address: l.Addr().String()}
	e.front = newFront(l, 4, nil, slog.New(slog.NewTextHandler(&locked{w: &e.words}, nil)))
	s := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-e.let
		}
		_, _ = io.WriteString(w, "ok")
	}))
	s.ConnState = e.front.state
	go func() {
		if err := s.Serve(e.front); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("served until %v", err)
		}
	}()
	t.Cleanup(func() { close(e.let); s.Close() })
	return e
}

// dial opens a connection, and waits until the server knows of it: n are open then.
func (e *entrance) dial(n int) net.Conn {
	e.t.Helper()
	c, err := net.Dial("tcp", e.address)
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { c.Close() })
	e.settle(func() bool { return len(e.front.conns) >= n })
	return c
}

func (e *entrance) settle(ok func() bool) {
	e.t.Helper()
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(time.Millisecond) {
		e.front.mu.Lock()
		done := ok()
		e.front.mu.Unlock()
		if done {
			return
		}
	}
	e.t.Fatal("the server does not know of the connection")
}

func call(c net.Conn, path string) error {
	_, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
	return err
}

// answered reports whether a call on the connection was answered.
func answered(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	return err == nil && res.StatusCode == 200
}

// over reports whether the other side has closed the connection.
func over(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	_, err := c.Read(make([]byte, 1))
	return err != nil && !errors.Is(err, errTimeout(err))
}

func errTimeout(err error) error {
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return err
	}
	return nil
}

func TestAFullHouseClosesWhoSaidLeast(t *testing.T) {
	e := newEntrance(t)
	working, idle := e.dial(1), e.dial(2)
	if err := errors.Join(call(working, "/slow"), call(idle, "/")); err != nil || !answered(idle) {
		t.Fatalf("the first calls: %v", err)
	}
	e.settle(func() bool {
		states := map[http.ConnState]int{}
		for _, g := range e.front.conns {
			states[g.state]++
		}
		return states[http.StateActive] == 1 && states[http.StateIdle] == 1
	})
	silent, second := e.dial(3), e.dial(4)
	fresh := e.dial(4)
	if !over(silent) {
		t.Error("the connection that said nothing for longest was kept")
	}
	if err := call(fresh, "/"); err != nil || !answered(fresh) {
		t.Errorf("the new one was not answered: %v", err)
	}
	if err := call(idle, "/"); err != nil || !answered(idle) {
		t.Errorf("the idle one was closed before a silent one: %v", err)
	}
	_ = second
	e.let <- struct{}{}
	if !answered(working) {
		t.Error("a call that was being worked on was broken off")
	}
	if words := e.words.String(); strings.Count(words, "too many connections") != 1 {
		t.Errorf("log: %s", words)
	}
}

// A listener that runs out of file descriptors takes nobody in: its channels are not heard, and are again once it does.
func TestAListenerThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []bool
		var words strings.Builder
		f := newFront(nil, 4, func(up bool) { told = append(told, up) }, slog.New(slog.NewTextHandler(&words, nil)))
		full := &net.OpError{Op: "accept", Err: errors.New("too many open files")}
		for range 3 {
			f.works(full)
			time.Sleep(time.Second)
		}
		if f.works(nil); len(told) != 1 || !told[0] {
			t.Errorf("three seconds were told as %v", told)
		}
		told = nil
		for range 8 {
			f.works(full)
			time.Sleep(time.Second)
		}
		if len(told) == 0 || told[0] {
			t.Errorf("eight seconds were told as %v", told)
		}
		f.works(nil)
		if !told[len(told)-1] || strings.Count(words.String(), "takes no connections") != 2 {
			t.Errorf("told %v; log %s", told, &words)
		}
		told = nil
		f.works(net.ErrClosed)
		time.Sleep(time.Minute)
		f.works(net.ErrClosed)
		if len(told) != 0 {
			t.Errorf("a listener that was closed was told as %v", told)
		}
	})
}

package app

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kaskad/cmd/kaskad/internal/api"
)

// asks sends a call on a connection and reads the answer.
func asks(t *testing.T, c net.Conn, within time.Duration) error {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

func TestConnectionsAreBounded(t *testing.T) {
	cert := httptest.NewTLSServer(nil)
	defer cert.Close()
	for name, around := range map[string]func(net.Listener) net.Listener{
		"plain": api.Listener,
		"TLS":   func(l net.Listener) net.Listener { return tls.NewListener(l, cert.TLS) },
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			b := bound(raw, 2)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			working, over := make(chan struct{}), make(chan struct{})
			go func() {
				ended <- serve(ctx, around(b), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == "POST" {
						working <- struct{}{}
						<-over
					}
				}))
			}()
			dial := func() net.Conn {
				t.Helper()
				c, err := net.Dial("tcp", raw.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close() })
				if name == "TLS" {
					return tls.Client(c, &tls.Config{InsecureSkipVerify: true})
				}
				return c
			}
			first, second := dial(), dial()
			for i, c := range []net.Conn{first, second} {
				if err := asks(t, c, 30*time.Second); err != nil {
					t.Fatal(err)
				}
				for b.idleNow() <= i { // who asked first is idle first, too
					time.Sleep(time.Millisecond)
				}
			}
			third := dial() // the first has been idle the longest
			if err := asks(t, third, 30*time.Second); err != nil {
				t.Fatalf("with idle connections a new one is not served: %v", err)
			}
			if err := asks(t, first, 30*time.Second); err == nil {
				t.Error("the connection that was idle the longest is still served")
			}
			for _, c := range []net.Conn{second, third} { // both at work: a new one waits
				go func() { _, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n") }()
				select {
				case <-working:
				case <-time.After(30 * time.Second):
					t.Fatal("a connection that is open is not served")
				}
			}
			fourth := dial()
			answered := make(chan error, 1)
			go func() { answered <- asks(t, fourth, 30*time.Second) }()
			select {
			case err := <-answered:
				t.Errorf("one too many was served: %v", err)
			case <-time.After(100 * time.Millisecond):
			}
			over <- struct{}{}
			over <- struct{}{}
			if err := <-answered; err != nil {
				t.Errorf("once there was a place it was not served: %v", err)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			for range 1000 {
				if len(b.places) == 0 {
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
			if len(b.places) != 0 || b.idleNow() != 0 {
				t.Errorf("after the end %d places are taken, %d connections are idle", len(b.places), b.idleNow())
			}
		})
	}
}

func (b *bounded) idleNow() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.idle.Len()
}

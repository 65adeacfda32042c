package stage

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Stage is where a simulator runs, until Close.
type Stage struct {
	mu     *sync.Mutex // the simulator's
	name   string      // how its errors begin
	speed  float64
	ctx    context.Context
	cancel context.CancelFunc

	running sync.WaitGroup
	closing bool
	changed chan struct{} // closed and replaced whenever anything changes

	listener net.Listener
	http     *http.Server
}

// New is a stage for the simulator with this lock. Errors begin with the name; delays are divided by speed.
func New(mu *sync.Mutex, name string, speed float64) *Stage {
	s := &Stage{mu: mu, name: name, speed: speed, changed: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Open lets a server answer at a loopback address; "" = a free port. Calls that come when the stage is closing are cut off.
func (s *Stage) Open(addr string, server *http.Server) error {
	listener, err := Listen(addr)
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	server.Handler = s.counted(server.Handler)
	server.ReadHeaderTimeout = time.Minute
	s.listener, s.http = listener, server
	s.running.Go(func() { s.Serve(listener) })
	return nil
}

// Serve answers on a listener as Open does on its own, and returns when the listener is closed.
func (s *Stage) Serve(l net.Listener) { _ = s.http.Serve(l) } // its error only says that it was closed

// counted lets Close wait for the calls that are under way.
func (s *Stage) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.Enter() {
			panic(http.ErrAbortHandler)
		}
		defer s.Leave()
		next.ServeHTTP(w, r)
	})
}

// Listen listens on a loopback address; "" = a free port.
func Listen(addr string) (net.Listener, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("%s is not a loopback address", addr), listener.Close())
	}
	return listener, nil
}

// Addr is the address that Open listens on.
func (s *Stage) Addr() string { return s.listener.Addr().String() }

// URL is the root of the server, without a slash at the end.
func (s *Stage) URL() string { return "http://" + s.Addr() }

// Context ends with the stage.
func (s *Stage) Context() context.Context { return s.ctx }

// Shut lets nothing begin any more; what runs goes on until Close. It is false when that was said before.
func (s *Stage) Shut() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.closing
	s.closing = true
	return !was
}

// Closing tells whether Shut or Close was called. The caller holds the lock.
func (s *Stage) Closing() bool { return s.closing }

// Close ends the server, all open calls and all that was about to happen. It returns when nothing runs any more.
func (s *Stage) Close() error {
	s.Shut()
	s.cancel()
	var err error
	if s.http != nil {
		err = s.http.Close()
	}
	s.running.Wait()
	return err
}

// Enter counts a piece of work that Close waits for, until Leave. It is false when the stage is closing.
func (s *Stage) Enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.running.Add(1)
	return true
}

// Leave ends what Enter began.
func (s *Stage) Leave() { s.running.Done() }

// Go runs f until it returns; f must watch Context. The caller holds the lock.
func (s *Stage) Go(f func()) {
	if !s.closing {
		s.running.Go(f)
	}
}

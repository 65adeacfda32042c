package app

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"

	"kaskad/cmd/kaskad/internal/api"
)

// front is the public listener: it bounds how many connections there are, so that who opens many and says little cannot keep
// others out. When it is full, one is closed for the new one: the one that has waited longest for its first request, else the one
// that was idle longest, else one whose request takes seconds. Ours take milliseconds.
//
// It never believes what a caller says of an address: X-Forwarded-For and the like mean nothing to it.
type front struct {
	net.Listener
	most int
	up   func(bool) // whether we take anybody in; nil: nobody wants to know
	log  *slog.Logger

	mu       sync.Mutex
	conns    map[net.Conn]*guest
	refused  int
	saidAt   time.Time
	failedAt time.Time
}

// guest is one connection: what it does, and since when.
type guest struct {
	state http.ConnState
	since time.Time
}

// mostConns is far above what messengers and a proxy open; each costs some ten kilobytes.
const mostConns = 1024

func newFront(l net.Listener, most int, up func(bool), log *slog.Logger) *front {
	return &front{Listener: l, most: most, up: up, log: log, conns: map[net.Conn]*guest{}}
}

// Accept takes the next connection in. A listener that cannot (no file descriptors are left) is tried again by the server.
func (f *front) Accept() (net.Conn, error) {
	c, err := f.Listener.Accept()
	f.works(err)
	return c, err
}

// acceptPatience is how long a listener may fail before its channels count as unheard.
const acceptPatience = 5 * time.Second

// works notes whether the listener takes connections.
func (f *front) works(err error) {
	f.mu.Lock()
	was, now := f.failedAt, time.Now()
	switch {
	case err == nil:
		f.failedAt = time.Time{}
	case was.IsZero():
		f.failedAt = now
	}
	f.mu.Unlock()
	if f.up == nil || err == nil && was.IsZero() {
		return
	}
	if errors.Is(err, net.ErrClosed) {
		return
	}
	if err == nil || now.Sub(was) > acceptPatience && !was.IsZero() {
		f.up(err == nil)
	}
	if err != nil && was.IsZero() {
		f.log.Error("the public listener takes no connections", "err", err)
	}
}

// state follows a connection through its life; it is the server's ConnState.
func (f *front) state(c net.Conn, s http.ConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch s {
	case http.StateClosed, http.StateHijacked:
		delete(f.conns, c)
		return
	case http.StateNew:
		f.room(c)
	}
	f.conns[c] = &guest{s, time.Now()}
}

// room makes room for one more; when there is none to be had, it is the new one that has to come again.
func (f *front) room(fresh net.Conn) {
	if len(f.conns) >= f.most {
		c := f.dispensable()
		if c == nil {
			c = fresh
		}
		delete(f.conns, c)
		_ = raw(c).Close()
		f.refused++
	}
	if now := time.Now(); f.refused > 0 && now.Sub(f.saidAt) > time.Minute {
		f.log.Warn("too many connections at once; the ones that said least were closed", "closed", f.refused, "most", f.most)
		f.refused, f.saidAt = 0, now
	}
}

// dispensable is the connection that is missed least; nil: none can be.
func (f *front) dispensable() net.Conn {
	var found net.Conn
	var its *guest
	for c, g := range f.conns {
		if g.state == http.StateActive && time.Since(g.since) < slowRequest {
			continue
		}
		if its == nil || g.worth() < its.worth() || g.worth() == its.worth() && g.since.Before(its.since) {
			found, its = c, g
		}
	}
	return found
}

const slowRequest = 2 * time.Second

// worth is how much of a request was seen: nothing yet, one before, one now.
func (g *guest) worth() int {
	return slices.Index([]http.ConnState{http.StateNew, http.StateIdle, http.StateActive}, g.state)
}

// raw is the connection itself: closing a TLS one would wait for the other side to take the farewell.
func raw(c net.Conn) net.Conn {
	if t, ok := c.(*tls.Conn); ok {
		return t.NetConn()
	}
	return c
}

// strict lets only paths in that are written in the one plain way. The mux would redirect the others, and no messenger of ours
// calls them.
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.Path; p == "" || p[0] != '/' || path.Clean(p) != p && path.Clean(p)+"/" != p || r.Method == http.MethodConnect {
			w.Header().Set("Connection", "close")
			http.Error(w, "404 page not found", http.StatusNotFound)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// servePublic serves what the world may reach. HTTP/1.1 only: messengers speak nothing else, and with one call at a time on a
// connection the bounds on time, size and number hold for each.
func (a *App) servePublic(ctx context.Context, l net.Listener) error {
	f := newFront(l, mostConns, a.door.open, a.log)
	var in net.Listener = f
	switch {
	case a.tls != nil:
		in = tls.NewListener(f, a.tls.config())
	case a.cfg.Server.Admin == "": // the API is here as well
		in = api.Listener(f)
	}
	s := newServer(a.public)
	var http1 http.Protocols
	http1.SetHTTP1(true)
	s.Protocols, s.ConnState, s.DisableGeneralOptionsHandler = &http1, f.state, true
	return serveWith(ctx, s, in)
}

// serveAdmin serves what is for the operator and the company's own systems.
func (a *App) serveAdmin(ctx context.Context, l net.Listener) error {
	return serve(ctx, api.Listener(l), a.admin)
}

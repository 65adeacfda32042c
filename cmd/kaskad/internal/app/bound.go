package app

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// How many connections are open at a time. One costs about 20 KiB while it is idle, so that these are what strangers can take.
const (
	mostPublic = 2048
	mostAdmin  = 1024
)

// bounded lets so many connections in and no more. For one that is too many, the connection that has been idle the longest is closed; while
// none is idle the others wait in the kernel. One that says nothing is closed by the server after ReadHeaderTimeout, so that nobody keeps
// others out by being silent.
type bounded struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	idle  *list.List // of *boundConn, the longest first
	waits bool       // somebody does, for a place
}

func bound(l net.Listener, most int) *bounded {
	return &bounded{Listener: l, places: make(chan struct{}, most), closed: make(chan struct{}), idle: list.New()}
}

type boundConn struct {
	net.Conn
	of   *bounded
	once sync.Once
	at   *list.Element // among the idle ones; nil: it is at work
}

// Accept waits for a connection, and for a place.
func (b *bounded) Accept() (net.Conn, error) {
	c, err := b.Listener.Accept()
	if err != nil {
		return nil, err
	}
	select {
	case b.places <- struct{}{}:
	default:
		b.await(true)
		defer b.await(false)
		select {
		case b.places <- struct{}{}:
		case <-b.closed:
			c.Close()
			return nil, net.ErrClosed
		}
	}
	return &boundConn{Conn: c, of: b}, nil
}

// Close ends listening; who waits for a place is told.
func (b *bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

// await says that somebody waits for a place: the connection that is idle the longest goes, now or as soon as one is idle.
func (b *bounded) await(waits bool) {
	b.mu.Lock()
	b.waits = waits
	b.mu.Unlock()
	if waits {
		b.evict()
	}
}

func (b *bounded) evict() {
	b.mu.Lock()
	oldest := b.idle.Front()
	b.mu.Unlock()
	if oldest != nil {
		_ = oldest.Value.(*boundConn).Close() // the server notices
	}
}

// Close gives the place back.
func (c *boundConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.busy()
		<-c.of.places
	})
	return err
}

// CloseWrite says that nothing more comes: net/http does before it hangs up on a caller who still writes.
func (c *boundConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (c *boundConn) busy() {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if c.at != nil {
		c.of.idle.Remove(c.at)
		c.at = nil
	}
}

// rests notes which connections are idle; it is the ConnState of every server.
func rests(c net.Conn, state http.ConnState) {
	b := boundOf(c)
	if b == nil {
		return
	}
	if state != http.StateIdle {
		b.busy()
		return
	}
	b.of.mu.Lock()
	if b.at == nil {
		b.at = b.of.idle.PushBack(b)
	}
	waits := b.of.waits
	b.of.mu.Unlock()
	if waits {
		b.of.evict()
	}
}

// boundOf is the connection behind those that others have put around it.
func boundOf(c net.Conn) *boundConn {
	for {
		switch x := c.(type) {
		case *boundConn:
			return x
		case interface{ NetConn() net.Conn }:
			c = x.NetConn()
		default:
			return nil
		}
	}
}

package bots

import (
	"net"
	"net/http/httptrace"
	"sync"
)

// attempt follows one request over the connection, or connections, that net/http gives it.
type attempt struct {
	conn    *watchedConn
	written bool
}

func (a *attempt) gotConn(info httptrace.GotConnInfo) {
	a.close()
	if a.conn = watched(info.Conn); a.conn == nil {
		a.written = true // a connection we cannot see into
		return
	}
	a.conn.begin()
}

// close forbids the request to be written from now on, unless its writing has begun.
func (a *attempt) close() {
	if a.conn != nil && a.conn.seal() {
		a.written = true
	}
}

func (a *attempt) fault() Fault {
	if a.close(); a.written {
		return Uncertain
	}
	return Temporary
}

// watched finds our connection under those of TLS.
func watched(conn net.Conn) *watchedConn {
	for {
		switch c := conn.(type) {
		case *watchedConn:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}

// watchedConn knows whether anything of the present request was handed to the network. The handshakes of TLS and
// proxies come before a request has its connection, so they do not count.
type watchedConn struct {
	net.Conn
	mu              sync.Mutex
	written, sealed bool
}

func (c *watchedConn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written = false
}

// seal reports whether writing has begun; if it has not, it never will.
func (c *watchedConn) seal() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealed = !c.written
	return c.written
}

func (c *watchedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if c.sealed {
		c.mu.Unlock()
		return 0, net.ErrClosed
	}
	c.written = true
	c.mu.Unlock()
	return c.Conn.Write(b)
}

package bots

import (
	"io"
	"net"
	"net/http/httptrace"
	"testing"
)

// What an attempt calls unwritten can never be written later, whatever net/http's goroutines still hold.
func TestSealedConnection(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	go io.Copy(io.Discard, theirs)
	conn := &watchedConn{Conn: ours}

	var first attempt
	first.gotConn(httptrace.GotConnInfo{Conn: conn})
	if _, err := conn.Write([]byte("x")); err != nil || first.fault() != Uncertain {
		t.Fatalf("after a write (%v) the fault is %v, want uncertain", err, first.fault())
	}
	var second attempt
	second.gotConn(httptrace.GotConnInfo{Conn: conn})
	if f := second.fault(); f != Temporary {
		t.Fatalf("before a write the fault is %v, want temporary", f)
	}
	if _, err := conn.Write([]byte("x")); err == nil {
		t.Error("a write went through after the attempt was called unwritten")
	}
	var third attempt
	third.gotConn(httptrace.GotConnInfo{Conn: ours})
	if f := third.fault(); f != Uncertain {
		t.Errorf("on a connection of unknown make the fault is %v, want uncertain", f)
	}
}

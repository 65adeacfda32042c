package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// Listener makes problems of what net/http refuses by itself, before any handler is asked: a path that is not percent-encoded, a call
// without a Host, headers without end. It is for plain connections: net/http asks those of TLS for what this hides.
func Listener(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return conn{c}, nil
}

type conn struct{ net.Conn }

// Write looks at what is written. net/http writes a refusal of its own in one piece.
func (c conn) Write(b []byte) (int, error) {
	status, why, ok := refusal(b)
	if !ok {
		return c.Conn.Write(b)
	}
	if _, err := c.Conn.Write(asProblem(status, why)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// NetConn is the connection behind it.
func (c conn) NetConn() net.Conn { return c.Conn }

// CloseWrite says that nothing more comes, where a connection can say so: net/http does before it hangs up on a caller who still writes.
func (c conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// ownHeaders are the headers of a refusal of net/http's, right behind the status; an answer of a handler has a Date among them.
// See readRequest's errors in net/http/server.go.
const ownHeaders = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// refusal reads one: its status, and why where it says so.
func refusal(b []byte) (status int, why string, ok bool) {
	rest, ok := bytes.CutPrefix(b, []byte("HTTP/1.1 "))
	if !ok {
		return 0, "", false
	}
	line, _, ok := bytes.Cut(rest, []byte(ownHeaders))
	if !ok || bytes.IndexByte(line, '\n') >= 0 || len(line) < 3 {
		return 0, "", false
	}
	status, err := strconv.Atoi(string(line[:3]))
	_, why, _ = strings.Cut(string(line), ": ")
	return status, why, err == nil
}

// asProblem is what the caller reads instead.
func asProblem(status int, why string) []byte {
	if why == "" {
		why = "percent-encode its path once (% is %25), and write headers as HTTP wants them"
	}
	if status == http.StatusRequestHeaderFieldsTooLarge {
		why = "its headers are too large; send fewer"
	}
	body, err := json.Marshal(problem(status, "malformed_call", "", "The call cannot be read: %.200s.", why))
	if err != nil {
		body = nil // a struct of strings and a number: it always marshals
	}
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), problemType, len(body), body)
}

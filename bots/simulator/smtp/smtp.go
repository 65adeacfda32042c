// Package smtp is a mail server on a loopback address that speaks the real protocol: EHLO, STARTTLS or TLS from the first byte, AUTH PLAIN and
// LOGIN, MAIL, RCPT, DATA.
//
// It keeps the mails that it took, in memory. It never passes one on.
package smtp

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// How a server speaks TLS.
const (
	Off      = "off"
	StartTLS = "starttls"
	TLS      = "tls"
)

// Options are what a server does.
type Options struct {
	TLS            string // Off unless written
	User, Password string // who may send; empty: everybody
}

// Mail is one that was taken.
type Mail struct {
	From string
	To   []string
	Data string // with its headers, lines ended by \n
	// Encrypted tells that it came through TLS, User who had signed in.
	Encrypted bool
	User      string
}

// Server is a mail server.
type Server struct {
	opt       Options
	listener  net.Listener
	cert      tls.Certificate
	authority []byte // PEM

	mu      sync.Mutex
	mails   []Mail
	conns   map[net.Conn]bool
	refused map[string]int // addresses, and the status that they get
	silent  bool           // it takes connections and says nothing
	cut     int            // how many mails are taken whose connection is cut before that is said
	signIns int
	closed  bool
	all     sync.WaitGroup
}

// New starts a server.
func New(o Options) (*Server, error) {
	if o.TLS == "" {
		o.TLS = Off
	}
	s := &Server{opt: o, conns: map[net.Conn]bool{}, refused: map[string]int{}}
	err := s.certify()
	if err == nil {
		s.listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, err
	}
	s.all.Go(s.accept)
	return s, nil
}

// certify makes a certificate for 127.0.0.1 that is its own authority.
func (s *Server) certify() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail simulator"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		return err
	}
	s.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	s.authority = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return nil
}

// Authority is the certificate, as PEM, by which the server's own is known.
func (s *Server) Authority() []byte { return s.authority }

// Host is the address it listens on, and Port its port.
func (s *Server) Host() string { return "127.0.0.1" }

// Port is the port it listens on.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Mails are those that were taken.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// SignIns is how often somebody tried to sign in.
func (s *Server) SignIns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signIns
}

// Refuse lets an address be refused with a status; 0: it is taken again.
func (s *Server) Refuse(address string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused[address] = status; status == 0 {
		delete(s.refused, address)
	}
}

// Silence lets the server take connections and say nothing, or speak again.
func (s *Server) Silence(silent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = silent
}

// CutAfter lets the next n mails be taken without a word about it: the connection is cut.
func (s *Server) CutAfter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = n
}

// Close ends the server and its connections.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.listener.Close()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.all.Wait()
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		s.mu.Lock()
		if s.closed {
			conn.Close()
		}
		s.conns[conn] = true
		s.mu.Unlock()
		s.all.Go(func() {
			s.serve(conn)
			conn.Close()
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		})
	}
}

// session is one connection.
type session struct {
	s    *Server
	conn net.Conn
	in   *bufio.Reader
	tls  bool
	user string
	mail *Mail
}

const mostLine = 2000

// line reads a line without its end.
func (c *session) line() (string, error) {
	text, err := c.in.ReadString('\n')
	if err != nil || len(text) > mostLine {
		return "", io.ErrUnexpectedEOF
	}
	return strings.TrimRight(text, "\r\n"), nil
}

func (c *session) say(format string, args ...any) bool {
	_, err := fmt.Fprintf(c.conn, format+"\r\n", args...)
	return err == nil
}

func (s *Server) serve(conn net.Conn) {
	s.mu.Lock()
	silent := s.silent
	s.mu.Unlock()
	if silent {
		_, _ = io.Copy(io.Discard, conn) // until the other side has enough
		return
	}
	c := &session{s: s, conn: conn}
	if s.opt.TLS == TLS && !c.encrypt() {
		return
	}
	c.in = bufio.NewReader(c.conn)
	for on := c.say("220 127.0.0.1 ESMTP simulator"); on; {
		text, err := c.line()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(text, " ")
		on = c.do(strings.ToUpper(verb), rest)
	}
}

func (c *session) encrypt() bool {
	secure := tls.Server(c.conn, &tls.Config{Certificates: []tls.Certificate{c.s.cert}, MinVersion: tls.VersionTLS12})
	if secure.Handshake() != nil {
		return false
	}
	c.conn, c.tls, c.in = secure, true, bufio.NewReader(secure)
	return true
}

// do carries out a command; false: the connection ends.
func (c *session) do(verb, rest string) bool {
	switch verb {
	case "EHLO":
		return c.hello()
	case "HELO", "NOOP":
		return c.say("250 OK")
	case "RSET":
		c.mail = nil
		return c.say("250 OK")
	case "QUIT":
		c.say("221 bye")
		return false
	case "STARTTLS":
		if c.s.opt.TLS != StartTLS || c.tls {
			return c.say("502 not here")
		}
		return c.say("220 go ahead") && c.encrypt()
	case "AUTH":
		return c.auth(rest)
	case "MAIL":
		return c.from(rest)
	case "RCPT":
		return c.to(rest)
	case "DATA":
		return c.data()
	}
	return c.say("500 what is %q?", verb)
}

func (c *session) hello() bool {
	on := c.say("250-127.0.0.1") && c.say("250-8BITMIME")
	if c.s.opt.TLS == StartTLS && !c.tls {
		on = on && c.say("250-STARTTLS")
	}
	if c.s.opt.User != "" && (c.tls || c.s.opt.TLS == Off) {
		on = on && c.say("250-AUTH PLAIN LOGIN")
	}
	return on && c.say("250 ENHANCEDSTATUSCODES")
}

// auth takes PLAIN and LOGIN.
func (c *session) auth(rest string) bool {
	c.s.mu.Lock()
	c.s.signIns++
	c.s.mu.Unlock()
	how, first, _ := strings.Cut(rest, " ")
	ask := func(prompt string) string {
		if !c.say("334 %s", base64.StdEncoding.EncodeToString([]byte(prompt))) {
			return ""
		}
		text, err := c.line()
		if err != nil {
			return ""
		}
		return text
	}
	open := func(text string) string {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return ""
		}
		return string(raw)
	}
	var user, password string
	switch strings.ToUpper(how) {
	case "PLAIN":
		if first == "" {
			first = ask("")
		}
		if parts := strings.Split(open(first), "\x00"); len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case "LOGIN":
		user, password = open(ask("Username:")), open(ask("Password:"))
	default:
		return c.say("504 5.5.4 unknown way")
	}
	if user != c.s.opt.User || password != c.s.opt.Password {
		return c.say("535 5.7.8 the secret %s is wrong", password) // as rude as a server can be
	}
	c.user = user
	return c.say("235 2.7.0 welcome")
}

// between is what stands in angle brackets.
func between(text string) string {
	_, text, _ = strings.Cut(text, "<")
	text, _, _ = strings.Cut(text, ">")
	return text
}

func (c *session) from(rest string) bool {
	switch {
	case c.s.opt.TLS == StartTLS && !c.tls:
		return c.say("530 5.7.0 begin with STARTTLS")
	case c.s.opt.User != "" && c.user == "":
		return c.say("530 5.7.0 sign in first")
	}
	c.mail = &Mail{From: between(rest), Encrypted: c.tls, User: c.user}
	return c.say("250 2.1.0 OK")
}

func (c *session) to(rest string) bool {
	address := between(rest)
	c.s.mu.Lock()
	status := c.s.refused[address]
	c.s.mu.Unlock()
	switch {
	case c.mail == nil:
		return c.say("503 5.5.1 MAIL first")
	case status != 0:
		return c.say("%d %d.1.1 nobody here", status, status/100)
	}
	c.mail.To = append(c.mail.To, address)
	return c.say("250 2.1.5 OK")
}

func (c *session) data() bool {
	if c.mail == nil || len(c.mail.To) == 0 {
		return c.say("503 5.5.1 RCPT first")
	}
	if !c.say("354 go on") {
		return false
	}
	var text strings.Builder
	for {
		line, err := c.line()
		if err != nil {
			return false
		}
		if line == "." {
			break
		}
		text.WriteString(strings.TrimPrefix(line, ".") + "\n")
	}
	c.mail.Data = text.String()
	c.s.mu.Lock()
	c.s.mails = append(c.s.mails, *c.mail)
	cut := c.s.cut > 0
	c.s.cut = max(c.s.cut-1, 0)
	c.s.mu.Unlock()
	c.mail = nil
	return !cut && c.say("250 2.0.0 taken")
}

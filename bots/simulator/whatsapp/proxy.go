package whatsapp

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// proxy is an HTTP CONNECT proxy that is WhatsApp's hosts itself: for a client in another process that can only be told HTTPS_PROXY
// and SSL_CERT_FILE.
type proxy struct {
	s        *Server
	listener net.Listener
	caPEM    []byte
	ca       *x509.Certificate
	key      *ecdsa.PrivateKey // of the CA and of all certificates

	mu    sync.Mutex
	certs map[string]*tls.Certificate
	open  map[net.Conn]bool
}

// ProxyURL is an HTTP proxy that leads to this server whatever WhatsApp host is asked for, and nowhere else. It starts with the first
// call. A client must trust CA.
func (s *Server) ProxyURL() (string, error) {
	p, err := s.proxied()
	if err != nil {
		return "", fmt.Errorf("whatsapp simulator: proxy: %w", err)
	}
	return "http://" + p.listener.Addr().String(), nil
}

// CA is the certificate, in PEM, that the proxy's certificates are signed with. It is made for this server and never on a disk.
func (s *Server) CA() ([]byte, error) {
	p, err := s.proxied()
	if err != nil {
		return nil, fmt.Errorf("whatsapp simulator: proxy: %w", err)
	}
	return p.caPEM, nil
}

func (s *Server) proxied() (*proxy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stage.Closing() {
		return nil, errors.New("the server is closed")
	}
	if s.proxy != nil {
		return s.proxy, nil
	}
	p := &proxy{s: s, certs: map[string]*tls.Certificate{}, open: map[net.Conn]bool{}}
	if err := p.authority(); err != nil {
		return nil, err
	}
	var err error
	if p.listener, err = stage.Listen(""); err != nil {
		return nil, err
	}
	s.proxy = p
	s.stage.Go(p.accept)
	s.stage.Go(func() {
		<-s.stage.Context().Done()
		p.close()
	})
	return p, nil
}

// authority makes the CA.
func (p *proxy) authority() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "WhatsApp simulator"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 1, 0),
	}
	der, err := x509.CreateCertificate(crand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	p.key = key
	p.ca, err = x509.ParseCertificate(der)
	p.caPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return err
}

// certificate is the one for a host.
func (p *proxy) certificate(host string) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.certs[host]; c != nil {
		return c, nil
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(p.certs) + 2)), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: p.ca.NotBefore, NotAfter: p.ca.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(crand.Reader, template, p.ca, &p.key.PublicKey, p.key)
	if err != nil {
		return nil, err
	}
	p.certs[host] = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: p.key}
	return p.certs[host], nil
}

func (p *proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // we closed it
		}
		p.mu.Lock()
		p.open[conn] = true
		p.mu.Unlock()
		p.s.mu.Lock()
		p.s.stage.Go(func() { p.serve(conn) })
		p.s.mu.Unlock()
	}
}

func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		_ = conn.Close()
	}
}

// serve answers one connection: CONNECT, then TLS, then what any other client of the server gets.
func (p *proxy) serve(conn net.Conn) {
	defer func() {
		p.mu.Lock()
		delete(p.open, conn)
		p.mu.Unlock()
	}()
	if p.s.stage.Context().Err() != nil {
		_ = conn.Close()
		return
	}
	host, err := connectHost(conn)
	if err != nil {
		p.s.oddity("proxy", err)
		_ = conn.Close()
		return
	}
	secure := tls.Server(conn, &tls.Config{NextProtos: []string{"http/1.1"}, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return p.certificate(host)
	}})
	if err := secure.HandshakeContext(p.s.stage.Context()); err != nil {
		p.s.oddity("proxy: TLS", err)
		_ = conn.Close()
		return
	}
	one := &oneConn{conn: secure, done: make(chan struct{})}
	p.s.stage.Serve(one) // ends when the connection does
}

// connectHost reads a CONNECT and answers it. Only WhatsApp's own hosts are here.
func connectHost(conn net.Conn) (string, error) {
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return "", err
	}
	_ = conn.SetReadDeadline(time.Time{})
	host, _, err := net.SplitHostPort(req.Host)
	if req.Method != http.MethodConnect || err != nil || !strings.HasSuffix("."+host, ".whatsapp.net") && !strings.HasSuffix("."+host, ".whatsapp.com") {
		_, _ = conn.Write([]byte("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"))
		return "", fmt.Errorf("%s %s is not for WhatsApp", req.Method, req.Host)
	}
	_, err = conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n"))
	return host, err
}

// oneConn is a listener with one connection: it gives it, and then waits for its end.
type oneConn struct {
	conn  net.Conn
	given bool
	once  sync.Once
	done  chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if !l.given {
		l.given = true
		return watched{l.conn, l}, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }

// watched tells its listener when it is closed.
type watched struct {
	net.Conn
	l *oneConn
}

func (w watched) Close() error {
	_ = w.l.Close()
	return w.Conn.Close()
}

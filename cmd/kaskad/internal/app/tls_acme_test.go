package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/acme"
)

// served is the public listener with encryption, as the program runs it.
func served(t *testing.T, e *encryption, log *slog.Logger) (address string) {
	t.Helper()
	return servedBy(t, e, log, newDoorman(func(string, bool) {}))
}

func servedBy(t *testing.T, e *encryption, log *slog.Logger, door *doorman) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &App{log: log, tls: e, door: door, public: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	})}
	ctx, cancel := context.WithCancel(t.Context())
	ends := make(chan error, 2)
	go func() { ends <- a.servePublic(ctx, l) }()
	go func() { ends <- a.tellChannels(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ends; err != nil {
				t.Errorf("ended with %v", err)
			}
		}
	})
	return l.Addr().String()
}

// handshake greets the listener as a messenger does and returns the serial of its certificate.
func handshake(address string, config *tls.Config) (*big.Int, error) {
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: 5 * time.Second}, Config: config}
	c, err := d.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber, nil
}

func (a *authority) seen() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.orders
}

func acmeFor(t *testing.T, a *authority, dir string, log *slog.Logger) (*encryption, string) {
	t.Helper()
	e := &encryption{newACME(hookHost, dir, a.URL+"/directory", log), true}
	address := served(t, e, log)
	a.mu.Lock()
	a.knock = address
	a.mu.Unlock()
	return e, address
}

func TestACertificateOfOurOwn(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	a := newAuthority(t)
	dir := filepath.Join(t.TempDir(), "acme")
	a.mu.Lock() // nothing is answered until the listener's address is known
	e := &encryption{newACME(hookHost, dir, a.URL+"/directory", log), true}
	told := make(chan bool, 9)
	door := newDoorman(func(_ string, can bool) { told <- can })
	door.set("sms", true)
	address := servedBy(t, e, log, door)
	a.knock = address
	if was, is := <-told, <-told; !was || is {
		t.Errorf("without a certificate: %v, then %v; nobody can call", was, is)
	}
	if _, err := handshake(address, a.trust()); err == nil {
		t.Error("a handshake succeeded before there was a certificate")
	}
	a.mu.Unlock()
	<-e.ready()
	if serial, err := handshake(address, a.trust()); err != nil || serial.Int64() != 101 {
		t.Fatalf("handshake: %v, %v", serial, err)
	}
	if todo := e.todo(); todo != "" || !<-told {
		t.Errorf("todo %q, or with a certificate nobody can call", todo)
	}
	private(t, dir)
	askedOver(t, address, a)
	// Who knocks with another name, or without one, gets the same certificate and makes no order.
	for _, other := range []string{"", "evil.example.com"} {
		if _, err := handshake(address, &tls.Config{ServerName: other, InsecureSkipVerify: true}); err != nil {
			t.Errorf("as %q: %v", other, err)
		}
	}
	if _, err := handshake(address, &tls.Config{ServerName: "evil.example.com", NextProtos: []string{acme.ALPNProto}, InsecureSkipVerify: true}); err == nil {
		t.Error("a challenge for another name was answered")
	}
	if _, err := handshake(address, &tls.Config{ServerName: hookHost, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, InsecureSkipVerify: true}); err == nil {
		t.Error("TLS 1.1 was spoken")
	}
	// The next start takes it from the folder.
	again, second := acmeFor(t, a, dir, log)
	<-again.ready()
	if serial, err := handshake(second, a.trust()); err != nil || serial.Int64() != 101 || a.seen() != 1 {
		t.Errorf("after a start: %v, %v, %d orders", serial, err, a.seen())
	}
}

// private looks that nobody else on the machine reads the keys.
func private(t *testing.T, dir string) {
	t.Helper()
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has %v, %v", info.Mode(), err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 2 {
		t.Errorf("%d files, %v; want the account's key and the certificate", len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

// askedOver looks that calls are answered over HTTP/1.1, whatever the caller could.
func askedOver(t *testing.T, address string, a *authority) {
	t.Helper()
	tr := &http.Transport{TLSClientConfig: a.trust(), ForceAttemptHTTP2: true}
	defer tr.CloseIdleConnections()
	answer, err := (&http.Client{Transport: tr}).Get("https://" + address + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if proto, err := io.ReadAll(answer.Body); err != nil || string(proto) != "HTTP/1.1" {
		t.Errorf("spoken: %q, %v", proto, err)
	}
}

// The authority counts failures: knocking at our door must not make any.
func TestHandshakesAskTheAuthorityForNothing(t *testing.T) {
	a := newAuthority(t)
	idle := newACME(hookHost, t.TempDir(), a.URL+"/directory", slog.New(slog.DiscardHandler))
	if _, err := idle.certificate(&tls.ClientHelloInfo{ServerName: hookHost}); !errors.Is(err, errNoCertificate) || a.seen() != 0 {
		t.Errorf("a handshake before the first certificate: %v, %d orders", err, a.seen())
	}
	var words strings.Builder
	log := slog.New(slog.NewTextHandler(&locked{w: &words}, nil))
	e := &encryption{newACME(hookHost, filepath.Join(t.TempDir(), "acme"), a.URL+"/directory", log), true}
	address := served(t, e, log)
	a.mu.Lock()
	a.knock = "127.0.0.1:1" // the name leads elsewhere
	a.mu.Unlock()
	for e.todo() == "" {
		time.Sleep(5 * time.Millisecond)
	}
	for range 20 {
		if _, err := handshake(address, a.trust()); err == nil {
			t.Fatal("a handshake succeeded without a certificate")
		}
	}
	if n := a.seen(); n > 2 { // autocert itself asks once more with the next kind of challenge
		t.Errorf("%d orders", n)
	}
	if todo := e.todo(); !strings.Contains(todo, hookHost) || !strings.Contains(todo, "port 443") || !strings.Contains(todo, "tried again in 2m") {
		t.Errorf("todo %q", todo)
	}
	select {
	case <-e.ready():
		t.Error("channels are told of a listener without a certificate")
	default:
	}
}

func TestACertificateIsRenewed(t *testing.T) {
	a := newAuthority(t)
	a.life = []time.Duration{time.Minute} // of an hour and a minute: more than two thirds are over
	e, address := acmeFor(t, a, filepath.Join(t.TempDir(), "acme"), slog.New(slog.DiscardHandler))
	<-e.ready()
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(10 * time.Millisecond) {
		if serial, err := handshake(address, a.trust()); err != nil {
			t.Fatal(err)
		} else if serial.Int64() == 102 {
			return
		}
	}
	t.Errorf("the certificate was not renewed; %d orders", a.seen())
}

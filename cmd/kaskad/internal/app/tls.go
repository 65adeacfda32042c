package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme"
)

// Encryption is [server] tls: who holds the certificate of the public listener.
type Encryption struct {
	Auto              bool // we get one from a certificate authority and renew it
	CertFile, KeyFile string
}

// keypairs holds the certificate of the public listener.
type keypairs interface {
	// certificate answers a handshake; it never waits for anybody.
	certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	// run keeps the certificate fresh until ctx ends.
	run(ctx context.Context) error
	// ready is closed when there is one.
	ready() <-chan struct{}
	// todo is what somebody has to do about it; empty: nothing.
	todo() string
}

// encryption is how the public listener speaks; nil in App: plainly, behind something that speaks TLS for it.
type encryption struct {
	keypairs
	auto bool
}

// newEncryption makes what the configuration asks for; nil: nothing.
func newEncryption(cfg *Config, authority string, log *slog.Logger) (*encryption, error) {
	e := cfg.Server.encryption
	switch {
	case e.Auto:
		u, err := url.Parse(cfg.Server.PublicURL)
		if err != nil {
			return nil, err
		}
		return &encryption{newACME(u.Hostname(), filepath.Join(cfg.Server.DataDir, "acme"), authority, log), true}, nil
	case e.CertFile != "":
		files, err := openFiles(e.CertFile, e.KeyFile, log)
		if err != nil {
			return nil, err
		}
		return &encryption{files, false}, nil
	}
	return nil, nil
}

// config is for the listener: TLS 1.2 and later, HTTP/1.1, and the protocol by which the authority looks whether the name is ours.
func (e *encryption) config() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: e.certificate, NextProtos: []string{"http/1.1"}}
	if e.auto {
		c.NextProtos = append(c.NextProtos, acme.ALPNProto)
	}
	return c
}

// files is a certificate that somebody else renews: read again when its files change.
type files struct {
	certFile, keyFile string
	log               *slog.Logger
	now               atomic.Pointer[tls.Certificate]

	mu   sync.Mutex
	seen [2]os.FileInfo // what was tried last
	bad  atomic.Pointer[string]
}

const (
	filesEvery = 10 * time.Second
	// Authorities that renew by themselves do so a third of the lifetime ahead; less than this is a renewal that fails.
	expirySoon = 7 * 24 * time.Hour
)

// openFiles reads a certificate; one that cannot be used at the start is an error.
func openFiles(certFile, keyFile string, log *slog.Logger) (*files, error) {
	f := &files{certFile: certFile, keyFile: keyFile, log: log}
	f.seen = f.stat()
	cert, err := loadPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	f.now.Store(cert)
	return f, nil
}

// loadPair reads a certificate with its key. Its errors name the file that is wrong.
func loadPair(certFile, keyFile string) (*tls.Certificate, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return nil, fmt.Errorf("server.tls.cert_file: %w", err)
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("server.tls.key_file: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("server.tls: certificate and key cannot be used together: %w", err)
	}
	return &pair, nil
}

func (f *files) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.now.Load(), nil }

func (f *files) ready() <-chan struct{} {
	there := make(chan struct{})
	close(there)
	return there
}

func (f *files) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(filesEvery):
			f.look(time.Now())
		}
	}
}

// look reads the files again if they changed. A new certificate that is worse than the one in use is not taken.
func (f *files) look(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if seen := f.stat(); !same(seen, f.seen) {
		f.seen = seen
		f.reload(now)
	}
}

func (f *files) reload(now time.Time) {
	fresh, err := loadPair(f.certFile, f.keyFile)
	if err == nil && now.After(fresh.Leaf.NotAfter) && now.Before(f.now.Load().Leaf.NotAfter) {
		err = fmt.Errorf("server.tls.cert_file: it expired at %s", fresh.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	if err != nil {
		text := err.Error()
		f.bad.Store(&text)
		f.log.Error("the new certificate cannot be used; the one before stays", "err", err)
		return
	}
	f.bad.Store(nil)
	f.now.Store(fresh)
	f.log.Info("the certificate was read again", "until", fresh.Leaf.NotAfter.UTC().Format(time.RFC3339))
}

// stat is what can be seen of the files from outside; nil for one that is not there.
func (f *files) stat() (seen [2]os.FileInfo) {
	for i, name := range []string{f.certFile, f.keyFile} {
		if info, err := os.Stat(name); err == nil { // reload says what is wrong
			seen[i] = info
		}
	}
	return seen
}

func same(a, b [2]os.FileInfo) bool {
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) {
			return false
		}
		if a[i] != nil && (!os.SameFile(a[i], b[i]) || !a[i].ModTime().Equal(b[i].ModTime()) || a[i].Size() != b[i].Size()) {
			return false
		}
	}
	return true
}

func (f *files) todo() string {
	if bad := f.bad.Load(); bad != nil {
		return *bad + "; the certificate before it stays in use: put a right one there"
	}
	return expiry(f.now.Load(), time.Now(), "put a new one into cert_file and key_file")
}

// expiry says that a certificate runs out, and what to do.
func expiry(c *tls.Certificate, now time.Time, what string) string {
	switch left := c.Leaf.NotAfter.Sub(now); {
	case left <= 0:
		return fmt.Sprintf("the certificate expired at %s and callers refuse it: %s", c.Leaf.NotAfter.UTC().Format(time.RFC3339), what)
	case left < min(expirySoon, c.Leaf.NotAfter.Sub(c.Leaf.NotBefore)/4):
		return fmt.Sprintf("the certificate expires at %s: %s", c.Leaf.NotAfter.UTC().Format(time.RFC3339), what)
	}
	return ""
}

// parseTLS reads the three forms of [server] tls.
func parseTLS(v any) (Encryption, map[string]string) {
	const forms = `write "off", "auto", or { cert_file = "…", key_file = "…" }`
	switch v := v.(type) {
	case nil:
		return Encryption{}, nil
	case string:
		if v == "off" || v == "auto" || v == "" {
			return Encryption{Auto: v == "auto"}, nil
		}
		return Encryption{}, map[string]string{"": fmt.Sprintf("%q: %s", v, forms)}
	case map[string]any:
		return parseFiles(v)
	}
	return Encryption{}, map[string]string{"": forms}
}

func parseFiles(table map[string]any) (Encryption, map[string]string) {
	var e Encryption
	faults := map[string]string{}
	places := map[string]*string{"cert_file": &e.CertFile, "key_file": &e.KeyFile}
	for key, v := range table {
		text, ok := v.(string)
		switch {
		case places[key] == nil:
			faults["."+key] = "unknown key; tls takes cert_file and key_file"
		case !ok || text == "":
			faults["."+key] = "name a file"
		default:
			*places[key] = text
		}
	}
	for key, place := range places {
		if *place == "" && faults["."+key] == "" {
			faults[""] = cmp.Or(faults[""], key+" is missing: a certificate needs cert_file and key_file")
		}
	}
	return e, faults
}

var errNoCertificate = errors.New("there is no certificate yet")

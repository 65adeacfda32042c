package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// acmeKeys gets one certificate for one name from an authority that speaks ACME (RFC 8555), and renews it.
//
// The authority looks whether the name is ours in a handshake with this very listener (TLS-ALPN-01, RFC 8737): so only port 443
// has to be open to the world, and nothing listens on port 80. Keys and certificates are kept in a folder that only the program
// may read. Handshakes never ask the authority for anything: whoever knocks cannot use up its patience, which is a few failures
// an hour.
type acmeKeys struct {
	host    string
	dir     string
	manager *autocert.Manager
	log     *slog.Logger
	have    chan struct{} // closed when there is a certificate
	once    sync.Once
	leaf    atomic.Pointer[tls.Certificate]
	trouble atomic.Pointer[string]
	every   time.Duration // between two looks at the certificate
}

const (
	acmeTime  = 5 * time.Minute
	acmeEvery = 10 * time.Minute
)

// acmeWaits are between the first attempts; an authority takes about five failures an hour.
var acmeWaits = []time.Duration{2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}

// newACME makes no call yet. authority: its directory; empty: Let's Encrypt.
func newACME(host, dir, authority string, log *slog.Logger) *acmeKeys {
	return &acmeKeys{
		host: host, dir: dir, log: log, have: make(chan struct{}), every: acmeEvery,
		manager: &autocert.Manager{
			Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(dir), HostPolicy: autocert.HostWhitelist(host),
			Client: &acme.Client{DirectoryURL: authority, UserAgent: "kaskad"},
		},
	}
}

func (k *acmeKeys) ready() <-chan struct{} { return k.have }

// certificate answers the authority's own handshakes, and everybody else's for our name once there is a certificate.
func (k *acmeKeys) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acme.ALPNProto {
		return k.manager.GetCertificate(hello)
	}
	select {
	case <-k.have:
		return k.get()
	default:
		return nil, errNoCertificate
	}
}

// get asks the manager as a caller of today would. It waits for the authority when there is no certificate yet.
func (k *acmeKeys) get() (*tls.Certificate, error) {
	return k.manager.GetCertificate(&tls.ClientHelloInfo{
		ServerName: k.host, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}, SupportedCurves: []tls.CurveID{tls.CurveP256},
	})
}

// run gets the first certificate and then watches that the manager renews it.
func (k *acmeKeys) run(ctx context.Context) error {
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return fmt.Errorf("server.tls: %w", err)
	}
	if err := os.Chmod(k.dir, 0o700); err != nil { // an older or copied folder
		return fmt.Errorf("server.tls: %w", err)
	}
	for tries := 0; ; {
		wait := k.every
		if err := k.fetch(ctx); err != nil && ctx.Err() == nil {
			wait = acmeWaits[min(tries, len(acmeWaits)-1)]
			tries++
			k.say(err, wait)
		} else {
			tries = 0
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// fetch gets the certificate: from memory, from the folder, or from the authority.
func (k *acmeKeys) fetch(ctx context.Context) error {
	type answer struct {
		cert *tls.Certificate
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		cert, err := k.get()
		got <- answer{cert, err}
	}()
	var a answer
	select {
	case <-ctx.Done():
		return ctx.Err() // the manager gives up by itself
	case <-time.After(acmeTime + time.Minute):
		return fmt.Errorf("the authority did not answer within %s", acmeTime)
	case a = <-got:
	}
	if a.err != nil {
		return a.err
	}
	k.leaf.Store(a.cert)
	k.trouble.Store(nil)
	k.once.Do(func() {
		close(k.have)
		k.log.Info("there is a certificate", "name", k.host, "until", a.cert.Leaf.NotAfter.UTC().Format(time.RFC3339))
	})
	if left := expiry(a.cert, time.Now(), renewalAdvice); left != "" {
		k.log.Error("the certificate was not renewed", "todo", left)
	}
	return nil
}

const renewalAdvice = "renewal fails; the name must lead here and port 443 must reach this listener unchanged, and outgoing https must be allowed"

func (k *acmeKeys) say(err error, wait time.Duration) {
	text := fmt.Sprintf("no certificate for %s: %v; port 443 of that name must reach this listener unchanged; it is tried again in %s", k.host, err, wait)
	k.trouble.Store(&text)
	k.log.Error("no certificate", "todo", text)
}

func (k *acmeKeys) todo() string {
	if t := k.trouble.Load(); t != nil {
		return *t
	}
	if cert := k.leaf.Load(); cert != nil {
		return expiry(cert, time.Now(), renewalAdvice)
	}
	return ""
}

package app

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

const (
	mostCertificates  = 20
	certificatesEvery = 6 * time.Hour
	certificatesAgain = 10 * time.Minute // where one could not be asked
	certificateTime   = 10 * time.Second
	certificateWarns  = 14 * 24 * time.Hour
	certificateWakes  = 3 * 24 * time.Hour
)

// certificates are what is known of the certificates of others that the operator named.
type certificates struct {
	mu  sync.Mutex
	all map[string]certificate
}

// certificate is one, as it was when it was last asked for.
type certificate struct {
	until time.Time // zero: what is wrong is something else
	wrong string
}

// watch asks for all of them, now and again, until ctx ends.
func (c *certificates) watch(ctx context.Context, addresses []string, log func(msg string, args ...any)) error {
	for len(addresses) > 0 && ctx.Err() == nil {
		wait := certificatesEvery
		for _, address := range addresses {
			got, err := askCertificate(ctx, address)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil { // no matter of its certificate: what was known stays
				log("a certificate of [alerts] certificates could not be asked for", "address", address, "err", err)
				wait = certificatesAgain
				continue
			}
			c.mu.Lock()
			if c.all == nil {
				c.all = map[string]certificate{}
			}
			c.all[address] = got
			c.mu.Unlock()
		}
		pause(ctx, nil, wait)
	}
	return nil
}

// askCertificate says until when the certificate at an address is good, or why it is not.
func askCertificate(ctx context.Context, address string) (certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, certificateTime)
	defer cancel()
	conn, err := (&tls.Dialer{}).DialContext(ctx, "tcp", address)
	if bad, is := errors.AsType[*tls.CertificateVerificationError](err); is {
		return certificate{wrong: bad.Err.Error()}, nil
	}
	if err != nil {
		return certificate{}, err
	}
	defer conn.Close()
	var until time.Time
	for _, one := range conn.(*tls.Conn).ConnectionState().PeerCertificates {
		if until.IsZero() || one.NotAfter.Before(until) {
			until = one.NotAfter
		}
	}
	return certificate{until: until}, nil
}

// tell adds what is to be told of them.
func (c *certificates) tell(now time.Time, add func(key string, critical bool, format string, args ...any)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for address, one := range c.all {
		key, left := "certificate:"+address, one.until.Sub(now)
		switch {
		case one.wrong != "":
			add(key, true, "callers refuse it: %s", one.wrong)
		case left < 0:
			add(key, true, "has expired on %s", one.until.UTC().Format(time.DateOnly))
		case left < certificateWarns:
			add(key, left < certificateWakes, "expires on %s: see why it was not renewed", one.until.UTC().Format(time.DateOnly))
		}
	}
}

// certificates looks for addresses that cannot be asked.
func (l *loader) certificates(all []string) {
	if len(all) > mostCertificates {
		l.add("alerts.certificates", "has more than %d addresses", mostCertificates)
	}
	for _, address := range all {
		if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
			l.add("alerts.certificates", "%q is no address: write shop.example.com:443", address)
		}
	}
}

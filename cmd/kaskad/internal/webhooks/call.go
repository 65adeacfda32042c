package webhooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"syscall"
	"time"

	"kaskad/bots"
)

const (
	callTime = 20 * time.Second
	dialTime = 5 * time.Second
	most     = 4 << 10 // bytes of an answer that are read: nothing in it is of use
)

// caller calls addresses that operators wrote. Every connection is looked at by the address that is really dialled, so that no name leads
// into a network that it should not, whatever it says the second time. No proxy is used, because a proxy would dial for us.
type caller struct {
	client   *http.Client
	networks []netip.Prefix
}

func newCaller(networks []netip.Prefix, roots *x509.CertPool) *caller {
	c := &caller{networks: networks}
	dialer := &net.Dialer{Timeout: dialTime, Control: c.dialled}
	c.client = &http.Client{
		Timeout:       callTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: dialTime,
			MaxResponseHeaderBytes: 64 << 10, MaxIdleConnsPerHost: atOnce, IdleConnTimeout: time.Minute, DisableCompression: true,
		},
	}
	return c
}

func (c *caller) dialled(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !bots.Public(to.Addr()) && !c.allowed(to.Addr()) {
		return bots.ErrForbiddenAddress
	}
	return nil
}

func (c *caller) allowed(ip netip.Addr) bool {
	for _, n := range c.networks {
		if n.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// ErrAddress is an address that is not called.
var ErrAddress = errors.New("write an https:// address without a user in it; http:// is for addresses of [webhooks] networks")

// Acceptable refuses an address that cannot be called. What a name leads to is looked at when it is called.
func (w *Webhooks) Acceptable(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return ErrAddress
	}
	ip, err := netip.ParseAddr(u.Hostname())
	numeric := err == nil
	switch {
	case numeric && !bots.Public(ip) && !w.caller.allowed(ip):
		return bots.ErrForbiddenAddress
	case u.Scheme == "https", u.Scheme == "http" && numeric && w.caller.allowed(ip):
		return nil
	}
	return ErrAddress
}

// outcome is what came of a call.
type outcome struct {
	status int // 0: there was no answer
	err    error
	retry  time.Duration // what the other side asks to wait; 0: nothing
	took   time.Duration
}

func (o *outcome) ok() bool { return o.err == nil && o.status >= 200 && o.status < 300 }

// text is what came of a call, without the address.
func (o *outcome) text() string {
	switch {
	case errors.Is(o.err, bots.ErrForbiddenAddress):
		return "the address leads into a network that is not public: allow it with [webhooks] networks"
	case o.err != nil:
		return quiet(o.err)
	}
	return fmt.Sprintf("status %d", o.status)
}

// quiet is an error of the HTTP client without the address that it quotes.
func quiet(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err):
		return "no answer in time"
	case errors.As(err, &dns):
		return "the name is not known"
	case errors.As(err, &op):
		return op.Op + ": " + op.Err.Error()
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return err.Error()
}

// call makes one call.
func (c *caller) call(ctx context.Context, h *Hook, id string, body []byte) (o outcome) {
	begun := time.Now()
	defer func() { o.took = time.Since(begun) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return outcome{err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Kaskad")
	if err := sign(req.Header, id, body, h.Secrets, begun); err != nil {
		return outcome{err: err}
	}
	res, err := c.client.Do(req)
	if err != nil {
		return outcome{err: err}
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, most) // so that the connection is of use again; a short body is none of our business
	return outcome{status: res.StatusCode, retry: bots.RetryAfter(res.Header, begun)}
}

// Say makes one signed call to an address that stands in the configuration, with the same care as those to programs. It is taken when the
// other side answers 2xx.
func (w *Webhooks) Say(ctx context.Context, address, secret, id string, body []byte) error {
	if err := w.Acceptable(address); err != nil {
		return err
	}
	o := w.caller.call(ctx, &Hook{URL: address, Secrets: []Secret{{Key: secret}}}, id, body)
	if !o.ok() {
		return errors.New(o.text())
	}
	return nil
}

package bots

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"time"
)

// Client is the one HTTP transport for sends. A request is made once, and an error says whether it may have arrived.
//
// It follows no redirect and speaks HTTP/1.1 only. net/http repeats a request by itself when it thinks that this is
// harmless (GET, HEAD, OPTIONS, TRACE, or an Idempotency-Key header) and a kept connection dies under it; such requests
// get a connection of their own, which net/http never repeats. Requests that it does not repeat share kept connections.
//
// Every error is a *SendError: Temporary when no byte of the request was handed to the connection, Uncertain otherwise.
// Its text names hosts at most, never the URL, a header or a body.
type Client struct {
	kept, fresh *http.Transport
	maxBody     int64
}

// ClientOptions are what may differ between channels. The zero value is fit for all of them.
type ClientOptions struct {
	MaxBody int64          // of an answer; 0: 1 MiB
	Header  time.Duration  // from the request written to the first line of the answer; 0: one minute
	RootCAs *x509.CertPool // nil: those of the machine
}

const (
	dialTimeout   = 10 * time.Second
	headerTimeout = time.Minute
	// A kept connection that the other side closes at the very moment of our write makes the send uncertain, so ours
	// are given up first: 5 s is the shortest that common servers use.
	idleTimeout = 4 * time.Second
	maxAnswer   = 1 << 20
)

// ErrTooLarge is an answer longer than the client reads.
var ErrTooLarge = errors.New("the answer is too large")

// NewClient returns a client. Proxies are taken from the environment.
func NewClient(o ClientOptions) *Client {
	if o.MaxBody <= 0 {
		o.MaxBody = maxAnswer
	}
	if o.Header <= 0 {
		o.Header = headerTimeout
	}
	return &Client{kept: newTransport(o, false), fresh: newTransport(o, true), maxBody: o.MaxBody}
}

func newTransport(o ClientOptions, fresh bool) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &watchedConn{Conn: conn}, nil
		},
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  o.Header,
		MaxResponseHeaderBytes: 64 << 10,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    32,
		DisableKeepAlives:      fresh,
		Protocols:              &http1,
	}
}

// Do makes one attempt. The answer's body is bounded, and reading it fails with errors as quiet as Do's own. It is the
// HTTPClient of telegram-bot-api.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	var a attempt
	trace := &httptrace.ClientTrace{GotConn: a.gotConn}
	res, err := c.transport(req).RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		return nil, &SendError{Fault: a.fault(), Err: quieten(err)}
	}
	res.Body = &boundedBody{body: res.Body, left: c.maxBody}
	return res, nil
}

// Response is an answer, read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	Cut    bool // the body was longer than the client reads
}

// Call makes one attempt and reads the answer. An answer that breaks off is Uncertain.
func (c *Client) Call(req *http.Request) (Response, error) {
	res, err := c.Do(req)
	if err != nil {
		return Response{}, err
	}
	defer res.Body.Close()
	r := Response{Status: res.StatusCode, Header: res.Header}
	r.Body, err = io.ReadAll(res.Body)
	if r.Cut = errors.Is(err, ErrTooLarge); err != nil && !r.Cut {
		return Response{}, &SendError{Fault: Uncertain, Err: err}
	}
	return r, nil
}

// Close gives up the kept connections.
func (c *Client) Close() {
	c.kept.CloseIdleConnections()
	c.fresh.CloseIdleConnections()
}

// Within binds every request to ctx, for libraries that make requests without one.
func (c *Client) Within(ctx context.Context) *BoundClient { return &BoundClient{ctx, c} }

// BoundClient is a Client whose requests end with a context.
type BoundClient struct {
	ctx    context.Context
	client *Client
}

// Do makes one attempt, as Client.Do.
func (b *BoundClient) Do(req *http.Request) (*http.Response, error) {
	return b.client.Do(req.WithContext(b.ctx))
}

func (c *Client) transport(req *http.Request) *http.Transport {
	if repeatable(req) {
		return c.fresh
	}
	return c.kept
}

// repeatable reports whether net/http may repeat the request: see Request.isReplayable there.
func repeatable(req *http.Request) bool {
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	for name := range req.Header {
		if strings.EqualFold(name, "Idempotency-Key") || strings.EqualFold(name, "X-Idempotency-Key") {
			return true
		}
	}
	return false
}

// boundedBody ends an answer that is too long with ErrTooLarge.
type boundedBody struct {
	body io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		p = p[:min(len(p), 1)]
		if n, err := b.body.Read(p); n == 0 {
			return 0, quieten(err)
		}
		return 0, ErrTooLarge
	}
	p = p[:min(int64(len(p)), b.left)]
	n, err := b.body.Read(p)
	b.left -= int64(n)
	return n, quieten(err)
}

func (b *boundedBody) Close() error { return quieten(b.body.Close()) }

// quietError tells what happened to a connection. Its cause can be asked for and cannot be printed: errors of net/http
// quote URLs, proxies with their passwords, and what the other side said.
type quietError struct {
	text  string
	cause error
}

func (e *quietError) Error() string        { return e.text }
func (e *quietError) Is(target error) bool { return errors.Is(e.cause, target) }

func quieten(err error) error {
	if err == nil || err == io.EOF || err == ErrTooLarge { // io.EOF itself ends a body
		return err
	}
	return &quietError{describe(err), err}
}

func describe(err error) string {
	var (
		dns  *net.DNSError
		op   *net.OpError
		cert *tls.CertificateVerificationError
		wait interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped before the answer came"
	case errors.As(err, &dns):
		return dns.Error()
	case errors.As(err, &op) && op.Op == "dial":
		return op.Error()
	case errors.As(err, &wait) && wait.Timeout():
		return "timed out"
	case errors.As(err, &cert):
		return cert.Error()
	case errors.As(err, &op) && op.Op != "proxyconnect":
		return op.Error()
	case errors.As(err, &op):
		return "the proxy could not connect"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed before the answer was complete"
	}
	return "the connection failed or did not speak HTTP"
}

// maxRetryAfter bounds what a channel can hold a lane for.
const maxRetryAfter = time.Hour

// RetryAfter reads the header of that name, seconds or a date, as a time from now: at most an hour, zero when there is
// none to read.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseUint(v, 10, 32); err == nil {
		return min(time.Duration(s)*time.Second, maxRetryAfter)
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}

package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"

	"kaskad/bots"
)

// Client makes calls of the API as the operator.
type Client struct {
	http *http.Client
}

// Dial finds the gateway behind a socket; ErrNotRunning when nobody answers.
func Dial(ctx context.Context, path string) (*Client, error) {
	conn, err := dial(ctx, path)
	if err != nil {
		return nil, err
	}
	conn.Close()
	return &Client{&http.Client{Transport: &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, path) },
		DisableKeepAlives: true, // a reused connection that dies would make net/http repeat a call with an idempotency key
	}}}, nil
}

// Direct is a client for a handler in this process, for commands that opened the store themselves.
func Direct(h http.Handler) *Client {
	return &Client{&http.Client{Transport: direct{Trusted(h)}}}
}

// Problem is what the gateway said was wrong, in one line.
type Problem struct {
	Status int
	Code   string `json:"code"`
	Detail string `json:"detail"`

	Unknown []string `json:"unknown"` // ids of a list that are not there

	retry time.Duration
}

func (p *Problem) Error() string { return p.Detail }

const maxAnswer = 64 << 20

// Do makes one call. Body is written as JSON unless it is nil or JSON already (json.RawMessage); the answer is read into out unless nil. What the gateway refuses is a
// *Problem. A gateway that has too much to do is asked again when it says, for as long as about ten minutes: it did nothing about the call.
func (c *Client) Do(ctx context.Context, method, path string, body, out any) error {
	raw, ready := body.(json.RawMessage)
	if body != nil && !ready {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
	}
	for begun := time.Now(); ; {
		err := c.once(ctx, method, path, raw, out)
		var p *Problem
		if !errors.As(err, &p) || p.Code != "overloaded" || time.Since(begun) > patience {
			return err
		}
		select {
		case <-time.After(max(time.Second, p.retry)):
		case <-ctx.Done():
			return err
		}
	}
}

const patience = 10 * time.Minute

func (c *Client) once(ctx context.Context, method, path string, body json.RawMessage, out any) error {
	var payload io.Reader
	if body != nil {
		payload = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://kaskad"+path, payload)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("gateway: %w", plain(err))
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("gateway: its answer broke off: %w", err)
	}
	if resp.StatusCode >= 300 {
		return refusal(resp, raw)
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("gateway: its answer cannot be read: %w; is it another version?", err)
	}
	return nil
}

// Stream makes one call that asks for a file, and writes the answer as it comes. One that breaks off is an error.
func (c *Client) Stream(ctx context.Context, path string, w io.Writer) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://kaskad"+path, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("gateway: %w", plain(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return fmt.Errorf("gateway: its answer broke off: %w", err)
		}
		return refusal(resp, raw)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("copying what the gateway gives: %w", err)
	}
	return nil
}

// plain takes away the method and the made-up address that net/http puts before an error.
func plain(err error) error {
	if e, ok := err.(interface{ Unwrap() error }); ok && e.Unwrap() != nil {
		return e.Unwrap()
	}
	return err
}

// refusal reads a problem. It is shown in a terminal: one line, no control characters.
func refusal(resp *http.Response, raw []byte) error {
	status := resp.StatusCode
	p := &Problem{Status: status, retry: bots.RetryAfter(resp.Header, time.Now())}
	if json.Unmarshal(raw, p) != nil || p.Detail == "" {
		p.Detail = fmt.Sprintf("the gateway answered %d %s", status, http.StatusText(status))
	}
	p.Detail = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, p.Detail)
	return p
}

// direct runs a handler in place of a network.
type direct struct{ h http.Handler }

// RoundTrip hands the answer over as it is written: an export may be larger than memory.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	from, to := io.Pipe()
	w := &answer{header: http.Header{}, began: make(chan *http.Response, 1), body: to}
	over := make(chan struct{})
	go func() {
		defer close(over)
		if broken(func() { d.h.ServeHTTP(w, in) }) {
			_ = to.CloseWithError(io.ErrUnexpectedEOF) // it never fails
			return
		}
		w.WriteHeader(http.StatusOK)
		_ = to.Close() // the same
	}()
	select {
	case resp := <-w.began:
		resp.Body, resp.Request = &unread{from, over}, r
		return resp, nil
	case <-over:
	}
	select {
	case resp := <-w.began: // both at once
		resp.Body, resp.Request = &unread{from, over}, r
		return resp, nil
	default:
		return nil, io.ErrUnexpectedEOF
	}
}

// unread is an answer that may be left before its end: then nobody reads what is still written, and its handler is waited for.
type unread struct {
	*io.PipeReader
	over <-chan struct{}
}

func (b *unread) Close() error {
	err := b.PipeReader.Close()
	<-b.over
	return err
}

// broken reports whether a handler broke its answer off, as it does on a connection.
func broken(serve func()) (off bool) {
	defer func() {
		if p := recover(); p != nil {
			if off = p == http.ErrAbortHandler; !off {
				panic(p)
			}
		}
	}()
	serve()
	return false
}

// answer is one that is being written.
type answer struct {
	header http.Header
	began  chan *http.Response
	wrote  bool
	body   *io.PipeWriter
}

func (w *answer) Header() http.Header { return w.header }

func (w *answer) WriteHeader(status int) {
	if w.wrote {
		return
	}
	w.wrote = true
	w.began <- &http.Response{StatusCode: status, Header: w.header.Clone(), ContentLength: -1, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
}

func (w *answer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

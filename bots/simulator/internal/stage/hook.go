package stage

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// maxAnswer is how much of a webhook's answer is read.
const maxAnswer = 1 << 20

// Answer is what one try to bring something to a webhook got.
type Answer struct {
	At    time.Time // when it was called
	End   time.Time // when the answer was read, or there was to be none
	HTTP  int       // 0 = none
	Body  string
	Error string // why there is none
}

func (a Answer) String() string {
	if a.Error != "" {
		return a.Error
	}
	return fmt.Sprintf("HTTP %d", a.HTTP)
}

// Local tells whether a host is this machine: webhooks may be nowhere else.
func Local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Client calls webhooks on this machine and nothing else, as many at once as there are slots; 0 = any number, each over a connection of its own.
type Client struct {
	http     *http.Client
	slots    chan struct{} // nil = any number
	patience time.Duration
}

// NewClient is a client whose calls may take as long as its patience.
func NewClient(slots int, patience time.Duration) *Client {
	c := &Client{patience: patience, http: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: slots, DisableKeepAlives: slots == 0},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a redirect is a failure
	}}
	if slots > 0 {
		c.slots = make(chan struct{}, slots)
	}
	return c
}

// Close closes the connections that nobody uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Call makes one call when there is a slot, and tells the status, the header and the body of the answer.
func (c *Client) Call(ctx context.Context, method, address string, header http.Header, body []byte) (int, http.Header, []byte, error) {
	if c.slots != nil {
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-ctx.Done():
			return 0, nil, nil, ctx.Err()
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	if !Local(req.URL.Hostname()) {
		return 0, nil, nil, fmt.Errorf("%s is not on this machine", req.URL.Host)
	}
	req.GetBody = nil // a connection that dies must count as a failure, not be repeated behind our back
	req.Header = header
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, nil, nil, err // half an answer is none
	}
	return resp.StatusCode, resp.Header, answer, nil
}

package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// maxEvent bounds one event of a stream.
const maxEvent = 1 << 20

// Events follows a stream of server-sent events: each is given the data of one. Ready is called when the stream is open; what happens
// from then on is told. It returns when ctx ends or the stream breaks off.
func (c *Client) Events(ctx context.Context, path string, ready func(), each func(data []byte) error) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://kaskad"+path, nil)
	if err != nil {
		return err
	}
	return c.follow(r, ready, each)
}

// Work starts something that takes long, and follows the events of it: each is given the data of one. What was started ends when ctx
// does, or when each returns an error, which is then the answer.
func (c *Client) Work(ctx context.Context, path string, body any, each func(data []byte) error) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://kaskad"+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	return c.follow(r, func() {}, each)
}

func (c *Client) follow(r *http.Request, ready func(), each func(data []byte) error) error {
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
	ready()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok {
			continue // an id, a comment that keeps the connection alive, or the end of an event: all of ours are one line
		}
		if err := each(data); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("gateway: the stream broke off: %w", err)
	}
	return fmt.Errorf("gateway: the stream broke off: %w", io.ErrUnexpectedEOF)
}

package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Shop is a retailer's system: an address and a key is all it has of the gateway.
type Shop struct {
	URL, Key string
}

const maxAnswer = 16 << 20

// call makes one call of the API.
func (s Shop) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	answer, err := s.ask(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(raw, out)
}

// ask makes a call whose answer is read by the caller; a refusal is an error with what the API said.
func (s Shop) ask(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.URL+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.Key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the address: nobody who sees the demo chose it
	}
	if err != nil || answer.StatusCode < 300 {
		return answer, err
	}
	defer answer.Body.Close()
	problem := struct{ Detail string }{Detail: answer.Status}
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err == nil && json.Unmarshal(raw, &problem) != nil {
		problem.Detail = answer.Status
	}
	return nil, fmt.Errorf("%s %s: %s", method, path, problem.Detail)
}

// change is a line of /v1/stream.
type change struct {
	ID   string
	Type string
	At   time.Time
	Data struct{ Contact, Delivery, Reason string }
}

// stream is an open /v1/stream.
type stream struct {
	body  io.ReadCloser
	lines *bufio.Scanner
}

// follow opens the stream: after the change with this id, or from now on when it is empty. It is open when follow returns, so
// that nothing of what is asked for afterwards is missed.
func (s Shop) follow(ctx context.Context, after string) (*stream, error) {
	path := "/v1/stream"
	if after != "" {
		path += "?after=" + after
	}
	answer, err := s.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return &stream{answer.Body, bufio.NewScanner(answer.Body)}, nil
}

// next reads one change; io.EOF when the stream ended.
func (s *stream) next() (change, error) {
	for s.lines.Scan() {
		data, ok := strings.CutPrefix(s.lines.Text(), "data: ")
		if !ok {
			continue // an id, which the data has too, a comment, or the end of an event
		}
		var c change
		err := json.Unmarshal([]byte(data), &c)
		return c, err
	}
	if err := s.lines.Err(); err != nil {
		return change{}, err
	}
	return change{}, io.EOF
}

func (s *stream) close() { _ = s.body.Close() }

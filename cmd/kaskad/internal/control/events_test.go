package control_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/control"
)

func TestAStreamIsReadAsItComes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kaskad.sock")
	l, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/full" {
			w.WriteHeader(429)
			io.WriteString(w, `{"code":"too_many_streams","detail":"1000 streams are open."}`)
			return
		}
		io.WriteString(w, "retry: 3000\n\n:\n\nid: 1\ndata: {\"a\":1}\n\n")
		w.(http.Flusher).Flush()
		if r.URL.Path == "/open" {
			<-r.Context().Done()
		}
		io.WriteString(w, "id: 2\ndata: {\"a\":2}\n\n")
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	c, err := control.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	opened := 0
	read := func(ctx context.Context, path string) error {
		got = nil
		return c.Events(ctx, path, func() { opened++ }, func(data []byte) error {
			got = append(got, string(data))
			return nil
		})
	}
	if err := read(t.Context(), "/two"); !errors.Is(err, io.ErrUnexpectedEOF) || !slices.Equal(got, []string{`{"a":1}`, `{"a":2}`}) || opened != 1 {
		t.Errorf("read %q, opened %d, %v", got, opened, err)
	}
	if err := read(t.Context(), "/full"); err == nil || !strings.Contains(err.Error(), "1000 streams") || opened != 1 {
		t.Errorf("a stream that is refused: %v, opened %d", err, opened)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = c.Events(ctx, "/open", func() {}, func([]byte) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a stream that nobody wants any more: %v", err)
	}
	if err := c.Events(t.Context(), "/two", func() {}, func([]byte) error { return io.ErrClosedPipe }); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a reader that has enough: %v", err)
	}
}

// What is started through the socket gets its body, tells as it goes, and ends when whoever started it has enough.
func TestAWorkIsStartedAndFollowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kaskad.sock")
	l, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != "POST" || string(body) != `{"phone":"+380501112233"}` || r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(400)
			return
		}
		io.WriteString(w, "data: {\"code\":1}\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(ended)
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	c, err := control.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	var got []string
	err = c.Work(t.Context(), "/pair", map[string]string{"phone": "+380501112233"}, func(data []byte) error {
		got = append(got, string(data))
		return enough
	})
	if !errors.Is(err, enough) || !slices.Equal(got, []string{`{"code":1}`}) {
		t.Errorf("got %q, %v", got, err)
	}
	<-ended
	if err := c.Work(t.Context(), "/pair", nil, func([]byte) error { return nil }); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("a refusal is %v", err)
	}
}

package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/control"
	"kaskad/cmd/kaskad/internal/people"
)

// echo answers who called, and problems at /bad.
func echo(w http.ResponseWriter, r *http.Request) {
	who, ok := people.From(r.Context())
	switch r.URL.Path {
	case "/bad":
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(422)
		w.Write([]byte(`{"code":"unknown_template","detail":"No template \"redy\".\u001b[31m\nDid you mean \"ready\"?"}`))
	case "/broken":
		w.WriteHeader(500)
	case "/gone":
		w.WriteHeader(204)
	default:
		var body any
		_ = json.NewDecoder(r.Body).Decode(&body)
		json.NewEncoder(w).Encode(map[string]any{"known": ok, "name": who.Name, "admin": who.Scopes.Allows(people.Admin), "body": body, "type": r.Header.Get("Content-Type")})
	}
}

func start(t *testing.T, path string) net.Listener {
	t.Helper()
	l, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: control.Trusted(http.HandlerFunc(echo))}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l
}

func TestCalls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kaskad.sock")
	start(t, path)
	dialled, err := control.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*control.Client{"through the socket": dialled, "in this process": control.Direct(http.HandlerFunc(echo))} {
		t.Run(name, func(t *testing.T) {
			var got struct {
				Known, Admin bool
				Name, Type   string
				Body         map[string]string
			}
			if err := c.Do(t.Context(), "POST", "/v1/x", map[string]string{"a": "b"}, &got); err != nil {
				t.Fatal(err)
			}
			if !got.Known || !got.Admin || got.Name != "local" || got.Body["a"] != "b" || got.Type != "application/json" {
				t.Errorf("the handler saw %+v", got)
			}
			err := c.Do(t.Context(), "GET", "/bad", nil, nil)
			if p, ok := errors.AsType[*control.Problem](err); !ok || p.Status != 422 || p.Code != "unknown_template" || p.Error() != `No template "redy". [31m Did you mean "ready"?` {
				t.Errorf("a problem is %q", err)
			}
			if err := c.Do(t.Context(), "GET", "/broken", nil, nil); err == nil || !strings.Contains(err.Error(), "500") {
				t.Errorf("no problem at all is %v", err)
			}
			if err := c.Do(t.Context(), "DELETE", "/gone", nil, &got); err != nil {
				t.Errorf("an empty answer is %v", err)
			}
			if err := c.Do(t.Context(), "GET", "/v1/x", nil, nil); err != nil {
				t.Errorf("an answer nobody wants is %v", err)
			}
		})
	}
}

// A file that breaks off on its way must not look like a whole one.
func TestAFileIsGivenWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kaskad.sock")
	l, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/none":
			echo(w, &http.Request{URL: &url.URL{Path: "/bad"}})
		default:
			w.Write([]byte("half of it"))
			w.(http.Flusher).Flush()
			if r.URL.Path == "/half" {
				panic(http.ErrAbortHandler)
			}
		}
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	c, err := control.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := c.Stream(t.Context(), "/whole", &got); err != nil || got.String() != "half of it" {
		t.Errorf("Stream = %q, %v", got.String(), err)
	}
	if err := c.Stream(t.Context(), "/half", io.Discard); err == nil {
		t.Error("a file that broke off is no error")
	}
	if err := c.Stream(t.Context(), "/none", io.Discard); err == nil || !strings.Contains(err.Error(), "Did you mean") {
		t.Errorf("a problem instead of a file is %v", err)
	}
}

func TestTheSocketIsTheOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "kaskad.sock")
	l := start(t, path)
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("the socket is %v, %v; want 0600", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".k*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	l.Close()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("after a stop the socket is still there: %v", err)
	}
}

func TestASecondGatewayDoesNotTakeTheSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kaskad.sock")
	start(t, path)
	if _, err := control.Listen(path); !errors.Is(err, control.ErrRunning) {
		t.Errorf("Listen = %v; want ErrRunning", err)
	}
	if _, err := control.Dial(t.Context(), path); err != nil {
		t.Errorf("the first one does not answer any more: %v", err)
	}
}

func TestAStaleSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kaskad.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close() // as after a kill: the file stays, nobody answers
	if _, err := control.Dial(t.Context(), path); !errors.Is(err, control.ErrNotRunning) {
		t.Fatalf("Dial = %v; want ErrNotRunning", err)
	}
	start(t, path)
	if _, err := control.Dial(t.Context(), path); err != nil {
		t.Errorf("Dial = %v", err)
	}
}

func TestNobodyIsThere(t *testing.T) {
	dir := t.TempDir()
	if _, err := control.Dial(t.Context(), filepath.Join(dir, "kaskad.sock")); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("Dial = %v; want ErrNotRunning", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Listen(file); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("Listen on a file = %v", err)
	}
	if raw, _ := os.ReadFile(file); string(raw) != "mine" {
		t.Error("the file was overwritten")
	}
	long := filepath.Join(dir, strings.Repeat("a", 120), "kaskad.sock")
	if _, err := control.Listen(long); err == nil || !strings.Contains(err.Error(), "shorter [server] data_dir") {
		t.Errorf("Listen on a long path = %v", err)
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kaskad.sock")
	start(t, path)
	c, err := control.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Do(ctx, "GET", "/v1/x", nil, nil); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "http://") {
		t.Errorf("Do = %v", err)
	}
}

// An answer of a handler in this process is handed over as it is written, and one that is left before its end ends its handler.
func TestDirectStreams(t *testing.T) {
	wrote, over := make(chan int, 1), make(chan error, 1)
	c := control.Direct(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := []byte(strings.Repeat("x", 1<<16))
		for n := 1; ; n++ {
			if _, err := w.Write(page); err != nil {
				wrote <- n
				over <- err
				panic(http.ErrAbortHandler)
			}
			if n == 1<<14 { // a thousand millions of bytes: nobody keeps them
				wrote <- n
				over <- nil
				return
			}
		}
	}))
	if err := c.Stream(t.Context(), "/", &full{room: 1 << 20}); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("Stream = %v; want the error of who writes", err)
	}
	select {
	case err := <-over:
		if n := <-wrote; err == nil || n > 64 {
			t.Errorf("the handler wrote %d pages, and heard of %v", n, err)
		}
	default:
		t.Error("the handler still works")
	}
}

// full is a disk with little room.
type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errors.New("no room")
	}
	return len(b), nil
}

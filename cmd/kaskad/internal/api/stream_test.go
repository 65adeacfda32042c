package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
)

// following is a stream as its reader sees it.
type following struct {
	t    *testing.T
	body io.ReadCloser
	r    *bufio.Reader
}

// follow opens a stream on a real listener, with the bounds that a server of ours has.
func follow(t *testing.T, d *desk, last string) *following {
	t.Helper()
	s := httptest.NewUnstartedServer(d.api)
	s.Config.ReadTimeout, s.Config.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	s.Start()
	t.Cleanup(s.Close)
	return open(t, d, s.URL, d.token[people.Read], last)
}

func open(t *testing.T, d *desk, url, token, last string) *following {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", url+"/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	for _, fault := range newWitness(t, d.api).looks(r, answer, nil) {
		t.Error(fault)
	}
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("a stream is %d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	f := &following{t: t, body: answer.Body, r: bufio.NewReader(answer.Body)}
	if first := f.line() + f.line(); first != "retry: 3000\n\n" {
		t.Fatalf("it begins with %q", first)
	}
	return f
}

func (f *following) line() string {
	f.t.Helper()
	line, err := f.r.ReadString('\n')
	if err != nil {
		f.t.Fatalf("the stream ended: %v", err)
	}
	return line
}

// next reads one change; its number and its type.
func (f *following) next() string {
	f.t.Helper()
	id, data, end := f.line(), f.line(), f.line()
	var c api.Change
	if err := json.Unmarshal([]byte(strings.TrimPrefix(data, "data: ")), &c); err != nil || id != "id: "+c.ID+"\n" || end != "\n" {
		f.t.Fatalf("an event is %q %q %q", id, data, end)
	}
	return c.ID + " " + c.Type
}

func (f *following) want(all ...string) {
	f.t.Helper()
	for _, want := range all {
		if got := f.next(); got != want {
			f.t.Fatalf("the stream says %q, want %q", got, want)
		}
	}
}

func TestAStreamGoesOnWhereItStopped(t *testing.T) {
	d := newDesk(t)
	d.happen("delivery.accepted") // 1
	d.happen(hiddenChange)        // 2
	d.happen("delivery.done")     // 3
	follow(t, d, "0").want("1 delivery.accepted", "3 delivery.done")
	resumed, fresh := follow(t, d, "1"), follow(t, d, "")
	resumed.want("3 delivery.done")
	d.happen(hiddenChange)       // 4
	d.happen("message.received") // 5
	for _, f := range []*following{resumed, fresh} {
		f.want("5 message.received")
	}
	time.Sleep(700 * time.Millisecond) // longer than the bounds of other calls
	d.happen("contact.updated")
	resumed.want("6 contact.updated")
	fresh.want("6 contact.updated")
}

func TestAStreamThatIsFarBehindMissesNothing(t *testing.T) {
	d := newDesk(t)
	live := follow(t, d, "")
	for range 3000 { // more than memory holds
		d.happen("x")
	}
	late := follow(t, d, "0")
	for i := range 3000 {
		want := fmt.Sprint(i+1, " x")
		live.want(want)
		late.want(want)
	}
	d.happen("y")
	live.want("3001 y")
	late.want("3001 y")
}

// Many streams read the store no oftener than one.
func TestManyStreamsCostLittle(t *testing.T) {
	d := newDesk(t)
	s := httptest.NewServer(d.api)
	t.Cleanup(s.Close)
	var all []*following
	for range 50 {
		all = append(all, open(t, d, s.URL, d.token[people.Read], ""))
	}
	for range 20 {
		d.happen("x")
	}
	for i := range 20 {
		for _, f := range all {
			f.want(fmt.Sprint(i+1, " x"))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reads > 25 {
		t.Errorf("50 streams read the outbox %d times for 20 changes", d.reads)
	}
}

func TestStreamsEndWithTheProgram(t *testing.T) {
	d := newDesk(t)
	f := follow(t, d, "")
	d.api.EndStreams()
	d.api.EndStreams()
	if rest, err := io.ReadAll(f.r); err != nil || len(rest) > 0 {
		t.Errorf("the end of a stream is %q, %v; want a clean one", rest, err)
	}
	if w := d.call(people.Read, "GET", "/v1/stream", ""); w.Code != 503 || code(t, w) != "unavailable" {
		t.Errorf("after that it is answered %d %s", w.Code, w.Body)
	}
}

func TestPlacesThatAreNone(t *testing.T) {
	d := newDesk(t)
	d.happen("x")
	for _, last := range []string{"x", "-1", "2", "99999999999999999999"} {
		if w := d.call(people.Read, "GET", "/v1/stream?after="+last, ""); w.Code != 422 || code(t, w) != "invalid_cursor" {
			t.Errorf("after %s it is answered %d %s", last, w.Code, w.Body)
		}
	}
}

// TestPlacesThatAreNotKept: behind the oldest change that is kept some were dropped, and whoever has not read them is told so; who has read
// all of them, or begins at the beginning, reads on.
func TestPlacesThatAreNotKept(t *testing.T) {
	d := newDesk(t)
	for range 9 {
		d.happen("x")
	}
	d.drop(5) // 6 to 9 stay
	for _, path := range []string{"/v1/changes?after=%d", "/v1/stream?after=%d"} {
		for _, after := range []int{1, 4} {
			w := d.call(people.Read, "GET", fmt.Sprintf(path, after), "")
			var p struct{ Detail, Field string }
			if w.Code != http.StatusGone || code(t, w) != "cursor_gone" {
				t.Errorf("after %d %s is answered %d %s", after, path, w.Code, w.Body)
			}
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || !strings.Contains(p.Detail, "before 6 ") || !strings.HasSuffix(p.Detail, "go on after 5.") {
				t.Errorf("after %d it says %q, %v; want where to go on", after, p.Detail, err)
			}
		}
	}
	for query, first := range map[string]string{"": "6", "?after=0": "6", "?after=5": "6", "?after=6": "7"} {
		var got struct{ Items []api.Change }
		w := d.call(people.Read, "GET", "/v1/changes"+query, "")
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || len(got.Items) == 0 || got.Items[0].ID != first {
			t.Errorf("/v1/changes%s is answered %d %s, %v; want to begin at %s", query, w.Code, w.Body, err, first)
		}
	}
	f := follow(t, d, "5") // by Last-Event-ID
	f.body.Close()
	r := httptest.NewRequest("GET", "/v1/stream", nil)
	r.Header.Set("Authorization", "Bearer "+d.token[people.Read])
	r.Header.Set("Last-Event-ID", "4")
	if w := d.serve(r); w.Code != http.StatusGone || code(t, w) != "cursor_gone" {
		t.Errorf("a stream that comes back at 4 is answered %d %s", w.Code, w.Body)
	}
	d.drop(9)
	if w := d.call(people.Read, "GET", "/v1/changes?after=8", ""); w.Code != http.StatusGone {
		t.Errorf("after 8, of none that is kept, it is answered %d", w.Code)
	}
	if w := d.call(people.Read, "GET", "/v1/changes?after=9", ""); w.Code != http.StatusOK {
		t.Errorf("after 9, of none that is kept, it is answered %d", w.Code)
	}
}

// A reader who takes nothing is closed when one write has waited for long enough; meanwhile nothing is kept for it.
func TestASlowReaderIsClosed(t *testing.T) {
	d := newDesk(t)
	d.api.SlowReader = 50 * time.Millisecond
	for range 100_000 {
		d.happen("x")
	}
	s := httptest.NewUnstartedServer(d.api)
	ended := make(chan struct{})
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		d.api.ServeHTTP(w, r)
	})
	s.Start()
	t.Cleanup(s.Close)
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "GET /v1/stream?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", d.token[people.Read]); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Error("the stream of a reader who takes nothing is open")
	}
}

func TestAStreamSaysThatItLives(t *testing.T) {
	d := newDesk(t)
	d.api.Heartbeat = 20 * time.Millisecond
	f := follow(t, d, "")
	if beat := f.line() + f.line(); beat != ":\n\n" {
		t.Errorf("it says %q", beat)
	}
}

// A stream ends when its key is revoked, and not only at its next heartbeat.
func TestAStreamEndsWithItsKey(t *testing.T) {
	d := newDesk(t)
	d.api.Heartbeat = time.Hour
	f := follow(t, d, "")
	for _, k := range d.api.Keys.List() {
		if err := d.api.Keys.Revoke(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.Copy(io.Discard, f.r); err != nil {
		t.Errorf("its end: %v", err)
	}
}

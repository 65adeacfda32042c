package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kaskad/cmd/kaskad/internal/people"
)

const (
	eventStream = "text/event-stream"
	maxStreams  = 1000
	// gather is how long a stream waits after a change for more of them: many streams cost little when much happens.
	gather = 50 * time.Millisecond
)

// streams are the open ones.
type streams struct {
	feed   feed
	open   atomic.Int64
	ending chan struct{} // closed: they end
	ended  atomic.Bool
}

// EndStreams ends the streams, and refuses new ones: the program stops.
func (a *API) EndStreams() {
	if !a.streams.ended.Swap(true) {
		close(a.streams.ending)
	}
}

type streamIn struct {
	After string `query:"after" maxLength:"20" doc:"Id of the last change you have; the header wins"`
	Last  string `header:"Last-Event-ID" maxLength:"20" doc:"Id of the last change you have; absent: only what happens from now on"`
}

// stream writes the changes as they happen. Nothing is kept for a stream but its place: it reads on when its reader has taken what
// there was, and no view of the store is open while it writes.
func (a *API) stream(ctx context.Context, in *streamIn) (*huma.StreamResponse, error) {
	at, err := a.begin(ctx, in)
	if err != nil {
		return nil, err
	}
	if a.streams.ended.Load() {
		return nil, unavailable("The gateway is stopping. Ask again in a few seconds.")
	}
	if a.streams.open.Add(1) > maxStreams {
		a.streams.open.Add(-1)
		p := problem(http.StatusTooManyRequests, "too_many_streams", "", "%d streams are open, and more are not served. Close some, or ask GET /v1/changes.", maxStreams)
		p.retryAfter = retryAfter
		return nil, p
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer a.streams.open.Add(-1)
		r, w := humago.Unwrap(hc)
		if r.Method == http.MethodHead { // it would never end
			w.Header().Set("Content-Type", eventStream)
			return
		}
		if r.ContentLength != 0 { // the server would read a body first, without a bound on time: it leaves one alone when nothing comes behind it
			w.Header().Set("Connection", "close")
		}
		s := &stream{api: a, out: http.NewResponseController(w), w: w, at: at}
		if err := s.run(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("a stream ended", "err", err)
		}
	}}, nil
}

// begin is the number after which a stream starts.
func (a *API) begin(ctx context.Context, in *streamIn) (uint64, error) {
	after, field := in.Last, "Last-Event-ID"
	if after == "" {
		after, field = in.After, "after"
	}
	last := a.Store.LastChange()
	if after == "" {
		return last, nil
	}
	at, err := strconv.ParseUint(after, 10, 64)
	if err != nil {
		return 0, unfit("invalid_cursor", field, "Write the id of a change, as \"next\" of GET /v1/changes gives it, or begin without one.")
	}
	if at > last {
		return 0, unfit("invalid_cursor", field, goneBack, last)
	}
	return at, a.stillKept(ctx, at, field)
}

// stream is one reader's.
type stream struct {
	api *API
	out *http.ResponseController
	w   http.ResponseWriter
	at  uint64

	keys    <-chan struct{} // closed when an API key was made or revoked; of somebody who is signed in, when sessions have ended
	session bool            // opened by somebody who is signed in
}

// run writes until the reader has left or is too slow, its key is revoked, or the program stops. The error is the store's.
func (s *stream) run(ctx context.Context) error {
	s.w.Header().Set("Content-Type", eventStream)
	s.w.Header().Set("X-Accel-Buffering", "no") // nginx would hold it back
	// The bounds of other calls are not for this one: it is read from for as long as it lasts.
	if s.out.SetReadDeadline(time.Time{}) != nil || !s.write([]byte("retry: 3000\n\n")) {
		return nil
	}
	who, _ := people.From(ctx)
	s.session = who.Person != ""
	if s.keys = s.api.mayEnd(ctx); !s.api.mayStill(ctx) {
		return nil
	}
	beat := time.NewTicker(s.api.Heartbeat)
	defer beat.Stop()
	for s.goesOn(ctx) {
		changed := s.api.Store.Changed()
		lines, to, err := s.api.streams.feed.after(ctx, s.at)
		if err != nil {
			return err
		}
		s.at = to
		if len(lines) > 0 && !s.write(joined(lines)) {
			return nil
		}
		if len(lines) < feedPage && !s.wait(ctx, changed, beat.C) {
			return nil
		}
	}
	return nil
}

// goesOn reports whether neither side has ended the stream, and its key is still one.
func (s *stream) goesOn(ctx context.Context) bool {
	if ctx.Err() != nil || s.api.streams.ended.Load() {
		return false
	}
	select {
	case <-s.keys:
		s.keys = s.api.mayEnd(ctx)
		return s.api.mayStill(ctx)
	default:
		return !s.session || s.api.mayStill(ctx) // a session also ends by itself
	}
}

// wait returns true when it is time to look for changes.
func (s *stream) wait(ctx context.Context, changed <-chan struct{}, beat <-chan time.Time) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-s.api.streams.ending:
			return false
		case <-s.keys:
			return true // goesOn looks which
		case <-beat:
			if s.session && !s.api.mayStill(ctx) || !s.write([]byte(":\n\n")) {
				return false
			}
		case <-changed:
			time.Sleep(gather)
			return true
		}
	}
}

// write hands bytes to the reader, who has to take them in time.
func (s *stream) write(b []byte) bool {
	if s.out.SetWriteDeadline(time.Now().Add(s.api.SlowReader)) != nil {
		return false
	}
	if _, err := s.w.Write(b); err != nil {
		return false
	}
	return s.out.Flush() == nil
}

func joined(lines []line) (all []byte) {
	for _, l := range lines {
		all = append(all, l.raw...)
	}
	return all
}

// mayEnd is closed when the key or the session with which a stream was opened may have ended.
func (a *API) mayEnd(ctx context.Context) <-chan struct{} {
	if who, _ := people.From(ctx); who.Person != "" && a.People != nil {
		return a.People.Accounts.Changed()
	}
	return a.Keys.Changed()
}

// mayStill reports whether the key or the session with which a stream was opened is still one.
func (a *API) mayStill(ctx context.Context) bool {
	who, ok := people.From(ctx)
	if ok && who.Person != "" {
		return a.People != nil && a.People.Accounts.Lives(time.Now(), who.Session)
	}
	return ok && (who.KeyID == people.Local().KeyID || slices.ContainsFunc(a.Keys.List(), func(k people.Key) bool { return k.ID == who.KeyID }))
}

// event is a change as a server-sent event. JSON has no line ends.
func event(id uint64, raw []byte) []byte { return fmt.Appendf(nil, "id: %d\ndata: %s\n\n", id, raw) }

// documentStream says what huma cannot know of a stream.
func (a *API) documentStream() {
	ok := a.huma.OpenAPI().Paths["/v1/stream"].Get.Responses["200"]
	ok.Description = "Server-sent events: id is the change's, data is a Change. Comments keep the connection alive"
	ok.Headers = map[string]*huma.Param{"X-Accel-Buffering": {Description: "no: proxies pass every event on at once", Schema: &huma.Schema{Type: "string"}}}
	ok.Content = map[string]*huma.MediaType{eventStream: {Schema: &huma.Schema{Type: "string"}}}
}

package bots

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// read takes in the call within its bounds; a status other than 0 refuses it.
func (h *hookHandler) read(w http.ResponseWriter, r *http.Request, d *door) (Call, int) {
	size := len(r.URL.RawQuery)
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v)
		}
	}
	if size > maxHookHeader {
		return Call{}, http.StatusRequestHeaderFieldsTooLarge
	}
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(hookReadTime)) // a recorder in a test has none to set
	body, err := io.ReadAll(&bounded{body: http.MaxBytesReader(w, r.Body, d.MaxBody), large: &h.large})
	if err != nil {
		return Call{Body: body}, readStatus(err)
	}
	_ = conn.SetReadDeadline(time.Time{})
	return Call{Method: r.Method, Header: r.Header, Query: r.URL.Query(), Body: body, At: h.Now()}, 0
}

// readStatus says why a body was not taken.
func readStatus(err error) int {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return http.StatusRequestEntityTooLarge
	}
	switch {
	case errors.Is(err, errFull):
		return http.StatusServiceUnavailable
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}

// errFull is a body for which there is no room now.
var errFull = errors.New("too many large calls at once")

// bounded reads a body and counts what it holds beyond the size of a normal call: all large bodies together are bounded, so
// that nobody fills the memory with calls that will be refused for their signature.
type bounded struct {
	body  io.Reader
	got   int
	large *atomic.Int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	before := beyond(b.got)
	b.got += n
	if more := beyond(b.got) - before; more > 0 && b.large.Add(more) > maxLarge {
		return n, errFull
	}
	return n, err
}

func beyond(size int) int64 { return int64(max(size-smallBody, 0)) }

// release gives back the room that a call's body took.
func (h *hookHandler) release(size int) { h.large.Add(-beyond(size)) }

// refuse ends a call whose body nobody wants: the connection is given up, so that nothing waits for the rest of it.
func refuse(w http.ResponseWriter, status int, text string) {
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now()) // else the server would read on for a while
	http.Error(w, text, status)
}

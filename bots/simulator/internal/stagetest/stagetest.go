// Package stagetest is what the tests of the simulators share: an end that leaves nothing behind, a clock, and bodies of calls.
//
// It is for tests only. It keeps nothing, and it knows no messenger.
package stagetest

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"runtime/pprof"
	"sync/atomic"
	"testing"
	"time"
)

// busy is a goroutine in which a simulator does something. One that only listens is none: a test may have another server.
var busy = regexp.MustCompile(`simulator/([a-z]+\.\(\*Server\)|internal/stage\.(Perform|\(\*Lanes|\(\*Stage\)\.(Sleep|After|Wait|Hang)))`)

// Close ends a simulator and sees that nothing of it goes on.
func Close(t *testing.T, s io.Closer) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for running(t) { // connections need a moment to notice
		time.Sleep(time.Millisecond)
	}
}

func running(t *testing.T) bool {
	t.Helper()
	var stacks bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&stacks, 2); err != nil {
		t.Fatal(err)
	}
	return busy.Match(stacks.Bytes())
}

// Clock is a messenger's clock, which tests move on. It begins on 22 November 2026 at ten.
type Clock struct{ passed atomic.Int64 }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	began := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	return began.Add(time.Duration(c.passed.Load()))
}

// Pass moves it on.
func (c *Clock) Pass(d time.Duration) { c.passed.Add(int64(d)) }

// JSON is how a value is written.
func JSON(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// With changes fields of a body: pairs are a name and its value, nil takes the field out.
func With(body map[string]any, pairs ...any) map[string]any {
	for i := 0; i < len(pairs); i += 2 {
		name, value := pairs[i].(string), pairs[i+1]
		body[name] = value
		if value == nil {
			delete(body, name)
		}
	}
	return body
}

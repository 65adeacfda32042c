package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	signal "go.mau.fi/libsignal/logger"
	waLog "go.mau.fi/whatsmeow/util/log"
)

// libLog is what the library logs to. It says what happened and never to whom: of the values only numbers, times and errors without
// their digits pass, as the others are addresses, whole stanzas, and at times what people wrote.
type libLog struct {
	log *slog.Logger
	// told gets every line before it is filtered: some things that WhatsApp says are known from nothing else. Nil: nobody asks.
	told func(format string, args []any)
}

var _ waLog.Logger = libLog{}

func (l libLog) Debugf(format string, args ...any) { l.tell(format, args) } // stanzas, as they come and go
func (l libLog) Infof(format string, args ...any)  { l.line(slog.LevelDebug, format, args) }
func (l libLog) Warnf(format string, args ...any)  { l.line(slog.LevelInfo, format, args) }
func (l libLog) Errorf(format string, args ...any) { l.line(slog.LevelWarn, format, args) }
func (l libLog) Sub(string) waLog.Logger           { return l }

func (l libLog) tell(format string, args []any) {
	if l.told != nil {
		l.told(format, args)
	}
}

// deferred is what the library says of every message whose handler waits for its group: the normal way here.
const deferred = "Handler for %s failed"

// undeleted is what the library says when its connection is over before it could remove the keys of a device that was unlinked: we do.
const undeleted = "Failed to delete store after device_removed error: %v"

// usual reports whether a line tells of something that is as it should be.
func usual(format string, args []any) bool {
	if format == deferred {
		return true
	}
	if len(args) == 0 {
		return false
	}
	err, _ := args[len(args)-1].(error)
	return format == undeleted && errors.Is(err, context.Canceled) || format == lineUnasked && errors.Is(err, errUnasked)
}

func (l libLog) line(level slog.Level, format string, args []any) {
	l.tell(format, args)
	if usual(format, args) || !l.log.Enabled(context.Background(), level) {
		return
	}
	safe := make([]any, len(args))
	for i, arg := range args {
		safe[i] = harmless(arg)
	}
	// A verb that does not fit what stands for its value would print the value's type: harmless, and still readable.
	l.log.Log(context.Background(), level, "whatsapp library: "+fmt.Sprintf(verbs.ReplaceAllString(format, "%v"), safe...))
}

var (
	verbs  = regexp.MustCompile(`%[-+# 0]*[0-9]*(\.[0-9]+)?[a-zA-Z]`)
	digits = regexp.MustCompile(`[0-9][0-9-]{4,}`)
)

// longestError is as much of an error's text as is logged.
const longestError = 200

// harmless stands for one value of a line.
func harmless(arg any) any {
	switch v := arg.(type) {
	case int, int32, int64, uint32, uint64, bool, float64, time.Duration, time.Time:
		return v
	case error:
		return scrub(v.Error())
	}
	return "…"
}

// scrub takes from an error's text what may name people or repeat a stanza.
func scrub(text string) string {
	text, _, _ = strings.Cut(text, "<")
	text = digits.ReplaceAllString(text, "…")
	if r := []rune(text); len(r) > longestError {
		text = string(r[:longestError]) + "…"
	}
	return text
}

// silent is the logger of the Signal library, which prints to standard output when it has none.
type silent struct{}

func (silent) Debug(string, string)   {}
func (silent) Info(string, string)    {}
func (silent) Warning(string, string) {}
func (silent) Error(string, string)   {}
func (silent) Configure(string)       {}

// signalOnce guards a variable of that library: it has one logger for the whole process.
var signalOnce sync.Once

func quietSignal() {
	signalOnce.Do(func() {
		if signal.Logger != nil {
			return // somebody has set one, and clients may be reading it
		}
		var l signal.Loggable = silent{}
		signal.Setup(&l)
	})
}

// masked is a number as it may be logged.
func masked(phone string) string {
	if len(phone) < 8 {
		return "…"
	}
	return phone[:4] + "…" + phone[len(phone)-2:]
}

package people

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Ledger writes lines of the audit about what may happen often: sign-ins that are refused, and what programs do all day. The first of a
// minute have a line each; the others are counted, and stand as one line when the minute is over. So the audit cannot be flooded, and
// tells all the same how much there was. A crash loses the count of that minute, and nothing else.
type Ledger struct {
	store Store
	log   *slog.Logger

	mu     sync.Mutex
	minute time.Time
	lines  map[string]int // written in this minute, by what
	sums   map[sumKey]*sum
	crowd  int // of sums, those of strangers
}

// sumKey is what is counted together.
type sumKey struct{ who, person, key, from, what, refused string }

type sum struct {
	lines, more int
	last        Entry
}

const (
	linesEach = 10 // of one who does one thing, in a minute
	linesAll  = 50 // of one thing, whoever does it
	sumsAll   = 50 // strangers who are told apart in a minute; the others are counted as one
	sumsKnown = 5000
)

// NewLedger makes a ledger.
func NewLedger(store Store, log *slog.Logger) *Ledger {
	return &Ledger{store: store, log: log, lines: map[string]int{}, sums: map[sumKey]*sum{}}
}

// Write writes a line.
func (l *Ledger) Write(ctx context.Context, e Entry) error {
	r, err := e.record()
	if err != nil {
		return err
	}
	return l.store.Write(ctx, r)
}

// Often writes a line, or counts it.
func (l *Ledger) Often(ctx context.Context, now time.Time, e Entry) error {
	over := l.turn(now)
	if l.counted(&e) {
		return l.writeAll(ctx, over)
	}
	return errors.Join(l.writeAll(ctx, over), l.Write(ctx, e))
}

// counted reports whether a line is counted, and has no line of its own.
func (l *Ledger) counted(e *Entry) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := sumKey{e.Who, e.Person, e.Key, e.From, e.What, e.Refused}
	known := e.Person != "" || e.Key != "" || e.Who != Nobody
	if known {
		key.from = "" // one caller, wherever from
	}
	s := l.sums[key]
	// Strangers are counted by themselves: a crowd of them must not hide what somebody does who is known.
	if s == nil && (!known && l.crowd >= sumsAll || known && len(l.sums)-l.crowd >= sumsKnown) {
		key = sumKey{what: e.What, refused: e.Refused} // one of many
		s = l.sums[key]
	}
	if s == nil {
		s = &sum{}
		l.sums[key] = s
		if !known {
			l.crowd++
		}
	}
	if s.lines < linesEach && l.lines[e.What] < linesAll && key.what == e.What && key.who == e.Who {
		s.lines++
		l.lines[e.What]++
		return false
	}
	s.more++
	s.last = Entry{At: e.At, Who: key.who, Person: key.person, Key: key.key, From: key.from, What: key.what, Refused: key.refused}
	return true
}

// turn begins a new minute when the one before is over, and tells what was counted in that.
func (l *Ledger) turn(now time.Time) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	minute := now.UTC().Truncate(time.Minute)
	if minute.Equal(l.minute) {
		return nil
	}
	var over []Entry
	for _, s := range l.sums {
		if s.more > 0 {
			e := EntryAt(s.last.At, s.last.Who, s.last.What, 0)
			e.Person, e.Key, e.From, e.Refused, e.Counts = s.last.Person, s.last.Key, s.last.From, s.last.Refused, map[string]int{"more": s.more}
			over = append(over, e)
		}
	}
	l.minute, l.lines, l.sums, l.crowd = minute, map[string]int{}, map[sumKey]*sum{}, 0
	return over
}

func (l *Ledger) writeAll(ctx context.Context, all []Entry) error {
	if len(all) == 0 {
		return nil
	}
	records := make([]Record, len(all))
	for i, e := range all {
		var err error
		if records[i], err = e.record(); err != nil {
			return err
		}
	}
	return l.store.Write(ctx, records...)
}

// Run writes what was counted when its minute is over, and at the end.
func (l *Ledger) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			l.flush(context.WithoutCancel(ctx), time.Time{})
			return nil
		case now := <-time.After(10 * time.Second):
			l.flush(ctx, now)
		}
	}
}

func (l *Ledger) flush(ctx context.Context, now time.Time) {
	if err := l.writeAll(ctx, l.turn(now)); err != nil {
		l.log.Error("lines of the audit were not written", "err", err)
	}
}

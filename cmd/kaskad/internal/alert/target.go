package alert

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Stage is what a line says of a condition.
type Stage int

// The stages.
const (
	Raised Stage = iota
	Lasting
	Over
	Trial // of no condition: somebody tries whether a target is reached
)

// Line is what is told of one condition.
type Line struct {
	Stage Stage
	Open
	times int // how often it was told before
}

// Target is somebody who is told.
type Target struct {
	Name string
	Rules
	// Tell returns nil when it was taken. The id of one telling stays the same when it is tried again.
	Tell func(ctx context.Context, id string, lines []Line) error
}

// Rules are what a target hears. The zero value hears everything, at any hour.
type Rules struct {
	Critical bool // only what is critical
	// What is not critical is told from one minute of the day to another; From = To: at any.
	From, To int
	Zone     *time.Location
}

// awake reports whether what is not critical is told now.
func (r Rules) awake(now time.Time) bool {
	if r.From == r.To {
		return true
	}
	if r.Zone != nil {
		now = now.In(r.Zone)
	}
	m := now.Hour()*60 + now.Minute()
	if r.From < r.To {
		return r.From <= m && m < r.To
	}
	return m >= r.From || m < r.To
}

// Told is what a target was told of a condition.
type Told struct {
	Open           // as it stands now; Critical: as it was told
	At   time.Time `json:"at"` // the last time
	// Times is how often it was told.
	Times int `json:"times"`
}

// again is how long after it was told it is told once more, by how often it was; the last one stays.
var again = []time.Duration{time.Hour, 4 * time.Hour, 24 * time.Hour}

// follow brings what a target was told to how it stands now, without telling it anything.
func follow(told map[string]Told, open map[string]Open, now time.Time) map[string]Told {
	next := map[string]Told{}
	for key, t := range told {
		switch o, there := open[key]; {
		case there:
			o.Critical = t.Critical
			t.Open = o
		case t.Gone.IsZero():
			t.Gone = now
		}
		if t.At.After(now) { // the clock was put back
			t.At = now
		}
		next[key] = t
	}
	return next
}

// Step is what a target is told of the open conditions now, and what it was told when it has taken that. Lines that may not be told now,
// as it is night or somebody silenced them, are told later if they are still true.
func Step(told map[string]Told, open map[string]Open, r Rules, silenced map[string]time.Time, now time.Time) (next map[string]Told, lines []Line) {
	next = map[string]Told{}
	quiet := func(key string, critical bool) bool {
		return now.Before(silenced[key]) || !critical && !r.awake(now)
	}
	for key, o := range open {
		if !o.Raised || r.Critical && !o.Critical {
			continue
		}
		t, was := told[key]
		stage, due := Raised, !was || o.Critical && !t.Critical
		if !due {
			stage, due = Lasting, now.Sub(t.At) >= again[min(max(t.Times, 1), len(again))-1]
		}
		due = due && o.Gone.IsZero() && !quiet(key, o.Critical)
		if due {
			lines = append(lines, Line{stage, o, t.Times})
			t = Told{o, now, t.Times + 1}
		}
		if was || due {
			next[key] = t
		}
	}
	for key, t := range told {
		if _, there := next[key]; there {
			continue
		}
		if quiet(key, t.Critical) {
			next[key] = t
			continue
		}
		if t.Gone.IsZero() {
			t.Gone = now // it is not over, but no matter of this target any more
		}
		lines = append(lines, Line{Over, t.Open, t.Times})
	}
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Key, b.Key)) })
	return next, lines
}

// idOf is the id of a telling: the same when the same is told again.
func idOf(lines []Line) string {
	id := fmt.Sprintf("alert_%s_%d_%d", lines[0].Key, lines[0].Since.UnixNano(), lines[0].times)
	if lines[0].Stage == Over {
		id += "_over"
	}
	return id
}

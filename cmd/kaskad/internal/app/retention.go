package app

import (
	"slices"
	"time"

	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// Retention is how long things are kept, by kind, and when the file is rid of what was dropped. Of a time of 0 is for ever.
type Retention struct {
	Messages      fallback.Duration `toml:"messages"`
	Deliveries    fallback.Duration `toml:"deliveries"`
	Changes       fallback.Duration `toml:"changes"`
	Quarantine    fallback.Duration `toml:"quarantine"`
	Media         fallback.Duration `toml:"media"`
	Journal       fallback.Duration `toml:"journal"`
	Audit         fallback.Duration `toml:"audit"`
	CompactAt     string            `toml:"compact_at"`
	CompactWithin fallback.Duration `toml:"compact_within"`
}

const day = 24 * time.Hour

func defaultRetention() Retention {
	return Retention{
		Messages: fallback.Lasting(1095 * day), Deliveries: fallback.Lasting(1095 * day), Changes: fallback.Lasting(30 * day),
		Quarantine: fallback.Lasting(90 * day), Media: fallback.Lasting(90 * day), Journal: fallback.Lasting(400 * day), Audit: fallback.Lasting(1095 * day), CompactAt: "04:00", CompactWithin: fallback.Lasting(mostWithin),
	}
}

const (
	spare      = time.Hour // to begin, and to try once more
	mostWithin = 7 * day   // a person who was erased is out of the file by then
	receiptsIn = 14 * day  // the longest that a channel keeps what it has to tell us: docs/whatsapp.md
	leastKept  = 8 * day   // idempotency keys, and what counts for a week, are looked up for so long
	everKept   = 100 * 365 // days
	readersFor = 3 * day   // who reads the changes may be away over a weekend
	hourFormat = "15:04"
)

// kept is what the store is told, of one that has a journal or has none.
func (r *Retention) kept(journal bool) store.Retention {
	return store.Retention{Messages: r.Messages.Duration, Deliveries: r.Deliveries.Duration, Changes: r.Changes.Duration, Quarantine: r.Quarantine.Duration, Audit: r.Audit.Duration, Journal: journal}
}

// mediaKept is how long files are kept: no longer than the messages that they came with, as nobody knows whose they are after that.
func (r *Retention) mediaKept() time.Duration {
	kept := time.Duration(everKept * day)
	for _, d := range []time.Duration{r.Media.Duration, r.Messages.Duration} {
		if d > 0 {
			kept = min(kept, d)
		}
	}
	return kept
}

// retention looks for times that are too short.
func (l *loader) retention(cfg *Config) {
	r := &cfg.Retention
	if _, err := time.Parse(hourFormat, r.CompactAt); err != nil {
		l.add("retention.compact_at", "%q is no time of day: write 04:00, in the zone of [company] timezone", r.CompactAt)
	}
	if w := r.CompactWithin.Duration; (w < 2*spare || w > mostWithin) && !l.wrong("retention.compact_within") {
		l.add("retention.compact_within", "is between 2h and 7d: who was erased has to be out of the file by then")
	}
	waits := longestWait(cfg)
	for _, of := range []struct {
		key         string
		keep, least time.Duration
		enough      time.Duration
		lost        string
	}{
		{"messages", r.Messages.Duration, leastKept, max(receiptsIn, waits), "a receipt that comes later finds no message"},
		{"deliveries", r.Deliveries.Duration, leastKept, max(receiptsIn, waits), "a proof that comes later counts for nothing"},
		{"changes", r.Changes.Duration, day, readersFor, "a reader that is away for longer has to read everything anew"},
		{"quarantine", r.Quarantine.Duration, day, day, ""},
		{"journal", r.Journal.Duration, 30 * day, 30 * day, ""},
		{"audit", r.Audit.Duration, day, day, ""},
		{"media", r.Media.Duration, time.Hour, time.Hour, ""},
	} {
		switch {
		case of.keep == 0, l.wrong("retention." + of.key): // what stands in its place says nothing
		case of.keep < of.least:
			l.add("retention."+of.key, "is shorter than %s; write that or more, or 0d for ever", fallback.FormatDuration(of.least))
		case of.keep < of.enough:
			l.warn("retention."+of.key, "is shorter than %s: %s", fallback.FormatDuration(of.enough), of.lost)
		}
	}
}

// wrong reports whether a key is known to be no good already.
func (l *loader) wrong(key string) bool {
	return slices.ContainsFunc(l.faults, func(f Fault) bool { return f.Key == key && !f.Warning })
}

// longestWait is how long a delivery of these cascades can be open, quiet hours and holds apart.
func longestWait(cfg *Config) (longest time.Duration) {
	cascades, _ := cfg.Cascading().Cascade(traits(cfg))
	for _, c := range cascades {
		total := c.Deadline
		for _, s := range c.Steps {
			total += s.Wait
		}
		longest = max(longest, total)
	}
	return longest.Round(time.Second)
}

// nightly is the first time after another at which a day has a time of day.
func nightly(at string, zone *time.Location, after time.Time) time.Time {
	clock, err := time.Parse(hourFormat, at)
	if err != nil {
		clock = time.Date(0, 1, 1, 4, 0, 0, 0, time.UTC) // validated
	}
	local := after.In(zone)
	for d := 0; ; d++ {
		next := time.Date(local.Year(), local.Month(), local.Day()+d, clock.Hour(), clock.Minute(), 0, 0, zone)
		if next.After(after) {
			return next
		}
	}
}

// compactBy is when a file has to be compacted in which something of a person was deleted: in the last quiet hour within the time that
// the operator gave; without one, at its end, an hour before that.
func compactBy(r *Retention, zone *time.Location, since time.Time) time.Time {
	end := since.Add(r.CompactWithin.Duration - spare)
	at := nightly(r.CompactAt, zone, since)
	if at.After(end) {
		return end
	}
	for {
		next := nightly(r.CompactAt, zone, at)
		if next.After(end) {
			return at
		}
		at = next
	}
}

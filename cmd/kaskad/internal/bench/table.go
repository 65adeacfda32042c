package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
)

// The lines of a page between which the tables stand.
const (
	tableBegin = "<!-- kaskad bench all: from here -->\n"
	tableEnd   = "<!-- kaskad bench all: to here -->\n"
)

// Markdown is the report as a page has it, with its conditions.
func (r *Report) Markdown() string {
	var s strings.Builder
	low, high := r.syncs()
	fmt.Fprintf(&s, "Measured on %s in %.0f minutes on %s; %d people, five open messages to each. This disk synced 4 KiB %.0f to %.0f times a second meanwhile.\n\n",
		r.At.UTC().Format("2006-01-02"), r.Took.Minutes(), r.System, r.People, low, high)
	fmt.Fprintln(&s, "| what | per second | p50 / p99 ms | CPU µs each (the callers') | per raw sync | foreign processors | wanted |")
	fmt.Fprintln(&s, "|---|---|---|---|---|---|---|")
	for i := range r.Rows {
		row := &r.Rows[i]
		fmt.Fprintf(&s, "| %s | %s | %s | %s | %s | %s | %s |\n", row.what(), row.rate(), row.times(), row.cpu(), row.perSync(), row.foreign(), row.wants())
	}
	return s.String()
}

func (r *Report) syncs() (low, high float64) {
	for i := range r.Rows {
		if s := r.Rows[i].Syncs; s > 0 {
			if low == 0 || s < low {
				low = s
			}
			high = max(high, s)
		}
	}
	return low, high
}

func (r *Row) what() string {
	if r.Note != "" {
		return r.What + ": " + r.Note
	}
	return r.What
}

const none = "–"

func (r *Row) rate() string {
	if r.Rate == 0 {
		return none
	}
	return fmt.Sprintf("%.0f", r.Rate)
}

func (r *Row) times() string {
	if r.P99 == 0 {
		return none
	}
	return millis(r.P50) + " / " + millis(r.P99)
}

func (r *Row) cpu() string {
	switch {
	case r.CPU == 0:
		return none
	case r.Callers == 0:
		return fmt.Sprintf("%.0f", micros(r.CPU))
	}
	return fmt.Sprintf("%.0f (%.0f)", micros(r.CPU), micros(r.Callers))
}

func (r *Row) perSync() string {
	if r.Syncs == 0 || r.Rate == 0 {
		return none
	}
	return short(r.Rate / r.Syncs)
}

func (r *Row) foreign() string {
	if r.Done == 0 || r.Syncs == 0 {
		return none
	}
	return short(r.Foreign)
}

func (r *Row) wants() string {
	var all []string
	for _, w := range r.Wants {
		s := w.String()
		if !w.Reached() {
			s = strings.Replace(s, "NOT reached", "**not reached**", 1)
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}

// WriteInto puts the report into a page, in place of what stands between its marks.
func (r *Report) WriteInto(path string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(page, []byte(tableBegin))
	_, after, ends := bytes.Cut(rest, []byte(tableEnd))
	if !begins || !ends {
		return errors.New(path + " has no place for the tables: it needs the lines " + strings.TrimSpace(tableBegin) + " and " + strings.TrimSpace(tableEnd))
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, bytes.Join([][]byte{before, []byte(tableBegin + r.Markdown() + tableEnd), after}, nil), info.Mode())
}

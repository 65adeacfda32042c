// Package bench measures this program on this machine, and holds what it measured against what is wanted of it.
//
// The store is called in this process; everything else is a gateway that runs as a process of its own, known by its command line and its
// HTTP alone, on a copy of a file that was grown by the store's own journeys. Whoever calls it is this process, which shares the
// processors with what it measures and says how much of them it took. Rates say as much about the machine as about the program, so each
// stands beside the rate at which the disk syncs 4 KiB in the same moment, and a log that only appends is measured, too.
//
// It keeps the grown files in the folder that it is given, for the next run, and nothing else. It never calls anything but loopback
// addresses, never ends a process that it did not start, and never says that something is reached that was not measured in this run.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Options say what is measured.
type Options struct {
	Program  string   // the binary
	Env      []string // of its processes, besides our own
	Dir      string   // where grown files are kept
	People   int      // of the grown file; each has five messages of ours that are open
	Only     []string // parts by name; empty: all
	Operates int      // operations of each measurement; 0: 40,000
	Tell     func(line string)
}

// Open is how many messages of ours are open in each chat of the grown file.
const Open = 5

// Callers is how many call at once, where nothing else is said.
const Callers = 64

// Report is what was measured.
type Report struct {
	At      time.Time
	System  string // "linux/amd64, 2 processors, go1.26"
	People  int
	Rows    []Row
	Took    time.Duration
	Skipped []string // parts that were not asked for
}

// Row is one measurement.
type Row struct {
	Part, What string
	Done       int           // operations
	Rate       float64       // of them, per second
	P50, P99   time.Duration // of one
	CPU        time.Duration // of what is measured, per operation; 0: it was not told apart
	Callers    time.Duration // of who calls, per operation
	Syncs      float64       // raw syncs per second, before and after
	Foreign    float64       // processors that other work took
	Note       string
	Wants      []Want
}

// Want is a number that is wanted.
type Want struct {
	Of   string // "per second"
	Got  float64
	Want float64
	Most bool // it is a bound from above
}

// Reached reports whether it is.
func (w Want) Reached() bool {
	if w.Most {
		return w.Got <= w.Want
	}
	return w.Got >= w.Want
}

// part is a part of the run.
type part struct {
	name string
	run  func(ctx context.Context, b *bench) error
}

func parts() []part {
	return []part{
		{"disk", disk},
		{"store", storeAccepts},
		{"start", starts},
		{"api", apiAccepts},
		{"hooks", hooks},
		{"looks", looks},
	}
}

// Names are the parts.
func Names() (names []string) {
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// bench is a run.
type bench struct {
	Options
	report *Report
	work   string // a folder for this run
	grown  *grown // the file, once it was wanted
}

// Run measures what is asked for. The report is there in each case.
func Run(ctx context.Context, o Options) (r *Report, err error) {
	r = &Report{At: time.Now(), System: fmt.Sprintf("%s/%s, %d processors, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version()), People: o.People}
	if runtime.GOOS != "linux" {
		return r, errors.New("it reads /proc to tell what a process costs: run it on Linux")
	}
	if o.Operates == 0 {
		o.Operates = 40_000
	}
	for _, name := range o.Only {
		if !slices.Contains(Names(), name) {
			return r, fmt.Errorf("there is no part %q: %s", name, strings.Join(Names(), ", "))
		}
	}
	b := &bench{Options: o, report: r}
	if b.work, err = os.MkdirTemp(o.Dir, "run-"); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.work)) }()
	for _, p := range parts() {
		if len(o.Only) > 0 && !slices.Contains(o.Only, p.name) {
			r.Skipped = append(r.Skipped, p.name)
			continue
		}
		if err := p.run(ctx, b); err != nil {
			return r, fmt.Errorf("%s: %w", p.name, err)
		}
		if err := ctx.Err(); err != nil {
			return r, err
		}
	}
	r.Took = time.Since(r.At)
	return r, nil
}

// add keeps a measurement and tells it.
func (b *bench) add(row Row) {
	b.report.Rows = append(b.report.Rows, row)
	b.Tell(row.String())
}

// String is the measurement in a line.
func (r Row) String() string {
	s := fmt.Sprintf("%-5s %s: %s", r.Part, r.What, r.figures())
	for _, w := range r.Wants {
		s += "; " + w.String()
	}
	return s
}

func (r Row) figures() string {
	var all []string
	if r.Rate > 0 {
		all = append(all, fmt.Sprintf("%.0f/s", r.Rate))
	}
	if r.P99 > 0 {
		all = append(all, fmt.Sprintf("%s / %s ms", millis(r.P50), millis(r.P99)))
	}
	if r.CPU > 0 {
		all = append(all, fmt.Sprintf("%.0f µs", micros(r.CPU)))
	}
	if r.Note != "" {
		all = append(all, r.Note)
	}
	return strings.Join(all, ", ")
}

// String is what is wanted and whether it is reached.
func (w Want) String() string {
	sense, is := "at least", "reached"
	if w.Most {
		sense = "at most"
	}
	if !w.Reached() {
		is = "NOT reached"
	}
	return fmt.Sprintf("%s %s, wanted %s %s: %s", short(w.Got), w.Of, sense, short(w.Want), is)
}

func short(f float64) string {
	if f >= 100 {
		return fmt.Sprintf("%.0f", f)
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", f), "0"), ".")
}

func millis(d time.Duration) string { return short(float64(d.Microseconds()) / 1000) }

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

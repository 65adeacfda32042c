package templates

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is something wrong in a file: where, what, and what to do.
type Fault struct {
	File    string
	Line    int // 0: the file or folder as a whole
	Problem string
	Fix     string
}

func (f Fault) Error() string {
	where := f.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	if f.Fix == "" {
		return where + ": " + f.Problem
	}
	return where + ": " + f.Problem + "; " + f.Fix
}

// Faults is all that is wrong, one a line.
type Faults []Fault

func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

func (s *Set) fault(file string, line int, problem, fix string) {
	s.faults = append(s.faults, Fault{file, line, problem, fix})
}

// UnknownTemplate says that there is no template of that name.
type UnknownTemplate struct {
	Name    string
	Nearest string // empty when no name is close
}

func (e *UnknownTemplate) Error() string {
	if e.Nearest == "" {
		return fmt.Sprintf("no template %q", e.Name)
	}
	return fmt.Sprintf("no template %q; did you mean %q?", e.Name, e.Nearest)
}

// Detail is the same in sentences, for people.
func (e *UnknownTemplate) Detail() string {
	if e.Nearest == "" {
		return fmt.Sprintf("No template %q.", e.Name)
	}
	return fmt.Sprintf("No template %q. Did you mean %q?", e.Name, e.Nearest)
}

// NoVariant says that a template has no words for a channel.
type NoVariant struct{ Template, Locale, Channel string }

func (e *NoVariant) Error() string {
	return fmt.Sprintf("template %s has no variant for %s in %q", e.Template, e.Channel, e.Locale)
}

// FieldError says that the data does not fit the template: a field is missing, or cannot stand where it should.
type FieldError struct{ Template, Field, Problem string }

func (e *FieldError) Error() string {
	return fmt.Sprintf("template %s: field %q %s", e.Template, e.Field, e.Problem)
}

// TooLong says that the text with this data is longer than the format takes.
type TooLong struct {
	Template  string // empty for free text
	Size, Max int
	Unit      string // "characters" or "bytes"
}

func (e *TooLong) Error() string {
	what := "text"
	if e.Template != "" {
		what = "template " + e.Template + " with this data"
	}
	return fmt.Sprintf("%s is too long: %d %s, at most %d", what, e.Size, e.Unit, e.Max)
}

// NoWayOut says that a marketing message could not be stopped: nobody can answer on the channel, and there is
// no link.
type NoWayOut struct{ Template, Channel string }

func (e *NoWayOut) Error() string {
	return fmt.Sprintf("template %s is marketing and has no way out on %s: set [server] public_url", e.Template, e.Channel)
}

// Empty says that nothing would be left to send.
type Empty struct{ Template string }

func (e *Empty) Error() string {
	if e.Template == "" {
		return "text is empty"
	}
	return "template " + e.Template + " with this data is empty"
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

// Nearest picks the name that is closest to what was asked, for "did you mean"; empty when all are far.
func Nearest(asked string, names []string) string {
	best, bestDistance := "", len(asked)/3+1
	if len(asked) > 64 {
		return ""
	}
	for _, name := range names {
		if d := distance(asked, name); d <= bestDistance && (best == "" || d < bestDistance) {
			best, bestDistance = name, d
		}
	}
	return best
}

// NearestFew are at most n of the names, the nearest to what was asked for first, however far they are.
func NearestFew(asked string, names []string, n int) []string {
	short := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return len(name) > 64 || len(asked) > 200 })
	slices.SortStableFunc(short, func(a, b string) int { return distance(asked, a) - distance(asked, b) })
	return short[:min(max(n, 0), len(short))]
}

// distance counts the insertions, deletions, changes and swaps of neighbours between two words.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}

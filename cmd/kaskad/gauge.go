package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

const (
	drawEvery  = 100 * time.Millisecond // a bar
	tellEvery  = 5 * time.Second        // a line, where there is no terminal
	longestBar = 30
)

// gauge shows how far a long work is: a bar on a terminal, a line now and then elsewhere.
type gauge struct {
	out   io.Writer
	wide  func() int // columns of the terminal; 0: none
	doing string
	from  time.Time // when it began to do that
	shown time.Time
	drawn bool
}

func newGauge(out io.Writer) *gauge {
	return &gauge{out: out, wide: func() int { return columnsOf(out) }}
}

// tell shows progress, unless it did so a moment ago.
func (g *gauge) tell(p app.Progress, now time.Time) {
	if p.Doing != g.doing {
		g.end()
		g.doing, g.from, g.shown = p.Doing, now, now
	}
	columns, every := g.wide(), tellEvery
	if columns > 0 {
		every = drawEvery
	}
	if now.Sub(g.shown) < every {
		return
	}
	g.shown = now
	parts := progressParts(p, now.Sub(g.from))
	if columns == 0 {
		fmt.Fprintf(g.out, "%s: %s\n", p.Doing, strings.Join(parts, ", "))
		return
	}
	g.drawn = true
	io.WriteString(g.out, "\r\x1b[2K"+barLine(p, parts, columns-1))
}

// end takes the bar away: the line is free for what comes.
func (g *gauge) end() {
	if g.drawn {
		io.WriteString(g.out, "\r\x1b[2K")
	}
	g.drawn = false
}

// progressParts are what is known of a work, most important first.
func progressParts(p app.Progress, took time.Duration) []string {
	count := thousands(p.Done)
	if p.Total > 0 {
		count += " of " + thousands(p.Total)
	}
	parts := []string{count}
	if took > 0 && p.Done > 0 {
		parts = append(parts, thousands(int(float64(p.Done)/took.Seconds()))+" a second")
	}
	if p.Part > 0 && p.Part < 1 && p.Doing != "waiting" { // nobody knows how long people take to read
		left := time.Duration(float64(took) * (1 - p.Part) / p.Part)
		parts = append(parts, max(left.Round(time.Second), time.Second).String()+" left")
	}
	return parts
}

// barLine is one line of at most so many columns: what does not fit is left out, the bar first of all.
func barLine(p app.Progress, parts []string, columns int) string {
	for n := len(parts); n > 0; n-- {
		line := p.Doing + "  " + strings.Join(parts[:n], ", ")
		room := columns - cells(line) - 4
		if room >= 10 {
			return fmt.Sprintf("%s  %s  %s", p.Doing, bar(p.Part, min(room, longestBar)), strings.Join(parts[:n], ", "))
		}
		if cells(line) <= columns {
			return line
		}
	}
	return cut(parts[0], max(columns, 1))
}

func bar(part float64, width int) string {
	full := int(part*float64(width-2) + 0.5)
	return "[" + strings.Repeat("#", full) + strings.Repeat("-", width-2-full) + "]"
}

// bulk writes a number of bytes as people read it: 18.4 MB.
func bulk(bytes int64) string {
	units, n := []string{"kB", "MB", "GB", "TB"}, float64(bytes)/1000
	if bytes < 1000 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	for len(units) > 1 && n >= 999.95 {
		n, units = n/1000, units[1:]
	}
	return fmt.Sprintf("%.1f %s", n, units[0])
}

// plural writes how many there are of something: 1 message, 12,000 messages.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands writes a number as people read it: 98,400.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

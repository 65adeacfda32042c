package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// board shows where one delivery stands: on a terminal a line for each step, drawn again; elsewhere a line for each change.
type board struct {
	out   io.Writer
	wide  func() int // columns of the terminal; 0: none
	told  string
	lines int // that stand on the terminal
}

func newBoard(out io.Writer) *board {
	return &board{out: out, wide: func() int { return columnsOf(out) }}
}

func (b *board) tell(now *app.Standing, at time.Time) {
	columns := b.wide()
	if columns == 0 {
		if line := printable(now.Line(at)); line != b.told && !now.Ended() {
			b.told = line
			fmt.Fprintln(b.out, line)
		}
		return
	}
	text := ""
	for _, line := range b.draw(now, at) {
		text += "\r\x1b[2K" + cut(printable(line), max(columns-1, 1)) + "\n"
	}
	if text == b.told {
		return
	}
	up := ""
	if b.lines > 0 {
		up = fmt.Sprintf("\x1b[%dA", b.lines)
	}
	below := ""
	if n := strings.Count(text, "\n"); n < b.lines {
		below = "\x1b[J" // a step went away
	}
	b.told, b.lines = text, strings.Count(text, "\n")
	io.WriteString(b.out, up+text+below)
}

// draw is a line for the delivery, and one for each step: the channel, where it stands, since when, and when it goes on.
func (b *board) draw(now *app.Standing, at time.Time) []string {
	lines := []string{now.ID + "  " + now.Line(at)}
	if now.Ended() {
		lines[0] = now.Sent.String()
	}
	for _, step := range now.Steps {
		state := step.State
		if step.Reason != "" {
			state += " (" + step.Reason + ")"
		}
		line := fmt.Sprintf("  %-14s %-24s", step.Channel, state)
		if since := step.Since(); !since.IsZero() {
			line += " since " + since.In(at.Location()).Format(time.TimeOnly)
		}
		if step.NextAt.After(at) && !now.Ended() {
			line += ", next at " + app.Moment(step.NextAt.In(at.Location()), at)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

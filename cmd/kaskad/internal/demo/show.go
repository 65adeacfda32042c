package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Show plays in a view of the whole terminal, and gives the terminal back as it was, whatever happens. A q ends it, as the end of
// ctx does; neither is an error: the table shows what there was.
func (w *World) Show(ctx context.Context, shop Shop, t *Terminal) (*Report, error) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := t.enter(); err != nil {
		return nil, err
	}
	played := make(chan error, 1)
	go func() { played <- caught(func() error { return w.play(inner, shop, nil) }) }()
	left, err := w.draw(inner, t, played) // draws until the play is over or q was pressed
	cancel()
	if left {
		err = <-played
	}
	if c, ok := errors.AsType[*crash](err); ok {
		panic(c.Error())
	}
	r, err := w.ended(ctx, err)
	if left {
		r, err = w.report(time.Now()), nil
		r.Left = true
	}
	return r, err
}

// crash is a panic that waits until the terminal is given back.
type crash struct {
	what  any
	where []byte
}

func (c *crash) Error() string { return fmt.Sprintf("%v\n\n%s", c.what, c.where) }

// caught turns a panic into an error: nobody could read it on a screen that is about to go.
func caught(do func() error) (err error) {
	defer func() {
		if what := recover(); what != nil {
			err = &crash{what, debug.Stack()}
		}
	}()
	return do()
}

// frames is how often the view is drawn.
const frames = 100 * time.Millisecond

// draw draws until the demo is over, ctx ends or somebody presses q. The terminal is given back also when drawing panics.
func (w *World) draw(ctx context.Context, t *Terminal, played <-chan error) (left bool, err error) {
	defer func() {
		if back := t.leave(); err == nil {
			err = back
		}
	}()
	keys := make(chan byte)
	go t.keys(ctx, keys)
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	defer signal.Stop(resized)
	tick := time.NewTicker(frames)
	defer tick.Stop()
	for {
		s := w.board.look(time.Now())
		if err := t.show(frame(&s, t.size(), t.paint)); err != nil {
			return false, err
		}
		select {
		case err := <-played:
			return false, err
		case <-resized:
			t.forget()
		case <-tick.C:
		case key := <-keys:
			if key == 'q' || key == 'Q' {
				return true, nil
			}
		}
	}
}

// Terminal is one that a person sits at.
type Terminal struct {
	in, out *os.File
	paint   paint
	before  *mode // nil: the keyboard is not ours
	last    []string
}

// NewTerminal finds the terminal behind two streams. False: out is none, or one that cannot be drawn on; then lines are the thing.
// Without a keyboard (in is no terminal) there are no keys, and Ctrl-C still ends the view.
func NewTerminal(in io.Reader, out io.Writer, env func(string) string) (*Terminal, bool) {
	o, ok := out.(*os.File)
	if !ok || !isTerminal(o) || env("TERM") == "" || env("TERM") == "dumb" {
		return nil, false
	}
	t := &Terminal{out: o, paint: colours()}
	if i, ok := in.(*os.File); ok && isTerminal(i) {
		t.in = i
	}
	if env("NO_COLOR") != "" { // see https://no-color.org: any value that is not empty
		t.paint = nil
	}
	return t, true
}

const (
	enterView = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J" // the other screen, no cursor, no wrapping of lines that a terminal finds longer than we do
	leaveView = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// enter takes the screen and the keyboard.
func (t *Terminal) enter() error {
	if t.in != nil {
		before, err := unbuffered(t.in)
		if err != nil {
			return err
		}
		t.before = before
	}
	if _, err := t.out.WriteString(enterView); err != nil {
		return errors.Join(err, t.leave())
	}
	return nil
}

// leave gives both back.
func (t *Terminal) leave() error {
	_, err := t.out.WriteString(leaveView)
	if t.before != nil {
		err = errors.Join(err, t.before.restore(t.in))
	}
	return err
}

// size is the terminal's as it is now; one that does not know is taken for the classic one.
func (t *Terminal) size() size {
	s, ok := sizeOf(t.out)
	if !ok || s.columns <= 0 || s.rows <= 0 {
		return size{80, 24}
	}
	return s
}

// forget makes the next frame be drawn as a whole.
func (t *Terminal) forget() { t.last = nil }

// show draws the lines that differ from the frame before, each at its place: a width that a terminal sees otherwise than we do
// shifts nothing else.
func (t *Terminal) show(lines []string) error {
	var b strings.Builder
	if len(t.last) != len(lines) {
		t.last = nil
		b.WriteString("\x1b[2J")
	}
	for i, line := range lines {
		if t.last == nil || t.last[i] != line {
			b.WriteString("\x1b[" + strconv.Itoa(i+1) + ";1H" + line + "\x1b[K")
		}
	}
	t.last = slices.Clone(lines)
	_, err := t.out.WriteString(b.String())
	return err
}

// keys hands over what is pressed, until ctx ends. It never waits long for a key: what is typed afterwards is the shell's.
func (t *Terminal) keys(ctx context.Context, to chan<- byte) {
	for t.before != nil && ctx.Err() == nil {
		key, ok, err := press(t.in)
		if err != nil {
			return // the terminal is gone; drawing on it says so
		}
		if !ok {
			continue
		}
		select {
		case to <- key:
		case <-ctx.Done():
		}
	}
}

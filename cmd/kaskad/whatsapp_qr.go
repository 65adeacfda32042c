package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mdp/qrterminal/v3"
	"golang.org/x/sys/unix"
	"rsc.io/qr"
)

// qrScreen shows a QR code on a terminal and draws the next one in its place.
type qrScreen struct {
	out     io.Writer
	size    func() (columns, rows int) // 0: no terminal
	lines   int                        // that stand there
	instead string                     // what else could be done where it does not fit
}

func newQRScreen(out io.Writer, instead string) *qrScreen {
	return &qrScreen{out: out, size: func() (int, int) { return sizeOf(out) }, instead: instead}
}

// sizeOf is how large the terminal behind a writer is; 0: it is none.
func sizeOf(out io.Writer) (columns, rows int) {
	f, ok := out.(*os.File)
	if !ok {
		return 0, 0
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return int(size.Col), int(size.Row)
}

// Real white on real black, whatever the terminal's own colours are: a code in wrong colours is not scanned.
const (
	qrColours  = "\x1b[38;5;231;48;5;16m"
	noColours  = "\x1b[0m"
	clearBelow = "\x1b[J"
	qrQuiet    = 2 // white squares around the code; an even number keeps lines whole
)

// draw shows a code, in place of the one before where that can still be reached.
func (q *qrScreen) draw(text string) error {
	lines, err := qrLines(text)
	if err != nil {
		return err
	}
	columns, rows := q.size()
	if columns == 0 {
		_, err := io.WriteString(q.out, strings.Join(lines, "\n")+"\n")
		return err
	}
	if wide := strings.Count(lines[0], "") - 1; columns < wide || rows <= len(lines) {
		return fmt.Errorf("the QR code needs a window of %d columns and %d lines: make it larger or the letters smaller, or use %s", wide, len(lines)+1, q.instead)
	}
	q.clear()
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(qrColours + line + noColours + "\n")
	}
	q.lines = len(lines)
	_, err = io.WriteString(q.out, b.String())
	return err
}

// clear takes the code away: it is worth nothing any more, or another one comes.
func (q *qrScreen) clear() {
	if q.lines > 0 {
		fmt.Fprintf(q.out, "\x1b[%dA\r%s", q.lines, clearBelow)
	}
	q.lines = 0
}

// qrLines draws a code with half blocks, white as full ones.
func qrLines(text string) ([]string, error) {
	if _, err := qr.Encode(text, qr.L); err != nil {
		return nil, fmt.Errorf("qr: %w", err)
	}
	var b strings.Builder
	qrterminal.GenerateWithConfig(text, qrterminal.Config{Level: qr.L, Writer: &b, HalfBlocks: true, QuietZone: qrQuiet})
	return strings.Split(strings.TrimRight(b.String(), "\n"), "\n"), nil
}

// writeQR puts a code into a picture that its owner alone may read: whoever scans it is linked.
func writeQR(path, text string) error {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return fmt.Errorf("qr: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".qr-*") // 0600
	if err != nil {
		return fmt.Errorf("--png: %w", err)
	}
	_, err = f.Write(code.PNG())
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("--png: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// removeQR takes the picture away.
func removeQR(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--png: %w", err)
	}
	return nil
}

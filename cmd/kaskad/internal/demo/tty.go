package demo

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// mode is how a terminal treats what is typed.
type mode unix.Termios

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), getMode)
	return err == nil
}

func sizeOf(f *os.File) (size, bool) {
	s, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return size{}, false
	}
	return size{int(s.Col), int(s.Row)}, true
}

// unbuffered lets keys come as they are pressed and not be shown, and answers with how it was. Ctrl-C stays the signal that it is.
// A stop (Ctrl-Z) would leave the shell with our screen, and a running gateway asleep: it does nothing.
func unbuffered(f *os.File) (*mode, error) {
	was, err := unix.IoctlGetTermios(int(f.Fd()), getMode)
	if err != nil {
		return nil, err
	}
	now := *was
	now.Lflag &^= unix.ICANON | unix.ECHO
	now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 0, 1 // a read waits for a tenth of a second at most
	now.Cc[unix.VSUSP] = disabled
	before := mode(*was)
	return &before, unix.IoctlSetTermios(int(f.Fd()), setMode, &now)
}

// restore makes it as it was. What was typed meanwhile and not read is dropped: it was meant for the view.
func (m *mode) restore(f *os.File) error {
	was := unix.Termios(*m)
	return unix.IoctlSetTermios(int(f.Fd()), setModeFlush, &was)
}

// press reads one key; false: none came for a moment. A key that sends several bytes comes as its first.
func press(f *os.File) (byte, bool, error) {
	var b [16]byte
	n, err := unix.Read(int(f.Fd()), b[:])
	switch {
	case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
		return 0, false, nil
	case err != nil:
		return 0, false, err
	}
	return b[0], n > 0, nil
}

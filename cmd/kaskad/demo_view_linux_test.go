package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// seat is a terminal of its own with the program in front.
type seat struct {
	t      *testing.T
	master *os.File
	slave  *os.File
	before *unix.Termios
	screen *watched
	shown  chan struct{} // closed: the program has let go of the terminal
	cmd    *exec.Cmd
}

func newSeat(t *testing.T, env []string, args ...string) *seat {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no terminals can be made here: %v", err)
	}
	s := &seat{t: t, master: os.NewFile(uintptr(fd), "ptmx"), screen: &watched{wrote: make(chan struct{}, 1)}, shown: make(chan struct{})}
	t.Cleanup(func() { s.master.Close() })
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	mustAll(t, err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	s.slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	mustAll(t, err)
	t.Cleanup(func() { s.slave.Close() })
	s.before, err = unix.IoctlGetTermios(int(s.slave.Fd()), unix.TCGETS)
	mustAll(t, err)
	s.resize(100, 30)
	s.cmd = exec.Command(os.Args[0], args...)
	s.cmd.Env = append(append(os.Environ(), asProgram+"=1", "TERM=xterm", "NO_COLOR="), env...)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = s.slave, s.slave, s.slave
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	mustAll(t, s.cmd.Start())
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		if all := s.screen.String(); t.Failed() {
			t.Logf("what came last on the screen: %q", all[max(0, len(all)-4000):])
		}
	})
	go func() {
		defer close(s.shown)
		var b [4096]byte
		for {
			n, err := s.master.Read(b[:])
			if err != nil {
				return
			}
			s.screen.Write(b[:n])
		}
	}()
	return s
}

func (s *seat) resize(columns, rows uint16) {
	s.t.Helper()
	mustAll(s.t, unix.IoctlSetWinsize(int(s.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows}))
}

func (s *seat) await(words string) {
	s.t.Helper()
	waitFor(s.t, fmt.Sprintf("%q on the screen", words), func() bool { return strings.Contains(s.screen.String(), words) })
}

// end waits for the end of the program and returns what the terminal got after the view was left.
func (s *seat) end() string {
	s.t.Helper()
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("it ended with %v", err)
	}
	after, err := unix.IoctlGetTermios(int(s.slave.Fd()), unix.TCGETS)
	mustAll(s.t, err)
	if *after != *s.before {
		s.t.Errorf("the keyboard is not as before: %+v, was %+v", after, s.before)
	}
	mustAll(s.t, s.slave.Close())
	<-s.shown
	view, rest, ok := strings.Cut(s.screen.String(), "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l")
	if !ok || strings.Count(view, "\x1b[?1049h") != 1 || strings.Contains(rest, "\x1b") {
		s.t.Errorf("the screen was not given back: %q", s.screen)
	}
	return rest
}

// However the live view ends, the terminal is as it was, and the table stands on it.
func TestDemoGivesTheTerminalBack(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*seat){
		"q":       func(s *seat) { s.press("q") },
		"Ctrl-C":  func(s *seat) { s.press("\x03") },
		"SIGHUP":  func(s *seat) { mustAll(s.t, s.cmd.Process.Signal(syscall.SIGHUP)) },
		"SIGTERM": func(s *seat) { mustAll(s.t, s.cmd.Process.Signal(syscall.SIGTERM)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSeat(t, nil, "demo", "--customers", "30", "--speed", "60")
			s.await("Ctrl-C\x1b[0m ends")
			s.await("reached")
			s.press("\x1a") // Ctrl-Z does not leave the shell with our screen
			s.resize(44, 12)
			s.await("+23 more") // 30 customers, 12 rows less the head of four and the foot
			end(s)
			if rest := s.end(); !strings.Contains(rest, "CUSTOMER") || !strings.Contains(rest, "Ended early") {
				t.Errorf("on the terminal stands %q", rest)
			}
		})
	}
}

func (s *seat) press(keys string) {
	s.t.Helper()
	_, err := s.master.WriteString(keys)
	mustAll(s.t, err)
}

// The view ends by itself when all is over, and obeys those who want no colours.
func TestDemoOnATerminal(t *testing.T) {
	t.Parallel()
	s := newSeat(t, []string{"NO_COLOR=1"}, "demo", "--customers", "3", "--speed", "2000")
	rest := s.end()
	if !strings.Contains(rest, "of 3 reached") || strings.Contains(rest, "Ended early") {
		t.Errorf("on the terminal stands %q", rest)
	}
	for _, code := range []string{"\x1b[1m", "\x1b[2m", "\x1b[7m", "\x1b[32m", "\x1b[36m"} {
		if strings.Contains(s.screen.String(), code) {
			t.Errorf("there is %q in it", code)
		}
	}
}

// A terminal that can do nothing gets lines.
func TestDemoOnADumbTerminal(t *testing.T) {
	t.Parallel()
	s := newSeat(t, []string{"TERM=dumb"}, "demo", "--customers", "2", "--speed", "2000")
	if err := s.cmd.Wait(); err != nil {
		t.Error(err)
	}
	mustAll(t, s.slave.Close())
	<-s.shown
	if got := s.screen.String(); strings.Contains(got, "\x1b") || !strings.Contains(got, "0:00:00  ") || !strings.Contains(got, "of 2 reached") {
		t.Errorf("it shows %q", got)
	}
}

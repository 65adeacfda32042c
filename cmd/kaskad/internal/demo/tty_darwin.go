package demo

import "golang.org/x/sys/unix"

const (
	getMode      = unix.TIOCGETA
	setMode      = unix.TIOCSETA
	setModeFlush = unix.TIOCSETAF
	disabled     = 0xff // _POSIX_VDISABLE
)

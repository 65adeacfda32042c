package demo

import "golang.org/x/sys/unix"

const (
	getMode      = unix.TCGETS
	setMode      = unix.TCSETS
	setModeFlush = unix.TCSETSF
	disabled     = 0
)

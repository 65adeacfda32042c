package store

import (
	"os"
	"syscall"
)

// reserve gives a file room, so that a write changes nothing but its data.
func reserve(f *os.File, size int64) error { return syscall.Fallocate(int(f.Fd()), 0, 0, size) }

// syncData makes the data of a file durable.
func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

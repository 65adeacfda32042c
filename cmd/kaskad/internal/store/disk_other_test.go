//go:build !linux

package store

import "os"

// reserve gives a file its size; whether there is room shows when it is written.
func reserve(f *os.File, size int64) error { return f.Truncate(size) }

// syncData makes a file durable.
func syncData(f *os.File) error { return f.Sync() }

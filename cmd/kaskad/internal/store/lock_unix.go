//go:build linux || darwin

package store

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lock takes the lock that bbolt takes of a store it has open; it ends with the file.
func lock(f *os.File) error {
	const again = 50 * time.Millisecond
	for end := time.Now().Add(lockWait); ; time.Sleep(again) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if time.Now().After(end) {
			return ErrInUse
		}
	}
}

// GiveAs makes a file the owner's of another one, when the superuser made it: whoever the gateway runs as has to read it.
func GiveAs(path, like string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(like)
	if err != nil {
		return err
	}
	of, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return os.Lchown(path, int(of.Uid), int(of.Gid))
}

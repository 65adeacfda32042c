//go:build linux || darwin

package keyring

import (
	"errors"
	"syscall"
)

// Lock takes the file for one store, until it is closed; ErrInUse. Two that gave away its numbers would write over each other's keys.
func (r *Ring) Lock() error {
	err := syscall.Flock(int(r.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}

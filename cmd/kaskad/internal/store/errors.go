package store

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	bolterrors "go.etcd.io/bbolt/errors"

	"kaskad/fallback"
)

// Errors of a store that cannot write. All of them are fallback.ErrUnavailable: nothing was changed, nothing may be
// acknowledged.
var (
	// ErrFailed is a store that met an error of the disk while it made a commit durable: what is on disk is not certain. It
	// answers nothing but this any more; the process has to end.
	ErrFailed = unavailable("the store has failed")
	// ErrFull is a disk without room. It passes when there is room again.
	ErrFull = unavailable("no room on the disk")
	// ErrReadOnly is a disk that does not let us write.
	ErrReadOnly = unavailable("the disk is read-only")
	// ErrClosed is a store that was closed.
	ErrClosed = unavailable("the store is closed")
)

// ErrInUse is a file that another process has open.
var ErrInUse = errors.New("kaskad.db is in use; is another kaskad running?")

// ErrKind is a file of real records where one of test keys' is wanted, or the other way round.
var ErrKind = errors.New("the file is of the other kind")

// ErrNewer is a file that a newer version has written.
var ErrNewer = errors.New("the file was written by a newer kaskad")

type unavailableError string

func unavailable(s string) error { return unavailableError(s) }

func (e unavailableError) Error() string        { return string(e) }
func (e unavailableError) Is(target error) bool { return target == fallback.ErrUnavailable }

// harmless names errors of a commit that leave everything as it was: the caller has to know that the new root was not
// written. Nil: it is none of those.
func harmless(err error) error {
	is := func(cause error) bool { return errors.Is(err, cause) || notGrown(err, cause) }
	switch {
	case is(syscall.ENOSPC), is(syscall.EDQUOT), is(syscall.EFBIG), errors.Is(err, bolterrors.ErrMaxSizeReached):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case is(syscall.EROFS), is(syscall.EPERM), is(syscall.EACCES):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return nil
}

// notGrown reports whether the file could not be made larger for a reason. bbolt v1.5.0 makes a text of that reason
// (DB.grow): it grows the file before it writes the first page of a commit, so nothing has changed.
func notGrown(err, cause error) bool {
	return strings.HasPrefix(err.Error(), "file resize error: ") && strings.HasSuffix(err.Error(), ": "+cause.Error())
}

package app

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// whileRead ends with ctx, or when nobody reads any more what is written: then the demo ends in order, and leaves nothing behind. The
// signal alone does not say so. A program that asks for it gets it for every broken connection, too, and simulators break many.
func whileRead(ctx context.Context, s Streams) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	go func() {
		for !unread(s.Out) && !unread(s.Err) {
			select {
			case <-broken:
			case <-ctx.Done():
				return
			}
		}
		cancel()
	}()
	return ctx, func() {
		cancel()
		signal.Stop(broken)
	}
}

// unread reports whether a stream is a pipe that nobody reads any more.
func unread(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	var gone bool
	err = raw.Control(func(fd uintptr) {
		at := []unix.PollFd{{Fd: int32(fd)}}
		n, err := unix.Poll(at, 0)
		gone = err == nil && n > 0 && at[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
	})
	return err == nil && gone
}

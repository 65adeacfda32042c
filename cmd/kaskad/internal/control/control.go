// Package control is the unix socket that commands use: the running gateway serves its API there, and trusts whoever can open
// the socket as the operator. Only the owner of the data directory can: the socket's mode is 0600.
//
// It keeps nothing. The socket is a file that a crash leaves behind; it is replaced when nobody answers there.
//
// It never listens on the network, and never takes the place of a gateway that answers.
package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"kaskad/cmd/kaskad/internal/people"
)

// ErrNotRunning is a socket at which nobody answers.
var ErrNotRunning = errors.New("no gateway is running here")

// ErrRunning is a socket at which a gateway answers.
var ErrRunning = errors.New("another kaskad is running here")

const (
	dialTime = 2 * time.Second
	// maxPath is what fits into a socket's address on every system we run on (macOS: 104 with the closing zero).
	maxPath = 103
)

// Listen opens the socket. A stale one is replaced; one where a gateway answers is ErrRunning.
//
// The socket is made in a directory that only the owner may enter, gets its mode there, and is then moved to its place: at no
// time can anybody else connect.
func Listen(path string) (net.Listener, error) {
	conn, err := dial(context.Background(), path)
	if err == nil {
		conn.Close()
		return nil, fmt.Errorf("%s: %w", path, ErrRunning)
	}
	if !errors.Is(err, ErrNotRunning) {
		return nil, err
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket == 0 {
		return nil, fmt.Errorf("%s is no socket; move it away", path)
	}
	private, err := os.MkdirTemp(filepath.Dir(path), ".k")
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	defer os.RemoveAll(private)
	fresh := filepath.Join(private, "s")
	if err := fits(fresh); err != nil {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	l.SetUnlinkOnClose(false) // its name changes now
	if err = os.Chmod(fresh, 0o600); err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("control socket: %w", err), l.Close())
	}
	return newListener(l, path)
}

func fits(path string) error {
	if len(path) > maxPath {
		return fmt.Errorf("control socket: the path %s is longer than %d bytes, which no socket takes; use a shorter [server] data_dir", path, maxPath)
	}
	return nil
}

// listener takes its socket away when it is closed, unless a later gateway has put its own there.
type listener struct {
	net.Listener
	path string
	mine os.FileInfo
}

func newListener(l net.Listener, path string) (net.Listener, error) {
	mine, err := os.Lstat(path)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &listener{l, path, mine}, nil
}

func (l *listener) Close() error {
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.mine) {
		_ = os.Remove(l.path)
	}
	return l.Listener.Close()
}

// Trusted lets every caller of a handler be the operator on this machine. It is for the socket alone.
func Trusted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(people.With(r.Context(), people.Local())))
	})
}

// dial connects to the socket; ErrNotRunning when there is none, or nobody behind it.
func dial(ctx context.Context, path string) (net.Conn, error) {
	if err := fits(path); err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		return conn, nil
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTSOCK):
		return nil, fmt.Errorf("%s: %w", path, ErrNotRunning)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s: %w; run the command as the user that the gateway runs as", path, err)
	}
	return nil, err
}

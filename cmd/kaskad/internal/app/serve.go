package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
)

// ServeOptions are the flags of `kaskad serve`.
type ServeOptions struct{ LogJSON bool }

const ballastSize = 16 << 20

// Serve runs the gateway until ctx ends.
func Serve(ctx context.Context, at Place, o ServeOptions, s Streams) error {
	cfg, faults := Load(string(at))
	if faults.Errors() {
		return faults
	}
	log := slog.New(slog.NewTextHandler(s.Err, nil))
	if o.LogJSON {
		log = slog.New(slog.NewJSONHandler(s.Err, nil))
	}
	for _, f := range faults {
		log.Warn("configuration", "file", f.File, "line", f.Line, "key", f.Key, "problem", f.Problem)
	}
	hangUp := make(chan os.Signal, 1) // from here on: one that comes during the start must not end the program
	signal.Notify(hangUp, syscall.SIGHUP)
	defer signal.Stop(hangUp)
	listeners, err := Listen(cfg)
	if err != nil {
		return err
	}
	if noStore(cfg, at) != nil {
		log.Warn("there is no store yet: a new one is made", "data_dir", cfg.Server.DataDir) // of a mistaken path it is the first sign
	}
	a, err := New(ctx, cfg, log)
	if err != nil {
		listeners.Close()
		return err
	}
	a.supervisor = supervisor(os.Getenv("NOTIFY_SOCKET"))
	if err := a.greet(ctx, s.Err); err != nil {
		listeners.Close()
		return errors.Join(err, a.Close())
	}
	// A heap of a few megabytes would be collected hundreds of times a second under load. The ballast is address space, never
	// touched, so never memory: it only makes the collector wait for some megabytes of garbage.
	ballast := make([]byte, ballastSize)
	working, stop := context.WithCancel(ctx)
	var reloads sync.WaitGroup
	reloads.Go(func() { a.reloads(working, at, hangUp) })
	err = a.Run(ctx, listeners)
	stop()
	reloads.Wait()
	runtime.KeepAlive(ballast)
	if closed := a.Close(); err == nil && closed != nil {
		err = fmt.Errorf("store: %w", closed)
	}
	return err
}

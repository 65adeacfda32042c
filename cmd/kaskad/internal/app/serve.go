package app

import (
	"context"
	"fmt"
	"log/slog"
)

// ServeOptions are the flags of `kaskad serve`.
type ServeOptions struct{ LogJSON bool }

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
	listeners, err := Listen(cfg)
	if err != nil {
		return err
	}
	a, err := New(ctx, cfg, log)
	if err != nil {
		listeners.Close()
		return err
	}
	err = a.Run(ctx, listeners)
	if closed := a.Close(); err == nil && closed != nil {
		err = fmt.Errorf("store: %w", closed)
	}
	return err
}

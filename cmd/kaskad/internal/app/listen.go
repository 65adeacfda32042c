package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Listeners are where the program is reached.
type Listeners struct{ Public, Admin net.Listener }

// Listen opens the addresses of the configuration.
func Listen(cfg *Config) (Listeners, error) {
	var l Listeners
	var err error
	if l.Public, err = net.Listen("tcp", cfg.Server.Listen); err != nil {
		return l, fmt.Errorf("server.listen: %w; is another program using the address?", err)
	}
	l.Public = bound(l.Public, mostPublic)
	if cfg.Server.Admin == "" {
		return l, nil
	}
	if l.Admin, err = net.Listen("tcp", cfg.Server.Admin); err != nil {
		l.Public.Close()
		return l, fmt.Errorf("server.admin: %w; is another program using the address?", err)
	}
	l.Admin = bound(l.Admin, mostAdmin)
	return l, nil
}

// serve answers until ctx ends, then lets calls under way finish for a moment.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	return serveWith(ctx, newServer(h), l)
}

// newServer has the bounds that every listener of ours has.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ConnState: rests, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
}

func serveWith(ctx context.Context, s *http.Server, l net.Listener) error {
	stopped := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(stopped)
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if s.Shutdown(late) != nil {
			s.Close()
		}
	})
	err := s.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		<-stopped
		return nil
	}
	return err
}

// adminAddr is where the API is.
func (l Listeners) adminAddr() string {
	if l.Admin == nil {
		return l.Public.Addr().String()
	}
	return l.Admin.Addr().String()
}

// Close closes both; for a start that failed in between.
func (l Listeners) Close() {
	l.Public.Close()
	if l.Admin != nil {
		l.Admin.Close()
	}
}

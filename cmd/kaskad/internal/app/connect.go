package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"kaskad/cmd/kaskad/internal/control"
	"kaskad/cmd/kaskad/internal/store"
)

// Need says what a command can do without a running gateway.
type Need int

// The needs.
const (
	Running       Need = iota // it must run
	RunningOrFile             // else the store, which must be there, is opened by the command itself
	RunningOrNew              // else the store is opened, and made where there is none
)

// Gate is the program's API for commands: the running gateway's through its socket, or the store opened here.
type Gate struct {
	client *control.Client
	app    *App // nil: a gateway runs
	made   string
}

// Connect finds the running gateway, or opens the store when none runs.
func Connect(ctx context.Context, at Place, need Need) (*Gate, error) {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return nil, faults
	}
	socket := filepath.Join(cfg.Server.DataDir, SocketName)
	client, err := control.Dial(ctx, socket)
	if err == nil {
		return &Gate{client: client}, nil
	}
	if !errors.Is(err, control.ErrNotRunning) {
		return nil, err
	}
	if need == Running {
		return nil, fmt.Errorf("no gateway answers at %s; start it with: kaskad serve -c %s", socket, at)
	}
	if cfg, faults = Load(string(at)); faults.Errors() {
		return nil, faults // whoever opens the store is the gateway for that time, secrets and all
	}
	made := ""
	if missing := noStore(cfg, at); missing != nil {
		if need == RunningOrFile {
			return nil, missing
		}
		made = cfg.Server.DataDir
	}
	a, err := build(ctx, &App{cfg: cfg, log: slog.New(slog.DiscardHandler), told: tellsTo(ctx), idle: true})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(a.engine.ReadPauses(ctx), a.engine.ReadHolds(ctx)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return &Gate{client: control.Direct(a.socket()), app: a, made: made}, nil
}

type toldKey struct{}

// TellingTo is the context of a command that tells there what became of a store besides what it was asked for: it has no log.
func TellingTo(ctx context.Context, w io.Writer) context.Context {
	return context.WithValue(ctx, toldKey{}, w)
}

func tellsTo(ctx context.Context) io.Writer {
	w, _ := ctx.Value(toldKey{}).(io.Writer)
	return w
}

// noStore is the error of a configuration whose store is not there: more often than not it is another one than was meant.
func noStore(cfg *Config, at Place) error {
	path := filepath.Join(cfg.Server.DataDir, store.FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no store at %s; is %s the right configuration? The first kaskad serve makes the store", path, at)
	}
	return nil
}

// Made is the folder in which a store was made to connect to; empty: it was there.
func (g *Gate) Made() string { return g.made }

// Call makes one call of the API as the operator.
func (g *Gate) Call(ctx context.Context, method, path string, in, out any) error {
	return asCommand(g.client.Do(ctx, method, path, in, out))
}

// Stream makes one call that asks for a file, and writes it.
func (g *Gate) Stream(ctx context.Context, path string, w io.Writer) error {
	return asCommand(g.client.Stream(ctx, path, w))
}

// Close ends the connection.
func (g *Gate) Close() error {
	if g.app != nil {
		return g.app.Close()
	}
	return nil
}

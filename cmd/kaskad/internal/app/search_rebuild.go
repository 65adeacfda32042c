package app

import (
	"context"
	"errors"
	"time"

	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/search"
)

// SearchStatus is how the index of people and messages stands.
type SearchStatus = api.SearchStatus

// SearchStanding asks the running gateway how its index stands.
func SearchStanding(ctx context.Context, at Place) (SearchStatus, error) {
	gate, err := Connect(ctx, at, Running)
	if err != nil {
		return SearchStatus{}, err
	}
	s, err := gate.searchStatus(ctx)
	return s, errors.Join(err, gate.Close())
}

// RebuildSearch makes the index anew, in the running gateway or, when none runs, here, and waits until it answers. tell hears how far
// it is. In a gateway it goes on when the waiting ends.
func RebuildSearch(ctx context.Context, at Place, tell func(SearchStatus)) (s SearchStatus, err error) {
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	if err := gate.Call(ctx, "POST", "/v1/search/rebuild", nil, &s); err != nil {
		return s, err
	}
	if gate.app != nil {
		defer gate.app.runSearch(ctx)()
	}
	for s.State != search.Ready {
		tell(s)
		select {
		case <-ctx.Done():
			return s, gate.leftSearch()
		case <-time.After(lookAt / 5):
		}
		if s, err = gate.searchStatus(ctx); err != nil && ctx.Err() == nil {
			return s, err
		}
		if s.State == search.Broken {
			return s, errors.New(s.Detail)
		}
	}
	return s, nil
}

// leftSearch is the error of who does not wait for the end.
func (g *Gate) leftSearch() error {
	if g.app != nil {
		return errors.New("the index is not whole: the gateway goes on with it when it is started")
	}
	return errors.New("the index is not whole yet; the gateway goes on with it")
}

// runSearch keeps the index up for a command that has the store open.
func (a *App) runSearch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = a.search.Run(ctx) // it has no error; how it stands is asked for
	}()
	return func() { cancel(); <-done }
}

func (g *Gate) searchStatus(ctx context.Context) (SearchStatus, error) {
	var s struct{ Search SearchStatus }
	err := g.Call(ctx, "GET", "/v1/status", nil, &s)
	return s.Search, err
}

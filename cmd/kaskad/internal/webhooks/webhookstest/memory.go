// Package webhookstest has records in memory for tests of those who use webhooks.
package webhookstest

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"

	"kaskad/cmd/kaskad/internal/webhooks"
)

// Memory is records that no store keeps. It is safe for use by many goroutines.
type Memory struct {
	mu  sync.Mutex
	all map[string][]byte
}

// New makes some.
func New() *Memory { return &Memory{all: map[string][]byte{}} }

// All is what is there.
func (s *Memory) All() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.all)
}

// Set puts that there, and nothing else.
func (s *Memory) Set(all map[string][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = maps.Clone(all)
}

// Get reads a record; nil: there is none.
func (s *Memory) Get(_ context.Context, id string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.all[id]), nil
}

// Put writes a record.
func (s *Memory) Put(_ context.Context, id string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[id] = bytes.Clone(data)
	return nil
}

// Update changes a record. It runs change twice, as a store may.
func (s *Memory) Update(_ context.Context, id string, change func([]byte) ([]byte, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := change(bytes.Clone(s.all[id])); err != nil {
		return err
	}
	fresh, err := change(bytes.Clone(s.all[id]))
	switch {
	case err != nil:
		return err
	case fresh == nil:
		delete(s.all, id)
	default:
		s.all[id] = fresh
	}
	return nil
}

// Delete removes a record.
func (s *Memory) Delete(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, id)
	return nil
}

// List reads up to limit records behind an id, in order.
func (s *Memory) List(_ context.Context, after string, limit int) (list []webhooks.Record, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.all)) {
		if id > after && len(list) < limit {
			list = append(list, webhooks.Record{ID: id, Data: bytes.Clone(s.all[id])})
		}
	}
	return list, nil
}

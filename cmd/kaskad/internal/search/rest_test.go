package search

import (
	"testing"
	"time"
)

// While people are brought in, the index takes an eighth of a processor, and else half of one.
func TestTheIndexRestsLongerBesideAnImport(t *testing.T) {
	s := newShop()
	k := &keeper{x: New(Options{Store: s})}
	if got := k.rest(time.Second); got != time.Second {
		t.Errorf("it rests %s after a second of work", got)
	}
	s.importing.Store(true)
	if got := k.rest(time.Second); got != 7*time.Second {
		t.Errorf("beside an import it rests %s after a second of work", got)
	}
}

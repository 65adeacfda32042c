package stage

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// Chance is one of several things that a person may do, with its weight.
type Chance[A any] struct {
	Weight int
	Acts   []A // none = ignores the message
}

// OneOf throws the dice for each message; without any weight nothing is done.
func OneOf[M, A any](chances []Chance[A]) func(M, *rand.Rand) []A {
	total := 0
	for _, c := range chances {
		total += c.Weight
	}
	return func(_ M, dice *rand.Rand) []A {
		if total <= 0 {
			return nil
		}
		n := dice.IntN(total)
		for _, c := range chances {
			if n -= c.Weight; n < 0 {
				return c.Acts
			}
		}
		return nil
	}
}

// Perform lets a person act, until ctx ends: each act comes some time after now, one after the other, those of the same time as they
// stand. do is called without the lock; the caller holds it.
func Perform[A any](ctx context.Context, s *Stage, acts []A, after func(A) time.Duration, do func(A)) {
	acts = slices.Clone(acts)
	slices.SortStableFunc(acts, func(a, b A) int { return cmp.Compare(after(a), after(b)) })
	s.Go(func() {
		passed := time.Duration(0)
		for _, act := range acts {
			if !s.Sleep(ctx, after(act)-passed) {
				return
			}
			passed = after(act)
			do(act)
		}
	})
}

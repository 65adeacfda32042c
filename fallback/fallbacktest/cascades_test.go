package fallbacktest

import (
	"testing"

	"pgregory.net/rapid"
)

// Whatever happens in whatever order: nothing is claimed after a proof, a cancel or a stop, nothing twice, and everything ends.
func TestCascadesInAnyOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		choices := rapid.SliceOfN(rapid.IntRange(0, 5*7*11*17*19-1), 100, 200).Draw(r, "choices")
		wrong := Cascades(t, 60, func(*testing.T) Store { return &Memory{} }, func(_ *testing.T, s Store) Store { return s }, Picks(choices))
		if wrong != "" {
			r.Fatal(wrong)
		}
	})
}

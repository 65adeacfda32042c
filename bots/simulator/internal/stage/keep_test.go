package stage

import (
	"slices"
	"testing"
)

func TestNewest(t *testing.T) {
	for name, tc := range map[string]struct{ have, keep, want int }{
		"all when nothing is said":            {100, 0, 100},
		"all when the wish is negative":       {100, -1, 100},
		"a list may grow to twice its length": {20, 10, 20},
		"then it is cut":                      {21, 10, 10},
	} {
		t.Run(name, func(t *testing.T) {
			all := make([]int, tc.have)
			for i := range all {
				all[i] = i
			}
			got := Newest(all, tc.keep)
			if len(got) != tc.want || got[len(got)-1] != tc.have-1 {
				t.Errorf("%d are kept, the last is %d; want %d, the newest", len(got), got[len(got)-1], tc.want)
			}
		})
	}
}

func TestPickCopies(t *testing.T) {
	one, two := 1, 2
	all := []*int{&one, &two}
	clone := func(n *int) int { return *n * 10 }
	if got := Pick(all, nil, clone); !slices.Equal(got, []int{10, 20}) {
		t.Errorf("all are %v", got)
	}
	if got := Pick(all, func(n *int) bool { return *n == 2 }, clone); !slices.Equal(got, []int{20}) {
		t.Errorf("those that match are %v", got)
	}
}

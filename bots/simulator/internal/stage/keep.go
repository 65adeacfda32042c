package stage

import "slices"

// Pick copies those that match, in order; a nil match is all of them.
func Pick[T any](all []*T, match func(*T) bool, clone func(*T) T) []T {
	var out []T
	for _, one := range all {
		if match == nil || match(one) {
			out = append(out, clone(one))
		}
	}
	return out
}

// Newest is a list cut down to its newest elements once it is twice as long as wanted; without a wish (0 or less) all are kept.
func Newest[T any](all []T, keep int) []T {
	if keep <= 0 || len(all) <= 2*keep {
		return all
	}
	return slices.Clone(all[len(all)-keep:])
}

// MaxStrangers is how many calls with a wrong token are kept, without what was in them: whoever can reach a server could fill the
// memory with them.
const MaxStrangers = 50

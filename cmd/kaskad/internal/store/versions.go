package store

// versions remembers which commit last wrote a group of entries, in shards. The writer asks it whether anything that an
// operation read in its worker has changed since. Two groups of one shard are taken for one: that costs a second
// run of the operation and nothing else. Only the writer touches it.
type versions struct {
	shard []uint64
	mask  uint64
}

func newVersions(shards int) *versions {
	return &versions{shard: make([]uint64, shards), mask: uint64(shards - 1)}
}

// wrote notes that a commit writes a group.
func (v *versions) wrote(hash, commit uint64) { v.shard[hash&v.mask] = commit }

// unchanged reports whether none of the groups was written after a commit.
func (v *versions) unchanged(reads []uint64, since uint64) bool {
	for _, h := range reads {
		if v.shard[h&v.mask] > since {
			return false
		}
	}
	return true
}

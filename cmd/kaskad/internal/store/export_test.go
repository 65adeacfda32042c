package store

import bolt "go.etcd.io/bbolt"

// Unsynced is a store that does not wait for the disk: for tests that are not about what a power cut leaves.
func Unsynced(o Options) Options {
	o.boltOpts = func(b *bolt.Options) { b.NoSync = true }
	return o
}

//go:build linux || darwin

package store

import "syscall"

// freeSpace is how much may still be written to the disk of a folder, if that can be told.
func freeSpace(dir string) (uint64, bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true
}

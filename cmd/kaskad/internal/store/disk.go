package store

// FreeSpace is how much room the disk of a folder has; false: this system does not say.
func FreeSpace(dir string) (uint64, bool) { return freeSpace(dir) }

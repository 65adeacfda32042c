package media

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// kept is a file as the folder has it.
type kept struct {
	name string
	size int64
	at   time.Time
}

// Sweep removes what is older than files are kept, what a crash left half written, and then the oldest, until the rest is not too much.
func (k *Keeper) Sweep(now time.Time) error {
	all, err := k.list()
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b kept) int { return b.at.Compare(a.at) }) // newest first
	total := int64(0)
	var failed []error
	for _, f := range all {
		half := strings.HasPrefix(filepath.Base(f.name), partial)
		if !half {
			total += f.size
		}
		if half && now.Sub(f.at) < 2*patience || !half && total <= k.MaxTotal && now.Sub(f.at) < k.Keep {
			continue
		}
		if err := os.Remove(f.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (k *Keeper) list() (all []kept, err error) {
	entries, err := os.ReadDir(k.Dir)
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, kept{filepath.Join(k.Dir, e.Name()), info.Size(), info.ModTime()})
	}
	return all, err
}

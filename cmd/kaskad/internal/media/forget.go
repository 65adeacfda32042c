package media

import (
	"errors"
	"io/fs"
	"os"

	"kaskad/bots"
)

// Forget removes file n of a message whose person is erased. One that is being fetched is waited for, and it is not fetched again.
func (k *Keeper) Forget(message bots.ID, n int) error {
	name := k.name(message, n)
	k.mu.Lock()
	k.gone[name] = true
	k.mu.Unlock()
	defer k.lock(name)()
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// forgotten reports whether a file is not to be fetched again: whoever asks has read its message before it was emptied.
func (k *Keeper) forgotten(name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gone[name]
}

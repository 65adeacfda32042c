package media

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"

	"kaskad/bots"
)

// Sealer is people's keys: with one of them the random key of each file is sealed, so that the file goes, here and in every copy, with the
// key of its person.
type Sealer interface {
	// SealFor seals a file's key with that of the person whose the message or the delivery is. about has to be said again to open it.
	// bots.ErrNoFile: it is nobody's, or of somebody who was erased.
	SealFor(ctx context.Context, id bots.ID, about, key []byte) ([]byte, error)
	// Unseal opens what SealFor sealed; bots.ErrNoFile: the person was erased.
	Unseal(about, sealed []byte) ([]byte, error)
}

// A sealed file is one in the format of age (age-encryption.org/v1) with one stanza of ours: the file's key, sealed by the Sealer. The file's
// name is sealed with it, so that a file that was moved to another's place does not open there.
const stanza = "kaskad-person"

// wrapping seals and opens the key of one file, as age asks for it.
type wrapping struct {
	ctx   context.Context
	by    Sealer
	whose bots.ID
	name  string
}

func (l wrapping) about() []byte { return []byte(filepath.Base(l.name)) }

// Wrap is what age writes at the beginning of the file.
func (l wrapping) Wrap(key []byte) ([]*age.Stanza, error) {
	sealed, err := l.by.SealFor(l.ctx, l.whose, l.about(), key)
	if err != nil {
		return nil, err
	}
	return []*age.Stanza{{Type: stanza, Body: sealed}}, nil
}

// Unwrap is the key, from what is written there.
func (l wrapping) Unwrap(all []*age.Stanza) ([]byte, error) {
	if len(all) != 1 || all[0].Type != stanza {
		return nil, age.ErrIncorrectIdentity
	}
	return l.by.Unseal(l.about(), all[0].Body)
}

// sealed returns where the content of a file is written to, so that the file has it sealed; Close writes the end.
func (k *Keeper) sealed(ctx context.Context, to io.Writer, f of, name string) (io.WriteCloser, error) {
	if k.Sealer == nil {
		return plain{to}, nil
	}
	return age.Encrypt(to, wrapping{ctx, k.Sealer, f.id, name})
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// unsealed opens a kept file. errSpoiled: it is not what was written here.
func (k *Keeper) unsealed(name string) (_ io.ReadSeekCloser, err error) {
	file, err := os.Open(name)
	if err != nil || k.Sealer == nil {
		return file, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close())
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	content, size, err := age.DecryptReaderAt(file, info.Size(), wrapping{by: k.Sealer, name: name})
	switch {
	case errors.Is(err, bots.ErrNoFile):
		return nil, err
	case err != nil:
		return nil, errors.Join(errSpoiled, err)
	}
	return &opened{io.NewSectionReader(content, 0, size), file}, nil
}

// errSpoiled is of a file whose key does not open it: half a disk, another store's folder, or not sealed at all.
var errSpoiled = errors.New("a kept file cannot be opened with its person's key")

type opened struct {
	*io.SectionReader
	file *os.File
}

func (o *opened) Close() error { return o.file.Close() }

package store

import (
	"context"
	"encoding/binary"
	"errors"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/keyring"
)

// Files are people's keys for what lies beside the store: a person's files. Which key it was stands before what was sealed with it.
type Files struct{ db *DB }

// Files are the keys of people's files; nil: the store is not sealed.
func (db *DB) Files() *Files {
	if db.opt.Keys == nil {
		return nil
	}
	return &Files{db}
}

// fileTable is said with what is sealed for a file: no table has the number, so that no record can be taken for one.
const fileTable = table(0xff)

// SealFor seals a few bytes with the key of the person whose the message or the delivery is; bots.ErrNoFile: it is not there, or of somebody
// who was erased.
func (f *Files) SealFor(ctx context.Context, id bots.ID, about, plain []byte) ([]byte, error) {
	s, err := view(ctx, f.db, func(t *tx) (s keyring.Slot, err error) {
		owner := t.writtenTo(id)
		if owner == 0 {
			owner = t.ownerOf(id)
		}
		s, has := readSlot(t.bucket(tRecord).Get(slotKey(owner)))
		if owner == 0 || !has {
			return 0, bots.ErrNoFile
		}
		return s, nil
	})
	if err != nil {
		return nil, err
	}
	k, err := f.db.opt.Keys.Key(s)
	if err != nil {
		return nil, noFile(err)
	}
	return k.Seal(binary.AppendUvarint(nil, uint64(s)), aboutEntry(fileTable, about), plain), nil
}

// Unseal opens what SealFor has sealed; bots.ErrNoFile: of somebody who was erased.
func (f *Files) Unseal(about, sealed []byte) ([]byte, error) {
	s, used := binary.Uvarint(sealed)
	if used <= 0 {
		return nil, errMalformed
	}
	plain, err := f.db.opt.Keys.Open(keyring.Slot(s), aboutEntry(fileTable, about), sealed[used:])
	return plain, noFile(err)
}

// noFile says that there is nothing to open where a key was forgotten.
func noFile(err error) error {
	if errors.Is(err, keyring.ErrForgotten) {
		return bots.ErrNoFile
	}
	return err
}

package store

import (
	"bytes"
	"context"
)

// Values of settings and records have one byte before them, so that an empty one is not the same as none.

func wrapped(v []byte) []byte { return append([]byte{1}, v...) }

func unwrapped(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return append([]byte{}, b[1:]...)
}

// Setting reads a value of ours by its name (a secret we made, a mark of something done); nil when there is none.
func (db *DB) Setting(ctx context.Context, key string) ([]byte, error) {
	return view(ctx, db, func(t *tx) ([]byte, error) { return unwrapped(t.get(tSetting, name(key))), nil })
}

// PutSetting writes a value of ours.
func (db *DB) PutSetting(ctx context.Context, key string, value []byte) error {
	return db.write(ctx, func(t *tx) error {
		t.set.put(tSetting, name(key), wrapped(value))
		return nil
	})
}

// SettingOr reads a value of ours, or makes fresh the value: of two who come at once, both get the same.
func (db *DB) SettingOr(ctx context.Context, key string, fresh []byte) ([]byte, error) {
	return write(ctx, db, func(t *tx) ([]byte, error) {
		if have := t.get(tSetting, name(key)); have != nil {
			return unwrapped(have), nil
		}
		t.set.put(tSetting, name(key), wrapped(fresh))
		return bytes.Clone(fresh), nil
	})
}

// Records are named records of one kind that the store keeps for others, as they are: people, keys.
type Records struct {
	db   *DB
	kind string
}

// Record is one of them.
type Record struct {
	ID   string
	Data []byte
}

// Records gives access to the records of a kind.
func (db *DB) Records(kind string) Records { return Records{db, kind} }

// RecordOf is a record with its kind; one without data is taken away.
type RecordOf struct {
	Kind string
	Record
}

// WriteRecords writes records of any kinds in one transaction: all of them, or none.
func (db *DB) WriteRecords(ctx context.Context, all ...RecordOf) error {
	return db.write(ctx, func(t *tx) error {
		for _, one := range all {
			key := db.Records(one.Kind).key(one.ID)
			if one.Data == nil {
				t.set.delete(tRecord, key)
				continue
			}
			t.set.put(tRecord, key, wrapped(one.Data))
		}
		return nil
	})
}

func (r Records) key(id string) []byte { return append(name(r.kind), id...) }

// Get reads a record; nil when there is none.
func (r Records) Get(ctx context.Context, id string) ([]byte, error) {
	return view(ctx, r.db, func(t *tx) ([]byte, error) { return unwrapped(t.get(tRecord, r.key(id))), nil })
}

// Put writes a record.
func (r Records) Put(ctx context.Context, id string, data []byte) error {
	return r.db.write(ctx, func(t *tx) error {
		t.set.put(tRecord, r.key(id), wrapped(data))
		return nil
	})
}

// Update changes a record in one transaction: change gets what is there (nil: nothing) and returns what will be (nil: delete
// it). It may run more than once.
func (r Records) Update(ctx context.Context, id string, change func(old []byte) ([]byte, error)) error {
	return r.db.write(ctx, func(t *tx) error {
		fresh, err := change(unwrapped(t.get(tRecord, r.key(id))))
		switch {
		case err != nil:
			return err
		case fresh == nil:
			t.set.delete(tRecord, r.key(id))
		default:
			t.set.put(tRecord, r.key(id), wrapped(fresh))
		}
		return nil
	})
}

// Delete removes a record.
func (r Records) Delete(ctx context.Context, id string) error {
	return r.db.write(ctx, func(t *tx) error {
		t.set.delete(tRecord, r.key(id))
		return nil
	})
}

// List reads up to limit records in order of their ids, from the first behind after.
func (r Records) List(ctx context.Context, after string, limit int) ([]Record, error) {
	return view(ctx, r.db, func(t *tx) ([]Record, error) {
		var list []Record
		prefix := name(r.kind)
		c := t.bucket(tRecord).Cursor()
		k, v := c.Seek(r.key(after))
		if k != nil && after != "" && bytes.Equal(k, r.key(after)) {
			k, v = c.Next()
		}
		for ; k != nil && bytes.HasPrefix(k, prefix) && len(list) < limit; k, v = c.Next() {
			list = append(list, Record{ID: string(k[len(prefix):]), Data: unwrapped(v)})
		}
		return list, nil
	})
}

package store

import (
	"context"

	"kaskad/fallback"
)

// writtenKind is the kind of record that keeps how many people a channel wrote to first.
const writtenKind = "written"

func writtenKey(channel string) []byte { return append(name(writtenKind), channel...) }

func encodeWritten(b []byte, w *fallback.Written) []byte {
	return encode(b, func(e *encoder) {
		e.str(2, w.Day)
		e.int(3, int64(w.Count))
		e.time(4, w.Since)
		e.int(5, int64(w.Days))
		e.bool(15, true) // a record is never empty
	})
}

func decodeWritten(b []byte) (w fallback.Written, err error) {
	err = decode(b, func(f *fields) {
		switch f.num {
		case 2:
			w.Day = f.str()
		case 3:
			w.Count = int(f.int())
		case 4:
			w.Since = f.time()
		case 5:
			w.Days = int(f.int())
		}
	})
	return w, err
}

// Written reads how many messages that answer nobody went out on a channel.
func (t *tx) Written(channel string) fallback.Written {
	key := writtenKey(channel)
	b := t.get(tRecord, key)
	if b == nil {
		return fallback.Written{}
	}
	w, err := decodeWritten(b)
	must(tRecord, key, err)
	return w
}

// Written reads them.
func (db *DB) Written(ctx context.Context, channel string) (fallback.Written, error) {
	return view(ctx, db, func(t *tx) (fallback.Written, error) { return t.Written(channel), nil })
}

// SetWritten writes them: none, where the channel has another account now.
func (db *DB) SetWritten(ctx context.Context, channel string, w fallback.Written) error {
	return db.write(ctx, func(t *tx) error { t.PutWritten(channel, w); return nil })
}

// PutWritten counts them.
func (t *tx) PutWritten(channel string, w fallback.Written) {
	t.set.put(tRecord, writtenKey(channel), encodeWritten(nil, &w))
}

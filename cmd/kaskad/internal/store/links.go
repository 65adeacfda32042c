package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

func encodeLink(b []byte, l *fallback.Link) []byte {
	return encode(b, func(e *encoder) {
		e.id(1, l.Contact)
		e.str(2, l.Channel)
		e.time(3, l.Expires)
		e.bool(4, l.Used)
		e.str(5, l.Token)
		e.str(6, l.Source)
	})
}

func decodeLink(b []byte) (fallback.Link, error) {
	var l fallback.Link
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			l.Contact = f.id()
		case 2:
			l.Channel = f.str()
		case 3:
			l.Expires = f.time()
		case 4:
			l.Used = f.bool()
		case 5:
			l.Token = f.str()
		case 6:
			l.Source = f.str()
		}
	})
	return l, err
}

// Link reads a one-time link.
func (t *tx) Link(token string) (fallback.Link, bool) {
	key := name(token)
	b := t.get(tLink, key)
	if b == nil {
		return fallback.Link{}, false
	}
	l, err := decodeLink(b)
	must(tLink, key, err)
	return l, true
}

// PutLink writes a link.
func (t *tx) PutLink(l fallback.Link) {
	t.set.put(tLink, name(l.Token), encodeLink(nil, &l))
	t.set.put(tLinkEnd, append(timeKey(nil, l.Expires), name(l.Token)...), nil)
	t.dropLinks(2)
}

// UseLink spends a link.
func (t *tx) UseLink(token string) {
	if l, ok := t.Link(token); ok {
		l.Used = true
		t.set.put(tLink, name(token), encodeLink(nil, &l))
	}
}

// linkKeep is how long a link is remembered after its end, so that an old one can be told from a wrong one.
const linkKeep = 30 * 24 * time.Hour

// MakeLink makes a one-time link of a person for a channel; who opens it comes from a source, or from none.
func (db *DB) MakeLink(ctx context.Context, contact bots.ID, channel, source string, expires time.Time) (fallback.Link, error) {
	token := rand.Text()
	return write(ctx, db, func(t *tx) (fallback.Link, error) {
		if t.Contact(contact) == nil {
			return fallback.Link{}, unknown(contact)
		}
		l := fallback.Link{Token: token, Contact: contact, Channel: channel, Source: source, Expires: expires.UTC().Truncate(time.Microsecond)}
		t.PutLink(l)
		return l, nil
	})
}

// dropLinks forgets a few links that ended long ago, and says how many.
func (t *tx) dropLinks(n int) (dropped int) {
	end := timeKey(nil, t.now.Add(-linkKeep))
	c := t.bucket(tLinkEnd).Cursor()
	for k, _ := c.First(); k != nil && dropped < n && bytes.Compare(k, end) < 0; k, _ = c.Next() {
		t.set.delete(tLinkEnd, bytes.Clone(k))
		t.set.delete(tLink, bytes.Clone(k[8:]))
		dropped++
	}
	return dropped
}

// Link reads a link; ok tells whether there is one of this token.
func (db *DB) Link(ctx context.Context, token string) (l fallback.Link, ok bool, err error) {
	l, err = view(ctx, db, func(t *tx) (fallback.Link, error) {
		found, have := t.Link(token)
		ok = have
		return found, nil
	})
	return l, ok, err
}

func unknown(contact bots.ID) error {
	return &fallback.UnknownContact{Ref: bots.Ref{Kind: "id", Value: contact.String()}}
}

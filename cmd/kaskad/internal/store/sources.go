package store

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"kaskad/bots"
	"kaskad/fallback"
)

// Kinds of records about how people come in: sources, how far a person came by one, and the counts of days.
const (
	sourceKind  = "source"
	cameKind    = "came"
	funnelKind  = "funnel"
	recruitKind = "recruits"
)

func sourceKey(code string) []byte { return append(name(sourceKind), code...) }

func cameKey(contact bots.ID, source string) []byte {
	return append(idKey(name(cameKind), contact), source...)
}

func funnelKey(k fallback.FunnelKey) []byte {
	return append(funnelDays(k.Source, k.Day), k.Channel...)
}

// funnelDays is where the counts of a source's day begin. A code has no zero byte, and all days have ten letters.
func funnelDays(source, day string) []byte {
	return append(append(append(name(funnelKind), source...), 0), day...)
}

func recruitKey(day string) []byte { return append(name(recruitKind), day...) }

// came writes by which source a person came; nothing for none.
func (e *encoder) came(num protowire.Number, c *bots.Came) {
	if *c == (bots.Came{}) {
		return
	}
	e.msg(num, func(e *encoder) {
		e.str(1, c.Source)
		e.str(2, c.Channel)
		e.time(3, c.At)
	})
}

func decodeCame(f *fields, c *bots.Came) {
	switch f.num {
	case 1:
		c.Source = f.str()
	case 2:
		c.Channel = f.str()
	case 3:
		c.At = f.time()
	}
}

func encodeSource(b []byte, s *bots.Source) []byte {
	return encode(b, func(e *encoder) {
		e.str(1, s.Code)
		e.str(2, s.Name)
		e.str(3, s.Kind)
		for _, tag := range slices.Sorted(maps.Keys(s.Tags)) {
			e.msg(4, func(e *encoder) {
				e.str(1, tag)
				e.str(2, s.Tags[tag])
			})
		}
		for _, channel := range s.Channels {
			e.str(5, channel)
		}
		e.time(6, s.Created)
		e.time(7, s.Changed)
		e.time(8, s.Retired)
	})
}

func decodeSource(b []byte) (s bots.Source, err error) {
	err = decode(b, func(f *fields) {
		switch f.num {
		case 1:
			s.Code = f.str()
		case 2:
			s.Name = f.str()
		case 3:
			s.Kind = f.str()
		case 4:
			tag, value := decodeTag(f)
			if s.Tags == nil {
				s.Tags = map[string]string{}
			}
			s.Tags[tag] = value
		case 5:
			s.Channels = append(s.Channels, f.str())
		case 6:
			s.Created = f.time()
		case 7:
			s.Changed = f.time()
		case 8:
			s.Retired = f.time()
		}
	})
	return s, err
}

func decodeTag(f *fields) (tag, value string) {
	f.nested(func(f *fields) {
		switch f.num {
		case 1:
			tag = f.str()
		case 2:
			value = f.str()
		}
	})
	return tag, value
}

// Source reads a source.
func (t *tx) Source(code string) (bots.Source, bool) {
	key := sourceKey(code)
	b := t.get(tRecord, key)
	if b == nil {
		return bots.Source{}, false
	}
	s, err := decodeSource(b)
	must(tRecord, key, err)
	return s, true
}

// PutSource writes a source.
func (t *tx) PutSource(s bots.Source) {
	t.set.put(tRecord, sourceKey(s.Code), encodeSource(nil, &s))
}

// Sources walks the sources behind a code, in the order of their codes, until f returns false. It does not see what the transaction
// wrote.
func (t *tx) Sources(after string, f func(bots.Source) bool) {
	t.records(name(sourceKind), sourceKey(after), func(key, val []byte) bool {
		if after != "" && bytes.Equal(key, sourceKey(after)) {
			return true
		}
		s, err := decodeSource(val)
		must(tRecord, key, err)
		return f(s)
	})
}

// records walks the stored records that begin with a prefix, from a key on.
func (t *tx) records(prefix, from []byte, f func(key, val []byte) bool) {
	c := t.bucket(tRecord).Cursor()
	for k, v := c.Seek(from); k != nil && bytes.HasPrefix(k, prefix) && f(k, t.db.unseal(tRecord, k, v)); k, v = c.Next() {
	}
}

// Came reads how far a person came by a source.
func (t *tx) Came(contact bots.ID, source string) (c fallback.Came) {
	for _, id := range t.Same(contact) {
		part := t.came(id, source)
		c = fallback.Came{Channel: cmp.Or(c.Channel, part.Channel), Shared: c.Shared || part.Shared, Consented: c.Consented || part.Consented}
	}
	return c
}

func (t *tx) came(contact bots.ID, source string) (c fallback.Came) {
	key := cameKey(contact, source)
	err := decode(t.get(tRecord, key), func(f *fields) {
		switch f.num {
		case 1:
			c.Channel = f.str()
		case 2:
			c.Shared = f.bool()
		case 3:
			c.Consented = f.bool()
		}
	})
	must(tRecord, key, err)
	return c
}

// PutCame writes it.
func (t *tx) PutCame(contact bots.ID, source string, c fallback.Came) {
	t.set.put(tRecord, cameKey(contact, source), encode(nil, func(e *encoder) {
		e.str(1, c.Channel)
		e.bool(2, c.Shared)
		e.bool(3, c.Consented)
		e.bool(15, true) // a record is never empty
	}))
}

func decodeFunnel(b []byte) (n fallback.Funnel, err error) {
	err = decode(b, func(f *fields) {
		switch f.num {
		case 1:
			n.Shown = f.uint()
		case 2:
			n.Started = f.uint()
		case 3:
			n.Shared = f.uint()
		case 4:
			n.Consented = f.uint()
		}
	})
	return n, err
}

// AddFunnel adds to the counts of a day, and forgets a few of the same source that are too old.
func (t *tx) AddFunnel(k fallback.FunnelKey, n fallback.Funnel) {
	key := funnelKey(k)
	have, err := decodeFunnel(t.get(tRecord, key))
	must(tRecord, key, err)
	n = have.Plus(n)
	t.set.put(tRecord, key, encode(nil, func(e *encoder) {
		e.uint(1, n.Shown)
		e.uint(2, n.Started)
		e.uint(3, n.Shared)
		e.uint(4, n.Consented)
		e.bool(15, true)
	}))
	t.dropFunnel(k.Source, 2)
}

func (t *tx) dropFunnel(source string, n int) {
	end := funnelDays(source, fallback.FunnelDay(t.now.Add(-fallback.FunnelLife)))
	t.records(funnelDays(source, ""), funnelDays(source, ""), func(key, _ []byte) bool {
		if n--; n < 0 || bytes.Compare(key, end) >= 0 {
			return false
		}
		t.set.delete(tRecord, bytes.Clone(key))
		return true
	})
}

// Funnel walks the counts of a source from one day to another, both included. It does not see what the transaction wrote.
func (t *tx) Funnel(source, since, until string, f func(fallback.FunnelKey, fallback.Funnel)) {
	prefix := funnelDays(source, "")
	t.records(prefix, funnelDays(source, since), func(key, val []byte) bool {
		rest := string(key[len(prefix):])
		if len(rest) < len(until) || rest[:len(until)] > until {
			return false
		}
		n, err := decodeFunnel(val)
		must(tRecord, key, err)
		f(fallback.FunnelKey{Source: source, Day: rest[:len(until)], Channel: rest[len(until):]}, n)
		return true
	})
}

func decodeRecruits(b []byte) (n fallback.Recruits, err error) {
	err = decode(b, func(f *fields) {
		switch f.num {
		case 1:
			n.Invited = f.uint()
		case 2:
			n.Moved = f.uint()
		case 3:
			n.Reached = f.uint()
		case 4:
			n.Saved.Amount = f.int()
		case 5:
			n.Saved.Currency = f.str()
		}
	})
	return n, err
}

// AddRecruits adds to what the links in texts did in a day.
func (t *tx) AddRecruits(day string, n fallback.Recruits) {
	key := recruitKey(day)
	have, err := decodeRecruits(t.get(tRecord, key))
	must(tRecord, key, err)
	n = have.Plus(n)
	t.set.put(tRecord, key, encode(nil, func(e *encoder) {
		e.uint(1, n.Invited)
		e.uint(2, n.Moved)
		e.uint(3, n.Reached)
		e.int(4, n.Saved.Amount)
		e.str(5, n.Saved.Currency)
		e.bool(15, true)
	}))
}

// Recruits sums up what the links in texts did from one day to another, both included. It does not see what the transaction wrote.
func (t *tx) Recruits(since, until string) (sum fallback.Recruits) {
	prefix := recruitKey("")
	t.records(prefix, recruitKey(since), func(key, val []byte) bool {
		if string(key[len(prefix):]) > until {
			return false
		}
		n, err := decodeRecruits(val)
		must(tRecord, key, err)
		sum = sum.Plus(n)
		return true
	})
	return sum
}

package store

import (
	"bytes"
	"slices"
	"time"

	"kaskad/bots"
)

func find(list []entry, key []byte) *entry {
	for i := range list {
		if bytes.Equal(list[i].key, key) {
			return &list[i]
		}
	}
	return nil
}

// maxName is how long a name may be to stand in a key as it is.
const maxName = 200

// name is a key part for words of any size that come from outside: as they are, or their digest.
func name(parts ...string) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	if n > maxName {
		h := digest(parts...)
		return append([]byte{0xff, 0xff}, h[:]...)
	}
	return joined(parts...)
}

// places are the entries by which a person is found: external id, phone, addresses. A phone and the place of the same number
// are one: the entry says since when the person was heard there, and nothing when never. A number that the person only claims stands
// apart: nobody is found by it.
func (n naming) places(c *bots.Contact) []entry {
	if c.Into != 0 {
		return nil // its names are those of the one that absorbed it
	}
	var list []entry
	add := func(kind, value string, since time.Time) {
		if value == "" {
			return
		}
		if kind == "phone" && c.Claims(value) {
			kind = claimed
		}
		key := idKey(n.name(kind, value), c.ID)
		var val []byte
		if !since.IsZero() {
			val = timeKey(nil, since)
		}
		if have := find(list, key); have == nil {
			list = append(list, entry{key, val})
		} else if len(val) > 0 {
			have.val = val
		}
	}
	add("ext", c.ExternalID, time.Time{})
	add("phone", c.Phone, time.Time{})
	for _, a := range c.Addresses {
		since := time.Time{}
		if a.State == bots.Active {
			since = a.Since
		}
		add(placeKind(a.Channel), a.ID, since)
	}
	for _, had := range c.Names {
		switch {
		case had.Kind == "ext" || had.Kind == "phone":
			add(had.Kind, had.Value, time.Time{})
		case had.Kind == bots.NameClaimed && find(list, idKey(n.name("phone", had.Value), c.ID)) == nil:
			add(claimed, had.Value, time.Time{})
		}
	}
	return list
}

// claimed is the word under which numbers stand that people claim.
const claimed = "claimed"

// placeKind is under which word an address is found: a number of an SMS is a phone.
func placeKind(channel string) string {
	if channel == bots.SMS {
		return "phone"
	}
	return channel
}

// FindContact finds whom a REF names; of several owners of one phone, who was heard there last, else the newest.
func (t *tx) FindContact(ref bots.Ref) bots.ID {
	if ref.Kind == "id" {
		id, _ := bots.ParseID(ref.Value)
		return t.means(id)
	}
	if ref.Value == "" {
		return 0
	}
	best, since := bots.ID(0), time.Time{}
	take := func(key, val []byte) {
		at := keyTime(val)
		if id := lastID(key); best == 0 || at.After(since) || at.Equal(since) && id > best {
			best, since = id, at
		}
	}
	group := t.db.naming.name(placeKind(ref.Kind), ref.Value)
	if t.set != nil && t.set.touches(tPlace) {
		if placeKind(ref.Kind) == "phone" {
			return t.lastAt(ref.Value)
		}
		for _, e := range t.all(tPlace, group) {
			take(e.key, e.val)
		}
		return best
	}
	t.read(tPlace, group)
	c, k, v := t.seek(tPlace, group)
	for n := 0; bytes.HasPrefix(k, group); k, v = c.Next() {
		if n++; n > mostRead && placeKind(ref.Kind) == "phone" {
			return t.lastAt(ref.Value)
		}
		take(k, v)
	}
	return best
}

// mostRead is how many owners of a phone are read one by one, to find who was heard there last.
const mostRead = 4

// lastAt is who was heard last at a phone, else the newest who has it.
func (t *tx) lastAt(number string) bots.ID {
	if heard := t.last(tNewest, t.db.naming.name(newestHeard, number), 0); heard != nil {
		return lastID(heard)
	}
	return lastID(t.last(tPlace, t.db.naming.name("phone", number), 0))
}

// Owners are all contacts who have a name, or claim it. Each has it once, and stands in the order of ids.
func (t *tx) Owners(ref bots.Ref) []bots.ID {
	if ref.Kind == "id" || ref.Value == "" {
		return nil
	}
	var owners []bots.ID
	kind := placeKind(ref.Kind)
	for _, e := range t.all(tPlace, t.db.naming.name(kind, ref.Value)) {
		owners = append(owners, lastID(e.key))
	}
	if kind != "phone" {
		return owners
	}
	had := len(owners)
	for _, e := range t.all(tPlace, t.db.naming.name(claimed, ref.Value)) {
		if _, found := slices.BinarySearch(owners[:had], lastID(e.key)); !found {
			owners = append(owners, lastID(e.key))
		}
	}
	return owners
}

// firstOwners are those in the file, but for one, up to a number: a junk phone may have ten thousand.
func (t *tx) firstOwners(ref bots.Ref, but bots.ID, most int) (owners []bots.ID) {
	kinds := []string{placeKind(ref.Kind)}
	if kinds[0] == "phone" {
		kinds = append(kinds, claimed)
	}
	for _, kind := range kinds {
		group := t.db.naming.name(kind, ref.Value)
		t.read(tPlace, group)
		c, k, _ := t.seek(tPlace, group)
		for ; bytes.HasPrefix(k, group) && len(owners) < most; k, _ = c.Next() {
			if id := lastID(k); id != but && !slices.Contains(owners, id) {
				owners = append(owners, id)
			}
		}
	}
	return owners
}

// unowned reports the first name of a person that belongs to somebody else.
func (t *tx) unowned(c *bots.Contact) error {
	refs := []bots.Ref{{Kind: "ext", Value: c.ExternalID}}
	for _, a := range c.Addresses {
		if bots.Messenger(a.Channel) {
			refs = append(refs, bots.Ref{Kind: a.Channel, Value: a.ID})
		}
	}
	for _, ref := range refs {
		if ref.Value == "" {
			continue
		}
		for _, e := range t.all(tPlace, t.db.naming.name(ref.Kind, ref.Value)) {
			if owner := lastID(e.key); owner != c.ID {
				return &ConflictError{Name: ref, Owner: owner}
			}
		}
	}
	return nil
}

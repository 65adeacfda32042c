package store

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"kaskad/bots"
	"kaskad/fallback"
)

// Who was last at a number, so that nobody has to read all who have it: a number that was made up may be of ten thousand. The entries are
// made of the contact's record and of nothing else, in PutContact, as those of places are: no road that changes a person can forget them.
const (
	newestNo    = "no"    // an owner said no to marketing; marked: to everything
	newestHeard = "heard" // an owner was heard there
)

// newestTail is what stands in a key behind kind and number: time, mark, contact.
const newestTail = 8 + 1 + 8

func (n naming) newestKey(kind, number string, at time.Time, mark bool, id bots.ID) []byte {
	key := append(timeKey(n.name(kind, number), at), 0)
	if mark {
		key[len(key)-1] = 1
	}
	return idKey(key, id)
}

// newest are the entries of a contact.
func (n naming) newest(c *bots.Contact) (list []entry) {
	everything := c.All.State == bots.Denied && c.All.ByPerson
	for _, number := range fallback.NoesAt(c) {
		list = append(list, entry{key: n.newestKey(newestNo, number, c.Marketing.At, everything, c.ID)})
	}
	for _, a := range c.Addresses {
		if c.Into == 0 && a.Channel == bots.SMS && a.State == bots.Active && !a.Since.IsZero() && !c.Claims(a.ID) {
			list = append(list, entry{key: n.newestKey(newestHeard, a.ID, a.Since, false, c.ID)})
		}
	}
	return list
}

// LastNo is whose no stands last at a number, of all but one.
func (t *tx) LastNo(number string, but bots.ID) bots.ID {
	return lastID(t.last(tNewest, t.db.naming.name(newestNo, number), but))
}

// last is the highest key of a group of an ordinary table that is not of a contact; nil: there is none.
func (t *tx) last(of table, group []byte, but bots.ID) (best []byte) {
	hash := t.read(of, group)
	down(t.cursor(of), group, nil, func(k, _ []byte) bool {
		if lastID(k) == but || t.set != nil && t.set.find(of, k) != nil {
			return true // no more of these than one, and what the operation itself changed
		}
		best = k
		return false
	})
	if t.set == nil || t.set.without(hash) {
		return best
	}
	for i := range t.set.puts {
		p := &t.set.puts[i]
		if p.table == of && !p.del && bytes.HasPrefix(p.key, group) && lastID(p.key) != but && bytes.Compare(p.key, best) > 0 {
			best = p.key
		}
	}
	return best
}

// fillStep is how many contacts one transaction of the migration looks at.
const fillStep = 20_000

// fillNewest makes the entries of a file that has none, from a contact on. What a run that was killed left is dropped first: an older
// program may have changed people since.
func fillNewest(btx *bolt.Tx, from []byte) (next []byte, err error) {
	return fillSome(btx, from, fillStep)
}

func fillSome(btx *bolt.Tx, from []byte, most int) (next []byte, err error) {
	if from == nil {
		if err := emptyBucket(btx, layouts[tNewest].bucket); err != nil {
			return nil, err
		}
	}
	people, to := btx.Bucket([]byte(layouts[tContact].bucket)).Cursor(), btx.Bucket([]byte(layouts[tNewest].bucket))
	k, v := people.Seek(from)
	for n := 0; k != nil && n < most; k, v = people.Next() {
		n++
		c, err := decodeContact(lastID(k), v)
		if err != nil {
			return nil, &CorruptError{Bucket: tContact.String(), Key: bytes.Clone(k), Err: err}
		}
		for _, e := range (naming{}).newest(c) {
			if err := to.Put(e.key, nil); err != nil {
				return nil, err
			}
		}
	}
	return bytes.Clone(k), nil
}

// emptyBucket makes a bucket, or makes it anew.
func emptyBucket(btx *bolt.Tx, name string) error {
	if err := btx.DeleteBucket([]byte(name)); err != nil && !errors.Is(err, bolterrors.ErrBucketNotFound) {
		return fmt.Errorf("bucket %s: %w", name, err)
	}
	if _, err := btx.CreateBucket([]byte(name)); err != nil {
		return fmt.Errorf("bucket %s: %w", name, err)
	}
	return nil
}

package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"kaskad/bots"
	"kaskad/fallback"
)

// Problem is one thing that is not as it must be.
type Problem struct {
	Bucket string
	Record string
	What   string
}

func (p Problem) String() string { return p.Bucket + " " + p.Record + ": " + p.What }

// maxProblems is after how many Check stops: the file is broken, more words do not help.
const maxProblems = 1000

// Check compares all records with each other and with their indexes. It reads the whole file in one transaction, so pages are
// not used again until it is done; on a large live store run it when there is room on the disk. CheckFile looks below records.
func (db *DB) Check(ctx context.Context) ([]Problem, error) {
	snap := db.snapshots.acquire()
	if snap == nil {
		return nil, db.stopped()
	}
	defer db.snapshots.release(snap)
	c := &checker{ctx: ctx, t: &tx{db: db, snap: snap, cur: snap.take(), now: now()}}
	for _, part := range []func(){c.generations, c.contacts, c.plans, c.statuses, c.due, c.finals, c.messages, c.talk, c.providers, c.attempts, c.heads, c.counters, c.rest} {
		c.run(part)
	}
	return c.found, ctx.Err()
}

type checker struct {
	ctx   context.Context
	t     *tx
	found []Problem
	last  bots.ID // highest id met
}

func (c *checker) stop() bool { return c.ctx.Err() != nil || len(c.found) >= maxProblems }

// run makes a panic of a reader a problem of the file.
func (c *checker) run(part func()) {
	defer func() {
		if r := recover(); r != nil {
			c.add("file", nil, "%v", r)
		}
	}()
	part()
}

func (c *checker) add(bucket string, key []byte, what string, args ...any) {
	if !c.stop() {
		c.found = append(c.found, Problem{bucket, fmt.Sprintf("%x", key), fmt.Sprintf(what, args...)})
	}
}

func (c *checker) bad(t table, key []byte, what string, args ...any) {
	c.add(t.String(), key, what, args...)
}

// each walks a table, over all its generations.
func (c *checker) each(t table, f func(key, val []byte)) {
	if !layouts[t].generations {
		eachKey(c.t.bucket(t), c.stop, f)
		return
	}
	list, upTo := c.t.generations(t)
	for _, g := range list.sealed {
		for _, e := range c.t.in(t, g.no).all() {
			f(e.key, e.val)
		}
	}
	for _, e := range list.mem.all(upTo) {
		f(e.key, e.val)
	}
}

func eachKey(b *bolt.Bucket, stop func() bool, f func(key, val []byte)) {
	cur := b.Cursor()
	for k, v := cur.First(); k != nil && !stop(); k, v = cur.Next() {
		f(k, v)
	}
}

// id notes an id that a record has.
func (c *checker) id(id bots.ID) bots.ID {
	c.last = max(c.last, id)
	return id
}

// generations checks that each has its record, and each entry of a sealed one its bits in the filter.
func (c *checker) generations() {
	for t := range tables {
		if !layouts[t].generations {
			continue
		}
		list, upTo := c.t.generations(t)
		known := map[string]bool{}
		for _, g := range list.sealed {
			known[string(numberKey(g.no))] = true
			c.sealed(t, g.no)
		}
		eachKey(c.t.bucket(t), c.stop, func(k, _ []byte) {
			if !known[string(k)] {
				c.bad(t, k, "the generation is in no list")
			}
		})
		c.log(t, list, upTo)
	}
}

func (c *checker) sealed(t table, no uint64) {
	b := c.t.in(t, no)
	filter := c.t.snap.btx.Bucket(filterBucket).Get(genKey(t, no))
	if b.len() == 0 || len(filter) == 0 {
		c.bad(t, numberKey(no), "the generation has no entries, or no filter")
		return
	}
	var last []byte
	for _, e := range b.all() {
		if !inFilter(filter, t.hash(t.group(e.key))) {
			c.bad(t, e.key, "the filter of generation %d would hide it", no)
		}
		if bytes.Compare(e.key, last) <= 0 {
			c.bad(t, e.key, "is not in order in generation %d", no)
		}
		last = e.key
	}
}

// log compares what is on disk of a current generation with what is in memory.
func (c *checker) log(t table, list *genList, upTo uint64) {
	disk := newMemtable()
	if err := disk.replay(t, list.current, c.t.snap.btx); err != nil {
		c.bad(t, numberKey(list.current), "%v", err)
		return
	}
	same := func(a, b entry) bool { return bytes.Equal(a.key, b.key) && bytes.Equal(a.val, b.val) }
	if !slices.EqualFunc(disk.all(upTo), list.mem.all(upTo), same) {
		c.bad(t, numberKey(list.current), "the log and memory differ")
	}
}

// contacts checks names against records, both ways.
func (c *checker) contacts() {
	c.each(tContact, func(k, v []byte) {
		p, err := decodeContact(c.id(lastID(k)), v)
		if err != nil {
			c.bad(tContact, k, "%v", err)
			return
		}
		for _, e := range places(p) {
			cur := c.t.bucket(tPlace).Cursor()
			if have, val := cur.Seek(e.key); !bytes.Equal(have, e.key) || !bytes.Equal(val, e.val) {
				c.bad(tContact, k, "is not found by %x", e.key)
			}
		}
	})
	c.each(tPlace, func(k, _ []byte) {
		if p := c.t.Contact(lastID(k)); p == nil || find(places(p), k) == nil {
			c.bad(tPlace, k, "contact %s does not have this name", lastID(k))
		}
	})
}

// plans checks that every delivery is in the lists by contact and metadata, and has a status with its entries.
func (c *checker) plans() {
	byContact := c.pairs(tByContact, func(k, _ []byte) uint64 { return keyNumber(k) })
	byMetadata := c.pairs(tByMetadata, func(k, _ []byte) uint64 { return keyNumber(k) })
	c.each(tPlan, func(k, v []byte) {
		id := c.id(lastID(k))
		p, err := decodePlan(id, v)
		if err != nil {
			c.bad(tPlan, k, "%v", err)
			return
		}
		if !byContact.has(id, uint64(p.Contact)) {
			c.bad(tPlan, k, "is not in the list of contact %s", p.Contact)
		}
		for _, key := range indexed(p) {
			if !byMetadata.has(id, keyNumber(digest(key, p.Metadata[key]).key())) {
				c.bad(tPlan, k, "is not in the list of its metadata %q", key)
			}
		}
		if c.t.get(tContact, idKey(nil, p.Contact)) == nil {
			c.bad(tPlan, k, "contact %s is not there", p.Contact)
		}
		if b := c.t.get(tStatus, k); len(b) == 0 || b[0] != tagDelivery {
			c.bad(tPlan, k, "has no status")
			return
		}
		c.stands(c.t.Delivery(id))
	})
	for _, list := range []table{tByContact, tByMetadata} {
		c.each(list, func(k, _ []byte) {
			if c.t.get(tPlan, idKey(nil, lastID(k))) == nil {
				c.bad(list, k, "delivery %s is not there", lastID(k))
			}
		})
	}
}

// stands checks rule 4: an open delivery has an entry at exactly its due time, a final one waits for nothing.
func (c *checker) stands(d *fallback.Delivery) {
	k := idKey(nil, d.ID)
	switch {
	case !d.State.Final():
		if d.Leg >= len(d.Route) && d.State != fallback.Scheduled {
			c.bad(tStatus, k, "delivery is %s at leg %d of %d", d.State, d.Leg, len(d.Route))
			return
		}
		if !c.t.has(tDue, dueKey(d.Lane(), fallback.Entry{Due: d.Due, ID: d.ID})) {
			c.bad(tStatus, k, "delivery is %s and has no entry in lane %s at %s", d.State, d.Lane(), d.Due)
		}
	case !d.Due.IsZero() || d.Boot != 0 || !d.Lease.IsZero():
		c.bad(tStatus, k, "delivery is %s and still claimed or due", d.State)
	}
}

// statuses checks that each belongs to a record.
func (c *checker) statuses() {
	c.each(tStatus, func(k, v []byte) {
		id, of, err := lastID(k), tPlan, error(nil)
		switch {
		case len(v) == 0:
			err = errMalformed
		case v[0] == tagDelivery:
			_, err = decodeStatus(id, v)
		case v[0] == tagMessage:
			of = tMessage
			_, err = decodeState(id, v)
		default:
			err = fmt.Errorf("%w: tag %d", errMalformed, v[0])
		}
		if err != nil {
			c.bad(tStatus, k, "%v", err)
		} else if c.t.get(of, k) == nil {
			c.bad(tStatus, k, "there is no record in %s", of)
		}
	})
}

// due checks that each entry names a delivery. Stale entries are legal.
func (c *checker) due() {
	c.each(tDue, func(k, _ []byte) {
		end := bytes.IndexByte(k, 0)
		e, ok := laneEntry(k[end+1:])
		if end <= 0 || !ok {
			c.bad(tDue, k, "no lane, due and id")
		} else if c.t.get(tPlan, idKey(nil, e.ID)) == nil {
			c.bad(tDue, k, "delivery %s is not there", e.ID)
		}
	})
}

// finals checks that every final delivery is in the list of its state.
func (c *checker) finals() {
	lists := c.pairs(tFinal, func(k, _ []byte) uint64 { return uint64(k[0]) })
	c.each(tPlan, func(k, _ []byte) {
		d := c.t.Delivery(lastID(k))
		if d.State.Final() && !lists.has(d.ID, uint64(d.State)) {
			c.bad(tPlan, k, "is not in the list of those that are %s", d.State)
		}
	})
	for i := range lists {
		id := bots.ID(lists[i].id)
		if d := c.t.Delivery(id); d == nil || !d.State.Final() {
			c.bad(tFinal, idKey(nil, id), "is no delivery that has ended")
		}
	}
}

// messages checks conversations, chains of a chat, and the channel's ids.
func (c *checker) messages() {
	talk := c.pairs(tTalk, func(k, _ []byte) uint64 { return keyNumber(k) })
	c.each(tMessage, func(k, v []byte) {
		m, err := decodeMessage(c.id(lastID(k)), v)
		if err != nil {
			c.bad(tMessage, k, "%v", err)
			return
		}
		if m.Contact != 0 && !talk.has(m.ID, uint64(m.Contact)) {
			c.bad(tMessage, k, "is not in the conversation of contact %s", m.Contact)
		}
		if !m.In {
			c.ours(k, m)
		}
	})
}

func (c *checker) ours(k []byte, m *bots.Message) {
	if newest := c.t.Message(c.t.LastSent(m.To)); newest == nil || newest.In || newest.To != m.To || newest.Seq < m.Seq {
		c.bad(tMessage, k, "the newest message of its chat is not known")
	}
	if prev := c.t.Message(m.Prev); m.Prev != 0 && (prev == nil || prev.In || prev.To != m.To || prev.Seq+1 != m.Seq) {
		c.bad(tMessage, k, "the message before it, %s, is not of this chat", m.Prev)
	}
	s := c.t.MessageState(m.ID)
	if s.ProviderID == "" || s.Sender == "" {
		return
	}
	whole, inChat := fallback.ProviderKey{Sender: s.Sender, ID: s.ProviderID}, fallback.ProviderKey{Sender: s.Sender, Chat: m.To.ID, ID: s.ProviderID}
	if c.t.ByProvider(whole) == 0 && c.t.ByProvider(inChat) == 0 {
		c.bad(tStatus, k, "is not found by the channel's id %q", s.ProviderID)
	}
}

func (c *checker) talk() {
	c.each(tTalk, func(k, _ []byte) {
		if m := c.t.Message(lastID(k)); m == nil || m.Contact != bots.IDFromBytes(k) {
			c.bad(tTalk, k, "message %s is not there, or of somebody else", lastID(k))
		}
	})
	c.each(tLastSent, func(k, v []byte) {
		if m := c.t.Message(bots.IDFromBytes(v)); m == nil || m.In || !bytes.Equal(chatKey(m.To), k) {
			c.bad(tLastSent, k, "message %x is no message of ours in this chat", v)
		}
	})
}

func (c *checker) providers() {
	c.each(tProvider, func(k, v []byte) {
		if m := c.t.Message(bots.IDFromBytes(v)); m == nil || m.In {
			c.bad(tProvider, k, "message %x is no message of ours", v)
		}
	})
}

func (c *checker) attempts() {
	c.each(tAttempt, func(k, v []byte) {
		if len(k) != 12 {
			c.bad(tAttempt, k, "no message and number")
			return
		}
		_, err := decodeAttempt(bots.IDFromBytes(k), int(binary.BigEndian.Uint32(k[8:])), v)
		if err != nil {
			c.bad(tAttempt, k, "%v", err)
		} else if c.t.get(tMessage, k[:8]) == nil {
			c.bad(tAttempt, k, "message %s is not there", bots.IDFromBytes(k))
		}
	})
}

// heads checks heads against the list by activity, both ways.
func (c *checker) heads() {
	c.each(tHead, func(k, v []byte) {
		h, err := decodeHead(lastID(k), v)
		if err != nil {
			c.bad(tHead, k, "%v", err)
		} else if !c.t.has(tActivity, activityKey(&h)) {
			c.bad(tHead, k, "is not in the list by activity")
		}
	})
	c.each(tActivity, func(k, _ []byte) {
		b := c.t.bucket(tHead).Get(idKey(nil, lastID(k)))
		h, err := decodeHead(lastID(k), b)
		if b == nil || err != nil || !bytes.Equal(activityKey(&h), k) {
			c.bad(tActivity, k, "the conversation does not stand there")
		}
	})
	c.each(tHeadLog, func(k, v []byte) {
		if len(v) < 8 {
			c.bad(tHeadLog, k, "no head")
		} else if _, err := decodeHead(bots.IDFromBytes(v), v[8:]); err != nil {
			c.bad(tHeadLog, k, "%v", err)
		}
	})
}

// counters checks that the last id and the last change are not behind.
func (c *checker) counters() {
	meta := c.t.snap.btx.Bucket(metaBucket)
	if last := keyNumber(meta.Get(keyLastID)); bots.ID(last) < c.last {
		c.add(string(metaBucket), keyLastID, "is %s, and there is a record %s", bots.ID(last), c.last)
	}
	next := uint64(0)
	c.each(tChange, func(k, v []byte) {
		if n := keyNumber(k); next != 0 && n != next {
			c.bad(tChange, k, "change %d is missing", next)
		}
		next = keyNumber(k)
		if err := eachLine(next, v, func(bots.Change) bool { next++; return true }); err != nil {
			c.bad(tChange, k, "%v", err)
		}
	})
	if last := keyNumber(meta.Get(keyChange)); next > last+1 {
		c.add(string(metaBucket), keyChange, "is %d, and there is a change %d", last, next-1)
	}
}

// rest checks that the smaller records can be read.
func (c *checker) rest() {
	for t, read := range map[table]func([]byte) error{
		tLink:       func(b []byte) error { _, err := decodeLink(b); return err },
		tHearing:    func(b []byte) error { _, err := decodeHearing(b); return err },
		tPause:      func(b []byte) error { _, err := decodePause(b); return err },
		tSpent:      func(b []byte) error { _, err := decodeMoney(b); return err },
		tQuarantine: func(b []byte) error { _, err := decodeQuarantined(b); return err },
		tOrphan:     func(b []byte) error { _, err := decodeOrphan(b); return err },
	} {
		c.each(t, func(k, v []byte) {
			if err := read(v); err != nil {
				c.bad(t, k, "%v", err)
			}
		})
	}
}

// pair is an entry of an index: the record at its end, and one number of what stands before.
type pair struct{ id, of uint64 }

// pairs are all entries of an index, sorted: sixteen bytes each.
type pairs []pair

func (c *checker) pairs(t table, of func(k, v []byte) uint64) pairs {
	var list pairs
	c.each(t, func(k, v []byte) { list = append(list, pair{uint64(lastID(k)), of(k, v)}) })
	slices.SortFunc(list, comparePairs)
	return list
}

func comparePairs(a, b pair) int {
	switch {
	case a.id != b.id && a.id < b.id, a.id == b.id && a.of < b.of:
		return -1
	case a == b:
		return 0
	}
	return 1
}

func (l pairs) has(id bots.ID, of uint64) bool {
	_, ok := slices.BinarySearchFunc(l, pair{uint64(id), of}, comparePairs)
	return ok
}

// CheckFile checks the pages of a file that nobody has open: that each is used once, and in order.
func CheckFile(dir string) error {
	path := filepath.Join(dir, FileName)
	file, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, ReadOnly: true, PreLoadFreelist: true})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return ErrInUse
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var faults []error
	err = file.View(func(btx *bolt.Tx) error {
		for fault := range btx.Check() {
			faults = append(faults, fault)
		}
		return nil
	})
	return errors.Join(append(faults, err, file.Close())...)
}

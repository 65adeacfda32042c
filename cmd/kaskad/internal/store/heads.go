package store

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// Heads of conversations change with every message of a person. They live in memory until they are brought to their bucket,
// once a second and in order of keys; the head log has each of them from the commit that wrote it, so that a crash loses none.

type heads struct {
	mu    sync.RWMutex
	m     map[bots.ID]head // not in the bucket yet
	moved map[bots.ID]head // in the bucket since the last flush: for readers whose snapshot is from before
	since uint64           // the commit of that flush
}

// head is one in memory.
type head struct {
	b  []byte
	no uint64 // the commit that wrote it
}

func (h *heads) len() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.m)
}

// get returns a head and the commit that wrote it; without head, the commit of the last flush.
func (h *heads) get(contact bots.ID) ([]byte, uint64) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	have, ok := h.m[contact]
	if !ok {
		have, ok = h.moved[contact]
	}
	if !ok {
		return nil, h.since
	}
	return have.b, have.no
}

// copy is a picture of what is not in its bucket.
func (h *heads) copy() map[bots.ID][]byte {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := make(map[bots.ID][]byte, len(h.m))
	for id, have := range h.m {
		all[id] = have.b
	}
	return all
}

func (h *heads) add(fresh map[bots.ID][]byte, no uint64) {
	if len(fresh) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m == nil {
		h.m = make(map[bots.ID]head)
	}
	for id, b := range fresh {
		h.m[id] = head{b, no}
	}
}

// remove notes what a commit has brought to its bucket, and forgets what the one before has.
func (h *heads) remove(flushed map[bots.ID][]byte, no uint64) {
	if len(flushed) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moved, h.since = make(map[bots.ID]head, len(flushed)), no
	for id := range flushed {
		h.moved[id] = h.m[id]
		delete(h.m, id)
	}
}

func encodeHead(b []byte, c *bots.Conversation) []byte {
	return encode(b, func(e *encoder) {
		e.uint(1, uint64(c.State))
		e.str(2, c.Assignee)
		e.time(3, c.SnoozedTo)
		e.time(4, c.LastAt)
		e.time(5, c.LastIn)
		e.str(6, c.LastUsed)
		e.uint(7, uint64(c.Unread))
		e.id(8, c.LastID)
		e.fixed(15, headMark) // a head is never empty
		e.time(20, c.StaffAt)
		e.time(21, c.Bot.AskedPhone)
		e.time(22, c.Bot.AskedConsent)
		e.time(23, c.Bot.Wants)
		e.str(24, c.Bot.Choices)
		e.time(25, c.Bot.ChoicesAt)
		e.time(26, c.Bot.Hour)
		e.int(27, int64(c.Bot.Answers))
		e.claim(30, &c.Bot.Claim)
		e.time(31, c.Bot.AskedOther)
		e.time(48, c.PausedTo)
		e.time(49, c.AdsFrom)
		e.time(50, c.AdsTo)
		e.time(51, c.Bot.Away)
		e.str(60, c.Group)
		e.time(63, c.LastDid)
		e.str(64, c.LastDidOn)
		e.waiting(&c.Wait)
	})
}

const headMark = 1

func decodeHead(contact bots.ID, b []byte) (bots.Conversation, error) {
	c := bots.Conversation{Contact: contact}
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			c.State = bots.ConversationState(f.small(uint64(bots.Closed)))
		case 2:
			c.Assignee = f.str()
		case 3:
			c.SnoozedTo = f.time()
		case 4:
			c.LastAt = f.time()
		case 5:
			c.LastIn = f.time()
		case 6:
			c.LastUsed = f.str()
		case 7:
			c.Unread = uint32(f.small(1<<32 - 1))
		case 8:
			c.LastID = f.id()
		case 20:
			c.StaffAt = f.time()
		case 48:
			c.PausedTo = f.time()
		case 49:
			c.AdsFrom = f.time()
		case 50:
			c.AdsTo = f.time()
		case 60:
			c.Group = f.str()
		case 63:
			c.LastDid = f.time()
		case 64:
			c.LastDidOn = f.str()
		case 51:
			c.Bot.Away = f.time()
		default:
			decodeBot(f, &c.Bot)
			decodeWaiting(f, &c.Wait)
		}
	})
	return c, err
}

func decodeBot(f *fields, b *bots.BotTalk) {
	switch f.num {
	case 21:
		b.AskedPhone = f.time()
	case 22:
		b.AskedConsent = f.time()
	case 23:
		b.Wants = f.time()
	case 24:
		b.Choices = f.str()
	case 25:
		b.ChoicesAt = f.time()
	case 26:
		b.Hour = f.time()
	case 27:
		b.Answers = f.count()
	case 30:
		f.nested(func(f *fields) { decodeClaim(f, &b.Claim) })
	case 31:
		b.AskedOther = f.time()
	}
}

// Conversation reads the head of a person's conversation; the zero value when nobody ever wrote.
func (t *tx) Conversation(contact bots.ID) bots.Conversation {
	contact = t.means(contact)
	key := idKey(nil, contact)
	b := t.get(tHead, key)
	if b == nil {
		return bots.Conversation{}
	}
	c, err := decodeHead(contact, b)
	must(tHead, key, err)
	if c == (bots.Conversation{Contact: contact}) {
		return bots.Conversation{} // of an undone merge: there was none before
	}
	return c
}

// PutConversation writes a head.
func (t *tx) PutConversation(c bots.Conversation) {
	if len(t.absorbed()) > 0 {
		fallback.FollowTalk(t, c)
	}
	key := t.set.id(c.Contact)
	val := t.set.encode(func(b []byte) []byte { return encodeHead(b, &c) })
	old := t.get(tHead, key)
	if old != nil && string(old) == string(val) {
		return
	}
	t.moveTalk(key, old, &c)
	t.putOf(c.Contact, tHead, key, val, func() []byte { return bareHead(&c) })
}

// head is what the file and memory have of a conversation.
func (t *tx) head(key []byte) []byte {
	b := t.headOf(key)
	if len(b) == 0 {
		return nil // it was taken away, or there never was one
	}
	return b
}

func (t *tx) headOf(key []byte) []byte {
	id := bots.IDFromBytes(key)
	if t.w != nil {
		if b := t.w.heads[id]; b != nil {
			return b
		}
	}
	b, no := t.db.heads.get(id)
	if t.w == nil && t.set != nil && no > t.snap.no {
		t.stale = true // memory is ahead of this view
	}
	if b == nil && t.w == nil && t.set == nil && no > t.snap.no {
		b = t.logged(key) // two flushes have passed since this view began
	}
	if b != nil {
		return b
	}
	return t.stored(tHead, key)
}

// logged is what the view's own head log has of a conversation, or nil.
func (t *tx) logged(key []byte) []byte {
	c := t.bucket(tHeadLog).Cursor()
	for k, v := c.Last(); k != nil; k, v = c.Prev() {
		if bytes.HasPrefix(v, key) && len(v) >= len(key) { // a head without bytes was taken away
			return t.db.unseal(tHead, key, v[len(key):])
		}
	}
	return nil
}

// putHead takes a head into the batch.
func (w *batch) putHead(p *put) error {
	if w.heads == nil {
		w.heads = make(map[bots.ID][]byte)
	}
	w.heads[bots.IDFromBytes(p.key)] = slices.Clone(p.val)
	if p.del {
		w.heads[bots.IDFromBytes(p.key)] = []byte{} // a head is never empty
	}
	w.headLog++
	val := w.seal(tHead, p.key, p.val, p.bare, p.owner)
	return w.bucket(tHeadLog).Put(numberKey(w.headLog), append(p.key[:8:8], val...))
}

// flushHeads brings all heads that are only in memory, and this batch's own, to their bucket, and empties the log.
func (w *batch) flushHeads() error {
	all := w.db.heads.copy()
	maps.Copy(all, w.heads)
	if len(all) == 0 {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if err := w.flushHead(id, all[id]); err != nil {
			return err
		}
	}
	w.flushed, w.wrote = all, true
	name := []byte(layouts[tHeadLog].bucket)
	if err := w.btx.DeleteBucket(name); err != nil {
		return err
	}
	b, err := w.btx.CreateBucket(name)
	w.buckets[tHeadLog] = b
	return err
}

func (w *batch) flushHead(id bots.ID, head []byte) error {
	key := idKey(nil, id)
	w.db.versions.wrote(tHead.hash(key), w.no)
	if old := w.db.unseal(tHead, key, w.bucket(tHead).Get(key)); old != nil {
		c, err := decodeHead(id, old)
		if err != nil {
			return &CorruptError{Bucket: tHead.String(), Key: key, Err: err}
		}
		if err := w.bucket(tActivity).Delete(activityKey(&c)); err != nil {
			return err
		}
	}
	if len(head) == 0 {
		return w.bucket(tHead).Delete(key)
	}
	c, err := decodeHead(id, head)
	if err != nil {
		return &CorruptError{Bucket: tHead.String(), Key: key, Err: err}
	}
	if err := w.bucket(tActivity).Put(activityKey(&c), nil); err != nil {
		return err
	}
	return w.bucket(tHead).Put(key, w.sealHead(key, head, &c))
}

// sealHead seals a head that is brought to its bucket.
func (w *batch) sealHead(key, head []byte, c *bots.Conversation) []byte {
	if w.db.opt.Keys == nil {
		return head
	}
	bare := bareHead(c)
	if bytes.Equal(bare, head) {
		return head
	}
	return w.seal(tHead, key, head, bare, c.Contact)
}

func activityKey(c *bots.Conversation) []byte {
	return idKey(timeKey([]byte{byte(c.State)}, c.LastAt), c.Contact)
}

// replayHeads takes what a crash left in the head log into memory.
func (db *DB) replayHeads(btx *bolt.Tx) error {
	fresh := make(map[bots.ID][]byte)
	c := btx.Bucket([]byte(layouts[tHeadLog].bucket)).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if len(v) < 8 {
			return &CorruptError{Bucket: tHeadLog.String(), Key: slices.Clone(k), Err: errMalformed}
		}
		fresh[bots.IDFromBytes(v)] = slices.Clone(db.unseal(tHead, v[:8], v[8:]))
	}
	db.heads.add(fresh, 0)
	return nil
}

// PutConversation changes the head of a person's conversation: assign, snooze, close. change may run more than once; the
// changes it returns are appended to the outbox. A contact that nobody knows is fallback.ErrUnknownContact.
func (db *DB) PutConversation(ctx context.Context, contact bots.ID, change func(*bots.Conversation) ([]bots.Change, error)) (bots.Conversation, error) {
	return write(ctx, db, func(t *tx) (bots.Conversation, error) {
		if t.Contact(contact) == nil {
			return bots.Conversation{}, unknown(contact)
		}
		if err := fallback.PutTalk(t, contact, change); err != nil {
			return bots.Conversation{}, err
		}
		return t.Conversation(contact), nil
	})
}

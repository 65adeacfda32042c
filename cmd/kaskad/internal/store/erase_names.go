package store

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// What indexes tell of people who were erased: their chats, the channels' ids of their messages, proofs that nobody waits for. An entry goes
// with its message, whoever's chat it names: a chat may have somebody else now, or the person again, who came back.

// errSorting is a generation that cannot be written anew now: it is being sorted, and is sealed with one of the next commits.
var errSorting = errors.New("a generation is being sorted")

// scrubNames takes out of the indexes what names people.
func (db *DB) scrubNames(ctx context.Context, people leavers) error {
	names := people.names(db.naming)
	ids, err := db.emptiedOf(ctx, people, names)
	if err != nil {
		return err
	}
	theirs := func(_, val []byte) bool { return ids[bots.IDFromBytes(val)] }
	orphaned := func(_, val []byte) bool {
		o, err := decodeOrphan(val)
		return err == nil && slices.ContainsFunc([]bots.Address{o.Chat, o.Proof.Chat, o.Proof.Also, o.Proof.To}, func(a bots.Address) bool {
			at, has := names.of(a)
			return has && !o.At.After(at)
		})
	}
	for of, out := range map[table]func(key, val []byte) bool{tLastSent: theirs, tProvider: theirs, tOrphan: orphaned} {
		if err := db.scrubTable(ctx, of, out); err != nil {
			return err
		}
	}
	return nil
}

// emptiedOf are the messages of people, and those that retention dropped of which no list tells any more whose they were: what names them
// in an index tells a chat, or a phone.
func (db *DB) emptiedOf(ctx context.Context, people leavers, names *erasedNames) (map[bots.ID]bool, error) {
	return view(ctx, db, func(t *tx) (map[bots.ID]bool, error) {
		all := map[bots.ID]bool{}
		for i := range people {
			t.MessagesOf(people[i].Contact, 0, func(id bots.ID) bool { all[id] = true; return ctx.Err() == nil })
		}
		for _, of := range []table{tLastSent, tProvider} {
			t.each(of, func(key, val []byte) bool {
				if id := bots.IDFromBytes(val); names.tells(key) && !all[id] && t.emptied(id) {
					all[id] = true
				}
				return ctx.Err() == nil
			})
		}
		return all, ctx.Err()
	})
}

// emptied reports whether of a message nothing is there, or nothing but that it was.
func (t *tx) emptied(id bots.ID) bool {
	b := t.record(tMessage, id)
	if b == nil {
		return true
	}
	m, err := decodeMessage(id, b)
	mustRecord(tMessage, id, err)
	return m.Erased
}

// erasedNames are the names of people who were erased, each with when.
type erasedNames struct {
	at     map[bots.Ref]time.Time
	phones map[string]bool // digits alone
	chats  map[string]bool // keys of their chats in a sealed file; nil elsewhere
}

func (l leavers) names(by naming) *erasedNames {
	n := &erasedNames{at: map[bots.Ref]time.Time{}, phones: map[string]bool{}, chats: map[string]bool{}}
	for i := range l {
		for _, ref := range l[i].Names {
			n.at[ref] = later(n.at[ref], l[i].at)
			if digits, phone := strings.CutPrefix(ref.Value, "+"); phone {
				n.phones[digits] = true
			}
			if by.secret != nil {
				n.chats[string(by.chatKey(bots.Address{Channel: ref.Kind, ID: ref.Value}))] = true
			}
		}
	}
	return n
}

// of reports whether an address is one of the names, and when its person was erased.
func (n *erasedNames) of(a bots.Address) (time.Time, bool) {
	at, has := n.at[fallback.NameOf(a)]
	return at, has && a.ID != ""
}

// tells reports whether the key of a list of messages has one of the names in it: the chat that it begins with, or the phone that an id of
// WhatsApp's Cloud API has in it.
func (n *erasedNames) tells(key []byte) bool {
	if n.chats[string(key)] {
		return true
	}
	channel, rest := part(key)
	chat, rest := part(rest)
	if _, has := n.of(bots.Address{Channel: channel, ID: chat}); has || channel != bots.WhatsAppCloud {
		return has
	}
	id, _ := part(rest)
	return n.phones[phoneIn(id)]
}

// phoneIn is the phone in an id of WhatsApp's Cloud API, without a plus: "wamid." and base64, of a length and that many digits behind two
// bytes. See the examples in Meta's documentation of webhooks. Empty: there is none.
func phoneIn(id string) string {
	text, ok := strings.CutPrefix(id, "wamid.")
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if !ok || err != nil || len(raw) < 3 || len(raw) < 3+int(raw[2]) {
		return ""
	}
	return string(raw[3 : 3+int(raw[2])])
}

// part takes the first of several strings that were joined.
func part(b []byte) (string, []byte) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return "", nil
	}
	return string(b[used : used+int(n)]), b[used+int(n):]
}

func (db *DB) scrubTable(ctx context.Context, of table, out func(key, val []byte) bool) error {
	holding := func() ([]uint64, error) {
		return view(ctx, db, func(t *tx) ([]uint64, error) { return t.holding(of, out), nil })
	}
	have, err := holding()
	if err != nil {
		return err
	}
	for _, no := range have {
		if err := db.write(ctx, func(t *tx) error {
			t.set.scrubs = append(t.set.scrubs, scrub{of, no, out})
			return nil
		}); err != nil {
			return err
		}
	}
	if have, err = holding(); err == nil && len(have) > 0 {
		return errSorting
	}
	return err
}

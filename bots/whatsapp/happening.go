package whatsapp

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"

	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
)

// happening is the id of what a message tells: the same however often it comes, and whatever is learnt of the person meanwhile. So it is
// made of what the message itself says of who wrote it: the phone if it names one, else the hidden id.
func (b *Bot) happening(own string, them person, info *types.MessageInfo, kind bots.Kind) string {
	var named person
	for _, jid := range others(&info.MessageSource) {
		named.add(jid)
	}
	who := named.phone
	if who.IsEmpty() {
		who = named.lid
	}
	of := func(who types.JID) string { return eventID(own, who.String(), info.ID, string(kind)) }
	var names []string
	for _, known := range []types.JID{them.phone, them.lid} {
		if !known.IsEmpty() {
			names = append(names, of(known))
		}
	}
	return b.told.once(of(who), names...)
}

// eventID is the same for the same happening, however often and from wherever it comes. It holds no number that could be read.
func eventID(own, who, id, kind string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{own, who, id, kind}, "|")))
	return "whatsapp:" + kind + ":" + hex.EncodeToString(sum[:16])
}

// toldIDs remember under which ids the last happenings were told. One message comes in two ways at times, sent again and told by our phone,
// within seconds, and one of them may name the phone and the other the hidden id.
type toldIDs struct {
	mu          sync.Mutex
	now, before map[string]string
}

// manyTold is how many ids are remembered, and as many of before.
const manyTold = 8192

// once is the id of a happening: the one that it was told under before, by any of its names, else fresh.
func (t *toldIDs) once(fresh string, names ...string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now == nil || len(t.now) >= manyTold {
		t.now, t.before = map[string]string{}, t.now
	}
	names = append(names, fresh)
	id := fresh
	for _, name := range names {
		if was, ok := t.find(name); ok {
			id = was
		}
	}
	for _, name := range names {
		t.now[name] = id
	}
	return id
}

func (t *toldIDs) find(name string) (string, bool) {
	if id, ok := t.now[name]; ok {
		return id, true
	}
	id, ok := t.before[name]
	return id, ok
}

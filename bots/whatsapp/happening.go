package whatsapp

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
)

// happening is the id of what a message tells, and the others under which the same may come: one message comes in two ways at times, sent
// again and told by our phone, and one of them may name the phone of who wrote it and the other the hidden id. What is learnt of the person
// meanwhile changes the order at most: so it is the phone first if the message itself names one, and then all that is known of them.
func happening(own string, them person, info *types.MessageInfo, kind bots.Kind) (id string, also []string) {
	var named person
	for _, jid := range others(&info.MessageSource) {
		named.add(jid)
	}
	var ids []string
	for _, who := range []types.JID{named.phone, named.lid, them.phone, them.lid} {
		id := eventID(own, who.String(), info.ID, string(kind))
		if !who.IsEmpty() && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 { // nobody is named in a way that we know
		return eventID(own, "", info.ID, string(kind)), nil
	}
	return ids[0], ids[1:]
}

// eventID is the same for the same happening, however often and from wherever it comes. It holds no number that could be read.
func eventID(own, who, id, kind string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{own, who, id, kind}, "|")))
	return "whatsapp:" + kind + ":" + hex.EncodeToString(sum[:16])
}

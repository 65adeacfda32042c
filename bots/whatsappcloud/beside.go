package whatsappcloud

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"sync"
)

// fewBeside is how much may be copied of the contacts of a call into the raw form of each thing that happened. A call of thousands of
// messages names thousands of people: all of them beside each message would be more than a machine holds.
const fewBeside = 1 << 10

// besideOf gives what the contacts of a call say of the person whom one thing that happened is about.
func besideOf(all json.RawMessage) func(item json.RawMessage) []byte {
	if len(all) <= fewBeside {
		return func(json.RawMessage) []byte { return all }
	}
	index := sync.OnceValue(func() map[string]json.RawMessage { return indexed(all) })
	return func(item json.RawMessage) []byte {
		phone, user := idsOf(item)
		found := index()[phone]
		if other := index()[user]; user != "" && !bytes.Equal(found, other) {
			found = join(found, other)
		}
		return found
	}
}

// indexed finds the contacts of a call, as lists of one, by each of their ids. The first of an id counts, as it does where they are
// read.
func indexed(all json.RawMessage) map[string]json.RawMessage {
	var list []json.RawMessage
	_ = json.Unmarshal(all, &list) // what is no list names nobody
	index := make(map[string]json.RawMessage, len(list))
	for _, raw := range list {
		var c contact
		_ = json.Unmarshal(raw, &c) // as far as it can be read
		for _, id := range []string{string(c.WaID), c.UserID} {
			if id != "" && index[id] == nil {
				index[id] = slices.Concat([]byte{'['}, raw, []byte{']'})
			}
		}
	}
	return index
}

// join makes one list of two that may be none.
func join(a, b json.RawMessage) json.RawMessage {
	if a == nil || b == nil {
		return append(a, b...)
	}
	return slices.Concat(a[:len(a)-1], []byte{','}, b[1:])
}

// idsOf are the ids of the person whom a message, a status or a choice is about, as where these are read.
func idsOf(item json.RawMessage) (phone, user string) {
	var m message
	var s status
	var p preference
	for _, into := range []any{&m, &s, &p} {
		_ = json.Unmarshal(item, into) // as far as it can be read
	}
	phone = string(cmp.Or(m.From, s.RecipientID, p.WaID))
	return phone, cmp.Or(m.FromUserID, m.UserID, m.previous(), s.RecipientUserID)
}

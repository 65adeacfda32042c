package whatsapp

import (
	"maps"
	"slices"
	"strconv"

	"go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// waiting is a stanza that a device has not acknowledged yet.
type waiting struct {
	node binary.Node
	from types.JID
}

// give brings a stanza to a device: now, if it is there, and again at every login until it is acknowledged. The caller holds s.mu.
func (s *Server) give(d *device, n binary.Node) {
	if d.noise == [32]byte{} {
		return // a phone that nobody plays
	}
	from, _ := n.Attrs["from"].(types.JID)
	d.waiting = append(d.waiting, &waiting{node: n, from: from})
	if d.active {
		d.link.send(n)
	}
}

// activate brings what waits, as the first thing after a login. The caller holds s.mu.
func (s *Server) activate(d *device) {
	d.active = true
	count := map[string]int{}
	for _, w := range d.waiting {
		count[w.node.Tag]++
	}
	total := strconv.Itoa(len(d.waiting))
	d.link.send(ib(binary.Node{Tag: "offline_preview", Attrs: binary.Attrs{
		"count": total, "appdata": "0", "message": strconv.Itoa(count["message"]),
		"receipt": strconv.Itoa(count["receipt"]), "notification": strconv.Itoa(count["notification"]),
	}}))
	for i, w := range d.waiting {
		n := w.node
		n.Attrs = maps.Clone(n.Attrs)
		n.Attrs["offline"] = strconv.Itoa(i)
		d.link.send(n)
	}
	d.link.send(ib(binary.Node{Tag: "offline", Attrs: binary.Attrs{"count": total}}))
}

func ib(n binary.Node) binary.Node {
	return binary.Node{Tag: "ib", Attrs: binary.Attrs{"from": serverJID}, Content: []binary.Node{n}}
}

// taken removes a stanza that a device has acknowledged. The caller holds s.mu.
func (d *device) taken(tag, id, kind string, from types.JID) {
	i := slices.IndexFunc(d.waiting, func(w *waiting) bool {
		return w.node.Tag == tag && text(w.node.Attrs, "id") == id && (tag == "message" || text(w.node.Attrs, "type") == kind) &&
			(from.IsEmpty() || w.from.User == from.User && w.from.Server == from.Server)
	})
	if i >= 0 {
		d.waiting = slices.Delete(d.waiting, i, i+1)
	}
}

// Waiting is how many stanzas a device has not acknowledged.
func (s *Server) Waiting(phone string, id uint16) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, err := s.find(phone); err == nil && a.devices[id] != nil {
		return len(a.devices[id].waiting)
	}
	return 0
}

// text is an attribute that is a string; the codec gives some as numbers.
func text(attrs binary.Attrs, name string) string {
	switch v := attrs[name].(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	}
	return ""
}

func jid(attrs binary.Attrs, name string) types.JID {
	v, _ := attrs[name].(types.JID)
	return v
}

// content is what a node holds: bytes travel as a string when they are one of the dictionary, or digits.
func content(n binary.Node) []byte {
	switch v := n.Content.(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}

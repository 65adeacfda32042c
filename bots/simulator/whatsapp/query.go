package whatsapp

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	wire "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"kaskad/bots/simulator/internal/stage"
)

// query answers an iq. The caller holds s.mu.
func (s *Server) query(l *link, n *wire.Node) answer {
	space := text(n.Attrs, "xmlns")
	if kind := text(n.Attrs, "type"); kind == "result" || kind == "error" {
		return s.pairAnswer(l, n)
	}
	if space == "w:p" {
		return reply(result(n)) // the client's ping
	}
	if l.device == nil {
		if space == "md" {
			return s.pairQuery(l, n)
		}
		return reply(iqError(n, 401))
	}
	switch space {
	case "encrypt":
		return s.encryptQuery(l.device, n)
	case "passive":
		return s.passive(l, n)
	case "usync":
		return s.usync(n)
	case "privacy":
		return s.privacy(l.device, n)
	case "w:m":
		return s.mediaConn(n)
	case "w:g2":
		return s.groupQuery(l.device, n)
	case "status":
		return s.statusQuery(l.device, n)
	case "md":
		return s.unpair(l.device, n)
	case "w:profile:picture":
		return reply(iqError(n, 404)) // nobody has a picture
	}
	s.oddities = stage.Newest(append(s.oddities, "no such query: "+space), s.opt.Keep)
	return reply(iqError(n, 501))
}

func result(n *wire.Node, content ...wire.Node) wire.Node {
	out := wire.Node{Tag: "iq", Attrs: wire.Attrs{"id": text(n.Attrs, "id"), "type": "result", "from": serverJID}}
	if len(content) > 0 {
		out.Content = content
	}
	return out
}

func iqError(n *wire.Node, code int) wire.Node {
	names := map[int]string{
		400: "bad-request", 401: "not-authorized", 403: "forbidden", 404: "item-not-found", 405: "not-allowed", 406: "not-acceptable",
		429: "rate-overlimit", 500: "internal-server-error", 501: "feature-not-implemented", 503: "service-unavailable",
	}
	name := names[code]
	if name == "" {
		name = "error"
	}
	return wire.Node{
		Tag: "iq", Attrs: wire.Attrs{"id": text(n.Attrs, "id"), "type": "error", "from": serverJID},
		Content: []wire.Node{{Tag: "error", Attrs: wire.Attrs{"code": strconv.Itoa(code), "text": name}}},
	}
}

// passive lets a client choose whether it takes messages.
func (s *Server) passive(l *link, n *wire.Node) answer {
	if _, ok := n.GetOptionalChildByTag("active"); !ok {
		l.device.active = false
		return reply(result(n))
	}
	d := l.device
	return answer{nodes: []wire.Node{result(n)}, then: func() {
		if d.link == l {
			s.activate(d)
		}
	}}
}

// encryptQuery counts, takes in or hands out prekeys.
func (s *Server) encryptQuery(d *device, n *wire.Node) answer {
	if key, ok := n.GetOptionalChildByTag("key"); ok {
		list := wire.Node{Tag: "list"}
		var users []wire.Node
		for _, user := range key.GetChildrenByTag("user") {
			users = append(users, s.bundle(jid(user.Attrs, "jid")))
		}
		list.Content = users
		return reply(result(n, list))
	}
	if text(n.Attrs, "type") == "set" {
		return s.takePreKeys(d, n)
	}
	count := len(d.preKeys)
	if (d.few || d.of.FewKeys) && count == 0 {
		count = 1 // below the least, and not the none that makes a client upload 812
	}
	return reply(result(n, wire.Node{Tag: "count", Attrs: wire.Attrs{"value": strconv.Itoa(count)}}))
}

func (s *Server) takePreKeys(d *device, n *wire.Node) answer {
	identity := content(n.GetChildByTag("identity"))
	registration := content(n.GetChildByTag("registration"))
	if len(identity) != 32 || len(registration) != 4 {
		return reply(iqError(n, 400))
	}
	d.identity, d.registration = [32]byte(identity), binary.BigEndian.Uint32(registration)
	d.signed = readPreKey(n.GetChildByTag("skey"))
	list := n.GetChildByTag("list")
	for _, key := range list.GetChildrenByTag("key") {
		k := readPreKey(key)
		if !slices.ContainsFunc(d.preKeys, func(old preKey) bool { return string(old.id) == string(k.id) }) {
			d.preKeys = append(d.preKeys, k)
		}
	}
	return reply(result(n))
}

func readPreKey(n wire.Node) preKey {
	return preKey{id: content(n.GetChildByTag("id")), pub: content(n.GetChildByTag("value")), signature: content(n.GetChildByTag("signature"))}
}

func (k preKey) node(tag string) wire.Node {
	children := []wire.Node{{Tag: "id", Content: k.id}, {Tag: "value", Content: k.pub}}
	if k.signature != nil {
		children = append(children, wire.Node{Tag: "signature", Content: k.signature})
	}
	return wire.Node{Tag: tag, Content: children}
}

// fewKeys is when a device is asked for more prekeys.
const fewKeys = 5

// bundle hands out the keys to begin a session with a device. One prekey is used up.
func (s *Server) bundle(of types.JID) wire.Node {
	user := wire.Node{Tag: "user", Attrs: wire.Attrs{"jid": of}}
	d := s.deviceAt(of)
	if d == nil {
		user.Content = []wire.Node{{Tag: "error", Attrs: wire.Attrs{"code": "404", "text": "item-not-found"}}}
		return user
	}
	children := []wire.Node{
		{Tag: "registration", Content: binary.BigEndian.AppendUint32(nil, d.registration)},
		{Tag: "type", Content: []byte{5}},
		{Tag: "identity", Content: slices.Clone(d.identity[:])},
	}
	if len(d.preKeys) > 0 {
		children = append(children, d.preKeys[0].node("key"))
		d.preKeys = slices.Delete(d.preKeys, 0, 1)
		if len(d.preKeys) == fewKeys-1 {
			s.give(d, s.notification("encrypt", wire.Node{Tag: "count", Attrs: wire.Attrs{"value": strconv.Itoa(len(d.preKeys))}}))
		}
	}
	user.Content = append(children, d.signed.node("skey"))
	return user
}

// notification is news from WhatsApp itself. The caller holds s.mu.
func (s *Server) notification(kind string, content ...wire.Node) wire.Node {
	return wire.Node{
		Tag: "notification", Attrs: wire.Attrs{"id": s.newID("N"), "type": kind, "from": serverJID, "t": s.now()}, Content: content,
	}
}

// privacy tells or changes whether an account's reading is told.
func (s *Server) privacy(d *device, n *wire.Node) answer {
	asked := n.GetChildByTag("privacy")
	if text(n.Attrs, "type") == "set" {
		for _, c := range asked.GetChildrenByTag("category") {
			if text(c.Attrs, "name") == "readreceipts" {
				d.of.HidesReads = text(c.Attrs, "value") == "none"
			}
		}
	}
	reads := "all"
	if d.of.HidesReads {
		reads = "none"
	}
	return reply(result(n, wire.Node{Tag: "privacy", Content: []wire.Node{
		{Tag: "category", Attrs: wire.Attrs{"name": "readreceipts", "value": reads}},
	}}))
}

// unpair is a device's own logout.
func (s *Server) unpair(d *device, n *wire.Node) answer {
	child, ok := n.GetOptionalChildByTag("remove-companion-device")
	if !ok {
		return reply(iqError(n, 501))
	}
	gone := s.deviceAt(jid(child.Attrs, "jid"))
	if gone == nil || gone.of != d.of {
		return reply(iqError(n, 404))
	}
	return answer{nodes: []wire.Node{result(n)}, then: func() {
		if l := gone.link; gone == d && l != nil { // it knows: an error on top would delete its store twice
			l.hangUp()
			gone.link, gone.active, gone.present = nil, false, false
		}
		s.remove(gone)
	}}
}

// usync tells who is who: whether a number is on WhatsApp, which devices and which LID it has. The caller holds s.mu.
func (s *Server) usync(n *wire.Node) answer {
	asked := n.GetChildByTag("usync")
	if asked.Tag != "usync" {
		return reply(iqError(n, 400))
	}
	what, list := asked.GetChildByTag("query"), asked.GetChildByTag("list")
	var users []wire.Node
	for _, user := range list.GetChildrenByTag("user") {
		users = append(users, s.describe(user, what))
	}
	return reply(result(n, wire.Node{Tag: "usync", Attrs: asked.Attrs, Content: []wire.Node{{Tag: "list", Content: users}}}))
}

func (s *Server) describe(user, what wire.Node) wire.Node {
	of := jid(user.Attrs, "jid")
	contact, byNumber := user.GetOptionalChildByTag("contact")
	if byNumber {
		of = types.JID{User: digits(string(content(contact))), Server: types.DefaultUserServer}
	}
	a := s.account(of)
	if a != nil && a.Unregistered {
		a = nil
	}
	out := wire.Node{Tag: "user", Attrs: wire.Attrs{}}
	if a != nil || !s.opt.BareUnknown {
		out.Attrs["jid"] = of
	}
	var facts []wire.Node
	for _, part := range what.GetChildren() {
		switch {
		case part.Tag == "contact" && byNumber:
			in := "in"
			if a == nil {
				in = "out"
			}
			facts = append(facts, wire.Node{Tag: "contact", Attrs: wire.Attrs{"type": in}, Content: content(contact)})
		case part.Tag == "devices" && a != nil:
			facts = append(facts, a.deviceList())
		case part.Tag == "lid" && a != nil:
			facts = append(facts, wire.Node{Tag: "lid", Attrs: wire.Attrs{"val": a.hidden(0)}})
		}
	}
	if len(facts) > 0 {
		out.Content = facts
	}
	return out
}

func (a *account) deviceList() wire.Node {
	var list []wire.Node
	for _, id := range a.ids() {
		list = append(list, wire.Node{Tag: "device", Attrs: wire.Attrs{"id": strconv.Itoa(int(id))}})
	}
	return wire.Node{Tag: "devices", Content: []wire.Node{{Tag: "device-list", Attrs: wire.Attrs{"hash": fmt.Sprint(len(list))}, Content: list}}}
}

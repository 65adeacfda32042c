package whatsapp

import (
	"slices"

	"go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// message routes a message: one copy per device, each encrypted for it. The caller holds s.mu.
func (s *Server) message(from *device, n *binary.Node, fault Kind) answer {
	m := s.messages[text(n.Attrs, "id")]
	to := jid(n.Attrs, "to")
	if people, ok := n.GetOptionalChildByTag("participants"); ok {
		shared := n.GetChildrenByTag("enc") // of a crowd: the same for all, for the key in each copy
		for _, copied := range people.GetChildrenByTag("to") {
			s.copy(from, n, jid(copied.Attrs, "jid"), to, append(copied.GetChildren(), shared...), fault)
		}
	} else if enc := n.GetChildrenByTag("enc"); len(enc) > 0 { // to one device: the answer to a retry receipt, or between own devices
		device := to
		if one := jid(n.Attrs, "participant"); !one.IsEmpty() {
			device = one
		}
		s.copy(from, n, device, types.EmptyJID, enc, fault)
	}
	ack := ackOf(n)
	ack.Attrs["t"] = s.now()
	if m != nil {
		m.Acked++
	}
	return reply(ack)
}

// copy brings one encrypted copy to one device. The caller holds s.mu.
func (s *Server) copy(from *device, n *binary.Node, device, chat types.JID, enc []binary.Node, fault Kind) {
	d := s.deviceAt(device)
	if d == nil || d.of.Unregistered || slices.Contains(d.of.Blocks, from.of.phone()) {
		return
	}
	out := binary.Node{Tag: "message", Attrs: binary.Attrs{
		"id": text(n.Attrs, "id"), "t": s.now(), "type": text(n.Attrs, "type"), "notify": from.of.Name,
	}}
	for _, name := range []string{"edit", "category", "push_priority"} {
		if v, ok := n.Attrs[name]; ok {
			out.Attrs[name] = v
		}
	}
	switch to := jid(n.Attrs, "to"); {
	case isCrowd(to):
		from.crowded(out.Attrs, to)
	case d.of == from.of:
		out.Attrs["from"] = from.of.at(device.Server, from.id)
		if !chat.IsEmpty() {
			out.Attrs["recipient"] = chat
		}
	default:
		from.address(out.Attrs)
	}
	children := slices.Clone(enc)
	if fault == Corrupt && d.of != from.of {
		children = spoiled(children)
	}
	if identity, ok := n.GetOptionalChildByTag("device-identity"); ok && text(enc[0].Attrs, "type") == "pkmsg" {
		children = append(children, identity)
	}
	out.Content = children
	s.totals.Copies++
	if m := s.messages[text(n.Attrs, "id")]; m != nil {
		m.Copies++
	}
	s.give(d, out)
}

// sends is the address that an account writes from.
func (a *account) sends(device uint16) types.JID {
	if a.AsLID {
		return a.hidden(device)
	}
	return a.pn(device)
}

// address says who a message is from: by number or by LID, with the other beside it.
func (d *device) address(attrs binary.Attrs) {
	a := d.of
	attrs["from"] = a.sends(d.id)
	if a.AsLID {
		attrs["addressing_mode"] = "lid"
	}
	switch {
	case a.BareAddress:
	case a.AsLID:
		attrs["sender_pn"] = a.pn(0)
	default:
		attrs["sender_lid"] = a.hidden(0)
	}
}

// spoiled are copies that nobody can decrypt.
func spoiled(enc []binary.Node) []binary.Node {
	out := slices.Clone(enc)
	for i, n := range out {
		data := slices.Clone(content(n))
		if len(data) > 12 {
			data[len(data)-12] ^= 0xFF // inside the MAC or the text
		}
		out[i].Content = data
	}
	return out
}

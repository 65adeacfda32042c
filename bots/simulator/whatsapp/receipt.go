package whatsapp

import (
	"slices"

	"go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// receipt notes what a device says about messages, and tells their sender. The caller holds s.mu.
func (s *Server) receipt(from *device, n *binary.Node) answer {
	to, kind := jid(n.Attrs, "to"), text(n.Attrs, "type")
	if slices.Contains([]string{"", "inactive", "sender", "peer_msg", "hist_sync"}, kind) { // these acknowledge the message itself
		from.taken("message", text(n.Attrs, "id"), "", to)
	}
	s.note(n, kind)
	out := binary.Node{Tag: "receipt", Attrs: binary.Attrs{"id": text(n.Attrs, "id"), "from": from.of.receipts(from.id), "t": s.now()}, Content: n.Content}
	if kind != "" {
		out.Attrs["type"] = kind
	}
	writer := to
	if isCrowd(to) {
		writer = jid(n.Attrs, "participant")
		out.Attrs["from"], out.Attrs["participant"] = to, from.of.receipts(from.id)
	}
	switch kind {
	case "retry":
		if d := s.deviceAt(writer); d != nil {
			s.give(d, out) // only who encrypted it can do it again
		}
	case "read-self":
		out.Attrs["from"], out.Attrs["recipient"] = from.of.at(to.Server, from.id), to
		s.tell(from.of, from, out)
	case "", "inactive", "read", "played":
		if a := s.account(writer); a != nil && a != from.of {
			s.tell(a, nil, out)
		}
	}
	return reply(ackOf(n))
}

// receipts is the address that an account's receipts come from.
func (a *account) receipts(device uint16) types.JID {
	if a.ReceiptsAsLID {
		return a.hidden(device)
	}
	return a.pn(device)
}

// tell brings a stanza to all devices of an account but one.
func (s *Server) tell(a *account, but *device, n binary.Node) {
	for _, id := range a.ids() {
		if d := a.devices[id]; d != but {
			s.give(d, n)
		}
	}
}

// note counts a receipt on the messages that it names.
func (s *Server) note(n *binary.Node, kind string) {
	s.totals.Receipts++
	for _, id := range receiptIDs(n) {
		m := s.messages[id]
		if m == nil {
			continue
		}
		switch kind {
		case "":
			m.Delivered++
		case "inactive":
			m.Inactive++
		case "read":
			m.Read++
		case "read-self":
			m.ReadSelf++
		case "played":
			m.Played++
		case "retry":
			m.Retries++
		}
	}
}

// receiptIDs are all messages that a receipt names.
func receiptIDs(n *binary.Node) []string {
	out := []string{text(n.Attrs, "id")}
	if list, ok := n.GetOptionalChildByTag("list"); ok {
		for _, item := range list.GetChildrenByTag("item") {
			out = append(out, text(item.Attrs, "id"))
		}
	}
	return out
}

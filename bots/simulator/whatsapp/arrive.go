package whatsapp

import (
	"slices"
	"strconv"

	"go.mau.fi/whatsmeow/binary"

	"kaskad/bots/simulator/internal/stage"
)

// answer is what a stanza gets.
type answer struct {
	nodes []binary.Node // to its sender
	then  func()        // after they are queued, with s.mu held
}

func reply(nodes ...binary.Node) answer { return answer{nodes: nodes} }

// arrive carries out a stanza, or the fault that it meets.
func (s *Server) arrive(l *link, n *binary.Node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	st := s.record(l, n)
	f, faulty := s.faults.Next(func(f Fault) bool { return f.meets(st) })
	if !faulty {
		l.finish(s.handle(l, n, ""))
		return
	}
	st.Fault = f.Kind
	switch f.Kind {
	case Drop:
	case CutBefore:
		l.cut()
	case Hang:
		l.hang()
	case Refuse:
		s.refused(n, f.Code)
		l.finish(refusal(n, f.Code))
	default: // it is carried out
		a := s.handle(l, n, f.Kind)
		switch f.Kind {
		case NoAck:
			a.nodes = nil
			l.finish(a)
		case CutAfter:
			l.cut()
		default: // Slow, Corrupt
			s.stage.Later(f.Delay, func() { l.finish(a) })
		}
	}
}

func (l *link) finish(a answer) {
	for _, n := range a.nodes {
		l.send(n)
	}
	if a.then != nil {
		a.then()
	}
}

// handle carries out a stanza, with the fault that is played, if any. The caller holds s.mu.
func (s *Server) handle(l *link, n *binary.Node, fault Kind) answer {
	if n.Tag == "iq" {
		return s.query(l, n)
	}
	if l.device == nil || l.device.link != l {
		return answer{} // not paired yet, or replaced
	}
	switch n.Tag {
	case "message":
		return s.message(l.device, n, fault)
	case "receipt":
		return s.receipt(l.device, n)
	case "ack":
		l.device.taken(text(n.Attrs, "class"), text(n.Attrs, "id"), text(n.Attrs, "type"), jid(n.Attrs, "to"))
	case "presence":
		l.device.appear(n)
	case "chatstate":
		s.typing(l.device, n)
	default:
		s.oddities = stage.Newest(append(s.oddities, "no such stanza: "+n.Tag), s.opt.Keep)
	}
	return answer{}
}

// refusal is an error in place of the answer.
func refusal(n *binary.Node, code int) answer {
	switch n.Tag {
	case "iq":
		return reply(iqError(n, code))
	case "message":
		ack := ackOf(n)
		ack.Attrs["error"] = strconv.Itoa(code)
		return reply(ack)
	}
	return answer{}
}

func ackOf(n *binary.Node) binary.Node {
	attrs := binary.Attrs{"class": n.Tag, "id": text(n.Attrs, "id"), "from": n.Attrs["to"]}
	if kind := text(n.Attrs, "type"); kind != "" && n.Tag != "message" {
		attrs["type"] = kind
	}
	return binary.Node{Tag: "ack", Attrs: attrs}
}

// appear notes that a client is there, or not, and under which name.
func (d *device) appear(n *binary.Node) {
	switch text(n.Attrs, "type") {
	case "available":
		d.present = true
	case "unavailable":
		d.present = false
	}
	if name := text(n.Attrs, "name"); name != "" {
		d.of.Name = name
	}
}

// typing tells others that somebody writes. It is told to who is there and forgotten.
func (s *Server) typing(d *device, n *binary.Node) {
	to := s.account(jid(n.Attrs, "to"))
	if to == nil || slices.Contains(to.Blocks, d.of.phone()) {
		return
	}
	out := binary.Node{Tag: "chatstate", Attrs: binary.Attrs{"from": d.of.sends(0)}, Content: n.Content}
	for _, id := range to.ids() {
		if peer := to.devices[id]; peer.active {
			peer.link.send(out)
		}
	}
}

package graph

import (
	"cmp"
	"slices"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// sendAnswer is the answer to a message that was taken.
type sendAnswer struct {
	Product  string        `json:"messaging_product"`
	Contacts []sentContact `json:"contacts"`
	Messages []sentMessage `json:"messages"`
}

type sentContact struct {
	Input  string `json:"input"`
	WaID   string `json:"wa_id,omitempty"`
	UserID string `json:"user_id,omitempty"`
}

type sentMessage struct {
	ID     string `json:"id"`
	Status string `json:"message_status,omitempty"`
}

type success struct {
	Success bool `json:"success"`
}

// idOf is the id that an answer carries.
func idOf(answer any) string {
	switch a := answer.(type) {
	case sendAnswer:
		return a.Messages[0].ID
	case mediaID:
		return a.ID
	}
	return ""
}

// messages is POST /{phone}/messages: a message, or a mark on one of a person.
func (s *Server) messages(req *request) (any, *refusal) {
	o := req.body
	if o.text("messaging_product") == "" {
		o.need("messaging_product")
	} else {
		o.oneOf("messaging_product", "whatsapp")
	}
	if o.Has("status") {
		return s.mark(o)
	}
	d := parse(o)
	if o.wrong != nil {
		return nil, o.wrong
	}
	return s.send(d)
}

// mark is "read" for a message of a person, with or without a typing indicator.
func (s *Server) mark(o *object) (any, *refusal) {
	o.oneOf("status", "read")
	id := o.filled("message_id", maxID)
	typing := o.Has("typing_indicator")
	if typing {
		t := o.object("typing_indicator")
		t.need("type")
		t.oneOf("type", "text")
	}
	o.strict()
	if o.wrong != nil {
		return nil, o.wrong
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.byID[id]
	if m == nil || m.FromUs {
		return nil, refuse(notValid, "Message id %q is no message that was received.", id)
	}
	m.Read, m.Typing = s.opt.Now(), typing
	s.count.Marked++
	s.stage.Notify()
	return success{true}, nil
}

// send takes a message that is well-formed.
func (s *Server) send(d *draft) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	if wrong := s.throttled(); wrong != nil {
		return nil, wrong
	}
	s.oddities = stage.Newest(append(s.oddities, d.odd...), s.opt.Keep)
	if wrong := s.known(d); wrong != nil {
		return nil, wrong
	}
	p := s.addressee(d)
	if p.Phone == s.opt.Phone {
		return nil, refuse(toOurselves, "Recipient phone number can not be the sender's phone number.")
	}
	fails := s.failure(p, d)
	if fails != 0 && slices.Contains(s.opt.Sync, fails) {
		return nil, refuse(fails, "%s", usualDetails(fails))
	}
	if wrong := s.paired(p); wrong != nil {
		return nil, wrong
	}
	m := d.Message
	m.ID, m.Person, m.FromUs = s.newID(p, byUs), p.Phone, true
	answer := s.taken(p, d)
	s.accept(p, m, fails)
	return answer, nil
}

// addressee finds whom a message is for. Somebody whom nobody added is a number without WhatsApp. The caller holds s.mu.
func (s *Server) addressee(d *draft) *person {
	id := d.to
	if d.ByUserID {
		id = d.recipient
	}
	if p := s.find(id); p != nil {
		return p
	}
	who := Person{Phone: id, NoWhatsApp: true}
	if d.ByUserID {
		who = Person{Phone: sixteen(s.number())[:15], UserID: id, NoWhatsApp: true, HidesPhone: true}
	}
	who.UserID = cmp.Or(who.UserID, userIDOf(who.Phone))
	p := s.add(who)
	p.stranger = true
	return p
}

// failure is the code with which a message does not reach a person, 0 = it does. The caller holds s.mu.
func (s *Server) failure(p *person, d *draft) int {
	marketing := d.Category == "MARKETING"
	switch {
	case d.lost != 0:
		return d.lost
	case p.NoWhatsApp, p.Blocks:
		return undeliverable
	case d.Template == "" && !s.windowOpen(p):
		return windowClosed
	case marketing && p.NoMarketing:
		return noMarketing
	case marketing && p.Experiment:
		return experiment
	case marketing && p.Capped:
		return ecosystem
	case d.Type == "reaction" && !s.canReact(p, d.On):
		return notValid
	}
	return 0
}

// canReact: a reaction is for a message of the chat that is younger than 30 days and no reaction itself. The caller holds s.mu.
func (s *Server) canReact(p *person, id string) bool {
	m := s.byID[id]
	return m != nil && m.Person == p.Phone && m.Type != "reaction" && s.opt.Now().Sub(m.At) < 30*24*time.Hour
}

// taken is the answer to a message. The caller holds s.mu.
func (s *Server) taken(p *person, d *draft) sendAnswer {
	c := sentContact{Input: d.input, WaID: p.Phone}
	if d.ByUserID {
		c = sentContact{Input: d.input, UserID: p.UserID}
	}
	m := sentMessage{ID: d.ID}
	if d.Template != "" {
		m.Status = "accepted"
	}
	if d.templateOf != nil && d.templateOf.Held {
		m.Status = "held_for_quality_assessment"
	}
	return sendAnswer{Product: "whatsapp", Contacts: []sentContact{c}, Messages: []sentMessage{m}}
}

// rate is what the throughput limit remembers.
type rate struct {
	second int64
	count  int
}

// throttled counts a message against the throughput of the number. The caller holds s.mu.
func (s *Server) throttled() *refusal {
	now := s.opt.Now().Unix()
	if s.rate.second != now {
		s.rate = rate{second: now}
	}
	if s.opt.Throughput > 0 && s.rate.count >= s.opt.Throughput {
		return refuse(rateHit, "%s", usualDetails(rateHit))
	}
	s.rate.count++
	return nil
}

// pairEvery is how long a message to the same person takes to be forgotten.
const pairEvery = 6 * time.Second

// paired counts a message against the limit of a person. The caller holds s.mu.
func (s *Server) paired(p *person) *refusal {
	if s.opt.Pair <= 0 {
		return nil
	}
	now := s.opt.Now()
	for len(p.sentAt) > 0 && now.Sub(p.sentAt[0]) >= pairEvery {
		p.sentAt = p.sentAt[1:]
	}
	if len(p.sentAt) >= s.opt.Pair {
		return refuse(pairHit, "%s", usualDetails(pairHit))
	}
	next := now
	if n := len(p.sentAt); n > 0 && p.sentAt[n-1].Add(pairEvery).After(now) {
		next = p.sentAt[n-1].Add(pairEvery) // one is forgotten after the other, not all at once
	}
	p.sentAt = append(p.sentAt, next)
	return nil
}

package viber

import "encoding/json"

const (
	maxBroadcast      = 300
	maxBroadcastCalls = 500 // in ten seconds
)

// sendMessage is /pa/send_message.
func (s *Server) sendMessage(req *request) (reply, *refusal) {
	o := req.body
	receiver := o.filled("receiver", 1000)
	m := readMessage(o)
	m.Body = req.Body
	if o.wrong != nil {
		return nil, o.wrong
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	if s.hook.url == "" {
		return nil, refuse(noWebhook, "no webhook is set")
	}
	p, wrong := s.receiver(receiver, m)
	if wrong == nil {
		wrong = s.tooMany(p)
	}
	if wrong != nil {
		return nil, wrong
	}
	billing, wrong := s.pay(p)
	if wrong != nil {
		return nil, wrong
	}
	p.unanswered = append(p.unanswered, s.opt.Now())
	m.Token = s.newToken()
	s.accept(p, m, o.client)
	return reply{"message_token": m.Token, "chat_hostname": chatHostname, "billing_status": s.billing(billing)}, nil
}

// receiver finds whom a message goes to, or why it cannot. The caller holds s.mu.
func (s *Server) receiver(id string, m *Message) (*person, *refusal) {
	if !isUserID(id) {
		return nil, refuse(badReceiver, "receiver is no user id")
	}
	p := s.people[id]
	switch {
	case p == nil:
		return nil, refuse(s.opt.UnknownReceiver, "nobody has this user id")
	case p.left:
		return nil, refuse(notRegistered, "the person left Viber")
	case !p.Subscribed:
		return nil, refuse(notSubscribed, "the person is not subscribed")
	case p.NoBots:
		return nil, refuse(noDevice, "no device of the person can show bots")
	case m.MinAPI > p.APIVersion:
		return nil, refuse(tooNew, "min_api_version %d, the person's client has %d", m.MinAPI, p.APIVersion)
	}
	return p, nil
}

// broadcast is /pa/broadcast_message. One message_token stands for all receivers.
func (s *Server) broadcast(req *request) (reply, *refusal) {
	o := req.body
	o.need("broadcast_list")
	list, _ := o.texts("broadcast_list")
	m := readMessage(o)
	m.Body, m.Broadcast = req.Body, true
	if len(list) > maxBroadcast {
		o.refuse(badData, "broadcast_list: %d ids, at most %d", len(list), maxBroadcast)
	}
	if o.wrong != nil {
		return nil, o.wrong
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	if s.hook.url == "" {
		return nil, refuse(noWebhook, "no webhook is set")
	}
	if wrong := s.tooManyBroadcasts(); wrong != nil {
		return nil, wrong
	}
	m.Token = s.newToken()
	failed, billing := []reply{}, billedFree
	for _, id := range list {
		p, wrong := s.receiver(id, m)
		var cost int
		if wrong == nil {
			cost, wrong = s.pay(p)
		}
		if wrong != nil {
			failed = append(failed, reply{"receiver": id, "status": wrong.status, "status_message": statusName(wrong.status)})
			continue
		}
		billing = max(billing, cost) // which one of many is told is not documented
		own := m.clone()
		s.accept(p, &own, o.client)
	}
	return reply{"message_token": m.Token, "chat_hostname": chatHostname, "billing_status": s.billing(billing), "failed_list": failed}, nil
}

func (s *Server) tooManyBroadcasts() *refusal {
	now := s.opt.Now()
	recent := 0
	for _, c := range s.calls {
		if c.Method == "broadcast_message" && c.Token != 0 && now.Sub(c.At).Seconds() < 10 {
			recent++
		}
	}
	if recent >= maxBroadcastCalls {
		return refuse(tooMany, "%d broadcasts in 10 s", recent)
	}
	return nil
}

// welcome reads the answer to a conversation_started: a message without receiver, or nothing. The caller holds s.mu.
func (s *Server) welcome(p *person, c *Callback, body []byte) {
	if len(body) == 0 {
		return
	}
	values, wrong := parseBody(body, "")
	if wrong != nil {
		c.Refusal = wrong.why
		return
	}
	o := newObject("", values, &report{})
	m := readMessage(o)
	s.noteUnread("welcome", o) // a receiver is unknown here, too
	switch {
	case o.wrong != nil:
		c.Refusal = o.wrong.why
		return
	case m.MinAPI > p.APIVersion:
		c.Refusal = refuse(tooNew, "min_api_version %d", m.MinAPI).why
		return
	}
	m.Body, m.Welcome, m.Token = json.RawMessage(body), true, s.newToken()
	c.Welcome = m.Token
	s.accept(p, m, o.client)
}

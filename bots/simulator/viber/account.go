package viber

import (
	"slices"
	"time"
)

// hook is where the bot wants its callbacks.
type hook struct {
	url       string
	events    []string
	sendName  bool
	sendPhoto bool
}

// optional are the events that event_types may leave out; message, subscribed, unsubscribed and client_status always come.
func optional() []string { return []string{"delivered", "seen", "failed", "conversation_started"} }

func mandatory() []string { return []string{"message", "subscribed", "unsubscribed", "client_status"} }

func (h hook) wants(event string) bool {
	return h.url != "" && (!slices.Contains(optional(), event) || slices.Contains(h.events, event))
}

// setWebhook is /pa/set_webhook. It calls the address before it answers.
func (s *Server) setWebhook(req *request) (reply, *refusal) {
	o := req.body
	address, _ := o.Value("url")
	if _, ok := address.(string); !ok {
		o.refuse(missingData, "url is missing")
	}
	next := hook{url: o.text("url"), sendName: o.flag("send_name"), sendPhoto: o.flag("send_photo")}
	events, given := o.texts("event_types")
	if !given {
		events = slices.Concat(optional(), []string{"subscribed", "unsubscribed"})
	}
	next.events = events
	for _, event := range events {
		if !slices.Contains(slices.Concat(optional(), mandatory()), event) {
			o.refuse(badData, "event_types: there is no %q", event)
		}
	}
	if o.wrong != nil {
		return nil, o.wrong
	}
	if next.url != "" {
		if wrong := s.try(next.url); wrong != nil {
			return nil, wrong
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	s.hook = next
	if next.url == "" {
		return reply{}, nil // the chat with the bot is closed for all
	}
	return reply{"chat_hostname": chatHostname, "event_types": events}, nil
}

// try sends the test callback that must be answered 200.
func (s *Server) try(address string) *refusal {
	if !isWeb(address) {
		return refuse(invalidURL, "url: no web address")
	}
	if !isLoopback(address) {
		return refuse(invalidURL, "url: the simulator calls loopback addresses only")
	}
	s.mu.Lock()
	c := s.newCallback(event{Event: "webhook", Token: s.newToken()}, "")
	s.mu.Unlock()
	a, _ := s.post(c, address)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finish(c, a.HTTP == 200)
	if a.HTTP == 200 {
		return nil
	}
	return &refusal{status: invalidURL, text: "Result[HttpRequest[POST] > " + a.String() + "]", why: "url: the test callback got " + a.String()}
}

// accountInfo is /pa/get_account_info.
func (s *Server) accountInfo(*request) (reply, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	subscribers := 0
	for _, p := range s.people {
		if p.Subscribed && !p.left {
			subscribers++
		}
	}
	return reply{
		"id": "pa:75346594275468546724", "name": s.opt.Name, "uri": s.opt.URI, "country": "UA", "category": "Shopping",
		"subcategory": "Retail", "location": reply{"lon": 30.52, "lat": 50.45}, "webhook": s.hook.url,
		"event_types": slices.Concat(s.hook.events), "subscribers_count": subscribers, "chat_hostname": chatHostname,
	}, nil
}

const (
	detailsWindow = 12 * time.Hour
	detailsCalls  = 2
	maxOnline     = 100
)

// userDetails is /pa/get_user_details: twice in twelve hours per person.
func (s *Server) userDetails(req *request) (reply, *refusal) {
	id := req.body.filled("id", 1000)
	if req.body.wrong != nil {
		return nil, req.body.wrong
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, wrong := s.receiver(id, &Message{})
	if wrong != nil {
		return nil, wrong
	}
	now := s.opt.Now()
	p.asked = slices.DeleteFunc(p.asked, func(at time.Time) bool { return now.Sub(at) >= detailsWindow })
	if len(p.asked) >= detailsCalls {
		return nil, refuse(tooMany, "asked %d times in twelve hours", len(p.asked))
	}
	p.asked = append(p.asked, now)
	u := s.user(p)
	return reply{"message_token": s.newToken(), "chat_hostname": chatHostname, "user": reply{
		"id": u.ID, "name": u.Name, "avatar": u.Avatar, "country": u.Country, "language": u.Language, "api_version": u.APIVersion,
		"primary_device_os": "android 14", "viber_version": "24.1.0", "mcc": 255, "mnc": 1, "device_type": "SM-A546B",
	}}, nil
}

// onlineStatus is /pa/get_online.
func (s *Server) onlineStatus(req *request) (reply, *refusal) {
	o := req.body
	o.need("ids")
	ids, _ := o.texts("ids")
	if len(ids) > maxOnline {
		o.refuse(badData, "ids: %d, at most %d", len(ids), maxOnline)
	}
	if o.wrong != nil {
		return nil, o.wrong
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	users := []reply{}
	for _, id := range ids {
		code, name := s.people[id].online()
		users = append(users, reply{"id": id, "online_status": code, "online_status_message": name})
	}
	return reply{"users": users}, nil
}

// online is what get_online tells of a person, who may be nobody.
func (p *person) online() (int, string) {
	switch {
	case p == nil || p.left || !p.Subscribed:
		return 4, "unavailable"
	case p.HidesOnline:
		return 2, "undisclosed"
	case p.offline:
		return 1, "offline"
	}
	return 0, "online"
}

package viber

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Person is someone with a Viber account.
type Person struct {
	ID         string // UserID makes one
	Name       string // "" = Person
	Avatar     string
	Country    string // "" = UA
	Language   string // "" = uk
	Phone      string // digits with the country code, as Viber writes them; "" = 380500000000
	APIVersion int    // of the client; 0 = 10
	Devices    int    // each tells "delivered"; 0 = 1
	Desktop    bool   // writes from a computer, where share-phone sends its text alone and location-picker does nothing
	Subscribed bool   // since long ago: no callback is made
	NoBots     bool   // no device can show bots: status 11

	HidesSeen   bool // privacy settings; unconfirmed for seen
	HidesOnline bool
	HidesName   bool

	Habits Habits // what they do with a message from the bot; nil = ignore it
}

// person is a Person with what happened since.
type person struct {
	Person
	left     bool
	offline  bool
	messages []*Message // both directions, in the order in which Viber got them
	unread   []*Message // shown, not read
	tracking string     // tracking_data of the last message shown
	keyboard *Message   // the message that brought the keyboard they see

	unanswered []time.Time // messages since the last reply
	asked      []time.Time // get_user_details
	session    time.Time   // when the session was opened
}

// AddPerson makes someone known to Viber. To add a known id again is an error.
func (s *Server) AddPerson(who Person) error {
	if !isUserID(who.ID) {
		return fmt.Errorf("viber simulator: %q is no user id: they are 16 bytes in base64; UserID makes one", who.ID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.people[who.ID] != nil {
		return fmt.Errorf("viber simulator: person %s is known already", who.ID)
	}
	who.Name = cmp.Or(who.Name, "Person")
	who.Country = cmp.Or(who.Country, "UA")
	who.Language = cmp.Or(who.Language, "uk")
	who.Phone = cmp.Or(who.Phone, "380500000000")
	who.APIVersion = cmp.Or(who.APIVersion, 10)
	who.Devices = max(who.Devices, 1)
	s.people[who.ID] = &person{Person: who}
	return nil
}

// Forget makes someone, with the chat and the faults of it, as if they had never been added. What they were about to do does not
// happen.
func (s *Server) Forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.people, id)
	s.lanes.Forget(id)
	s.faults.Forget(func(f Fault) bool { return f.Receiver == id })
}

// SetHabits changes what someone does with messages from now on.
func (s *Server) SetHabits(id string, habits Habits) error {
	return s.act(id, func(p *person) error {
		p.Habits = habits
		return nil
	})
}

var (
	errUnknown   = errors.New("nobody with this id")
	errLeft      = errors.New("the account is gone")
	errOffline   = errors.New("their phone is off")
	errNoChat    = errors.New("the bot has no webhook, so nobody can chat with it")
	errNoMessage = errors.New("they were not shown this message")
)

// act lets someone do something.
func (s *Server) act(id string, do func(*person) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	p := s.people[id]
	err := errUnknown
	if p != nil && p.left {
		err = errLeft
	} else if p != nil {
		err = do(p)
	}
	if err != nil {
		return fmt.Errorf("viber simulator: person %s: %w", id, err)
	}
	return nil
}

// inChat lets someone do something for which the phone must be on and the bot have a webhook.
func (s *Server) inChat(id string, do func(*person) error) error {
	return s.act(id, func(p *person) error {
		switch {
		case p.offline:
			return errOffline
		case s.hook.url == "":
			return errNoChat
		}
		return do(p)
	})
}

// Open opens the chat by a deep link with a context, or by the account's page with none. It subscribes nobody. What the bot
// answers to the callback is shown as a welcome. Unread messages become read.
func (s *Server) Open(id, context string) error {
	return s.inChat(id, func(p *person) error {
		s.read(p)
		subscribed := p.Subscribed
		s.emit(event{Event: "conversation_started", Token: s.newToken(), Type: "open", Context: context, User: s.user(p), Subscribed: &subscribed}, p.ID)
		return nil
	})
}

// OpenLink taps a deep link to the bot, viber://pa?chatURI=…&context=…, and opens the chat with its context. A text in it only
// fills the input field. See https://developers.viber.com/docs/tools/deep-links/.
func (s *Server) OpenLink(id, link string) error {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "viber" || u.Host != "pa" || u.Path != "" {
		return fmt.Errorf("viber simulator: %q does not open a chat: such links begin with viber://pa?chatURI=", link)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fmt.Errorf("viber simulator: %q: %w", link, err)
	}
	if uri := query.Get("chatURI"); uri != s.opt.URI {
		return fmt.Errorf("viber simulator: %q leads to %q, the bot is %q", link, uri, s.opt.URI)
	}
	return s.Open(id, query.Get("context"))
}

// Subscribe is "Receive messages" on the account's page. It forgets the tracking_data of the chat.
func (s *Server) Subscribe(id string) error {
	return s.inChat(id, func(p *person) error {
		if p.Subscribed {
			return nil
		}
		p.Subscribed, p.tracking = true, ""
		s.emit(event{Event: "subscribed", Token: s.newToken(), User: s.user(p)}, p.ID)
		return nil
	})
}

// Unsubscribe takes it back.
func (s *Server) Unsubscribe(id string) error {
	return s.inChat(id, func(p *person) error {
		if !p.Subscribed {
			return nil
		}
		p.Subscribed = false
		s.emit(event{Event: "unsubscribed", Token: s.newToken(), UserID: p.ID}, p.ID)
		return nil
	})
}

// Leave deletes the account. Nobody is told; the bot learns it with its next message.
func (s *Server) Leave(id string) error {
	return s.act(id, func(p *person) error { p.left = true; return nil })
}

// GoOffline switches all devices off: messages wait for up to 14 days.
func (s *Server) GoOffline(id string) error {
	return s.act(id, func(p *person) error { p.offline = true; return nil })
}

// GoOnline switches them on: what waited is shown, in order.
func (s *Server) GoOnline(id string) error {
	return s.act(id, func(p *person) error {
		p.offline = false
		s.showArrived(p)
		return nil
	})
}

// Read reads everything that is unread: one seen callback for all of it, or none if the person hides it.
func (s *Server) Read(id string) error {
	return s.inChat(id, func(p *person) error { s.read(p); return nil })
}

// Pay is the payment button: a client_status callback.
func (s *Server) Pay(id string, code int) error {
	return s.inChat(id, func(p *person) error {
		s.read(p)
		status := &wireStatus{Type: "payment", Code: code, SupportedPSPs: []string{"LiqPay", "Portmone"}, TrackingData: p.tracking}
		s.emit(event{Event: "client_status", Token: s.newToken(), User: s.user(p), Status: status}, p.ID)
		return nil
	})
}

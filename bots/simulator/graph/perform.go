package graph

import "time"

// perform does one deed. It may have become impossible (the phone off, another account): then it just does not happen. The answer is
// by which number the person is known afterwards.
func (s *Server) perform(id string, m Message, act Act) string {
	switch act.Do {
	case ReadAll:
		_ = s.Read(id)
	case WriteText:
		_, _ = s.Say(id, act.Text)
	case QuoteText:
		_, _ = s.Reply(id, m.ID, act.Text)
	case PressNth:
		_, _ = s.Press(id, m.ID, act.Nth)
	case PickNth:
		_, _ = s.Pick(id, m.ID, act.Nth)
	case PutEmoji:
		_, _ = s.React(id, m.ID, act.Text)
	case TakeEmoji:
		_, _ = s.Unreact(id, m.ID)
	case SendMedia:
		_, _ = s.SendMedia(id, act.Text, "")
	case SendPlace:
		_, _ = s.SendPlace(id, Location{Latitude: 50.4501, Longitude: 30.5234, Name: "Maidan"})
	case SendCard:
		_, _ = s.SendCards(id, Card{Name: CardName{First: "Olena", Formatted: "Olena"}, Phones: []CardPhone{{Phone: act.Text, WaID: digits(act.Text), Type: "MOBILE"}}})
	case PlaceOrder:
		_, _ = s.PlaceOrder(id, Order{Catalog: "194836987003835", Text: act.Text, Items: []OrderItem{{Product: "sku-1", Quantity: 1, Price: 30, Currency: "UAH"}}})
	case SendOdd:
		_, _ = s.SendOdd(id)
	case CallFunc:
		act.Func(m)
	default:
		return s.settleIn(id, act)
	}
	return id
}

// settleIn does what changes the person.
func (s *Server) settleIn(id string, act Act) string {
	switch act.Do {
	case Block:
		_ = s.Change(id, func(p *Person) { p.Blocks = true })
	case Unblock:
		_ = s.Change(id, func(p *Person) { p.Blocks = false })
	case StopMarketing:
		_ = s.Change(id, func(p *Person) { p.NoMarketing = true })
	case NewNumber:
		if s.ChangeNumber(id, act.Text) == nil {
			return digits(act.Text)
		}
	case BeOffline:
		s.beOffline(id, act.For)
	}
	return id
}

func (s *Server) beOffline(id string, length time.Duration) {
	if s.GoOffline(id) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stage.After(length, func() { _ = s.GoOnline(id) })
}

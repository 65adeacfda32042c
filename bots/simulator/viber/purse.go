package viber

import "time"

// The billing statuses of a message.
const (
	billedFree         = 0
	inSessionOldBot    = 1
	inSession          = 2
	freeOutsideOldBot  = 3
	freeOutsideSession = 4
	charged            = 5
)

const (
	sessionLength = 24 * time.Hour
	unreadWindow  = time.Hour
)

// purse counts the messages outside sessions: https://help.viber.com/hc/en-us/articles/15247629658525-Bot-commercial-model
type purse struct {
	month   string // UTC; free messages are counted per month
	free    int    // used up this month
	charged int    // all that were charged
}

// pay decides what one message costs. Nothing is counted unless it goes. The caller holds s.mu.
func (s *Server) pay(p *person) (int, *refusal) {
	now := s.opt.Now()
	if month := now.UTC().Format("2006-01"); month != s.purse.month {
		s.purse.month, s.purse.free = month, 0
	}
	if !p.session.IsZero() && now.Sub(p.session) < sessionLength {
		if s.opt.OldBot {
			return inSessionOldBot, nil
		}
		return inSession, nil
	}
	switch {
	case s.purse.free < s.opt.Free && s.opt.OldBot:
		s.purse.free++
		return freeOutsideOldBot, nil
	case s.purse.free < s.opt.Free:
		s.purse.free++
		return freeOutsideSession, nil
	case s.opt.OldBot:
		return 0, refuse(freeExceeded, "%d free messages this month", s.opt.Free)
	case s.opt.Balance < 0 || s.opt.Balance > 0 && s.purse.charged >= s.opt.Balance:
		return 0, refuse(noBalance, "%d messages were charged", s.purse.charged)
	}
	s.purse.charged++
	return charged, nil
}

// openSession notes that a person wrote.
func (s *Server) openSession(p *person) {
	now := s.opt.Now()
	if s.opt.SessionFromLast || p.session.IsZero() || now.Sub(p.session) >= sessionLength {
		p.session = now
	}
	p.unanswered = nil
}

// tooMany tells whether a person got too many messages without a reply. The caller holds s.mu.
func (s *Server) tooMany(p *person) *refusal {
	now := s.opt.Now()
	recent := p.unanswered[:0]
	for _, at := range p.unanswered {
		if now.Sub(at) < unreadWindow {
			recent = append(recent, at)
		}
	}
	p.unanswered = recent
	if s.opt.Unanswered >= 0 && len(recent) >= s.opt.Unanswered {
		return refuse(tooMany, "%d messages in an hour without a reply", len(recent))
	}
	return nil
}

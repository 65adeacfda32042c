package sms

import (
	"fmt"
	"net/url"
	"regexp"
	"time"
	"unicode/utf8"

	"kaskad/bots/simulator/internal/stage"
)

const (
	maxSender = 11
	maxRef    = 64
)

// Message is an SMS that the provider accepted.
type Message struct {
	ID       string
	To       string
	From     string
	Text     string
	Ref      string
	Callback string
	Encoding string // GSM7 or UCS2
	Parts    int
	Price    Money
	At       time.Time
	Status   string // accepted, delivered, undelivered or expired
	StatusAt time.Time

	told bool // its status was handed out, where that happens once
}

type sendAnswer struct {
	Status    string `json:"status"`
	MessageID string `json:"message_id"`
	Parts     int    `json:"parts"`
	Price     string `json:"price"`
	Currency  string `json:"currency"`
}

var (
	e164   = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)
	number = regexp.MustCompile(`^\+?[0-9]{3,15}$`)
)

// send accepts a message: it is paid for and on its way when this returns. The caller holds s.mu.
func (s *Server) send(params map[string]string) (any, *refusal) {
	m := &Message{
		To: params["to"], From: params["from"], Text: params["text"], Ref: params["ref"], Callback: params["callback"],
		At: s.opt.Now(), Status: Accepted, StatusAt: s.opt.Now(),
	}
	if wrong := s.check(m); wrong != nil {
		return nil, wrong
	}
	m.ID = s.nextID()
	s.balance -= m.Price
	s.messages = stage.Newest(append(s.messages, m), s.opt.Keep)
	s.live(m)
	return sendAnswer{"ok", m.ID, m.Parts, m.Price.String(), s.opt.Currency}, nil
}

func (s *Server) nextID() string {
	s.accepted++
	if s.dialect != nil {
		return s.dialect.id(s.accepted)
	}
	return fmt.Sprintf("SM%06d", s.accepted)
}

func (s *Server) check(m *Message) *refusal {
	switch {
	case !e164.MatchString(m.To):
		return refuse("42", "to is no E.164 number with a plus")
	case !number.MatchString(m.From) && (m.From == "" || !isGSM(m.From) || utf8.RuneCountInString(m.From) > maxSender):
		return refuse("43", "from is neither a number nor 1 to %d GSM characters", maxSender)
	case m.Text == "":
		return refuse("44", "text is empty")
	case !utf8.ValidString(m.Text):
		return refuse("40", "text is not UTF-8")
	case len(m.Ref) > maxRef:
		return refuse("40", "ref is longer than %d bytes", maxRef)
	}
	if err := checkReportURL(m.Callback); err != nil {
		return refuse("40", "callback: %v", err)
	}
	m.Encoding, m.Parts = Count(m.Text)
	m.Price = s.opt.Price * Money(m.Parts)
	switch p := s.phone(m.To); {
	case m.Parts > s.opt.MaxParts:
		return refuse("45", "text has %d parts, at most %d are allowed", m.Parts, s.opt.MaxParts)
	case p.Stopped:
		return refuse("404", "the number is on the stop list")
	case p.Unreachable:
		return refuse("51", "the number is unreachable")
	case m.Price > s.balance:
		return refuse("49", "no money: %s needed, %s left", m.Price, s.balance)
	}
	return nil
}

// checkReportURL allows no address and loopback addresses.
func checkReportURL(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("sms simulator: %q is no http address", address)
	}
	if !stage.Local(u.Hostname()) {
		return fmt.Errorf("sms simulator: %s is not a loopback address", u.Host)
	}
	return nil
}

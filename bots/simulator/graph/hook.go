package graph

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

const postTimeout = 20 * time.Second // not published for WhatsApp; it is what Messenger has

// Post is one webhook call.
type Post struct {
	Number  int
	Notices []Notice // what is in it
	Body    []byte   // the same in every try
	At      time.Time
	Tries   []Answer
	Done    bool // got a 200
	GivenUp bool // all tries are over
}

// Notice is one thing that a webhook call tells.
type Notice struct {
	Kind string // sent, delivered, read, played, failed; message types: text, image, …
	ID   string // of the message
	User string // digits of the person's phone
}

// Answer is what one try to bring a webhook call got: At, HTTP (0 = none), Body, and in Error why there is none.
type Answer = stage.Answer

// Sign is the X-Hub-Signature-256 of a body.
func Sign(appSecret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Verify asks a webhook for the challenge, as Meta does when a subscription is made, and calls it from now on if the answer is right.
// Addresses must be on this machine.
func (s *Server) Verify(address string) error {
	if err := s.verify(address); err != nil {
		return fmt.Errorf("graph simulator: verify the webhook: %w", err)
	}
	return s.SetWebhook(address)
}

func (s *Server) verify(address string) error {
	s.mu.Lock()
	challenge := fmt.Sprint(1_000_000_000 + s.dice.Uint64N(1_000_000_000))
	s.mu.Unlock()
	target, err := hookAddress(address)
	if err != nil {
		return err
	}
	query := target.Query()
	query.Set("hub.mode", "subscribe")
	query.Set("hub.challenge", challenge)
	query.Set("hub.verify_token", s.opt.VerifyToken)
	target.RawQuery = query.Encode()
	code, _, body, err := s.client.Call(s.stage.Context(), http.MethodGet, target.String(), nil, nil)
	switch {
	case err != nil:
		return err
	case code != http.StatusOK:
		return fmt.Errorf("HTTP %d, want 200", code)
	case string(body) != challenge:
		return fmt.Errorf("the answer is %q, want the challenge %q", body, challenge)
	}
	return nil
}

// SetWebhook makes an address the webhook without asking it; "" = notices are dropped.
func (s *Server) SetWebhook(address string) error {
	if address != "" {
		if _, err := hookAddress(address); err != nil {
			return fmt.Errorf("graph simulator: webhook: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = address
	return nil
}

func hookAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || !stage.Local(u.Hostname()) {
		return nil, fmt.Errorf("%s is no address on this machine", u.Redacted())
	}
	return u, nil
}

// bring posts a webhook call until it is answered 200 or the tries are over.
func (s *Server) bring(p *Post) {
	for try := 0; ; try++ {
		a := s.post(p)
		if s.stage.Context().Err() != nil {
			return
		}
		if a.HTTP == http.StatusOK {
			s.finish(p, true)
			return
		}
		if try >= len(s.opt.Repeats) {
			s.finish(p, false)
			return
		}
		if !s.stage.Sleep(s.stage.Context(), s.opt.Repeats[try]) {
			return
		}
	}
}

// finish notes how a webhook call ended. Some come once more although they were taken.
func (s *Server) finish(p *Post, done bool) {
	if done && s.opt.Twice > 0 && p.Number%s.opt.Twice == 0 {
		s.post(p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Done, p.GivenUp = done, !done
	s.open--
	s.stage.Notify()
}

// post brings a webhook call once, and notes the answer.
func (s *Server) post(p *Post) Answer {
	a := s.exchange(p.Body, Sign(s.opt.AppSecret, p.Body))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stage.Context().Err() == nil {
		p.Tries = append(p.Tries, a)
		s.stage.Notify()
	}
	return a
}

// Deliver posts bytes to the webhook, once, with a signature of the caller's choice, and tells the answer. It is for forged
// signatures and payloads that this server has no people for. "" leaves the header out.
func (s *Server) Deliver(body []byte, signature string) (Answer, error) {
	if !s.stage.Enter() {
		return Answer{}, fmt.Errorf("graph simulator: deliver: the server is closed")
	}
	defer s.stage.Leave()
	a := s.exchange(body, signature)
	if a.Error != "" {
		return a, fmt.Errorf("graph simulator: deliver: %s", a.Error)
	}
	return a, nil
}

// Repeat brings a webhook call once more, with the same bytes and signature, as Meta does when the 200 was lost. It changes
// nothing of what Posts tells.
func (s *Server) Repeat(p Post) (Answer, error) {
	return s.Deliver(p.Body, Sign(s.opt.AppSecret, p.Body))
}

func (s *Server) exchange(body []byte, signature string) Answer {
	a := Answer{At: s.opt.Now()}
	code, answer, err := s.call(body, signature)
	a.HTTP, a.Body, a.End = code, string(answer), s.opt.Now()
	if err != nil {
		a.Error = err.Error()
	}
	return a
}

func (s *Server) call(body []byte, signature string) (int, []byte, error) {
	s.mu.Lock()
	address := s.hook
	s.mu.Unlock()
	if address == "" {
		return 0, nil, fmt.Errorf("no webhook is set")
	}
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"facebookexternalua"}}
	if signature != "" {
		header.Set("X-Hub-Signature-256", signature)
	}
	code, _, answer, err := s.client.Call(s.stage.Context(), http.MethodPost, address, header, body)
	return code, answer, err
}

package viber

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

const (
	postTimeout = 30 * time.Second // not published
	maxPosts    = 100              // at once
)

// Callback is an event that Viber tells the bot about.
type Callback struct {
	Event   string // message, seen, …
	User    string // whose chat it is about; "" = webhook
	Token   uint64 // message_token
	Body    []byte // the same in every try
	At      time.Time
	Tries   []Answer
	Done    bool   // got a 200
	GivenUp bool   // all tries are over
	Welcome uint64 // of conversation_started: the token of the welcome that came back
	Refusal string // why the body that came back is no welcome
}

// Answer is what one try to bring a callback got: At, HTTP (0 = none), Body, and in Error why there is none.
type Answer = stage.Answer

// Sign is the X-Viber-Content-Signature of a body.
func Sign(token string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// emit queues a callback, if the bot wants it. The caller holds s.mu.
func (s *Server) emit(ev event, user string) {
	if !s.hook.wants(ev.Event) {
		return
	}
	c := s.newCallback(ev, user)
	if s.opt.Shuffle > 0 {
		wait := time.Duration(s.dice.Int64N(int64(s.opt.Shuffle)))
		s.stage.After(wait, func() { s.bring(c) })
		return
	}
	s.lanes.Push(user, c)
}

// newCallback writes a callback down. The caller holds s.mu.
func (s *Server) newCallback(ev event, user string) *Callback {
	now := s.opt.Now()
	ev.Timestamp, ev.ChatHostname = now.UnixMilli(), chatHostname
	body, err := json.Marshal(ev)
	if err != nil {
		panic(err) // our own struct
	}
	c := &Callback{Event: ev.Event, User: user, Token: ev.Token, Body: body, At: now}
	s.callbacks = stage.Newest(append(s.callbacks, c), s.opt.Keep)
	s.open++
	s.stage.Notify()
	return c
}

// bring posts a callback until it is answered 200 or the tries are over.
func (s *Server) bring(c *Callback) {
	for try := 0; ; try++ {
		a, body := s.post(c, s.address())
		if s.stage.Context().Err() != nil {
			return
		}
		if a.HTTP == http.StatusOK {
			s.taken(c, body)
			return
		}
		if try >= len(s.opt.Repeats) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.finish(c, false)
			return
		}
		if !s.stage.Sleep(s.stage.Context(), s.opt.Repeats[try]) {
			return
		}
	}
}

func (s *Server) address() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hook.url
}

func (s *Server) taken(c *Callback, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.people[c.User]; c.Event == "conversation_started" && p != nil {
		s.welcome(p, c, body)
	}
	s.finish(c, true)
}

// finish notes how a callback ended. The caller holds s.mu.
func (s *Server) finish(c *Callback, done bool) {
	c.Done, c.GivenUp = done, !done
	s.open--
	s.stage.Notify()
}

// post brings a callback once, and notes the answer.
func (s *Server) post(c *Callback, address string) (Answer, []byte) {
	a := Answer{At: s.opt.Now()}
	code, body, err := s.exchange(c, address)
	a.HTTP, a.Body, a.End = code, string(body), s.opt.Now()
	if err != nil {
		a.Error = err.Error()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stage.Context().Err() == nil {
		c.Tries = append(c.Tries, a)
		s.stage.Notify()
	}
	return a, body
}

func (s *Server) exchange(c *Callback, address string) (int, []byte, error) {
	if address == "" {
		return 0, nil, fmt.Errorf("no webhook is set")
	}
	header := http.Header{"Content-Type": {"application/json"}, "X-Viber-Content-Signature": {Sign(s.opt.Token, c.Body)}}
	code, _, body, err := s.client.Call(s.stage.Context(), http.MethodPost, address, header, c.Body)
	return code, body, err
}

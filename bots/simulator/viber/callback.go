package viber

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
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

// Answer is what one try to bring a callback got.
type Answer struct {
	At    time.Time
	HTTP  int // 0 = none
	Body  string
	Error string // why there is none
}

func (a Answer) String() string {
	if a.Error != "" {
		return a.Error
	}
	return fmt.Sprintf("HTTP %d", a.HTTP)
}

// Sign is the X-Viber-Content-Signature of a body.
func Sign(token string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// lane is the row of callbacks about one person.
type lane struct {
	queue []*Callback
	busy  bool // somebody empties it
}

// emit queues a callback, if the bot wants it. The caller holds s.mu.
func (s *Server) emit(ev event, user string) {
	if !s.hook.wants(ev.Event) {
		return
	}
	c := s.newCallback(ev, user)
	if s.opt.Shuffle > 0 {
		wait := time.Duration(s.dice.Int64N(int64(s.opt.Shuffle)))
		s.background(func() {
			if s.sleep(s.ctx, wait) {
				s.bring(c)
			}
		})
		return
	}
	l := s.lanes[user]
	if l == nil {
		l = &lane{}
		s.lanes[user] = l
	}
	l.queue = append(l.queue, c)
	if !l.busy {
		l.busy = true
		s.background(func() { s.pump(l) })
	}
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
	s.callbacks = newest(append(s.callbacks, c), s.opt.Keep)
	s.open++
	s.notify()
	return c
}

// pump empties a lane: a callback waits until the one before it was taken or given up.
func (s *Server) pump(l *lane) {
	for {
		s.mu.Lock()
		if len(l.queue) == 0 || s.ctx.Err() != nil {
			l.busy = false
			s.mu.Unlock()
			return
		}
		c := l.queue[0]
		l.queue = l.queue[1:]
		s.mu.Unlock()
		s.bring(c)
	}
}

// bring posts a callback until it is answered 200 or the tries are over.
func (s *Server) bring(c *Callback) {
	for try := 0; ; try++ {
		a, body := s.post(c, s.address())
		if s.ctx.Err() != nil {
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
		if !s.sleep(s.ctx, s.opt.Repeats[try]) {
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
	s.notify()
}

// post brings a callback once, and notes the answer.
func (s *Server) post(c *Callback, address string) (Answer, []byte) {
	a := Answer{At: s.opt.Now()}
	code, body, err := s.exchange(c, address)
	a.HTTP, a.Body = code, string(body)
	if err != nil {
		a.Error = err.Error()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() == nil {
		c.Tries = append(c.Tries, a)
		s.notify()
	}
	return a, body
}

func (s *Server) exchange(c *Callback, address string) (int, []byte, error) {
	if address == "" {
		return 0, nil, fmt.Errorf("no webhook is set")
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-s.ctx.Done():
		return 0, nil, s.ctx.Err()
	}
	ctx, cancel := context.WithTimeout(s.ctx, postTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(c.Body))
	if err != nil {
		return 0, nil, err
	}
	req.GetBody = nil // a connection that dies must count as a failure, not be repeated behind our back
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Viber-Content-Signature", Sign(s.opt.Token, c.Body))
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return 0, nil, err
	}
	return resp.StatusCode, body, nil
}

func newHookClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: maxPosts},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a redirect is a failure
	}
}

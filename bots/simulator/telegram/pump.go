package telegram

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	hookTimeout    = 60 * time.Second
	maxConnections = 100
	maxRetryAfter  = 3600 // seconds
)

// pump empties one lane: an update waits until the one before it was taken.
func (s *Server) pump(h webhook, lane string) {
	delay := time.Duration(0)
	for {
		u, found := s.nextOf(h, lane)
		if !found {
			return
		}
		retryAfter, err := s.deliver(h, u)
		if h.ctx.Err() != nil {
			return
		}
		s.delivered(u, err)
		if err == nil {
			delay = 0
			continue
		}
		wait := delay // the first retry is at once, then after 2, 4, 8 … seconds
		if retryAfter > 0 {
			wait = retryAfter
		} else {
			delay = min(max(2*delay, 2*time.Second), time.Minute+rand.N(time.Minute))
		}
		if !s.stage.Sleep(h.ctx, wait) {
			return
		}
	}
}

// nextOf is the oldest update of a lane. When there is none the lane is free again.
func (s *Server) nextOf(h webhook, lane string) (update, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.ctx.Err() != nil {
		return update{}, false
	}
	s.queue.expire(s.opt.Now())
	for _, u := range s.queue.pending {
		if u.lane == lane {
			return u, true
		}
	}
	delete(h.busy, lane)
	return update{}, false
}

func (s *Server) delivered(u update, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	if err != nil {
		s.hook.lastError, s.hook.lastErrorAt = err.Error(), s.opt.Now()
		return
	}
	s.queue.take(func(other update) bool { return other.id == u.id }, s.opt.Now())
}

// deliver posts one update. Any 2xx means that the bot has it.
func (s *Server) deliver(h webhook, u update) (retryAfter time.Duration, err error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-h.ctx.Done():
		return 0, h.ctx.Err()
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if h.secret != "" {
		header.Set("X-Telegram-Bot-Api-Secret-Token", h.secret)
	}
	code, answer, body, err := s.client.Call(h.ctx, http.MethodPost, h.url, header, u.body)
	if err != nil {
		return 0, saying("Webhook connection closed")
	}
	if code/100 != 2 {
		seconds, _ := strconv.Atoi(answer.Get("Retry-After"))
		return time.Duration(min(max(seconds, 0), maxRetryAfter)) * time.Second, saying("Wrong response from the webhook: %d %s", code, http.StatusText(code))
	}
	s.hookCall(body)
	return 0, nil
}

// hookCall carries out the method that the answer to a webhook may name. Nobody hears how it ended.
func (s *Server) hookCall(body []byte) {
	params, err := jsonParams(bytes.NewReader(body))
	method := strings.ToLower(params["method"])
	if err != nil || method == "" || strings.HasPrefix(method, "get") || !json.Valid(body) ||
		slices.Contains([]string{"setwebhook", "deletewebhook", "close", "logout"}, method) {
		return
	}
	call := &Call{Method: params["method"], Params: params, At: s.opt.Now(), Hook: true}
	s.record(call)
	_, fail := s.carryOut(&request{Call: call, done: s.stage.Context().Done()})
	s.settle(call, fail)
}

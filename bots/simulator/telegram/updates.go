package telegram

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

const (
	updateLife  = 24 * time.Hour
	longestPoll = 50 // seconds; longer ones are cut to it
)

// kinds are all updates that the Bot API has.
var kinds = strings.Fields(`message edited_message channel_post edited_channel_post business_connection business_message
	edited_business_message deleted_business_messages guest_message message_reaction message_reaction_count inline_query
	chosen_inline_result callback_query shipping_query pre_checkout_query purchased_paid_media poll poll_answer my_chat_member
	chat_member chat_join_request chat_boost removed_chat_boost managed_bot`)

// onRequest are the kinds that a bot gets only when it lists them.
var onRequest = []string{"chat_member", "message_reaction", "message_reaction_count"}

func defaultAllowed() []string {
	return slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool { return slices.Contains(onRequest, kind) })
}

// update is one that the bot has not confirmed.
type update struct {
	id      int
	lane    string // updates of one lane go to a webhook one after the other
	body    json.RawMessage
	expires time.Time
	seen    *Update
}

// Update is something that the bot is told.
type Update struct {
	ID    int
	Kind  string // message, callback_query, …
	Who   int64  // the chat or the person it is about
	Body  json.RawMessage
	At    time.Time // by Options.Now
	Taken time.Time // when the bot confirmed it by its offset, or answered the call to its webhook; zero: not yet, or it expired
}

// updates is the queue that polling and webhook share.
type updates struct {
	next    int // id of the next one
	allowed []string
	pending []update
	told    []*Update
}

// add queues an update, if the bot wants its kind. Lanes are those of the real server: per kind, and per chat or user.
func (q *updates) add(s *Server, kind string, who int64, what any) {
	if !slices.Contains(q.allowed, kind) {
		return
	}
	life, lane := updateLife, kind
	switch kind {
	case "callback_query":
		life = callbackLife
	case "edited_message":
		lane = "message"
	}
	body, err := json.Marshal(map[string]any{"update_id": q.next, kind: what})
	if err != nil {
		panic(err) // our own types: cannot happen
	}
	now := s.opt.Now()
	seen := &Update{ID: q.next, Kind: kind, Who: who, Body: body, At: now}
	q.told = stage.Newest(append(q.told, seen), s.opt.Keep)
	q.pending = append(q.pending, update{id: q.next, lane: fmt.Sprint(lane, "/", who), body: body, expires: now.Add(life), seen: seen})
	q.next++
	s.hook.kick(s)
}

// expire forgets what nobody fetched in time.
func (q *updates) expire(now time.Time) {
	q.pending = slices.DeleteFunc(q.pending, func(u update) bool { return !now.Before(u.expires) })
}

// confirm forgets all before offset; a negative one keeps that many from the end. An offset from the future confirms nothing.
func (q *updates) confirm(offset int, now time.Time) {
	switch {
	case offset < 0:
		q.pending = q.pending[max(0, len(q.pending)+offset):]
	case offset <= q.next:
		q.take(func(u update) bool { return u.id < offset }, now)
	}
}

// take forgets updates that the bot has.
func (q *updates) take(which func(update) bool, now time.Time) {
	q.pending = slices.DeleteFunc(q.pending, func(u update) bool {
		taken := which(u)
		if taken {
			u.seen.Taken = now
		}
		return taken
	})
}

// setAllowed changes which kinds the bot gets from now on. What is no list leaves it as it was; a list that names no kind
// means the default. It tells whether anything changed.
func (q *updates) setAllowed(raw string) bool {
	var names []string
	if json.Unmarshal([]byte(raw), &names) != nil || names == nil {
		return false
	}
	var allowed []string
	for _, kind := range kinds {
		if slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, kind) }) {
			allowed = append(allowed, kind)
		}
	}
	if allowed == nil {
		allowed = defaultAllowed()
	}
	changed := !slices.Equal(allowed, q.allowed)
	q.allowed = allowed
	return changed
}

// longPoll is the getUpdates call that waits, if one does.
type longPoll struct {
	end    chan *failure // tells it why it must end early
	offset int           // of the last call
	at     time.Time     // of the last call, by the machine's clock
}

var (
	errHookActive = conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	errOtherPoll  = conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
	errHookSet    = conflict("terminated by setWebhook request")
)

// getUpdates is the only method that waits, so it locks for itself.
func (s *Server) getUpdates(req *request) (any, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook.url != "" {
		return nil, errHookActive
	}
	offset := req.number("offset", 0, -maxID, maxID)
	limit := req.number("limit", 100, 1, 100)
	timeout := time.Duration(req.number("timeout", 0, 0, longestPoll)) * time.Second
	s.queue.setAllowed(req.Params["allowed_updates"])
	timeout, limit = s.poll.throttle(s, offset, timeout, limit)
	s.queue.confirm(offset, s.opt.Now())
	s.stage.Notify()
	if batch := s.batch(limit); len(batch) > 0 || timeout == 0 {
		return batch, nil
	}
	return s.waitForUpdates(req, limit, timeout)
}

// throttle slows a bot down that asks for the same again and again, as the real server does.
func (p *longPoll) throttle(s *Server, offset int, timeout time.Duration, limit int) (time.Duration, int) {
	since := time.Since(p.at)
	again := offset == p.offset && !p.at.IsZero()
	p.offset, p.at = offset, time.Now()
	if again && since < s.stage.Scale(500*time.Millisecond) {
		limit = 1
	}
	if again && timeout < 3*time.Second && since < s.stage.Scale(3*time.Second) {
		timeout = s.stage.Scale(3 * time.Second)
	}
	return timeout, limit
}

func (s *Server) batch(limit int) []json.RawMessage {
	s.queue.expire(s.opt.Now())
	out := []json.RawMessage{}
	for _, u := range s.queue.pending[:min(limit, len(s.queue.pending))] {
		out = append(out, u.body)
	}
	return out
}

// waitForUpdates ends with the first update, the time-out, a newer poller, a webhook, or the caller going away.
func (s *Server) waitForUpdates(req *request, limit int, timeout time.Duration) (any, *failure) {
	if s.poll.end != nil {
		s.poll.end <- errOtherPoll
	}
	end := make(chan *failure, 1)
	s.poll.end = end
	defer func() {
		if s.poll.end == end {
			s.poll.end = nil
		}
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		changed := s.stage.Changed()
		s.mu.Unlock()
		over := false
		select {
		case why := <-end:
			end <- why // looked at below, so that it wins over updates that came in the same moment
		case <-changed:
		case <-timer.C:
			over = true
		case <-req.done:
			over = true
		case <-s.stage.Context().Done():
			over = true
		}
		s.mu.Lock()
		select {
		case why := <-end:
			return nil, why
		default:
		}
		if batch := s.batch(limit); len(batch) > 0 || over {
			return batch, nil
		}
	}
}

// stop ends a waiting poll. The caller holds s.mu.
func (p *longPoll) stop(why *failure) {
	if p.end != nil {
		p.end <- why
		p.end = nil
	}
}

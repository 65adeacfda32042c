package telegram

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kaskad/bots/simulator/internal/stage"
)

// Calls are all calls so far, in order, failed and unanswered ones too.
func (s *Server) Calls() []Call { return s.CallsOf("") }

// CallsOf are the calls of one method.
func (s *Server) CallsOf(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.callsOf(method)
}

func (s *Server) callsOf(method string) []Call {
	of := func(c *Call) bool { return method == "" || strings.EqualFold(c.Method, method) }
	return stage.Pick(s.calls, of, (*Call).clone)
}

func (c *Call) clone() Call {
	out := *c
	out.Params, out.Files = maps.Clone(c.Params), maps.Clone(c.Files)
	return out
}

// Messages are what a person really got from the bot, in order, but for service messages. Deleted ones stay in the list, marked.
func (s *Server) Messages(chatID int64) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messages(chatID)
}

func (s *Server) messages(chatID int64) []Message {
	return slices.DeleteFunc(s.chat(chatID), func(m Message) bool { return !m.FromBot || m.Service != "" })
}

// Chat is the whole chat, both directions in order.
func (s *Server) Chat(chatID int64) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chat(chatID)
}

func (s *Server) chat(chatID int64) []Message {
	p := s.people[chatID]
	if p == nil {
		return nil
	}
	return stage.Pick(p.messages, nil, (*Message).clone)
}

// Callbacks are the buttons that were pressed, in order.
func (s *Server) Callbacks() []Callback {
	s.mu.Lock()
	defer s.mu.Unlock()
	return stage.Pick(s.callbacks, nil, func(c *Callback) Callback { return *c })
}

// Commands is the bot's menu.
func (s *Server) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// Downloads are the ids of the files that the bot downloaded, in order.
func (s *Server) Downloads() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.downloads)
}

// Updates are all that the bot was told or is to be told, in order, with when it took each.
func (s *Server) Updates() []Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	return stage.Pick(s.queue.told, nil, func(u *Update) Update { return *u })
}

// PendingUpdates is how many updates the bot has not confirmed or taken.
func (s *Server) PendingUpdates() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.expire(s.opt.Now())
	return len(s.queue.pending)
}

// WaitMessage waits for the n-th message of the bot to a person, counted from 1.
func (s *Server) WaitMessage(ctx context.Context, chatID int64, n int) (Message, error) {
	return stage.Nth(ctx, s.stage, n, fmt.Sprintf("messages to %d", chatID), func() []Message { return s.messages(chatID) })
}

// WaitTopic waits for the n-th topic of a forum, counted from 1, deleted ones too.
func (s *Server) WaitTopic(ctx context.Context, group int64, n int) (Topic, error) {
	return stage.Nth(ctx, s.stage, n, fmt.Sprintf("topics of %d", group), func() []Topic { return s.topics(group) })
}

// WaitIn waits for the n-th message of the bot in a topic, counted from 1 without service messages; thread 0 is General, or a
// group that has no topics.
func (s *Server) WaitIn(ctx context.Context, group int64, thread, n int) (Message, error) {
	return stage.Nth(ctx, s.stage, n, fmt.Sprintf("messages in topic %d of %d", thread, group), func() []Message {
		return slices.DeleteFunc(s.messages(group), func(m Message) bool { return m.Thread != thread })
	})
}

// WaitEmoji waits until the bot's emoji on a message is the one given; "" = until there is none.
func (s *Server) WaitEmoji(ctx context.Context, chatID int64, messageID int, emoji string) error {
	last := ""
	err := s.stage.Wait(ctx, func() bool {
		p := s.people[chatID]
		if p == nil || p.message(messageID) == nil {
			return false
		}
		last = p.message(messageID).BotEmoji
		return last == emoji
	})
	if err != nil {
		return fmt.Errorf("telegram simulator: message %d of %d carries %q, not %q: %w", messageID, chatID, last, emoji, err)
	}
	return nil
}

// WaitCall waits for the n-th call of a method, counted from 1. It may not be answered yet.
func (s *Server) WaitCall(ctx context.Context, method string, n int) (Call, error) {
	return stage.Nth(ctx, s.stage, n, "calls of "+method, func() []Call { return s.callsOf(method) })
}

// WaitAnswered waits until the bot has answered a callback, so that the button stops loading.
func (s *Server) WaitAnswered(ctx context.Context, callbackID string) (Callback, error) {
	var got Callback
	err := s.stage.Wait(ctx, func() bool {
		for _, c := range s.callbacks {
			if c.ID == callbackID {
				got = *c
			}
		}
		return got.Answered
	})
	if err != nil {
		return got, fmt.Errorf("telegram simulator: callback %s is not answered: %w", callbackID, err)
	}
	return got, nil
}

// WaitIdle waits until the bot has taken every update.
func (s *Server) WaitIdle(ctx context.Context) error {
	err := s.stage.Wait(ctx, func() bool { return len(s.queue.pending) == 0 })
	if err != nil {
		return fmt.Errorf("telegram simulator: updates are left: %w", err)
	}
	return nil
}

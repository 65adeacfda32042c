package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// togetherStories are about several events that are taken in one transaction.
var togetherStories = map[string]func(*script){
	"events taken together see each other": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Marketing, "telegram 15m engaged, sms")
		s.settleDown()
		done, err := s.ReceiveAll(s.ctx(), []bots.Event{said("a", "hello", s.on(0)), said("a", "hello", s.on(0)), said("b", "стоп"), said("c", "and again")}, s.rules, s.world)
		s.must(err)
		for i, seen := range []bool{false, true, false, false} {
			if done[i].Seen != seen || !seen && done[i].Turn.Contact.ID != who {
				s.t.Errorf("event %d: seen %t, of %v", i, done[i].Seen, done[i].Turn.Contact.ID)
			}
		}
		s.is(d, "done") // by the first
		s.denied(who, "keyword:стоп")
		s.update(func(tx fallback.Tx) {
			first, last := done[0].Turn.Message, done[3].Turn.Message
			if talk := tx.Conversation(who); talk.LastID != last.ID || first.ID >= last.ID || tx.Message(last.ID).Text != "and again" {
				s.t.Errorf("the conversation ends with %v, want the last of four, %v", talk.LastID, last.ID)
			}
		})
	},
	"of events taken together none is taken when one cannot be": func(s *script) {
		who := s.everywhere()
		bad := said("b", "hello")
		bad.Kind = "nobody knows this"
		if _, err := s.ReceiveAll(s.ctx(), []bots.Event{said("a", "стоп"), bad}, s.rules, s.world); err == nil {
			s.t.Error("what nobody knows was taken")
		}
		s.given(who)
		s.must2(s.tell(said("a", "hello"))) // it was not seen
	},
}

// said is a message on Telegram, with the id of its event.
func said(id, text string, more ...func(*bots.Event)) bots.Event {
	e := bots.Event{ID: "said:" + id, Kind: bots.Wrote, Channel: bots.Telegram, Sender: bots.Telegram, Chat: address("telegram:42"), Text: text, MessageID: "9" + id, At: time.Now()}
	for _, f := range more {
		f(&e)
	}
	return e
}

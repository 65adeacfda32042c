package fallbacktest

import (
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// carryStories are about files that the team sends to people of another messenger than the room's.
var carryStories = map[string]func(*script){
	"a file goes to another messenger by its bytes, with the words under it": func(s *script) {
		s.forum()
		s.carrying(bots.Viber)
		who, thread := s.talked("viber:v43")
		s.writes(thread, "500", "the receipt", photo("a"))
		if d := s.lastOf(who); d.State != fallback.Scheduled || d.Act != "" || d.Author != "Iryna" || d.Text != "the receipt" {
			s.t.Errorf("the reply is %s: %+v", d.State, d.Plan)
		}
		s.run(time.Minute)
		s.sentSince(0, "3s viber d0/0")
		d := s.lastOf(who)
		if d.State != fallback.Done || d.Copy == nil || d.Copy.On != "500" || len(d.Copy.Media) != 1 || d.Copy.Media[0] != (bots.Media{Type: "photo", ID: "a", From: bots.Telegram}) {
			s.t.Errorf("the plan keeps %s: %+v", d.State, d.Copy)
		}
		s.update(func(tx fallback.Tx) {
			m := tx.Message(d.Route[0].Message)
			if x := m.Carried(); x == nil || x.ID != "a" || m.Image() != "" || m.Text != "the receipt" || m.Kind != bots.TextMessage || m.Seq == 0 {
				s.t.Errorf("the conversation shows %+v", m)
			}
		})
	},
	"a file goes on the channel that is named under it, and where it cannot that is told": func(s *script) {
		s.forum()
		s.carrying(bots.Viber)
		who := s.everywhere()
		s.says("telegram:42", "Where is my order?")
		s.opensTopic(who, "Olena")
		s.settleDown()
		thread := s.topicIs(who, fallback.TopicOpen).Thread
		s.writes(thread, "500", "/send viber the recipt", photo("a"))
		s.edits(thread, "500", "/send viber the receipt")
		s.run(time.Minute)
		if d := s.lastOf(who); d.Cascade.Steps[0].Channel != bots.Viber || d.Copy == nil || d.Copy.On != "500" || d.Text != "the receipt" || d.State != fallback.Done {
			s.t.Errorf("it is %s: %+v", d.State, d.Plan)
		}
		s.writes(thread, "501", "/send viber", photo("b"))
		s.run(time.Minute)
		if d := s.lastOf(who); d.Copy == nil || d.Copy.On != "501" || d.Text != "" {
			s.t.Errorf("without words it is %s: %+v", d.State, d.Plan)
		}
		s.writes(thread, "502", "/send sms see the photo", photo("c"))
		s.run(time.Minute)
		if d := s.lastOf(who); d.Cascade.Steps[0].Channel != bots.SMS || d.Copy != nil || d.Text != "see the photo" {
			s.t.Errorf("by SMS it is %s: %+v", d.State, d.Plan)
		}
		s.audited(fallback.ActCopy, fallback.RefusedMedia, 1)
		s.writes(thread, "504", "/send telegram look", photo("e")) // whoever is handed the file would read the command
		s.run(time.Minute)
		if d := s.lastOf(who); d.Cascade.Steps[0].Channel != bots.Telegram || d.Copy != nil || d.Text != "look" {
			s.t.Errorf("on Telegram it is %s: %+v", d.State, d.Plan)
		}
		s.audited(fallback.ActCopy, fallback.RefusedMedia, 2)
		s.writes(thread, "503", "/send whatsapp look", photo("d"))
		s.audited(fallback.ActSend, fallback.RefusedOff, 1)
	},
	"each file of an album goes there by itself": func(s *script) {
		s.forum()
		s.carrying(bots.Viber)
		_, thread := s.talked("viber:v43")
		album := func(e *bots.Event) { e.Album = "album" }
		s.writes(thread, "501", "both", photo("b"), album)
		s.writes(thread, "502", "", photo("c"), album)
		s.writes(thread, "502", "", photo("c"), album)
		s.run(time.Minute)
		s.sentSince(0, "3s viber d0/0", "3s viber d0/0")
	},
	"a file that is held is taken back, and its words are changed": func(s *script) {
		s.forum()
		s.carrying(bots.Viber)
		who, thread := s.talked("viber:v43")
		s.writes(thread, "500", "the receipt", photo("a"))
		s.writes(thread, "501", "/undo")
		s.run(time.Minute)
		s.sentSince(0)
		s.writes(thread, "502", "the recept", photo("a"))
		s.writes(thread, "502", "the receipt", photo("a"), func(e *bots.Event) { e.Kind = bots.Edited })
		s.run(time.Minute)
		s.sentSince(0, "1m3s viber d0/0")
		if d := s.lastOf(who); d.Text != "the receipt" || d.Copy == nil || d.Act != "" {
			s.t.Errorf("it went as %+v", d.Plan)
		}
	},
	"what is too large, too long or of a kind that does not go there is said": func(s *script) {
		s.forum()
		s.carrying(bots.Viber)
		who, thread := s.talked("viber:v43")
		s.writes(thread, "500", "", func(e *bots.Event) { e.Media = []bots.Media{{Type: "document", ID: "a", Size: 21 << 20}} })
		s.writes(thread, "501", "", func(e *bots.Event) { e.Media = []bots.Media{{Type: "other"}} })
		s.audited(fallback.ActCopy, fallback.RefusedMedia, 2)
		s.writes(thread, "502", strings.Repeat("я", 513), photo("a"))
		s.audited(fallback.ActCopy, fallback.RefusedTooLong, 1)
		s.run(time.Minute)
		s.sentSince(0)
		s.writes(thread, "503", "", func(e *bots.Event) { e.Media = []bots.Media{{Type: "location", Text: "50.45,30.52"}} })
		s.run(time.Minute)
		if got := s.textsTo(who); len(got) != 1 || got[0] != "https://www.google.com/maps?q=50.45,30.52" {
			s.t.Errorf("a place is %q", got)
		}
	},
}

// carrying gives a channel that takes files by their bytes.
func (s *script) carrying(name string) {
	c := s.rules.Channels[name]
	c.Carries, c.MaxFile, c.MaxCaption = []string{"photo", "document"}, 50<<20, 512
	s.rules.Channels[name] = c
}

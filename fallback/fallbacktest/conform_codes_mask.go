package fallbacktest

import (
	"fmt"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// kept is what the store has of the words of a message.
func (s *script) kept(turn bots.Turn) (text string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		if m := tx.Message(turn.Message.ID); m != nil {
			text = m.Text
		}
	})
	return text
}

// reads checks what is kept of messages, of a chat and a text each.
func (s *script) reads(when string, said ...[3]string) {
	s.t.Helper()
	for _, c := range said {
		if got := s.kept(s.says(c[0], c[1])); got != c[2] {
			s.t.Errorf("%s, of %q in %s is kept %q, want %q", when, c[1], c[0], got, c[2])
		}
	}
}

// codeMaskStories are about codes in what people write: on the wire alone they stand in the clear.
var codeMaskStories = map[string]func(*script){
	"a code is masked in what its person writes: in time, once more, too late, and amid other words": func(s *script) {
		s.coded()
		s.claims("viber:v1", claimed, code)
		s.reads("while it is awaited",
			[3]string{"viber:v1", "my code 042517 does not work at all, what now?", "my code XXXXXX does not work at all, what now?"},
			[3]string{"viber:v1", "код 042-517", "код XXX-XXX"},
			[3]string{"viber:v1", "0 4 2, 5 1 7", "X X X, X X X"},
		)
		s.reads("once it was used", [3]string{"viber:v1", "042 517", "XXX XXX"}, [3]string{"viber:v1", "order 042517, please", "order XXXXXX, please"})
		s.claims("viber:v2", "+380501112244", "111222")
		time.Sleep(11 * time.Minute)
		s.reads("after its life", [3]string{"viber:v2", "111222", "XXXXXX"})
		time.Sleep(25 * time.Hour)
		s.reads("the next day", [3]string{"viber:v2", "is 111222 good still?", "is XXXXXX good still?"})
		time.Sleep(2 * time.Minute)
		s.presses("viber:v2", "other_phone")
		s.reads("with another number in mind", [3]string{"viber:v2", "111222", "XXXXXX"})
	},
	"the code is masked where its number's owner writes it, and in a text that answers it": func(s *script) {
		s.coded()
		who := s.person("telegram:42", "sms:"+claimed)
		s.update(func(tx fallback.Tx) {
			c := *tx.Contact(who)
			c.Phone = claimed
			tx.PutContact(&c)
		})
		s.claims("viber:v1", claimed, code)
		s.reads("", [3]string{"telegram:42", "somebody sent me 042517", "somebody sent me XXXXXX"}, [3]string{"sms:" + claimed, "042517", "XXXXXX"})
		s.claims("viber:v2", "+380501112244", "111222")
		s.reads("of a number that nobody has", [3]string{"sms:+380501112244", "111222", "XXXXXX"})
	},
	"a wrong guess, an edit and what one of us wrote from the phone": func(s *script) {
		s.coded()
		s.claims("viber:v1", claimed, code)
		s.reads("", [3]string{"viber:v1", "042518", "042518"})
		turn := s.hear(bots.Event{Kind: bots.Edited, Chat: address("viber:v1"), Text: "it was 042517", MessageID: "7"})
		if got := s.kept(turn); got != "it was XXXXXX" {
			s.t.Errorf("of the edit is kept %q", got)
		}
		turn = s.hear(bots.Event{Kind: bots.ByOwner, Chat: address("viber:v1"), Text: "042517 is the code", MessageID: "8"})
		s.update(func(tx fallback.Tx) {
			if m := turn.Ours; m == nil || strings.Contains(tx.Message(m.ID).Text, code) {
				s.t.Errorf("of our own message is kept %+v", m)
			}
		})
	},
	"no other number is taken for a code, and no other person's code": func(s *script) {
		s.coded()
		s.claims("viber:v1", claimed, code)
		plain := [][3]string{}
		for _, text := range []string{"042516", "order 100042517", "+38 042 517 11 22", "0425170", "1042517", "it costs me about 042--517", "04251", "042517042517", "7 042 517 8"} {
			plain = append(plain, [3]string{"viber:v1", text, text})
		}
		s.reads("", plain...)
		s.reads("to whom no code went", [3]string{"telegram:77", "042517", "042517"}, [3]string{"viber:v9", "042517", "042517"})
	},
	"a code that did not go out is none, and the record forgets": func(s *script) {
		s.coded()
		who := s.person("sms:" + claimed)
		s.update(func(tx fallback.Tx) {
			c := *tx.Contact(who)
			c.All = bots.Consent{State: bots.Denied, ByPerson: true, At: tx.Now(), Source: "keyword:stopall"}
			tx.PutContact(&c)
		})
		s.claims("viber:v1", claimed, code)
		s.reads("of one kept back", [3]string{"viber:v1", "042517", "042517"})
		s.rules.Codes.PerPerson, s.rules.Codes.PerPhone, s.rules.Codes.PerDay = 1000, 1000, 1000
		for n := range 60 {
			s.claims("viber:v2", "+380501112244", fmt.Sprintf("3000%02d", n))
			time.Sleep(2 * time.Minute)
		}
		s.reads("of sixty codes", [3]string{"viber:v2", "300059 300020", "XXXXXX XXXXXX"}, [3]string{"viber:v2", "300019", "300019"})
		time.Sleep(2 * 24 * time.Hour)
		s.claims("viber:v2", "+380501112244", "400000")
		s.reads("two days later", [3]string{"viber:v2", "400000 or 300059?", "XXXXXX or 300059?"})
	},
}

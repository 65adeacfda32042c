package fallbacktest

import (
	"errors"
	"fmt"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// actStories are about what staff do to messages that are out: changed, taken back, reacted to.
var actStories = map[string]func(*script){
	"an edit goes to the same message and shows as its newest words": func(s *script) {
		who, answer := s.answered()
		d := s.act(who, answer.Message, bots.EditAct, "at nine")
		s.run(time.Second)
		x := s.sends[len(s.sends)-1]
		if x.Out.Act != bots.EditAct || x.Out.On != answer.ProviderID || x.Out.Text != "at nine" || x.Out.To != answer.Out.To || x.Cost.Amount != 0 {
			s.t.Fatalf("the channel was handed %+v", x.Out)
		}
		s.is(d, "done")
		s.about(answer.Message, func(m *bots.Message, st bots.MessageState) bool {
			return m.Text == "at eight" && st.Edit == x.Message && st.DeletedAt.IsZero()
		})
		s.about(x.Message, func(m *bots.Message, st bots.MessageState) bool {
			return m.Kind == bots.EditMessage && m.Text == "at nine" && m.ReplyTo == answer.Message && m.Author == "Iryna" && m.Prev == 0 && !m.In
		})
		s.noted("message.edited", 1)
		s.talk(who, func(c bots.Conversation) bool { return c.LastID == answer.Message }, "the answer, and nothing after it")
	},
	"of two edits the newer one counts, whichever is taken first": func(s *script) {
		who, answer := s.answered()
		s.next(bots.WhatsApp, func(x *sent) { x.Err = &bots.SendError{Fault: bots.Temporary, RetryAfter: time.Minute} })
		first := s.act(who, answer.Message, bots.EditAct, "at nine")
		s.settleDown()
		s.act(who, answer.Message, bots.EditAct, "at ten")
		s.run(time.Second)
		newest := s.sends[len(s.sends)-1]
		s.run(5 * time.Minute)
		s.is(first, "failed overtaken")
		if last := s.sends[len(s.sends)-1]; last != newest || newest.Out.Text != "at ten" {
			s.t.Errorf("the last words that the channel was handed are %q", last.Out.Text)
		}
		s.about(answer.Message, func(_ *bots.Message, st bots.MessageState) bool { return st.Edit == newest.Message })
	},
	"what is taken back is not changed any more, nor taken back twice": func(s *script) {
		who, answer := s.answered()
		s.next(bots.WhatsApp, func(x *sent) { x.Err = &bots.SendError{Fault: bots.Temporary, RetryAfter: time.Minute} })
		edit := s.act(who, answer.Message, bots.EditAct, "at nine")
		s.settleDown()
		d := s.act(who, answer.Message, bots.DeleteAct, "")
		s.run(5 * time.Minute)
		s.is(d, "done")
		s.is(edit, "failed taken_back")
		x := s.sends[len(s.sends)-1]
		if x.Out.Act != bots.DeleteAct || x.Out.On != answer.ProviderID || x.Out.Text != "" {
			s.t.Errorf("the channel was handed %+v", x.Out)
		}
		s.about(answer.Message, func(m *bots.Message, st bots.MessageState) bool {
			return m.Text == "at eight" && !st.DeletedAt.IsZero()
		})
		s.about(x.Message, func(m *bots.Message, _ bots.MessageState) bool {
			return m.Kind == bots.DeleteMessage && m.ReplyTo == answer.Message
		})
		s.noted("message.deleted", 1)
		s.barred("a second delete", fallback.Act{Contact: who, Message: answer.Message, Do: bots.DeleteAct}, "taken_back")
		s.barred("an edit after it", fallback.Act{Contact: who, Message: answer.Message, Do: bots.EditAct, Text: "at ten"}, "taken_back")
	},
	"a reaction goes on the person's message, where that one stands": func(s *script) {
		who, _ := s.answered()
		line := s.says(lid, "thanks!", func(e *bots.Event) { e.MessageID = "IN7" }, also(phone)).Message
		s.act(who, line.ID, bots.ReactAct, "👍")
		s.run(time.Second)
		x := s.sends[len(s.sends)-1]
		if x.Out.Act != bots.ReactAct || x.Out.On != "IN7" || x.Out.Text != "👍" || x.Out.To != line.To {
			s.t.Errorf("the channel was handed %+v; want it at %v", x.Out, line.To)
		}
		s.about(x.Message, func(m *bots.Message, _ bots.MessageState) bool {
			return m.Kind == bots.ReactionMessage && !m.In && m.ReplyTo == line.ID && m.Text == "👍"
		})
	},
	"no watermark counts an act, and none begins at one": func(s *script) {
		who, answer := s.answered()
		after := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		later := s.sends[len(s.sends)-1]
		s.act(who, answer.Message, bots.EditAct, "at nine")
		s.run(time.Second)
		x := s.sends[len(s.sends)-1]
		s.report(x, bots.Read)
		s.status(later.Message, "accepted")
		s.status(x.Message, "read")
		s.is(after, "waiting")
		s.about(later.Message, func(m *bots.Message, _ bots.MessageState) bool { return m.Prev == answer.Message && m.Seq == 2 })
		s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		last := s.sends[len(s.sends)-1]
		s.about(last.Message, func(m *bots.Message, _ bots.MessageState) bool { return m.Prev == later.Message && m.Seq == 3 })
		s.report(last, bots.Read)
		s.is(after, "done")
	},
	"an act whose outcome is not known is never done twice": func(s *script) {
		who, answer := s.answered()
		s.nameOf = func(step bots.ID) string { return "3EB0" + step.String() }
		s.fail(bots.WhatsApp, bots.Uncertain)
		d := s.act(who, answer.Message, bots.DeleteAct, "")
		s.run(time.Hour)
		s.is(d, "unconfirmed")
		if n := len(s.sends); n != 2 {
			s.t.Fatalf("%d sends, want the answer and one more", n)
		}
		s.about(answer.Message, func(_ *bots.Message, st bots.MessageState) bool { return st.DeletedAt.IsZero() })
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.WhatsApp, Receipt: &bots.Receipt{Sender: bots.WhatsApp, ID: s.sends[1].ProviderID, Level: bots.Delivered, At: time.Now()}})
		s.is(d, "done")
		s.about(answer.Message, func(_ *bots.Message, st bots.MessageState) bool { return !st.DeletedAt.IsZero() })
	},
	"a further attempt is the same act": func(s *script) {
		who, answer := s.answered()
		s.nameOf = func(step bots.ID) string { return "3EB0" + step.String() }
		s.fail(bots.WhatsApp, bots.Temporary)
		d := s.act(who, answer.Message, bots.EditAct, "at nine")
		s.run(time.Minute)
		s.is(d, "done")
		if a, b := s.sends[1], s.sends[2]; a.Message != b.Message || b.Out.Act != bots.EditAct || b.Out.On != answer.ProviderID || b.Out.Text != "at nine" {
			s.t.Errorf("first %+v, then %+v", a.Out, b.Out)
		}
		if out, found, err := s.SentAs(s.ctx(), bots.WhatsApp, s.sends[2].ProviderID); err != nil || !found || out.Act != bots.EditAct || out.On != answer.ProviderID || out.Text != "at nine" {
			s.t.Errorf("the channel is told %+v, %t, %v when it asks for it once more", out, found, err)
		}
	},
	"a channel may call an act by the name of its message": func(s *script) {
		who, answer := s.answered()
		s.next(bots.WhatsApp, func(x *sent) { x.ProviderID = answer.ProviderID })
		s.act(who, answer.Message, bots.EditAct, "at nine")
		s.run(time.Second)
		s.report(answer, bots.Read)
		s.status(answer.Message, "read")
	},
	"the person's own edit shows as the newest words": func(s *script) {
		s.acts()
		s.says(phone, "at eight?", func(e *bots.Event) { e.MessageID = "IN1" })
		edit := s.hear(bots.Event{Kind: bots.Edited, Chat: address(phone), MessageID: "IN1", Text: "at nine?"}).Message
		s.about(edit.ReplyTo, func(m *bots.Message, st bots.MessageState) bool { return m.Text == "at eight?" && st.Edit == edit.ID })
	},
	"an answer quotes what it answers, in the chat where that stands": func(s *script) {
		s.acts()
		who := s.says(phone, "when?", func(e *bots.Event) { e.MessageID = "IN1" }, also(lid)).Contact.ID
		line := s.says(lid, "and where?", func(e *bots.Event) { e.MessageID = "IN2" }).Message.ID
		s.says("telegram:42", "hello")
		s.reply(who, "in the shop", line, "")
		if x := s.sends[0]; x.Out.ReplyTo != "IN2" {
			s.t.Errorf("it answers %q", x.Out.ReplyTo)
		}
		s.reply(who, "at eight", s.sends[0].Message, "")
		if x := s.sends[1]; x.Out.ReplyTo != s.sends[0].ProviderID {
			s.t.Errorf("it answers %q, want our own", x.Out.ReplyTo)
		}
		s.person("sms:" + "+380509998877")
		s.reply(who, "by text", line, bots.SMS)
		if x := s.sends[2]; x.Out.ReplyTo != "" {
			s.t.Errorf("in another chat it answers %q", x.Out.ReplyTo)
		}
	},
	"a picture or a file goes with an answer, and again when it is tried again": func(s *script) {
		s.acts()
		who := s.says(phone, "hello").Contact.ID
		s.fail(bots.WhatsApp, bots.Temporary)
		s.answers(fallback.Reply{Contact: who, File: &bots.File{URL: "https://shop.example/a.pdf", Name: "a.pdf"}})
		s.run(time.Minute)
		for _, x := range s.sends {
			if f := x.Out.File; f == nil || f.URL != "https://shop.example/a.pdf" || f.Name != "a.pdf" || x.Out.Text != "" {
				s.t.Errorf("the channel was handed %+v", x.Out)
			}
		}
		s.about(s.sends[1].Message, func(m *bots.Message, _ bots.MessageState) bool {
			return m.File() != nil && m.File().Name == "a.pdf" && m.Image() == ""
		})
		if len(s.sends) != 2 || s.sends[0].Message != s.sends[1].Message {
			s.t.Errorf("%d sends", len(s.sends))
		}
		s.answers(fallback.Reply{Contact: who, Text: "look", Image: "https://shop.example/a.jpg"})
		s.run(time.Second)
		if x := s.sends[2]; x.Out.Image != "https://shop.example/a.jpg" || x.Out.Text != "look" || x.Out.File != nil {
			s.t.Errorf("the channel was handed %+v", x.Out)
		}
	},
	"acts that cannot be are refused, and nothing is kept of them": func(s *script) {
		who, answer := s.answered()
		theirs := s.says(phone, "thanks", func(e *bots.Event) { e.MessageID = "IN9" }).Message.ID
		press := s.hear(bots.Event{Kind: bots.Reacted, Chat: address(phone), On: answer.ProviderID, Data: "👍"}).Message.ID
		mine := s.owner(phone, "from the phone").Ours.ID
		other := s.says("whatsapp:+380671112233", "hello", func(e *bots.Event) { e.MessageID = "IN8" }).Message.ID
		gone := s.says(phone, "never mind", func(e *bots.Event) { e.MessageID = "IN6" }).Message.ID
		s.hear(bots.Event{Kind: bots.Deleted, Chat: address(phone), MessageID: "IN6"})
		s.fail(bots.WhatsApp, bots.Uncertain)
		for range 2 {
			s.ask(who, fallback.Service, "whatsapp 1h read, sms")
			s.run(time.Second)
		}
		doubtful, tracked := s.sends[len(s.sends)-2].Message, s.sends[len(s.sends)-1].Message
		on := s.says("telegram:42", "hello").Message
		for name, c := range map[string]struct {
			p    fallback.Act
			want string
		}{
			"an edit of a message that is not there":   {fallback.Act{Message: 7, Do: bots.EditAct, Text: "x"}, "unknown_message"},
			"a reaction on another person's message":   {fallback.Act{Message: other, Do: bots.ReactAct, Text: "👍"}, "unknown_message"},
			"an edit of the person's":                  {fallback.Act{Message: theirs, Do: bots.EditAct, Text: "x"}, "not_ours"},
			"a delete of the person's":                 {fallback.Act{Message: theirs, Do: bots.DeleteAct}, "not_ours"},
			"an edit of what was written on the phone": {fallback.Act{Message: mine, Do: bots.EditAct, Text: "x"}, "not_ours"},
			"a reaction on ours":                       {fallback.Act{Message: answer.Message, Do: bots.ReactAct, Text: "👍"}, "not_theirs"},
			"a reaction on a reaction":                 {fallback.Act{Message: press, Do: bots.ReactAct, Text: "👍"}, "not_theirs"},
			"a reaction on what the person took back":  {fallback.Act{Message: gone, Do: bots.ReactAct, Text: "👍"}, "taken_back"},
			"a reaction that is a word":                {fallback.Act{Message: theirs, Do: bots.ReactAct, Text: "yes"}, "invalid_field"},
			"an edit without words":                    {fallback.Act{Message: answer.Message, Do: bots.EditAct, Text: " "}, "text_empty"},
			"an edit with links to be tracked":         {fallback.Act{Message: tracked, Do: bots.EditAct, Text: "x"}, "not_editable"},
			"a delete of what may not have arrived":    {fallback.Act{Message: doubtful, Do: bots.DeleteAct}, "not_accepted"},
			"a reaction on a channel that takes none":  {fallback.Act{Contact: on.Contact, Message: on.ID, Do: bots.ReactAct, Text: "👍"}, "channel_cannot"},
			"an act under a key that is too long":      {fallback.Act{Message: answer.Message, Do: bots.DeleteAct, Key: fmt.Sprintf("%0201d", 1)}, "invalid_key"},
		} {
			if c.p.Contact == 0 {
				c.p.Contact = who
			}
			s.barred(name, c.p, c.want)
		}
		s.run(25 * time.Minute)
		s.barred("an edit after 25 minutes", fallback.Act{Contact: who, Message: answer.Message, Do: bots.EditAct, Text: "x"}, "too_late")
		s.act(who, answer.Message, bots.DeleteAct, "")
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address(phone)})
		s.barred("a reaction after a block", fallback.Act{Contact: who, Message: theirs, Do: bots.ReactAct, Text: "👍"}, "no_channel")
	},
	"an act is asked for once under one key": func(s *script) {
		who, answer := s.answered()
		p := fallback.Act{Contact: who, Message: answer.Message, Do: bots.EditAct, Text: "at nine", Key: "k", Scope: "crm"}
		first, again := s.acted(p), s.acted(p)
		if first.ID != again.ID || first.Replay || !again.Replay {
			s.t.Errorf("%+v, then %+v", first, again)
		}
		p.Do, p.Text = bots.DeleteAct, ""
		s.update(func(tx fallback.Tx) {
			if _, err := fallback.PutAct(tx, p, s.rules.Channels, s.rules, s.world); !errors.Is(err, fallback.ErrKeyReused) {
				s.t.Errorf("another act under the key: %v", err)
			}
		})
	},
}

// acts makes WhatsApp a channel on which all of it can be done.
func (s *script) acts() {
	s.whatsapp()
	s.limit(bots.WhatsApp, func(l *bots.Limits) {
		l.Edits, l.Reacts, l.Files, l.MaxCaption, l.EditFor, l.DeleteFor = true, true, true, 1024, 20*time.Minute, 48*time.Hour
	})
}

// answered is a person whom we answered on WhatsApp, and the answer.
func (s *script) answered() (who bots.ID, answer *sent) {
	s.t.Helper()
	s.acts()
	who = s.says(phone, "when?", also(lid)).Contact.ID
	s.reply(who, "at eight", 0, "")
	return who, s.sends[len(s.sends)-1]
}

// reply answers in the name of staff, and lets it go out.
func (s *script) reply(who bots.ID, text string, to bots.ID, channel string) {
	s.t.Helper()
	s.answers(fallback.Reply{Contact: who, Text: text, ReplyTo: to, Channel: channel})
	s.run(time.Second)
}

func (s *script) answers(p fallback.Reply) {
	s.t.Helper()
	p.Author = "Iryna"
	s.update(func(tx fallback.Tx) {
		done, err := fallback.PutReply(tx, p, s.rules.Channels, s.rules, s.world)
		s.must(err)
		s.ids = append(s.ids, done.ID)
	})
}

// act asks for something to be done to a message.
func (s *script) act(who, message bots.ID, do bots.Act, text string) bots.ID {
	s.t.Helper()
	return s.acted(fallback.Act{Contact: who, Message: message, Do: do, Text: text}).ID
}

func (s *script) acted(p fallback.Act) (done fallback.Accepted) {
	s.t.Helper()
	p.Author = "Iryna"
	s.update(func(tx fallback.Tx) {
		var err error
		done, err = fallback.PutAct(tx, p, s.rules.Channels, s.rules, s.world)
		s.must(err)
	})
	s.ids = append(s.ids, done.ID)
	return done
}

// barred wants an act refused.
func (s *script) barred(name string, p fallback.Act, code string) {
	s.t.Helper()
	err := s.Update(s.ctx(), func(tx fallback.Tx) error {
		_, err := fallback.PutAct(tx, p, s.rules.Channels, s.rules, s.world)
		return err
	})
	var wrong *fallback.Invalid
	if !errors.As(err, &wrong) || wrong.Code != code || wrong.Detail == "" {
		s.t.Errorf("%s is answered %v; want %s", name, err, code)
	}
}

// about checks a message and its state.
func (s *script) about(id bots.ID, is func(*bots.Message, bots.MessageState) bool) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		if m := tx.Message(id); m == nil || !is(m, tx.MessageState(id)) {
			s.t.Errorf("the message is %+v, its state %+v", m, tx.MessageState(id))
		}
	})
}

package fallback_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
)

// of is the contact of a chat.
func (r *rig) of(chat bots.Address) (id bots.ID) {
	r.store.View(func(v fallback.View) { id = r.contact(v, chat) })
	return id
}

func (r *rig) contact(v fallback.View, chat bots.Address) bots.ID {
	return v.FindContact(bots.Ref{Kind: chat.Channel, Value: chat.ID})
}

// says lets a person write, and returns the message.
func (r *rig) says(chat bots.Address, text string) (id bots.ID) {
	r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: text, MessageID: "9"})
	r.store.View(func(v fallback.View) { id = v.Conversation(r.contact(v, chat)).LastID })
	return id
}

func (r *rig) reply(p fallback.Reply) (fallback.Accepted, error) {
	p.Author = "Iryna"
	done, err := r.engine.Reply(r.t.Context(), r.store, p)
	synctest.Wait()
	return done, err
}

func TestReply(t *testing.T) {
	scripts{
		"goes where the person wrote last, at night too, and is sent once under one key": {plain, func(r *rig) {
			chat := r.person()
			asked := r.says(chat, "how many points?")
			r.says(bots.Address{Channel: "sms", ID: "+380501110001"}, "and by SMS?")
			r.pass(12 * time.Hour) // ten in the evening
			p := fallback.Reply{Contact: r.of(chat), Text: " 120 \n", ReplyTo: asked, Key: "k", Scope: "crm"}
			first, err := r.reply(p)
			again, err2 := r.reply(p)
			if err != nil || err2 != nil || first.ID != again.ID || first.Replay || !again.Replay {
				r.t.Fatalf("%+v, %v; then %+v, %v", first, err, again, err2)
			}
			r.want("12h0m0s sms/main +380501110001")
			d := r.state(first.ID, "done")
			if d.Purpose != fallback.Conversation || d.Author != "Iryna" || d.ReplyTo != asked || d.Text != "120" {
				r.t.Errorf("the delivery is %+v", d.Plan)
			}
			r.store.View(func(v fallback.View) {
				if talk := v.Conversation(p.Contact); talk.Unread != 0 || talk.State != bots.Open {
					r.t.Errorf("the conversation is %+v; want an answered open one", talk)
				}
			})
			p.Text = "121"
			if _, err := r.reply(p); !errors.Is(err, fallback.ErrKeyReused) {
				r.t.Errorf("another text under the key: %v", err)
			}
			p.Scope = "other"
			if done, err := r.reply(p); err != nil || done.Replay {
				r.t.Errorf("another caller's key: %+v, %v", done, err)
			}
		}},
		"goes on a channel that is named": {plain, func(r *rig) {
			chat := r.person()
			r.says(chat, "hello")
			if _, err := r.reply(fallback.Reply{Contact: r.of(chat), Text: "hi", Channel: "sms"}); err != nil {
				r.t.Fatal(err)
			}
			r.want("0s sms/main +380501110001")
		}},
		"is answered again under its key when the channel has gone": {plain, func(r *rig) {
			chat := r.person()
			r.says(chat, "hello")
			p := fallback.Reply{Contact: r.of(chat), Text: "hi", Key: "k"}
			first, err := r.reply(p)
			if err != nil {
				r.t.Fatal(err)
			}
			r.event(bots.Event{Kind: bots.Blocked, Chat: chat})
			if again, err := r.reply(p); err != nil || !again.Replay || again.ID != first.ID {
				r.t.Errorf("the repeat is %+v, %v", again, err)
			}
		}},
	}.play(t)
}

func TestRepliesThatCannotBe(t *testing.T) {
	scripts{"": {func(o *fallback.Options) {
		byParts(o)
		o.Senders["sms/main"].(parts).limits.MaxParts = 2
		rules := *o.Rules
		rules.Channels = map[string]fallback.Channel{"sms": rules.Channels["sms"], bots.Staff: {Senders: []string{"telegram"}}, "telegram": rules.Channels["telegram"]}
		tg := rules.Channels["telegram"]
		tg.MaxText = 10
		o.Rules, o.Intake.Channels = &rules, map[string]fallback.Channel{"sms": rules.Channels["sms"], "telegram": tg}
	}, func(r *rig) {
		silent, gone, chat := bots.Address{Channel: "telegram", ID: "900"}, r.person(), r.person()
		r.event(bots.Event{Kind: bots.Opened, Chat: silent}) // looked in, said nothing
		other := r.says(gone, "hello")
		r.event(bots.Event{Kind: bots.Blocked, Chat: gone})
		r.says(chat, "hello")
		for name, c := range map[string]struct {
			p    fallback.Reply
			code string
		}{
			"to a person who never wrote":             {fallback.Reply{Contact: r.of(silent), Text: "hi"}, "nobody_wrote"},
			"to a person who blocked the channel":     {fallback.Reply{Contact: r.of(gone), Text: "hi"}, "no_channel"},
			"on a channel where the person is not":    {fallback.Reply{Contact: r.of(silent), Text: "hi", Channel: "sms"}, "nobody_wrote"},
			"on a channel that is off":                {fallback.Reply{Contact: r.of(chat), Text: "hi", Channel: "viber"}, "channel_off"},
			"on a word that is no channel":            {fallback.Reply{Contact: r.of(chat), Text: "hi", Channel: "telegramm"}, "unknown_channel"},
			"in the room of staff":                    {fallback.Reply{Contact: r.of(chat), Text: "hi", Channel: bots.Staff}, "unknown_channel"},
			"without words":                           {fallback.Reply{Contact: r.of(chat), Text: " \n\u200b"}, "text_empty"},
			"longer than the channel takes":           {fallback.Reply{Contact: r.of(chat), Text: strings.Repeat("я", 11)}, "text_too_long"},
			"longer than anything takes":              {fallback.Reply{Contact: r.of(chat), Text: strings.Repeat("a", 10_001), Channel: "sms"}, "text_too_long"},
			"of more parts than the provider takes":   {fallback.Reply{Contact: r.of(chat), Text: strings.Repeat("я", 141), Channel: "sms"}, "text_too_long"},
			"to a message of somebody else":           {fallback.Reply{Contact: r.of(chat), Text: "hi", ReplyTo: other}, "unknown_message"},
			"to a message that is not there":          {fallback.Reply{Contact: r.of(chat), Text: "hi", ReplyTo: 7}, "unknown_message"},
			"under a key that is too long":            {fallback.Reply{Contact: r.of(chat), Text: "hi", Key: strings.Repeat("k", 201)}, "invalid_key"},
			"without words under a key that is fresh": {fallback.Reply{Contact: r.of(chat), Key: "k"}, "text_empty"},
		} {
			_, err := r.reply(c.p)
			var wrong *fallback.Invalid
			if !errors.As(err, &wrong) || wrong.Code != c.code || wrong.Detail == "" {
				r.t.Errorf("%s: %v; want %s", name, err, c.code)
			}
		}
		if _, err := r.reply(fallback.Reply{Contact: 7, Text: "hi"}); !errors.Is(err, fallback.ErrUnknownContact) {
			r.t.Errorf("to nobody: %v", err)
		}
		if all := r.store.Deliveries(); len(all) != 0 {
			r.t.Errorf("%d deliveries were made", len(all))
		}
	}}}.play(t)
}

func TestNobodyAnswersTheRoomOfStaff(t *testing.T) {
	store := &fallbacktest.Memory{}
	if err := store.Update(t.Context(), func(tx fallback.Tx) error { return fallback.FixStaffRoom(tx, "", "-500") }); err != nil {
		t.Fatal(err)
	}
	var room bots.ID
	store.View(func(v fallback.View) {
		have, err := fallback.ReadStaffRoom(v, "")
		if err != nil {
			t.Fatal(err)
		}
		room = have.Contact
	})
	err := store.Update(t.Context(), func(tx fallback.Tx) error {
		_, err := fallback.PutReply(tx, fallback.Reply{Contact: room, Text: "hi"}, nil, &fallback.Rules{}, &fallback.World{})
		return err
	})
	if room == 0 || !errors.Is(err, fallback.ErrUnknownContact) {
		t.Errorf("a reply to the room %s: %v", room, err)
	}
}

func TestTalkChange(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	olena, nobody := "Олена", ""
	open := bots.Conversation{State: bots.Open}
	snoozed := bots.Conversation{State: bots.Snoozed, SnoozedTo: at, Assignee: olena}
	for name, c := range map[string]struct {
		was    bots.Conversation
		change fallback.TalkChange
		want   bots.Conversation
		told   string
	}{
		"assigned":                           {open, fallback.TalkChange{Assignee: &olena}, bots.Conversation{State: bots.Open, Assignee: olena}, "conversation.assigned open"},
		"assigned to who has it":             {snoozed, fallback.TalkChange{Assignee: &olena}, snoozed, ""},
		"taken away and closed":              {snoozed, fallback.TalkChange{Assignee: &nobody, State: bots.Closed}, bots.Conversation{State: bots.Closed}, "conversation.assigned closed, conversation.closed closed"},
		"snoozed":                            {open, fallback.TalkChange{State: bots.Snoozed, Until: at}, bots.Conversation{State: bots.Snoozed, SnoozedTo: at}, "conversation.snoozed snoozed"},
		"snoozed for longer":                 {snoozed, fallback.TalkChange{State: bots.Snoozed, Until: at.Add(1)}, bots.Conversation{State: bots.Snoozed, SnoozedTo: at.Add(1), Assignee: olena}, "conversation.snoozed snoozed"},
		"snoozed as it is":                   {snoozed, fallback.TalkChange{State: bots.Snoozed, Until: at}, snoozed, ""},
		"opened before the snooze is over":   {snoozed, fallback.TalkChange{State: bots.Open}, bots.Conversation{State: bots.Open, Assignee: olena}, "conversation.opened open"},
		"reopened":                           {bots.Conversation{State: bots.Closed}, fallback.TalkChange{State: bots.Open}, open, "conversation.opened open"},
		"left as it is, which says nothing":  {open, fallback.TalkChange{State: bots.Open}, open, ""},
		"closed while it holds presses only": {bots.Conversation{State: bots.Closed}, fallback.TalkChange{State: bots.Closed}, bots.Conversation{State: bots.Closed}, ""},
	} {
		now := c.was
		changes, err := c.change.Apply(&now)
		var told []string
		for _, line := range changes {
			told = append(told, line.Type+" "+line.State)
		}
		if err != nil || now != c.want || strings.Join(told, ", ") != c.told {
			t.Errorf("%s: %+v, told %q, %v; want %+v, %q", name, now, told, err, c.want, c.told)
		}
	}
	var wrong *fallback.Invalid
	if _, err := (fallback.TalkChange{State: bots.Closed}).Apply(&bots.Conversation{}); !errors.As(err, &wrong) || wrong.Code != "nobody_wrote" {
		t.Errorf("a conversation that is none: %v", err)
	}
}

func TestAMessageOpensWhatWasPutAside(t *testing.T) {
	for name, aside := range map[string]fallback.TalkChange{"closed": {State: bots.Closed}, "snoozed": {State: bots.Snoozed, Until: noon.Add(time.Hour)}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				chat := r.person()
				r.says(chat, "hello")
				err := r.store.Update(t.Context(), func(tx fallback.Tx) error {
					talk := tx.Conversation(r.contact(tx, chat))
					_, err := aside.Apply(&talk)
					tx.PutConversation(talk)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				before := len(r.store.Changes())
				r.says(chat, "hello?")
				opened := false
				for _, c := range r.store.Changes()[before:] {
					opened = opened || c.Type == "conversation.opened"
				}
				r.store.View(func(v fallback.View) {
					if talk := v.Conversation(r.contact(v, chat)); talk.State != bots.Open || !opened {
						t.Errorf("it is %s, told in the outbox: %t", talk.State, opened)
					}
				})
			})
		})
	}
}

func TestASnoozeThatIsOverIsOpen(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := bots.Conversation{State: bots.Snoozed, SnoozedTo: at}
	if fallback.TalkState(&c, at.Add(-1)) != bots.Snoozed || fallback.TalkState(&c, at) != bots.Open {
		t.Error("a snooze ends at its time, not before")
	}
	if c.State = bots.Closed; fallback.TalkState(&c, at) != bots.Closed {
		t.Error("a closed one stays closed")
	}
}

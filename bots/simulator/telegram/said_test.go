package telegram

import (
	"fmt"
	"strings"
	"testing"
)

func TestMentions(t *testing.T) {
	s := inForum(t, Options{})
	for name, c := range map[string]struct {
		text string
		of   []int64
		want string // type offset length of each
	}{
		"a username is found by itself":  {"ask @petro about it", nil, "mention 4 6"},
		"and so when it is named":        {"ask @petro about it", []int64{petro}, "mention 4 6"},
		"who has no username, by name":   {"🙂 ask Maria", []int64{maria}, "text_mention 7 5"},
		"who has one, by name":           {"Petro, please", []int64{petro}, "text_mention 0 5"},
		"both, in order":                 {"Maria and @petro", []int64{maria, petro}, "text_mention 0 5, mention 10 6"},
		"an address is no mention":       {"mail anna@example.com", nil, ""},
		"a command with the bot's name":  {"/who@kaskad_demo_bot", nil, "bot_command 0 20"},
		"a mention in a photo's caption": {"ask @petro", []int64{petro}, "mention 4 6"},
	} {
		t.Run(name, func(t *testing.T) {
			id, err := s.WriteIn(forum, anna, Said{Text: c.text, Mentions: c.of, Photo: strings.Contains(name, "photo")})
			must(t, err)
			var found []string
			for _, m := range s.Chat(forum) {
				for _, e := range m.Entities {
					if m.ID == id {
						found = append(found, fmt.Sprint(e.Type, " ", e.Offset, " ", e.Length))
					}
				}
			}
			if got := strings.Join(found, ", "); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhoMayWhatInAGroup(t *testing.T) {
	s := inForum(t, Options{})
	thread, err := s.OpenTopic(forum, maria, "staff")
	must(t, err)
	theirs, err := s.SayIn(forum, petro, "hello")
	must(t, err)
	must(t, s.CloseTopic(forum, maria, thread))
	for name, c := range map[string]struct {
		err  error
		want bool // it goes
	}{
		"a member writes in a closed topic":         {errOf(s.WriteIn(forum, petro, Said{Text: "x", Thread: thread})), false},
		"an administrator writes in a closed topic": {errOf(s.WriteIn(forum, maria, Said{Text: "x", Thread: thread})), true},
		"a member writes in no topic":               {errOf(s.WriteIn(forum, petro, Said{Text: "x", Thread: 999})), false},
		"a member deletes what another wrote":       {s.DeleteIn(forum, anna, theirs), false},
		"a member deletes what they wrote":          {s.DeleteIn(forum, petro, theirs), true},
		"a member removes another":                  {s.Remove(forum, anna, petro), false},
		"an administrator removes who is not there": {s.Remove(forum, maria, 99), false},
		"a member reacts with what is no reaction":  {s.ReactIn(forum, anna, thread, "🚀"), false},
		"a member reacts to nothing":                {s.ReactIn(forum, anna, 999, "👍"), false},
		"a member edits a service message":          {s.EditIn(forum, maria, thread, "x"), false},
		"somebody who is nobody joins":              {s.Join(forum, 99), false},
		"somebody who is not there leaves":          {s.Leave(forum, 99), false},
		"a member writes in General by its number":  {errOf(s.WriteIn(forum, petro, Said{Text: "x", Thread: general})), true},
		"a member mentions nobody":                  {errOf(s.WriteIn(forum, petro, Said{Text: "x", Mentions: []int64{99}})), false},
		"a member answers what was deleted":         {errOf(s.ReplyIn(forum, petro, 999, "x")), false},
		"an administrator removes a member":         {s.Remove(forum, maria, anna), true},
		"somebody writes who was removed before":    {errOf(s.SayIn(forum, 99, "x")), false},
		"a group that is none":                      {s.CloseTopic(-5, maria, 1), false},
	} {
		if (c.err == nil) != c.want {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

func TestReactionsInAGroup(t *testing.T) {
	s := inForum(t, Options{})
	m := answered(t, inChat(t, s, "sendMessage", "text", "x"))
	id := int(m.at("message_id").(float64))
	for _, emoji := range []string{"👀", "👍", "👍", ""} {
		must(t, s.ReactIn(forum, petro, id, emoji))
	}
	must(t, s.ReactIn(forum, anna, id, "🔥"))
	must(t, s.Demote(forum))
	must(t, s.ReactIn(forum, maria, id, "👎"))
	var told []string
	for _, u := range heard(t, s) {
		if r := u.at("message_reaction"); r != nil {
			told = append(told, fmt.Sprint(u.at("message_reaction.user.id"), u.at("message_reaction.old_reaction"), u.at("message_reaction.new_reaction"), u.at("message_reaction.message_id")))
		}
	}
	emoji := func(e string) string { return "[map[emoji:" + e + " type:emoji]]" }
	want := []string{
		fmt.Sprint("43[]", emoji("👀"), " ", id), fmt.Sprint("43", emoji("👀"), emoji("👍"), " ", id), fmt.Sprint("43", emoji("👍"), "[]", " ", id), fmt.Sprint("42[]", emoji("🔥"), " ", id),
	}
	squeeze := func(lines []string) string { return strings.ReplaceAll(strings.Join(lines, "|"), " ", "") } // Sprint sets blanks as it likes
	if squeeze(told) != squeeze(want) {
		t.Errorf("told %v, want %v", told, want)
	}
	if got := s.Messages(forum)[0].Reactions; len(got) != 2 || got[anna] != "🔥" || got[maria] != "👎" {
		t.Errorf("on it are %v", got)
	}
	must(t, ok(inChat(t, s, "setMessageReaction", "message_id", num(id), "reaction", `[{"type":"emoji","emoji":"✍"}]`)))
	if got := s.Messages(forum)[0].BotEmoji; got != "✍" {
		t.Errorf("the bot's emoji is %q", got)
	}
}

func TestComingAndGoing(t *testing.T) {
	s := inRoom(t, Options{}) // no administrator, privacy mode: service messages are heard all the same
	must(t, s.AddPerson(Person{ID: maria, FirstName: "Maria"}))
	must(t, s.Join(room, maria))
	must(t, s.Join(room, maria))
	must(t, s.Leave(room, maria))
	must(t, s.Join(room, maria))
	must(t, s.Remove(room, anna, maria))
	_, err := s.SayIn(room, 43, "not for the bot")
	must(t, err)
	var told []string
	for _, u := range heard(t, s) {
		id := fmt.Sprint(u.at("message.from.id"))
		if u.at("message.new_chat_members") != nil {
			told = append(told, "came "+fmt.Sprint(u.at("message.new_chat_member.id"))+" by "+id)
		}
		if u.at("message.left_chat_member") != nil {
			told = append(told, "went "+fmt.Sprint(u.at("message.left_chat_member.id"))+" by "+id)
		}
	}
	if got, want := strings.Join(told, ", "), "came 44 by 44, went 44 by 44, came 44 by 44, went 44 by 42"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	before := len(heard(t, s))
	must(t, s.Expel(room, anna))
	must(t, s.Join(room, maria))
	if u := heard(t, s); len(u) != before+1 || u[before].at("my_chat_member.new_chat_member.status") != "kicked" {
		t.Errorf("put out itself, the bot heard %v", u[before:])
	}
	must(t, s.Leave(room, maria))
	if _, err := s.SayIn(room, maria, "hello"); err == nil {
		t.Error("who was put out wrote")
	}
}

func TestCaptionsAreEdited(t *testing.T) {
	s := inForum(t, Options{})
	thread := made(t, s, "Olena")
	photo, err := s.WriteIn(forum, petro, Said{Media: Photo, Caption: "one", Thread: thread})
	must(t, err)
	own, err := s.Write(anna, Said{Media: Document, Caption: "one"})
	must(t, err)
	sticker, err := s.Write(anna, Said{Media: Sticker})
	must(t, err)
	must(t, s.EditIn(forum, petro, photo, "two"))
	must(t, s.Edit(anna, own, "two"))
	if err := s.Edit(anna, sticker, "two"); err == nil {
		t.Error("a sticker got a caption")
	}
	u := heard(t, s)
	edits := u[len(u)-2:]
	if edits[0].at("edited_message.caption") != "two" || edits[0].at("edited_message.message_thread_id") != float64(thread) || edits[1].at("edited_message.caption") != "two" || edits[1].at("edited_message.document") == nil {
		t.Errorf("heard %v", edits)
	}
}

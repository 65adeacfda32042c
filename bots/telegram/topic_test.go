package telegram_test

import (
	"fmt"
	"strings"
	"testing"

	"kaskad/bots"
	sim "kaskad/bots/simulator/telegram"
	"kaskad/bots/telegram"
)

const (
	forum  = `{"id":-100500,"title":"Support","type":"supergroup","is_forum":true}`
	root   = `{"message_id":30,"from":` + us + `,"chat":` + forum + `,"date":1779999900,"message_thread_id":30,"is_topic_message":true,"forum_topic_created":{"name":"Олена"}}`
	helena = `{"id":44,"is_bot":false,"first_name":"Олена","username":"olena"}`
	topic  = `"from":` + petro + `,"message_thread_id":30,"is_topic_message":true,`
	toRoot = `"reply_to_message":` + root
	inIt   = `"message_thread_id":30,"is_topic_message":true`
)

// inForum is a message of a group with topics.
func inForum(fields string) string {
	return `{"update_id":5,"message":{"message_id":31,"date":1780000000,"chat":` + forum + `,` + fields + `}}`
}

// colleague and ours are messages that can be answered in a topic.
const (
	colleague = `{"message_id":29,"from":` + helena + `,"chat":` + forum + `,"date":1,` + inIt + `}`
	ourPost   = `{"message_id":28,"from":` + us + `,"chat":` + forum + `,"date":1,` + inIt + `,"reply_markup":{"inline_keyboard":[[{"text":"SMS","callback_data":"001jjwt2vtqr0:sms"}]]}}`
)

// wantOfTopics is what updates of groups with topics mean: "" stays inside.
var wantOfTopics = map[string]struct{ update, want string }{
	"talk in a topic":                     {inForum(topic + `"text":"За рік",` + toRoot), "wrote 30 by 43 on= За рік"},
	"a reply to a post in a topic":        {inForum(topic + `"text":"За рік","reply_to_message":` + ourPost), "wrote 30 by 43 on=28 step За рік"},
	"a reply to a colleague in a topic":   {inForum(topic + `"text":"я","reply_to_message":` + colleague), "wrote 30 by 43 on=29 aside я"},
	"a note in a topic":                   {inForum(topic + `"text":" // хто це?",` + toRoot), "wrote 30 by 43 on= aside  // хто це?"},
	"a colleague is named":                {inForum(topic + `"text":"глянь 😀 @olena","entities":[{"type":"mention","offset":9,"length":6}],` + toRoot), "wrote 30 by 43 on= aside глянь 😀 @olena"},
	"a colleague without a name is named": {inForum(topic + `"text":"глянь Олена","entities":[{"type":"text_mention","offset":6,"length":5,"user":` + helena + `}],` + toRoot), "wrote 30 by 43 on= aside глянь Олена"},
	"the shop is named":                   {inForum(topic + `"text":"наш @Shop_bot","entities":[{"type":"mention","offset":4,"length":9}],` + toRoot), "wrote 30 by 43 on= наш @Shop_bot"},
	"a mark beyond the text":              {inForum(topic + `"text":"а","entities":[{"type":"mention","offset":4,"length":9}],` + toRoot), "wrote 30 by 43 on= а"},
	"a post of ours is forwarded":         {inForum(topic + `"text":"👤 Петро · C-7","forward_origin":{"type":"user","date":1,"sender_user":` + us + `},` + toRoot), "wrote 30 by 43 on= aside 👤 Петро · C-7"},
	"what somebody wrote is forwarded":    {inForum(topic + `"text":"За рік","forward_origin":{"type":"hidden_user","date":1,"sender_user_name":"Shop"},` + toRoot), "wrote 30 by 43 on= За рік"},
	"a command in a topic":                {inForum(topic + `"text":"/who",` + toRoot), "wrote 30 by 43 on= /who"},
	"another bot's command in a topic":    {inForum(topic + `"text":"/who@other_bot",` + toRoot), "wrote 30 by 43 on= aside /who@other_bot"},
	"a photo of an album":                 {inForum(topic + `"caption":"ось","media_group_id":"7","photo":[{"file_id":"f","width":1,"height":1}],` + toRoot), "wrote 30 by 43 on= album=7 ось photo"},
	"a poll":                              {inForum(topic + `"poll":{"id":"1"},` + toRoot), "wrote 30 by 43 on= other"},
	"a name under a picture":              {inForum(topic + `"caption":"@olena","caption_entities":[{"type":"mention","offset":0,"length":6}],"document":{"file_id":"f"},` + toRoot), "wrote 30 by 43 on= aside @olena document"},
	"an administrator without a name":     {inForum(`"from":{"id":1087968824,"is_bot":true,"first_name":"Group"},"sender_chat":` + forum + `,"author_signature":"Старша",` + inIt + `,"text":"так",` + toRoot), "wrote 30 admin on= так"},
	"another bot in a topic":              {inForum(`"from":` + rival + `,` + inIt + `,"text":"так",` + toRoot), ""},
	"talk in General":                     {inForum(`"from":` + petro + `,"text":"привіт"`), ""},
	"an answer to us in General":          {inForum(`"from":` + petro + `,"message_thread_id":7,"text":"так","reply_to_message":` + posted), "wrote  by 43 on=7 step так"},
	"a command in General":                {inForum(`"from":` + petro + `,"text":"/help"`), "wrote  by 43 on= /help"},
	"an edit in a topic":                  {`{"update_id":5,"edited_message":{"message_id":31,"date":1780000000,"edit_date":1780000009,"chat":` + forum + `,` + topic + `"text":"За два роки",` + toRoot + `}}`, "edited 30 by 43 on= За два роки"},
	"our topic is made":                   {inForum(`"from":` + us + `,` + inIt + `,"forum_topic_created":{"name":"Олена","icon_color":7322096}`), "topic_made 30 by us Олена"},
	"a member's topic is made":            {inForum(`"from":` + petro + `,` + inIt + `,"forum_topic_created":{"name":"Кава"}`), "topic_made 30 by 43 Кава"},
	"a topic has another name":            {inForum(`"from":` + petro + `,` + inIt + `,"forum_topic_edited":{"name":"Олена К"},` + toRoot), "topic_named 30 by 43 Олена К"},
	"a topic has another picture":         {inForum(`"from":` + petro + `,` + inIt + `,"forum_topic_edited":{"icon_custom_emoji_id":"1"},` + toRoot), ""},
	"a topic is closed":                   {inForum(`"from":` + petro + `,` + inIt + `,"forum_topic_closed":{},` + toRoot), "topic_closed 30 by 43"},
	"a topic is open again":               {inForum(`"from":` + petro + `,` + inIt + `,"forum_topic_reopened":{},` + toRoot), "topic_reopened 30 by 43"},
	"General is hidden":                   {inForum(`"from":` + petro + `,"general_forum_topic_hidden":{}`), "topic_closed  by 43"},
	"somebody was brought":                {inForum(`"from":` + petro + `,"new_chat_members":[` + helena + `,` + rival + `,{"id":45,"first_name":"Ігор"}]`), "came_in  by 44 43; came_in  by 45 43"},
	"somebody came":                       {inForum(`"from":` + helena + `,"new_chat_members":[` + helena + `]`), "came_in  by 44"},
	"somebody left":                       {inForum(`"from":` + helena + `,"left_chat_member":` + helena), "went_out  by 44"},
	"a press in a topic":                  {`{"update_id":5,"callback_query":{"id":"q1","from":` + petro + `,"message":` + ourPost + `,"data":"001jjwt2vtqr0:take"}}`, "pressed 30 by 43 on=28 step query=q1 take"},
	"a pin in a topic":                    {inForum(topic + `"pinned_message":{"message_id":28},` + toRoot), ""},
	"a game starts":                       {inForum(topic + `"video_chat_started":{},` + toRoot), ""},
	"a group is chosen":                   {`{"update_id":5,"message":{"message_id":9,"date":1780000000,"chat":{"id":43,"type":"private"},"from":` + petro + `,"chat_shared":{"request_id":1,"chat_id":-100500}}}`, "offered  by 43 -100500"},
	"a channel is chosen":                 {`{"update_id":5,"message":{"message_id":9,"date":1780000000,"chat":{"id":43,"type":"private"},"from":` + petro + `,"chat_shared":{"request_id":1,"chat_id":100500}}}`, ""},
}

func TestTopics(t *testing.T) {
	b := newBot(t, nameServer(t), telegram.Options{})
	if _, err := b.Username(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, c := range wantOfTopics {
		t.Run(name, func(t *testing.T) {
			batch, err := b.Parse(hookCall([]byte(c.update)))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			ids := map[string]bool{}
			for _, e := range batch.Events {
				got, ids[e.ID] = append(got, heardInTopic(t, e)), true
			}
			if s := strings.Join(got, "; "); s != c.want || len(ids) != len(got) {
				t.Errorf("heard\n%q, want\n%q; ids %v", s, c.want, ids)
			}
			if len(batch.Answer.Body) > 0 {
				t.Errorf("a press of staff is answered at once: %s", batch.Answer.Body)
			}
		})
	}
}

// heardInTopic is an event of a group in short.
func heardInTopic(t *testing.T, e bots.Event) string {
	if e.Chat != (bots.Address{Channel: bots.Staff, ID: "-100500"}) || e.Sender != bots.Staff {
		t.Errorf("it is an event of %v by %s", e.Chat, e.Sender)
	}
	s := fmt.Sprintf("%s %s", e.Kind, e.Thread)
	switch {
	case e.ByUs:
		s += " by us"
	case e.Admin:
		s += " admin"
	default:
		s += " by " + e.By
	}
	if e.Kind == bots.Wrote || e.Kind == bots.Edited || e.Kind == bots.Pressed {
		s += " on=" + e.On
	}
	for word, is := range map[string]bool{" step": e.Step == step, " aside": e.Aside} {
		if is {
			s += word
		}
	}
	for word, value := range map[string]string{" query=": e.Query, " album=": e.Album} {
		if value != "" {
			s += word + value
		}
	}
	if e.Text+e.Data != "" {
		s += " " + e.Text + e.Data
	}
	for _, m := range e.Media {
		s += " " + m.Type
	}
	return s
}

// withTopics is a room in a simulated group that has some.
func withTopics(t *testing.T) (*sim.Server, *telegram.Room) {
	t.Helper()
	tg := simulator(t, sim.Options{})
	must(t, tg.AddGroup(sim.Group{ID: -100500, Title: "Support", Forum: true, Members: []int64{42}}))
	return tg, newBot(t, tg.URL(), telegram.Options{}).Room(nil)
}

func inRoom(out bots.Outgoing) bots.Outgoing {
	out.To = bots.Address{Channel: bots.Staff, ID: "-100500"}
	return out
}

func TestATopicFromItsBeginningToItsEnd(t *testing.T) {
	tg, room := withTopics(t)
	act := func(out bots.Outgoing) bots.Receipt {
		t.Helper()
		got, err := room.Send(t.Context(), inRoom(out))
		if err != nil || got.Sender != bots.Staff || got.Level != bots.Accepted || got.Astray {
			t.Fatalf("%s = %+v, %v", out.Act, got, err)
		}
		return got
	}
	thread := act(bots.Outgoing{Act: bots.OpenTopicAct, Text: strings.Repeat("я", 200)}).ID
	card := act(bots.Outgoing{Thread: thread, Text: "Олена", Step: step, Buttons: []bots.Button{{Text: "Беру", Data: "take"}}})
	act(bots.Outgoing{Thread: thread, Act: bots.PinAct, On: card.ID})
	act(bots.Outgoing{Thread: thread, Act: bots.EditAct, On: card.ID, Text: "Олена, Ірина", Step: step, Buttons: []bots.Button{{Text: "Віддаю", Data: "release"}}})
	act(bots.Outgoing{Thread: thread, Act: bots.NameTopicAct, Text: "Олена К"})
	for range 2 { // what is so already is done
		act(bots.Outgoing{Thread: thread, Act: bots.CloseTopicAct})
	}
	all := tg.Topics(-100500)
	if len(all) != 1 || all[0].Name != "Олена К" || !all[0].Closed || len(all[0].Pinned) != 1 {
		t.Fatalf("the topics are %+v", all)
	}
	if m := all[0].Messages[1]; m.Text != "Олена, Ірина" || len(m.Buttons) != 1 || m.Buttons[0][0].Text != "Віддаю" {
		t.Errorf("the card is %+v", m)
	}
	act(bots.Outgoing{Thread: thread, Text: "ще"}) // whoever administers topics writes in closed ones
	act(bots.Outgoing{Thread: thread, Act: bots.ReopenTopicAct})
	for range 2 {
		act(bots.Outgoing{Thread: thread, Act: bots.DeleteTopicAct})
	}
	if got := tg.Topics(-100500); len(got) != 1 || !got[0].Deleted {
		t.Errorf("the topics are %+v", got)
	}
}

func TestWhatARoomRefusesWith(t *testing.T) {
	for name, c := range map[string]struct {
		before func(tg *sim.Server, thread string) error
		out    bots.Outgoing
		want   string
	}{
		"somebody deleted the topic": {func(tg *sim.Server, thread string) error { return tg.DeleteTopic(-100500, 42, number(thread)) }, bots.Outgoing{Text: "x"}, bots.NoTopic},
		"it has no topics any more":  {func(tg *sim.Server, _ string) error { return tg.SetForum(-100500, false) }, bots.Outgoing{Act: bots.OpenTopicAct, Text: "x"}, bots.NoForum},
		"we may not make topics":     {func(tg *sim.Server, _ string) error { return tg.SetRights(-100500, sim.Rights{}) }, bots.Outgoing{Act: bots.OpenTopicAct, Text: "x"}, bots.NoRights},
		"we may not pin":             {func(tg *sim.Server, _ string) error { return tg.SetRights(-100500, sim.Rights{}) }, bots.Outgoing{Act: bots.PinAct, On: "2"}, bots.NoRights},
	} {
		t.Run(name, func(t *testing.T) {
			tg, room := withTopics(t)
			made, err := room.Send(t.Context(), inRoom(bots.Outgoing{Act: bots.OpenTopicAct, Text: "Олена"}))
			must(t, err)
			_, err = room.Send(t.Context(), inRoom(bots.Outgoing{Thread: made.ID, Text: "card"}))
			must(t, err)
			must(t, c.before(tg, made.ID))
			c.out.Thread = made.ID
			_, err = room.Send(t.Context(), inRoom(c.out))
			if fault := bots.FaultOf(err); fault.Code != c.want || fault.Fault != bots.Rejected || strings.Contains(err.Error(), secret) {
				t.Errorf("Send = %v, want %s", err, c.want)
			}
		})
	}
}

func TestAPostGoesAstrayWithoutTopics(t *testing.T) {
	tg, room := withTopics(t)
	made, err := room.Send(t.Context(), inRoom(bots.Outgoing{Act: bots.OpenTopicAct, Text: "Олена"}))
	must(t, err)
	must(t, tg.SetForum(-100500, false))
	got, err := room.Send(t.Context(), inRoom(bots.Outgoing{Thread: made.ID, Text: "card"}))
	if err != nil || !got.Astray {
		t.Errorf("Send = %+v, %v; want it astray", got, err)
	}
}

func number(s string) (n int) {
	fmt.Sscan(s, &n)
	return n
}

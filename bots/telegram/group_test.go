package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"kaskad/bots"
	sim "kaskad/bots/simulator/telegram"
	"kaskad/bots/telegram"
)

const (
	petro  = `{"id":43,"is_bot":false,"first_name":"Петро","last_name":"К","language_code":"uk"}`
	us     = `{"id":123,"is_bot":true,"first_name":"Shop","username":"shop_bot"}`
	rival  = `{"id":124,"is_bot":true,"first_name":"Other","username":"other_bot"}`
	group  = `{"id":-100500,"title":"Support","type":"supergroup"}`
	posted = `{"message_id":7,"from":` + us + `,"chat":` + group + `,"date":1779999900,"text":"post","reply_markup":{"inline_keyboard":[[{"text":"SMS","callback_data":"001jjwt2vtqr0:sms"}]]}}`
)

// inGroup is a message of a group.
func inGroup(fields string) string {
	return `{"update_id":5,"message":{"message_id":9,"date":1780000000,"chat":` + group + `,` + fields + `}}`
}

// wantOfGroups is what updates of groups mean: "" stays inside.
var wantOfGroups = map[string]struct{ update, want string }{
	"a command":                          {inGroup(`"from":` + petro + `,"text":"/staff code"`), "wrote staff:-100500 Петро К 9 on= /staff code"},
	"a command to us":                    {inGroup(`"from":` + petro + `,"text":"/staff@Shop_bot code"`), "wrote staff:-100500 Петро К 9 on= /staff@Shop_bot code"},
	"a command to another bot":           {inGroup(`"from":` + petro + `,"text":"/staff@other_bot code"`), ""},
	"another command":                    {inGroup(`"from":` + petro + `,"text":"/start x"`), ""},
	"talk":                               {inGroup(`"from":` + petro + `,"text":"who takes this?"`), ""},
	"a mention":                          {inGroup(`"from":` + petro + `,"text":"@shop_bot hello"`), ""},
	"a reply to a colleague":             {inGroup(`"from":` + petro + `,"text":"me","reply_to_message":{"message_id":7,"from":` + petro + `,"chat":` + group + `,"date":1}`), ""},
	"a reply to another bot":             {inGroup(`"from":` + petro + `,"text":"me","reply_to_message":{"message_id":7,"from":` + rival + `,"chat":` + group + `,"date":1}`), ""},
	"a reply to us":                      {inGroup(`"from":` + petro + `,"text":"coming","reply_to_message":` + posted), "wrote staff:-100500 Петро К 9 on=7 coming step"},
	"a photo as a reply":                 {inGroup(`"from":` + petro + `,"caption":"look","photo":[{"file_id":"f","width":1,"height":1}],"reply_to_message":` + posted), "wrote staff:-100500 Петро К 9 on=7 look step photo"},
	"a reply in the group's name":        {inGroup(`"from":{"id":1087968824,"is_bot":true,"first_name":"Group"},"sender_chat":` + group + `,"author_signature":"Старша","text":"coming","reply_to_message":` + posted), "wrote staff:-100500 Старша 9 on=7 coming step"},
	"a reply in a channel's name":        {inGroup(`"from":{"id":136817688,"is_bot":true,"first_name":"Channel"},"sender_chat":{"id":-100900,"title":"News","type":"channel"},"text":"coming","reply_to_message":` + posted), ""},
	"a reply of a bot":                   {inGroup(`"from":` + rival + `,"text":"coming","reply_to_message":` + posted), ""},
	"what the linked channel posted":     {inGroup(`"from":{"id":777000,"is_bot":false,"first_name":"Telegram"},"is_automatic_forward":true,"text":"/staff code"`), ""},
	"the group has another id":           {`{"update_id":5,"message":{"message_id":9,"date":1780000000,"chat":{"id":-500,"type":"group"},"from":` + petro + `,"migrate_to_chat_id":-100500}}`, "moved staff:-500  -100500"},
	"the supergroup says what it was":    {inGroup(`"from":` + petro + `,"migrate_from_chat_id":-500`), "moved staff:-500  -100500"},
	"an edit of a reply":                 {`{"update_id":5,"edited_message":{"message_id":9,"date":1780000000,"edit_date":1780000050,"chat":` + group + `,"from":` + petro + `,"text":"came","reply_to_message":` + posted + `}}`, "edited staff:-100500 Петро К 9 on=7 came step"},
	"an edit among colleagues":           {`{"update_id":5,"edited_message":{"message_id":9,"date":1780000000,"edit_date":1780000050,"chat":` + group + `,"from":` + petro + `,"text":"/staff code"}}`, ""},
	"a press":                            {`{"update_id":5,"callback_query":{"id":"1","from":` + petro + `,"message":` + posted + `,"data":"001jjwt2vtqr0:sms"}}`, "pressed staff:-100500 Петро К  on=7 sms step"},
	"a reaction":                         {`{"update_id":5,"message_reaction":{"chat":` + group + `,"message_id":7,"user":` + petro + `,"date":1780000000,"old_reaction":[],"new_reaction":[{"type":"emoji","emoji":"👍"}]}}`, "reacted staff:-100500 Петро К 👍 7"},
	"a reaction of nobody in particular": {`{"update_id":5,"message_reaction":{"chat":` + group + `,"message_id":7,"actor_chat":` + group + `,"date":1780000000,"old_reaction":[],"new_reaction":[{"type":"emoji","emoji":"👍"}]}}`, ""},
	"put out":                            {`{"update_id":5,"my_chat_member":{"chat":` + group + `,"from":` + petro + `,"date":1780000000,"new_chat_member":{"user":` + us + `,"status":"kicked"}}}`, "blocked staff:-100500 Петро К"},
	"gone by itself":                     {`{"update_id":5,"my_chat_member":{"chat":` + group + `,"from":` + petro + `,"date":1780000000,"new_chat_member":{"user":` + us + `,"status":"left"}}}`, "blocked staff:-100500 Петро К"},
	"let in":                             {`{"update_id":5,"my_chat_member":{"chat":` + group + `,"from":` + petro + `,"date":1780000000,"new_chat_member":{"user":` + us + `,"status":"administrator"}}}`, "unblocked staff:-100500 Петро К"},
	"a channel":                          {`{"update_id":5,"message":{"message_id":9,"date":1,"chat":{"id":-100900,"type":"channel"},"text":"/staff code"}}`, ""},

	// What a customer writes is a customer's, whatever it says.
	"a command in a private chat":                {`{"update_id":5,"message":{"message_id":9,"date":1780000000,"chat":{"id":43,"type":"private"},"from":` + petro + `,"text":"/staff code"}}`, "wrote telegram:43 Петро К 9 on= /staff code"},
	"a private chat that claims a group's reply": {`{"update_id":5,"message":{"message_id":9,"date":1780000000,"chat":{"id":43,"type":"private"},"from":` + petro + `,"text":"x","reply_to_message":` + posted + `}}`, "wrote telegram:43 Петро К 9 on=7 x step"},
}

func TestGroups(t *testing.T) {
	b := newBot(t, "http://127.0.0.1:1", telegram.Options{Toast: func(string) string { return "thanks" }})
	named := newBot(t, nameServer(t), telegram.Options{})
	if _, err := named.Username(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, c := range wantOfGroups {
		t.Run(name, func(t *testing.T) {
			for _, bot := range []*telegram.Bot{b, named} {
				if bot == b && strings.Contains(c.update, "@other_bot") {
					continue // whoever does not know its own name hears all
				}
				batch, err := bot.Parse(hookCall([]byte(c.update)))
				if err != nil {
					t.Fatal(err)
				}
				got := ""
				for _, e := range batch.Events {
					got += told(e)
				}
				if got != c.want {
					t.Errorf("heard\n%q, want\n%q", got, c.want)
				}
				if strings.Contains(string(batch.Answer.Body), "thanks") {
					t.Errorf("staff are thanked: %s", batch.Answer.Body)
				}
			}
		})
	}
}

func nameServer(t *testing.T) string {
	tg, err := sim.New(sim.Options{Token: token, Username: "shop_bot"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tg.Close() })
	return tg.URL()
}

// told is an event in short.
func told(e bots.Event) string {
	s := fmt.Sprintf("%s %s %s", e.Kind, e.Chat, e.Name)
	if e.Kind == bots.Wrote || e.Kind == bots.Edited || e.Kind == bots.Pressed {
		s += fmt.Sprintf(" %s on=%s", e.MessageID, e.On)
	}
	if e.Text+e.Data != "" {
		s += " " + e.Text + e.Data
	}
	if e.Kind == bots.Reacted {
		s += " " + e.On
	}
	if e.Step == step {
		s += " step"
	}
	for _, m := range e.Media {
		s += " " + m.Type
	}
	want := bots.Telegram
	if e.Chat.Channel == bots.Staff {
		want = bots.Staff
	}
	if e.Channel != bots.Telegram || e.Sender != want {
		s += " of " + e.Channel + "/" + e.Sender
	}
	return s
}

// grouped is a simulator with a group of one.
func grouped(t *testing.T) *sim.Server {
	t.Helper()
	tg := simulator(t, sim.Options{})
	must(t, tg.AddGroup(sim.Group{ID: -500, Title: "Support", Members: []int64{42}}))
	return tg
}

func TestRoomPosts(t *testing.T) {
	tg := grouped(t)
	room := newBot(t, tg.URL(), telegram.Options{}).Room(nil)
	got, err := room.Send(t.Context(), bots.Outgoing{
		To: bots.Address{Channel: bots.Staff, ID: "-500"}, Step: step, Text: "a < b", Markup: "a &lt; b",
		Buttons: []bots.Button{{Text: "SMS", Data: "sms"}},
	})
	if err != nil || got.Sender != bots.Staff || got.Chat != "-500" || got.ID != "1" || got.Step != step {
		t.Fatalf("Send = %+v, %v", got, err)
	}
	if m := tg.Messages(-500)[0]; m.Text != "a < b" || m.Buttons[0][0].CallbackData != step.String()+":sms" {
		t.Errorf("the group sees %+v", m)
	}
	if l := room.Limits(); l.PerMinute > 19 || l.PerMinute == 0 {
		t.Errorf("%d in a minute may be more than the 20 that Telegram takes", l.PerMinute)
	}
}

func TestRoomThatMoved(t *testing.T) {
	tg := grouped(t)
	now, err := tg.Upgrade(-500)
	must(t, err)
	var told string
	room := newBot(t, tg.URL(), telegram.Options{}).Room(func(_ context.Context, from, to string) { told = from + " " + to })
	_, err = room.Send(t.Context(), bots.Outgoing{To: bots.Address{Channel: bots.Staff, ID: "-500"}, Text: "x"})
	if fault := bots.FaultOf(err); fault.Fault != bots.Temporary || fault.RetryAfter == 0 {
		t.Errorf("Send = %v, want a try later", err)
	}
	if want := fmt.Sprintf("-500 %d", now); told != want {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestRoomWithoutTheBot(t *testing.T) {
	tg := grouped(t)
	must(t, tg.Expel(-500, 42))
	_, err := newBot(t, tg.URL(), telegram.Options{}).Room(nil).Send(t.Context(), bots.Outgoing{To: bots.Address{Channel: bots.Staff, ID: "-500"}, Text: "x"})
	if bots.FaultOf(err).Fault != bots.Unreachable {
		t.Errorf("Send = %v, want unreachable", err)
	}
}

func TestReact(t *testing.T) {
	tg := grouped(t)
	b := newBot(t, tg.URL(), telegram.Options{})
	id, err := tg.SayIn(-500, 42, "/staff x")
	must(t, err)
	for range 2 { // again changes nothing
		must(t, b.React(t.Context(), "-500", fmt.Sprint(id), "👌"))
	}
	if got := tg.Chat(-500)[id-1].BotEmoji; got != "👌" {
		t.Errorf("the reaction is %q", got)
	}
	err = b.React(t.Context(), "-500", "99", "👌")
	if fault, ok := errors.AsType[*bots.SendError](err); !ok || fault.Code != "400" || strings.Contains(err.Error(), secret) {
		t.Errorf("a reaction to nothing = %v", err)
	}
}

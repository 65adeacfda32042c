package telegram_test

import (
	"strings"
	"testing"

	"kaskad/bots"
	sim "kaskad/bots/simulator/telegram"
	"kaskad/bots/telegram"
)

func TestActs(t *testing.T) {
	tg := simulator(t, sim.Options{})
	b := newBot(t, tg.URL(), telegram.Options{})
	send := func(out bots.Outgoing) (bots.Receipt, error) {
		out.To, out.Step = olena, step
		return b.Send(t.Context(), out)
	}
	first, err := send(bots.Outgoing{Text: "at eight"})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := tg.Say(42, "thanks")
	if err != nil {
		t.Fatal(err)
	}
	picture, err := send(bots.Outgoing{Image: cups, Text: "cups"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sentence string
		out      bots.Outgoing
		holds    func(m []sim.Message) bool
	}{
		{"an edit reaches the same message", bots.Outgoing{Act: bots.EditAct, On: first.ID, Text: "at nine", Markup: "at <b>nine</b>"}, func(m []sim.Message) bool {
			return len(m) == 3 && m[0].Text == "at nine" && m[0].Edited && len(m[0].Entities) == 1
		}},
		{"the same edit once more is no error", bots.Outgoing{Act: bots.EditAct, On: first.ID, Text: "at nine", Markup: "at <b>nine</b>"}, func(m []sim.Message) bool { return m[0].Text == "at nine" }},
		{"an edit of what stands under a file", bots.Outgoing{Act: bots.EditAct, On: picture.ID, Text: "two <cups>", Captioned: true}, func(m []sim.Message) bool {
			return m[2].Text == "two <cups>" && m[2].Photo == cups && m[2].Edited
		}},
		{"the same once more", bots.Outgoing{Act: bots.EditAct, On: picture.ID, Text: "two <cups>", Captioned: true}, func(m []sim.Message) bool { return m[2].Text == "two <cups>" }},
		{"a reaction stands on the person's message", bots.Outgoing{Act: bots.ReactAct, On: "2", Text: "👍"}, func(m []sim.Message) bool { return m[1].BotEmoji == "👍" }},
		{"a heart as keyboards write it", bots.Outgoing{Act: bots.ReactAct, On: "2", Text: "❤️"}, func(m []sim.Message) bool { return m[1].BotEmoji == "❤" }},
		{"no emoji takes it back", bots.Outgoing{Act: bots.ReactAct, On: "2"}, func(m []sim.Message) bool { return m[1].BotEmoji == "" }},
		{"a delete takes the message back", bots.Outgoing{Act: bots.DeleteAct, On: first.ID}, func(m []sim.Message) bool { return m[0].Deleted }},
		{"a second delete is no error", bots.Outgoing{Act: bots.DeleteAct, On: first.ID}, func(m []sim.Message) bool { return m[0].Deleted }},
		{"an album is taken back as a whole", bots.Outgoing{Act: bots.DeleteAct, On: "2,9999"}, func(m []sim.Message) bool { return m[1].Deleted }},
	} {
		got, err := send(c.out)
		if err != nil || got.ID != c.out.On || got.Level != bots.Accepted || got.Sender != bots.Telegram {
			t.Errorf("%s: %+v, %v", c.sentence, got, err)
		}
		if all := tg.Chat(42); !c.holds(all) {
			t.Errorf("%s: the chat is %+v", c.sentence, all)
		}
	}
	_ = theirs
}

func TestActsThatCannotBe(t *testing.T) {
	tg := simulator(t, sim.Options{})
	b := newBot(t, tg.URL(), telegram.Options{})
	for sentence, out := range map[string]bots.Outgoing{
		"an edit of nothing":               {Act: bots.EditAct, Text: "x"},
		"a delete of names":                {Act: bots.DeleteAct, On: "1,IN1"},
		"an edit of a name":                {Act: bots.EditAct, On: "IN1", Text: "x"},
		"an edit without words":            {Act: bots.EditAct, On: "1", Text: " "},
		"an edit of what is not there":     {Act: bots.EditAct, On: "77", Text: "x"},
		"an edit that is too long":         {Act: bots.EditAct, On: "1", Text: strings.Repeat("a", 5000)},
		"a reaction that Telegram has not": {Act: bots.ReactAct, On: "1", Text: "🚀"},
		"an act that nobody knows":         {Act: "dance", On: "1"},
		"a file":                           {Text: "x", File: &bots.File{URL: "https://shop.example/a.pdf"}},
	} {
		out.To, out.Step = olena, step
		if _, err := b.Send(t.Context(), out); err == nil || bots.FaultOf(err).Fault != bots.Rejected {
			t.Errorf("%s: %v; want rejected", sentence, err)
		}
	}
	if n := len(tg.CallsOf("sendMessage")); n != 0 {
		t.Errorf("%d messages were written instead", n)
	}
}

func TestAPictureWithoutWords(t *testing.T) {
	tg := simulator(t, sim.Options{})
	b := newBot(t, tg.URL(), telegram.Options{})
	if _, err := b.Send(t.Context(), bots.Outgoing{To: olena, Step: step, Image: cups}); err != nil {
		t.Fatal(err)
	}
	if m := tg.Messages(42); len(m) != 1 || m[0].Photo != cups || m[0].Text != "" {
		t.Errorf("she sees %+v", m)
	}
}

package main

import (
	"slices"
	"strings"
	"testing"

	simtelegram "kaskad/bots/simulator/telegram"
)

// Two people were taken for one, and are two again: what staff and the bot answered one of them is in no document of the other's, and goes
// when that one is erased.
func TestAnAnswerGoesWithItsChatWhenAMergeIsUndone(t *testing.T) {
	t.Parallel()
	p := talkative(t, "")
	const kept, absorbed = int64(611), int64(612)
	const asked, answered = "де мій приватний лист", "приватна відповідь"
	for _, who := range []int64{kept, absorbed} {
		mustAll(t, p.tg.AddPerson(simtelegram.Person{ID: who, FirstName: "Олена"}))
		_, err := p.tg.Start(who, "")
		mustAll(t, err)
		p.reads(who, 1, "Вас вітає")
	}
	var from struct{ ID string }
	mustAll(t, p.call("GET", "/v1/contacts/telegram:612", nil, &from))
	mustAll(t, p.call("POST", "/v1/contacts/telegram:611/merge", map[string]any{"from": "telegram:612"}, nil))
	p.says(absorbed, asked)
	waitFor(t, "the question", func() bool { return slices.ContainsFunc(p.exported("telegram:611"), sayingText(asked)) })
	mustAll(t, p.call("POST", "/v1/conversations/telegram:612/replies", map[string]any{"text": answered, "author": "Ірина"}, nil))
	waitFor(t, "the answer", func() bool {
		return slices.ContainsFunc(p.tg.Messages(absorbed), func(m simtelegram.Message) bool { return m.Text == answered })
	})
	n := len(p.tg.Messages(absorbed))
	p.says(absorbed, "стоп")
	p.reads(absorbed, n+1)
	mustAll(t, p.call("POST", "/v1/contacts/telegram:611/unmerge", map[string]any{"from": from.ID}, nil))

	for ref, chat := range map[string]string{"telegram:611": "611", "telegram:612": "612"} {
		for _, m := range p.exported(ref) {
			if m.Chat != chat {
				t.Errorf("the export of %s has %+v", ref, m)
			}
		}
	}
	theirs, proved := p.exported("telegram:612"), p.evident("telegram:612")
	if !slices.ContainsFunc(theirs, sayingText(asked)) || !slices.ContainsFunc(theirs, sayingText(answered)) || !strings.Contains(proved, answered) {
		t.Errorf("of what was said with 612 the export has %+v, the evidence %s", theirs, proved)
	}
	if got := p.evident("telegram:611"); strings.Contains(got, answered) || strings.Contains(got, `"612"`) {
		t.Errorf("the evidence of 611 has %s", got)
	}
	mustAll(t, p.call("DELETE", "/v1/contacts/telegram:612", nil, nil))
	var all struct{ Items []struct{ Text string } }
	mustAll(t, p.call("GET", "/v1/conversations/telegram:611/messages", nil, &all))
	for _, m := range all.Items {
		if m.Text == asked || m.Text == answered {
			t.Errorf("the conversation of 611 has %q", m.Text)
		}
	}
	waitFor(t, "the erase", func() bool {
		var e struct{ Done bool }
		return p.call("GET", "/v1/erased/"+from.ID, nil, &e) == nil && e.Done
	})
	p.finish()
}

// letter is a message as an export has it.
type letter struct{ Direction, Chat, Text string }

func sayingText(text string) func(letter) bool { return func(m letter) bool { return m.Text == text } }

// exported are the messages in a person's export.
func (p *plant) exported(ref string) []letter {
	p.t.Helper()
	var all struct{ Messages []letter }
	mustAll(p.t, p.call("GET", "/v1/contacts/"+ref+"/export?format=json", nil, &all))
	return all.Messages
}

// evident is the list of messages in the evidence of a person, as text.
func (p *plant) evident(ref string) string {
	p.t.Helper()
	var doc struct {
		Messages []struct{ To, Text string }
	}
	mustAll(p.t, p.call("GET", "/v1/contacts/"+ref+"/evidence", nil, &doc))
	var b strings.Builder
	for _, m := range doc.Messages {
		b.WriteString(`"` + m.To + `" ` + m.Text + "\n")
	}
	return b.String()
}

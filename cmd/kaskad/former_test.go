package main

import (
	"strconv"
	"strings"
	"testing"

	simtelegram "kaskad/bots/simulator/telegram"
)

// Who wrote as a stranger first, and turned out to be known, gets all of it: the evidence and the export have the time before, too, and
// say under which contact it stands.
func TestWhoCameAsAStrangerReadsOfThatTimeToo(t *testing.T) {
	t.Parallel()
	p := talkative(t, "")
	mustAll(t, p.call("PUT", "/v1/contacts/ext:C-1", map[string]any{"phone": phone, "name": "Олена Коваль"}, nil))
	mustAll(t, p.tg.AddPerson(simtelegram.Person{ID: shopper, FirstName: "Олена", Phone: phone}))
	_, err := p.tg.Start(shopper, "")
	mustAll(t, err)
	p.reads(shopper, 1, "Вас вітає")
	p.says(shopper, "Пізніше")
	p.reads(shopper, 2, "Чи надсилати вам")
	var stranger struct{ ID string }
	mustAll(t, p.call("GET", "/v1/contacts/telegram:"+strconv.FormatInt(shopper, 10), nil, &stranger))
	_, err = p.tg.ShareContact(shopper, simtelegram.OwnContact)
	mustAll(t, err)
	p.reads(shopper, 3, "упізнали")

	var doc struct {
		Contact  struct{ ID string }
		Messages []struct{ Text string }
	}
	mustAll(t, p.call("GET", "/v1/contacts/ext:C-1/evidence", nil, &doc))
	if doc.Contact.ID == stranger.ID || len(doc.Messages) != 3 || !strings.Contains(doc.Messages[0].Text, "вітає") || !strings.Contains(doc.Messages[2].Text, "упізнали") {
		t.Errorf("the evidence is %+v; the stranger was %s", doc, stranger.ID)
	}
	var all struct {
		Person   struct{ Formers []struct{ ID string } }
		Messages []struct{ Of string }
	}
	mustAll(t, p.call("GET", "/v1/contacts/ext:C-1/export?format=json", nil, &all))
	theirs := 0
	for _, m := range all.Messages {
		if m.Of == stranger.ID {
			theirs++
		}
	}
	if f := all.Person.Formers; len(f) != 1 || f[0].ID != stranger.ID || theirs < 3 {
		t.Errorf("the export has the formers %+v and %d messages of theirs", all.Person.Formers, theirs)
	}
	p.finish()
}

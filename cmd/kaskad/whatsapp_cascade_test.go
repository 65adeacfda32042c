package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	simtelegram "kaskad/bots/simulator/telegram"
	simviber "kaskad/bots/simulator/viber"
	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

// What proves a message by WhatsApp and what does not, each for a customer of one shop with four channels.
func TestTheLongWayToACustomer(t *testing.T) {
	t.Parallel()
	vb, err := simviber.New(simviber.Options{Repeats: slices.Repeat([]time.Duration{300 * time.Millisecond}, 200)})
	mustAll(t, err)
	t.Cleanup(func() { vb.Close() })
	s := newStreet(t, fmt.Sprintf(viberText, vb.Token(), vb.URL()))
	_, err = s.wa.Owner(t.Context(), shopPhone)
	mustAll(t, err)
	t.Run("stories", func(t *testing.T) {
		t.Run("without a proof all four are tried", func(t *testing.T) {
			t.Parallel()
			allFour(t, s.in(t), vb)
		})
		for name, story := range proofs {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				story(s.in(t))
			})
		}
	})
	s.once()
	s.finish()
}

const viberText = `
[viber]
token = %q
name = "Крамниця"
api_url = %q
price = { amount = "0.84", currency = "UAH" }
`

// allFour is a customer with every address who never gives a sign.
func allFour(t *testing.T, s *street, vb *simviber.Server) {
	_, err := vb.WaitCallback(t.Context(), "webhook", 1)
	mustAll(t, err, vb.AddPerson(simviber.Person{ID: olena, Name: "Олена", Phone: phone[1:]}))
	s.person("C-1", 42, phone, nil)
	s.join(vb)
	b := &buyer{card: "C-1", phone: phone, Customer: s.joins(simwhatsapp.Person{Phone: phone, LID: "900042", Name: "Олена"})}
	s.put(b.card, phone)
	presses := len(s.said(b.card))
	_, err = b.Say(t.Context(), shopPhone, greeting)
	mustAll(t, err)
	waitFor(t, "the greeting", func() bool { return len(s.said(b.card)) > presses })
	id := s.asks(b.card, "Замовлення 1", "telegram 1s", "viber 1s", "whatsapp 1s", "sms")
	s.ends(id, "sms", "receipt", "telegram accepted", "viber delivered", "whatsapp delivered", "sms delivered")
	s.shown(vb, 1, 1)
	if n := len(s.tg.Messages(42)); n != 1 {
		t.Errorf("%d messages on Telegram, want one", n)
	}
	if n := had(b.Customer); n != 1 {
		t.Errorf("%d messages on WhatsApp, want one", n)
	}
}

// proofs are the stories of what a customer does at WhatsApp. A wait that must not run out is long, one that must is short.
var proofs = map[string]func(s *street){
	"who reads at WhatsApp, after silence elsewhere, gets no SMS": func(s *street) {
		b := s.buyer(1, nil, simwhatsapp.Always(simwhatsapp.Act{Do: simwhatsapp.ReadIt}))
		s.person(b.card, 1001, b.phone, nil)
		id := s.asks(b.card, "Замовлення 2", "telegram 1s", "viber 1s", "whatsapp 1m", "sms")
		s.ends(id, "whatsapp", "receipt", "telegram accepted", "viber skipped no_address", "whatsapp read")
		s.texted(b.phone, 0)
	},
	"who presses at Telegram hears nothing at WhatsApp": func(s *street) {
		b := s.buyer(2, nil, nil)
		s.person(b.card, 1002, b.phone, simtelegram.Always(simtelegram.Act{Do: simtelegram.PressButton}))
		id := s.asks(b.card, "Замовлення 3", "telegram 1m", "whatsapp 1m", "sms")
		s.ends(id, "telegram", "button", "telegram engaged")
		if n := had(b.Customer); n != 0 {
			s.t.Errorf("%d messages at WhatsApp", n)
		}
	},
	"who hides reading and answers gets no SMS": func(s *street) {
		// WhatsApp tells times in seconds: what was written in the second of our message may have been written before it.
		answers := simwhatsapp.Act{Do: simwhatsapp.WriteText, Text: "буду о шостій", After: 1500 * time.Millisecond}
		b := s.buyer(3, hidesReads, simwhatsapp.Always(simwhatsapp.Act{Do: simwhatsapp.ReadIt}, answers))
		id := s.asks(b.card, "Замовлення 4", "whatsapp 1m", "sms")
		s.ends(id, "whatsapp", "message", "whatsapp engaged")
		s.texted(b.phone, 0)
	},
	"who hides reading and is silent gets the SMS: read-self proves nothing": func(s *street) {
		b := s.buyer(4, hidesReads, simwhatsapp.Always(simwhatsapp.Act{Do: simwhatsapp.ReadIt}))
		id := s.asks(b.card, "Замовлення 5", "whatsapp 2s", "sms")
		s.ends(id, "sms", "receipt", "whatsapp delivered", "sms delivered")
		s.message(s.named(id, "whatsapp"), "read by herself", func(m simwhatsapp.Message) bool { return m.ReadSelf > 0 })
		s.went(s.await(id, "done"), "whatsapp delivered")
	},
	"what the owner answers from the phone stands in the conversation and proves nothing": ownerAnswers,
	"who is known by a hidden id alone is one contact when the number appears":            hiddenID,
	"who never wrote by WhatsApp is passed over": func(s *street) {
		phone, lid := numbered(6)
		b := s.joins(simwhatsapp.Person{Phone: phone, LID: lid})
		s.put("W-6", phone)
		id := s.asks("W-6", "Замовлення 6", "whatsapp 1m", "sms")
		s.ends(id, "sms", "receipt", "whatsapp skipped cold", "sms delivered")
		if n := had(b); n != 0 {
			s.t.Errorf("a stranger was written to %d times", n)
		}
	},
	"one receipt with several ids proves each of them": func(s *street) {
		b := s.buyer(7, nil, nil)
		var ids []string
		var all []simwhatsapp.Shown
		for n := range 3 {
			text := fmt.Sprintf("Бонус %d", n)
			ids = append(ids, s.asks(b.card, text, "whatsapp 1m", "sms"))
			all = append(all, shown(s.t.(*testing.T), b.Customer, text))
		}
		mustAll(s.t, b.Read(s.t.Context(), all...))
		for _, id := range ids {
			s.ends(id, "whatsapp", "receipt", "whatsapp read")
		}
		s.texted(b.phone, 0)
	},
	"an answer that quotes proves the message that it names": quotes,
	"a reaction proves the message under it": func(s *street) {
		b := s.buyer(9, hidesReads, simwhatsapp.Always(simwhatsapp.Act{Do: simwhatsapp.ReactWith, Text: "👍"}))
		id := s.asks(b.card, "Замовлення 7", "whatsapp 1m engaged", "sms")
		s.ends(id, "whatsapp", "reaction", "whatsapp engaged")
	},
	"a stop word ends marketing and nothing else":                       stops,
	"what is said in groups, statuses and channels is nobody's message": elsewhere,
	"a message that is changed or taken back is so in the conversation": changes,
	"an answer of the staff's quotes what it answers":                   quoted,
	"a message that the phone could not read is sent once more, and shown once": func(s *street) {
		b := s.buyer(15, nil, simwhatsapp.Always(simwhatsapp.Act{Do: simwhatsapp.ReadIt}))
		s.wa.Fail(simwhatsapp.Fault{From: shopPhone, Kind: simwhatsapp.Corrupt, Match: func(st simwhatsapp.Stanza) bool { return strings.HasPrefix(st.To, b.phone[1:]) }})
		id := s.asks(b.card, "Замовлення 12", "whatsapp 1m", "sms")
		s.ends(id, "whatsapp", "receipt", "whatsapp read")
		if n := had(b.Customer); n != 1 {
			s.t.Errorf("%d messages on the phone, want one", n)
		}
	},
}

// elsewhere: what is not a talk with the shop makes no contact and no message.
func elsewhere(s *street) {
	b := s.buyer(12, nil, nil)
	phone, lid := numbered(13)
	other := s.joins(simwhatsapp.Person{Phone: phone, LID: lid})
	group, err := s.wa.AddGroup(shopPhone, b.phone, phone)
	mustAll(s.t, err)
	for _, c := range []*simwhatsapp.Customer{b.Customer, other} {
		_, err = c.Say(s.t.Context(), group, "усім у групі")
		mustAll(s.t, err)
		_, err = c.PostStatus(s.t.Context(), "мій статус")
		mustAll(s.t, err)
	}
	mustAll(s.t, s.wa.Newsletter(shopPhone, "новини каналу"))
	_, err = s.wa.OwnerWrites(s.t.Context(), shopPhone, phone, "комусь чужому")
	mustAll(s.t, err)
	_, err = b.Say(s.t.Context(), shopPhone, "а тепер вам")
	mustAll(s.t, err)
	waitFor(s.t, "what is for the shop", func() bool { return len(s.said(b.card)) > 1 })
	if said := s.said(b.card); !slices.Equal(said, []string{greeting, "а тепер вам"}) {
		s.t.Errorf("the conversation has %q", said)
	}
	ctx, stop := context.WithTimeout(s.t.Context(), time.Minute)
	defer stop()
	mustAll(s.t, s.wa.WaitTaken(ctx, shopPhone, s.device()))
	if err := s.call("GET", "/v1/contacts/"+escaped("whatsapp:"+phone), nil, nil); err == nil || !strings.Contains(err.Error(), "unknown_contact") {
		s.t.Errorf("who never wrote to the shop is a contact: %v", err)
	}
}

// changes: the customer changes one message and takes another one back.
func changes(s *street) {
	b := s.buyer(14, nil, nil)
	first, err := b.Say(s.t.Context(), shopPhone, "завтра о 5")
	mustAll(s.t, err)
	second, err := b.Say(s.t.Context(), shopPhone, "не те")
	mustAll(s.t, err)
	_, err = b.Edit(s.t.Context(), shopPhone, first, "завтра о 6")
	mustAll(s.t, err)
	_, err = b.Revoke(s.t.Context(), shopPhone, second)
	mustAll(s.t, err)
	var all []spoken
	waitFor(s.t, "four messages after the greeting", func() bool { all = s.lines("ext:" + b.card); return len(all) == 5 })
	if edit, gone := all[3], all[4]; edit.Kind != "edit" || edit.Text != "завтра о 6" || edit.ReplyTo != all[1].ID || gone.Kind != "delete" || gone.ReplyTo != all[2].ID {
		s.t.Errorf("the conversation is %+v", all)
	}
}

// quoted: the phone shows the answer under the customer's own words.
func quoted(s *street) {
	b := s.buyer(16, nil, nil)
	asked, err := b.Say(s.t.Context(), shopPhone, "а коли згорять?")
	mustAll(s.t, err)
	waitFor(s.t, "the question", func() bool { return len(s.said(b.card)) == 2 })
	on := s.lines("ext:" + b.card)[1]
	reply := map[string]any{"text": "За рік", "reply_to": on.ID}
	mustAll(s.t, s.call("POST", "/v1/conversations/ext:"+b.card+"/replies", reply, nil))
	if got := shown(s.t.(*testing.T), b.Customer, "За рік"); got.Quotes != asked {
		s.t.Errorf("the answer quotes %q, want %q", got.Quotes, asked)
	}
}

func hidesReads(a *simwhatsapp.Traits) { a.HidesReads = true }

// ownerAnswers: the owner writes on the phone while our message waits for its proof, which comes from the customer.
func ownerAnswers(s *street) {
	b := s.buyer(5, nil, nil)
	id := s.asks(b.card, "Замовлення 8", "whatsapp 1m", "sms")
	got := shown(s.t.(*testing.T), b.Customer, "Замовлення 8")
	_, err := s.wa.OwnerWrites(s.t.Context(), shopPhone, b.phone, "Це Марія, передзвоню")
	mustAll(s.t, err)
	var said spoken
	waitFor(s.t, "the owner's words", func() bool {
		all := s.lines("ext:" + b.card)
		said = all[len(all)-1]
		return said.Text == "Це Марія, передзвоню"
	})
	if said.Direction != "out" || said.Author != "phone" || said.Delivery != "" || said.Channel != "whatsapp" {
		s.t.Errorf("the owner's words stand as %+v", said)
	}
	var d state
	waitFor(s.t, "the receipt of the delivery", func() bool { d = s.await(id, "waiting"); return d.Steps[0].State == "delivered" })
	s.went(d, "whatsapp delivered")
	mustAll(s.t, b.Read(s.t.Context(), got))
	s.ends(id, "whatsapp", "receipt", "whatsapp read")
}

// hiddenID: her number is not told at first. Later it is: she has the contact and the conversation that she had.
func hiddenID(s *street) {
	phone, lid := numbered(10)
	hidden := "whatsapp:" + lid + "@lid"
	b := s.joins(simwhatsapp.Person{Phone: phone, LID: lid, Traits: func(a *simwhatsapp.Traits) { a.AsLID, a.ReceiptsAsLID, a.BareAddress = true, true, true }})
	_, err := b.Say(s.t.Context(), shopPhone, "перше")
	mustAll(s.t, err)
	heard := func(ref, text string) func() bool {
		return func() bool { return s.call("GET", "/v1/contacts/"+escaped(ref), nil, nil) == nil && s.hears(ref, text) }
	}
	waitFor(s.t, "her first words", heard(hidden, "перше"))
	id := s.mustSend(map[string]any{"to": hidden, "text": "Замовлення 9", "purpose": "service", "cascade": way("whatsapp 1m", "sms")})
	mustAll(s.t, b.Read(s.t.Context(), shown(s.t.(*testing.T), b, "Замовлення 9")))
	s.ends(id, "whatsapp", "receipt", "whatsapp read")
	before := s.contact(escaped(hidden)).ID
	mustAll(s.t, s.wa.Alter(phone, func(a *simwhatsapp.Traits) { a.BareAddress = false }))
	_, err = b.Say(s.t.Context(), shopPhone, "друге")
	mustAll(s.t, err)
	waitFor(s.t, "her number", heard("whatsapp:"+phone, "друге"))
	if after, still := s.contact(escaped("whatsapp:"+phone)).ID, s.contact(escaped(hidden)).ID; after != before || still != before {
		s.t.Errorf("she was contact %s, and is %s by her number and %s by her hidden id", before, after, still)
	}
	if !s.hears("whatsapp:"+phone, "перше") {
		s.t.Error("what she said before is in another conversation")
	}
	id = s.mustSend(map[string]any{"to": "phone:" + phone, "text": "Замовлення 10", "purpose": "service", "cascade": way("whatsapp 1m", "sms")})
	mustAll(s.t, b.Read(s.t.Context(), shown(s.t.(*testing.T), b, "Замовлення 10")))
	s.ends(id, "whatsapp", "receipt", "whatsapp read")
}

// escaped is a REF as it stands in a path.
func escaped(ref string) string { return strings.ReplaceAll(ref, "+", "%2B") }

// hears reports whether somebody's words are in a conversation.
func (s *street) hears(ref, text string) bool {
	s.t.Helper()
	return slices.ContainsFunc(s.lines(ref), func(l spoken) bool { return l.Direction == "in" && l.Text == text })
}

// quotes: of two messages she answers the first one. The second has no proof.
func quotes(s *street) {
	b := s.buyer(8, hidesReads, nil)
	first := s.asks(b.card, "Перше", "whatsapp 1m engaged", "sms")
	on := shown(s.t.(*testing.T), b.Customer, "Перше")
	second := s.asks(b.card, "Друге", "whatsapp 1m engaged", "sms")
	shown(s.t.(*testing.T), b.Customer, "Друге")
	s.message(s.named(second, "whatsapp"), "delivered", func(m simwhatsapp.Message) bool { return m.Delivered > 0 })
	_, err := b.Quote(s.t.Context(), on, "так, саме це")
	mustAll(s.t, err)
	s.ends(first, "whatsapp", "reply", "whatsapp engaged")
	if d := s.await(second, "waiting", "done"); d.State == "done" {
		s.t.Errorf("an answer to the first proved the second: %+v", d)
	}
}

func stops(s *street) {
	b := s.buyer(11, nil, nil)
	consent := map[string]any{"consents": map[string]any{"marketing": map[string]any{"state": "given", "at": time.Now().UTC().Format(time.RFC3339), "source": "form"}}}
	mustAll(s.t, s.call("PUT", "/v1/contacts/ext:"+b.card, consent, nil))
	promo := func(title string) string {
		return s.mustSend(map[string]any{"to": "ext:" + b.card, "template": "promo", "data": map[string]any{"title": title, "text": "До неділі"}, "cascade": way("whatsapp 1h engaged", "sms")})
	}
	id, service := promo("Знижка"), s.asks(b.card, "Замовлення 11", "whatsapp 1h engaged", "sms")
	s.await(id, "waiting")
	order := shown(s.t.(*testing.T), b.Customer, "Замовлення 11")
	_, err := b.Say(s.t.Context(), shopPhone, "Стоп")
	mustAll(s.t, err)
	s.await(id, "refused")
	_, err = b.React(s.t.Context(), order, "👍")
	mustAll(s.t, err)
	s.ends(service, "whatsapp", "") // her word counts as an answer, too
	if d := s.await(promo("Ще"), "skipped"); d.Reason != "opted_out" {
		s.t.Errorf("reason %q, want opted_out", d.Reason)
	}
	s.texted(b.phone, 0)
}

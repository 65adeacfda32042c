package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/graph"
	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	simviber "kaskad/bots/simulator/viber"
	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

// invite makes a code for somebody of the team, as the operator does, and returns what they write to the bot.
func (p *plant) invite(name string) string {
	p.t.Helper()
	var made struct{ Command string }
	mustAll(p.t, json.Unmarshal([]byte(p.run("staff", "invite", name, "--json")), &made))
	return made.Command
}

// listed waits until the list of the team has all these words.
func (p *plant) listed(words ...string) {
	p.t.Helper()
	waitFor(p.t, fmt.Sprint("the list of the team with ", words), func() bool { return containsAll(p.run("staff", "list"), words) })
}

// shopperReads waits until the customer has all these texts, and nothing else.
func (p *plant) shopperReads(want ...string) {
	p.t.Helper()
	var got []string
	waitFor(p.t, fmt.Sprintf("the customer to read %q", want), func() bool {
		got = nil
		for _, m := range p.tg.Messages(shopper) {
			got = append(got, m.Text)
		}
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) {
		p.t.Errorf("the customer reads %q, want %q", got, want)
	}
}

// nobodyOutside checks that callers of the API see the customer alone: no member, no ticket.
func (p *plant) nobodyOutside(members ...string) {
	p.t.Helper()
	var all, talks struct {
		Items []struct {
			ID        string
			Contact   string
			Addresses []struct{ Channel, ID string }
		}
	}
	var changes, deliveries struct{ Items []json.RawMessage }
	mustAll(p.t, p.call("GET", "/v1/contacts", nil, &all), p.call("GET", "/v1/conversations", nil, &talks),
		p.call("GET", "/v1/changes?limit=1000", nil, &changes), p.call("GET", "/v1/deliveries", nil, &deliveries))
	for i := len(all.Items) - 1; i >= 0; i-- {
		if len(all.Items[i].Addresses) == 0 { // whom a member was as a customer, without the address
			all.Items = slices.Delete(all.Items, i, i+1)
		}
	}
	if len(all.Items) != 1 || len(talks.Items) != 1 || talks.Items[0].Contact != all.Items[0].ID {
		p.t.Fatalf("people %+v, conversations %+v; want the customer's", all.Items, talks.Items)
	}
	for _, raw := range slices.Concat(changes.Items, deliveries.Items) {
		if strings.Contains(string(raw), "№") || strings.Contains(string(raw), `"staff.`) || slices.ContainsFunc(members, func(m string) bool { return strings.Contains(string(raw), m) }) {
			p.t.Errorf("callers see %s", raw)
		}
	}
	for _, m := range members {
		if err := p.call("POST", "/v1/deliveries", map[string]any{"to": m, "text": "buy", "purpose": "service"}, nil); err == nil {
			p.t.Errorf("something was sent to %s as to a customer", m)
		}
	}
}

const ticketsViber = `
[viber]
token = %q
name = "Крамниця"
api_url = %q
price = { amount = "0", currency = "UAH" }
`

// TestTicketsOnViber: a member of the team on Viber gets what a customer writes as a ticket, chooses it on the keyboard and answers.
func TestTicketsOnViber(t *testing.T) {
	t.Parallel()
	vb, err := simviber.New(simviber.Options{Repeats: slices.Repeat([]time.Duration{300 * time.Millisecond}, 200)})
	mustAll(t, err)
	t.Cleanup(func() { vb.Close() })
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, fmt.Sprintf(ticketsViber, vb.Token(), vb.URL())+shortHold)
	p.start()
	p.person("C-1", shopper, phone, nil)
	mustAll(t, vb.AddPerson(simviber.Person{ID: olena, Name: "Олена Коваль", Phone: "380671112233"}))
	_, err = vb.WaitCallback(t.Context(), "webhook", 1)
	mustAll(t, err)
	got := 0
	next := func(words ...string) simviber.Message {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		got++
		m, err := vb.WaitMessage(ctx, olena, got)
		mustAll(t, err)
		if !containsAll(m.Text, words) {
			t.Errorf("the member reads %q, want it to hold %q", m.Text, words)
		}
		return m
	}
	say := func(text string) {
		t.Helper()
		_, err := vb.Say(olena, text)
		mustAll(t, err)
	}
	mustAll(t, vb.Subscribe(olena))
	say(p.invite("Олена"))
	next("Олена, тепер сюди приходять повідомлення клієнтів", "12: текст")
	p.listed("Олена", "viber:"+olena)

	p.customer("Де моє замовлення?")
	ticket := next("№1 · C-1 · Telegram\n", "Де моє замовлення?")
	if len(ticket.Buttons) != 3 || ticket.Buttons[0].Text != "№1 ✍" {
		t.Fatalf("the ticket has the buttons %+v", ticket.Buttons)
	}
	say("Їде") // to whom?
	list := next("Нікому не надіслано", "№1 C-1")
	_, err = vb.PressButton(olena, list.Token, 0)
	mustAll(t, err)
	next("текст піде сюди – №1 C-1")
	say("Їде, буде завтра")
	p.shopperReads("Їде, буде завтра")
	next("✓ №1 C-1")
	say("1: О десятій")
	p.shopperReads("Їде, буде завтра", "О десятій")
	next("✓ №1 C-1")
	say("/who 1")
	next("№1 C-1\n")
	say("/close 1")
	next("✓ №1 C-1 – закрито")
	p.nobodyOutside("viber:" + olena)
	if audit := p.run("staff", "audit"); !containsAll(audit, []string{"member_link", "reply", "which_ticket", "choose", "take", "close", "Олена"}) {
		t.Errorf("the audit is\n%s", audit)
	}
	p.run("staff", "remove", "Олена")
	say("1: Я ще тут")
	time.Sleep(time.Second)
	p.shopperReads("Їде, буде завтра", "О десятій")
	if odd := vb.Oddities(); len(odd) > 0 {
		t.Errorf("Viber wondered about %v", odd)
	}
	p.finish()
}

// TestTicketsOnWhatsApp: two members on the Business Platform get a ticket; who answers by quoting leads, and the other reads so.
func TestTicketsOnWhatsApp(t *testing.T) {
	t.Parallel()
	b := newBoulevard(t)
	b.person("C-1", shopper, phone, nil)
	const first, second = "380671112201", "380671112202"
	counts := map[string]int{}
	next := func(who string, words ...string) graph.Message {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		counts[who]++
		m, err := b.meta.WaitMessage(ctx, who, counts[who])
		mustAll(t, err)
		if !containsAll(m.Text+m.Emoji, words) {
			t.Errorf("%s reads %q, want it to hold %q", who, m.Text+m.Emoji, words)
		}
		return m
	}
	for who, name := range map[string]string{first: "Ірина", second: "Петро"} {
		mustAll(t, b.meta.AddPerson(graph.Person{Phone: who, Name: "Somebody"}))
		_, err := b.meta.Say(who, b.invite(name))
		mustAll(t, err)
		next(who, name+", тепер сюди приходять повідомлення клієнтів")
		b.listed(name, "whatsapp_cloud:+"+who)
	}
	b.customer("Де моє замовлення?")
	ticket := next(first, "№1 · C-1 · Telegram\n", "Де моє замовлення?")
	others := next(second, "№1 · C-1")
	_, err := b.meta.Reply(second, ticket.ID, "не мій") // it was shown to another chat
	if err == nil {
		next(second, "Нікому не надіслано")
	}
	_, err = b.meta.Reply(first, ticket.ID, "12 завтра")
	mustAll(t, err)
	b.shopperReads("12 завтра")
	next(second, "№1 веде Ірина")
	waitFor(t, "a reaction on the answer", func() bool {
		return slices.ContainsFunc(b.meta.Chat(first), func(m graph.Message) bool { return m.Type == "reaction" && m.Emoji == "👌" })
	})
	_, err = b.meta.Press(second, others.ID, 2)
	mustAll(t, err)
	waitFor(t, "the end of the conversation", func() bool {
		var talks struct {
			Items []struct{ State, Assignee string }
		}
		mustAll(t, b.call("GET", "/v1/conversations", nil, &talks))
		return len(talks.Items) == 1 && talks.Items[0].State == "closed" && talks.Items[0].Assignee == "Ірина"
	})
	b.nobodyOutside("whatsapp_cloud:+"+first, "whatsapp_cloud:+"+second)
	b.finish()
}

// TestTicketsOnAPairedPhone: a member whose WhatsApp writes to the shop's own phone quotes a ticket, and changes the answer while it is held.
func TestTicketsOnAPairedPhone(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "\n[staff]\nhold = \"3s\"\n")
	s.person("C-1", shopper, phone, nil)
	number, lid := numbered(1)
	member := s.joins(simwhatsapp.Person{Phone: number, LID: lid, Name: "Somebody"})
	reads := func(words ...string) simwhatsapp.Shown {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		m, err := member.Wait(ctx, 1, func(m simwhatsapp.Shown) bool { return !m.Mine && containsAll(m.Text, words) })
		mustAll(t, err)
		return m
	}
	_, err := member.Say(t.Context(), shopPhone, s.invite("Ірина"))
	mustAll(t, err)
	reads("Ірина, тепер сюди приходять повідомлення клієнтів")
	s.listed("Ірина", "whatsapp:")
	s.customer("Де моє замовлення?")
	ticket := reads("№1 · C-1 · Telegram\n", "Де моє замовлення?")
	answer, err := member.Quote(t.Context(), ticket, "Їде")
	mustAll(t, err)
	_, err = member.Edit(t.Context(), shopPhone, answer, "Їде, буде завтра")
	mustAll(t, err)
	s.shopperReads("Їде, буде завтра")
	_, err = member.Say(t.Context(), shopPhone, "/close 1")
	mustAll(t, err)
	s.nobodyOutside("whatsapp:" + number)
	s.once()
	s.finish()
}

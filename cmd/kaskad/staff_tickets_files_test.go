package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
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

// shows sends a file of the customer's.
func (p *plant) shows(said simtelegram.Said) {
	p.t.Helper()
	_, err := p.tg.Write(shopper, said)
	mustAll(p.t, err)
}

// TestFilesInTicketsOnViber: what a customer sends stands behind an address of ours, below the words that name it, until the customer is erased.
func TestFilesInTicketsOnViber(t *testing.T) {
	t.Parallel()
	vb, err := simviber.New(simviber.Options{Repeats: slices.Repeat([]time.Duration{300 * time.Millisecond}, 200)})
	mustAll(t, err)
	t.Cleanup(func() { vb.Close() })
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, fmt.Sprintf(ticketsViber, vb.Token(), vb.URL())+shortHold)
	p.start()
	p.person("C-1", shopper, phone, nil)
	mustAll(t, vb.AddPerson(simviber.Person{ID: olena, Name: "Олена"}))
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
	mustAll(t, vb.Subscribe(olena))
	_, err = vb.Say(olena, p.invite("Олена"))
	mustAll(t, err)
	next("Олена, тепер сюди приходять")
	p.shows(simtelegram.Said{Media: simtelegram.Document, Caption: "Ось рахунок", FileName: "рахунок.pdf"})
	next("№1 · C-1 · Telegram\n", "рахунок.pdf", "Ось рахунок")
	shown := next("№1 · C-1 📎\n", "/m/")
	if len(shown.Buttons) == 0 || shown.Buttons[0].Text != "№1 ✍" {
		t.Errorf("below the file are the buttons %+v", shown.Buttons)
	}
	_, address, _ := strings.Cut(shown.Text, "\n")
	fetch := func() (int, int) {
		t.Helper()
		answer, err := http.Get(address)
		mustAll(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		mustAll(t, err)
		return answer.StatusCode, len(body)
	}
	if status, size := fetch(); status != http.StatusOK || size == 0 {
		t.Errorf("%s is answered %d with %d bytes", address, status, size)
	}
	mustAll(t, p.call("DELETE", "/v1/contacts/ext:C-1", nil, nil))
	waitFor(t, "the file to be gone", func() bool { status, _ := fetch(); return status == http.StatusNotFound })
	p.finish()
}

// TestFilesInTicketsOnWhatsApp: on either WhatsApp a member gets the customer's picture as such, under the number of its ticket, and an answer to
// the picture goes to the customer.
func TestFilesInTicketsOnWhatsApp(t *testing.T) {
	t.Parallel()
	b := newBoulevard(t)
	b.person("C-1", shopper, phone, nil)
	const member = "380671112201"
	mustAll(t, b.meta.AddPerson(graph.Person{Phone: member, Name: "Somebody"}))
	_, err := b.meta.Say(member, b.invite("Ірина"))
	mustAll(t, err)
	b.listed("Ірина", "whatsapp_cloud:+"+member)
	b.shows(simtelegram.Said{Media: simtelegram.Photo, Caption: "Ось чек"})
	var picture graph.Message
	waitFor(t, "the picture", func() bool {
		i := slices.IndexFunc(b.meta.Chat(member), func(m graph.Message) bool { return m.Type == "image" })
		if i >= 0 {
			picture = b.meta.Chat(member)[i]
		}
		return i >= 0
	})
	if picture.Text != "№1 · C-1 📎" || picture.Media == "" {
		t.Errorf("the member got %+v", picture)
	}
	_, err = b.meta.Reply(member, picture.ID, "Бачу")
	mustAll(t, err)
	b.shopperReads("Бачу")
	b.finish()
}

func TestFilesInTicketsOnAPairedPhone(t *testing.T) {
	t.Parallel()
	s := newStreet(t, shortHold)
	s.person("C-1", shopper, phone, nil)
	number, lid := numbered(1)
	member := s.joins(simwhatsapp.Person{Phone: number, LID: lid, Name: "Somebody"})
	reads := func(kind string, words ...string) simwhatsapp.Shown {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		m, err := member.Wait(ctx, 1, func(m simwhatsapp.Shown) bool { return !m.Mine && m.Kind == kind && containsAll(m.Text, words) })
		mustAll(t, err)
		return m
	}
	_, err := member.Say(t.Context(), shopPhone, s.invite("Ірина"))
	mustAll(t, err)
	reads(simwhatsapp.Text, "Ірина, тепер сюди приходять")
	s.shows(simtelegram.Said{Media: simtelegram.Photo, Caption: "Ось чек"})
	reads(simwhatsapp.Text, "№1 · C-1 · Telegram\n", "Ось чек")
	picture := reads(simwhatsapp.Image, "№1 · C-1 📎")
	_, err = member.Quote(t.Context(), picture, "Бачу")
	mustAll(t, err)
	s.shopperReads("Бачу")
	s.once()
	s.finish()
}

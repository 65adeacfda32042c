package main

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/graph"
	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

// answers lets staff answer the person with a card through the API, and waits until the answer is out.
func (p *plant) answers(card, text string) {
	p.t.Helper()
	var made state
	mustAll(p.t, p.call("POST", "/v1/conversations/"+url.PathEscape("ext:"+card)+"/replies", map[string]any{"text": text, "author": "Ірина"}, &made))
	p.await(made.ID, "done")
}

// reads are the receipts of reading that the shop's devices sent, each as the messages that it names.
func (s *street) reads() (all [][]string) {
	for _, st := range s.wa.Stanzas("receipt") {
		if st.From == shopPhone && strings.HasPrefix(st.Type, "read") {
			all = append(all, st.IDs)
		}
	}
	return all
}

// ticked waits until receipts of reading have named just these messages, and no others come.
func (s *street) ticked(want ...[]string) {
	s.t.Helper()
	same := func() bool { return slices.EqualFunc(s.reads(), want, slices.Equal) }
	waitFor(s.t, "the ticks", func() bool { return len(s.reads()) >= len(want) })
	time.Sleep(300 * time.Millisecond) // for one too many
	if !same() {
		s.t.Errorf("told as read %v, want %v", s.reads(), want)
	}
}

func (b *buyer) writes(t *testing.T, s *street, text string) string {
	t.Helper()
	n := len(s.said(b.card))
	id, err := b.Say(t.Context(), shopPhone, text)
	mustAll(t, err)
	waitFor(t, "what the customer wrote", func() bool { return len(s.said(b.card)) == n+1 })
	return id
}

// The customer of a paired phone sees blue ticks once staff have answered, and not before: not for what the program says, not again
// after a crash, and not for what came after the answer.
func TestBlueTicksOfAPairedPhone(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "")
	b := s.buyer(1, nil, simwhatsapp.Always(simwhatsapp.Act{Do: simwhatsapp.ReadIt}))
	first := b.writes(t, s, "Де замовлення?")
	s.ends(s.asks(b.card, "Нараховано бали", "whatsapp 1m"), "whatsapp", "receipt") // by the program: nobody has read
	s.ticked()
	s.answers(b.card, "Вже їде")
	waitFor(t, "the ticks", func() bool { return len(s.reads()) == 1 })
	if got := s.reads()[0]; len(got) != 2 || got[1] != first { // the greeting before it
		t.Errorf("told as read %v, want the greeting and %s", got, first)
	}
	before := s.reads()
	next := b.writes(t, s, "Дякую, а коли?")
	s.ticked(before...)
	s.kill()
	s.start()
	s.carries()
	s.ticked(before...)
	s.answers(b.card, "О третій")
	s.ticked(append(before, []string{next})...)
	s.once()
	s.finish()
}

// Where the operator does not want them, nobody is shown any.
func TestNoBlueTicksWhereTheyAreOff(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "")
	s.configure(func(text string) string { return strings.Replace(text, "pace = 0", "pace = 0\nblue_ticks = false", 1) })
	s.kill()
	s.start()
	s.carries()
	b := s.buyer(1, nil, nil)
	b.writes(t, s, "Де замовлення?")
	s.answers(b.card, "Вже їде")
	s.ticked()
	s.finish()
}

// The same on the Business Platform, where one mark stands for all before it. One that Meta refuses hinders no answer.
func TestBlueTicksOnTheBusinessPlatform(t *testing.T) {
	t.Parallel()
	b := newBoulevard(t)
	b.client(graph.Person{Phone: "380501112233", Name: "Олена"}, "C-1", true)
	id, err := b.meta.Say("380501112233", "Де замовлення?")
	mustAll(t, err)
	waitFor(t, "what she wrote", func() bool { return len(b.said("C-1")) == 2 })
	if n := b.meta.Count().Marked; n != 0 {
		t.Errorf("%d marks before anybody has read", n)
	}
	b.answers("C-1", "Вже їде")
	waitFor(t, "the ticks", func() bool { m, _ := b.meta.Message(id); return !m.Read.IsZero() })
	b.answers("C-1", "О третій")
	time.Sleep(300 * time.Millisecond)
	if n := b.meta.Count().Marked; n != 1 {
		t.Errorf("%d marks, want one for all that she wrote", n)
	}
	b.finish()
}

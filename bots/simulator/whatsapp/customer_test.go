package whatsapp

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

const boris = "+380671112233"

// person adds a customer.
func person(t *testing.T, s *Server, p Person) *Customer {
	t.Helper()
	p.Phone = cmp.Or(p.Phone, boris)
	p.LID = cmp.Or(p.LID, "900003")
	c, err := s.AddCustomer(soon(t), p)
	must(t, err)
	return c
}

func TestACustomerReadsAndAnswers(t *testing.T) {
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1).login()
	c := person(t, s, Person{Name: "Boris", Habits: Always(Act{Do: ReadIt}, Act{Do: QuoteText, Text: "thanks"}, Act{Do: ReactWith, Text: "👍"})})
	id := bot.write(number(boris), "your table is ready")
	answer := bot.heard("thanks")
	if q := answer.Message.GetExtendedTextMessage().GetContextInfo(); q.GetStanzaID() != id || q.GetParticipant() != number(shop).String() {
		t.Errorf("it quotes %v", q)
	}
	if answer.Info.PushName != "Boris" {
		t.Errorf("it is from %q", answer.Info.PushName)
	}
	wait(bot, 1, receiptOf(id, types.ReceiptTypeDelivered))
	wait(bot, 1, receiptOf(id, types.ReceiptTypeRead))
	r := wait(bot, 1, func(m *events.Message) bool { return m.Message.GetReactionMessage() != nil })
	if key := r.Message.GetReactionMessage().GetKey(); key.GetID() != id || r.Message.GetReactionMessage().GetText() != "👍" {
		t.Errorf("got %v", r.Message)
	}
	if got := c.Find(id); got.Kind != Text || got.Text != "your table is ready" || got.Chat != shop || got.Times != 1 || got.Mine {
		t.Errorf("on the phone: %+v", got)
	}
}

func TestFilesBothWays(t *testing.T) {
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1).login()
	c := person(t, s, Person{})
	for _, f := range []File{
		{Kind: Image, Caption: "the place", Data: []byte("jpeg")}, {Kind: Voice, Data: bytes.Repeat([]byte("opus"), 5000)},
		{Kind: Document, Name: "menu.pdf", Data: []byte("pdf")},
	} {
		id, err := c.SendFile(soon(t), shop, f)
		must(t, err)
		m := wait(bot, 1, func(m *events.Message) bool { return m.Info.ID == id })
		//lint:ignore SA1019 a message of any kind is looked at here, as a phone does
		data, err := bot.DownloadAny(soon(t), m.Message)
		must(t, err)
		if !slices.Equal(data, f.Data) {
			t.Errorf("%s: %d bytes came, want %d", f.Kind, len(data), len(f.Data))
		}
		must(t, second(bot.SendMessage(soon(t), number(boris), m.Message)))
	}
	for i, kind := range []string{Image, Voice, Document} {
		got, err := c.Wait(soon(t), i+1, nil)
		must(t, err)
		if data, err := c.Open(soon(t), got); err != nil || got.Kind != kind || len(data) == 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if files, _ := s.Media(); files != 3 {
		t.Errorf("%d files, want 3", files)
	}
}

func TestTheOwnerWritesOnThePhone(t *testing.T) {
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1).login()
	c := person(t, s, Person{})
	must(t, second(c.Say(soon(t), shop, "is anybody there?")))
	bot.heard("is anybody there?")
	must(t, second(s.OwnerWrites(soon(t), shop, boris, "I am")))
	m := bot.heard("I am")
	if !m.Info.IsFromMe || m.Info.Chat != number(boris) || m.Info.Sender.Device != 0 {
		t.Errorf("the bot sees %+v", m.Info)
	}
	must(t, second(c.WaitText(soon(t), "I am")))
	bot.write(number(boris), "and so am I")
	owner, err := s.Owner(soon(t), shop)
	must(t, err)
	if got, err := owner.WaitText(soon(t), "and so am I"); err != nil || !got.Mine || got.Chat != boris {
		t.Errorf("the owner's phone shows %+v, %v", got, err)
	}
}

func TestManyCustomers(t *testing.T) {
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1).login()
	var people []*Customer
	for i := range 12 {
		people = append(people, person(t, s, Person{
			Phone: fmt.Sprintf("+3806700000%02d", i), LID: fmt.Sprint(910000 + i), Habits: Always(Act{Do: WriteText, Text: fmt.Sprint("from ", i)}),
		}))
	}
	for i, c := range people {
		bot.write(number(c.Phone()), fmt.Sprint("to ", i))
	}
	for i, c := range people {
		must(t, second(c.WaitText(soon(t), fmt.Sprint("to ", i))))
		bot.heard(fmt.Sprint("from ", i))
		if c.Heard() != 1 {
			t.Errorf("customer %d heard %d messages", i, c.Heard())
		}
	}
}

// A phone that is asked for keys often is asked for more in time.
func TestPrekeysAreFilledUp(t *testing.T) {
	s := start(t, Options{})
	person(t, s, Person{})
	left := func() int { return len(s.accounts[digits(boris)].devices[0].preKeys) }
	s.mu.Lock()
	before := left()
	for left() >= fewKeys {
		s.bundle(number(boris))
	}
	s.mu.Unlock()
	must(t, s.stage.Wait(soon(t), func() bool { return left() >= before }))
}

func second[T any](_ T, err error) error { return err }

package whatsapp

import (
	"testing"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

func pair(t *testing.T, s *Server) (bot, customer *peer) {
	t.Helper()
	return provisioned(t, s, shop, 1).login(), provisioned(t, s, anna, 0).login()
}

func TestTextBothWays(t *testing.T) {
	s := start(t, Options{})
	bot, customer := pair(t, s)
	must(t, customer.SendPresence(t.Context(), types.PresenceAvailable))
	id := bot.write(number(anna), "your table is ready")
	m := customer.heard("your table is ready")
	if m.Info.ID != id || m.Info.Sender.User != digits(shop) || m.Info.SenderAlt.User != "900001" || m.Info.PushName != "Shop" {
		t.Errorf("got %+v", m.Info)
	}
	wait(bot, 1, receiptOf(id, types.ReceiptTypeDelivered))
	must(t, customer.MarkRead(t.Context(), []string{id}, m.Info.Timestamp, m.Info.Chat, m.Info.Sender))
	wait(bot, 1, receiptOf(id, types.ReceiptTypeRead))
	back := customer.write(number(shop), "thanks")
	if got := bot.heard("thanks"); got.Info.ID != back || got.Info.Chat != number(anna) {
		t.Errorf("got %+v", got.Info)
	}
	got, err := s.WaitMessage(soon(t), back, func(m Message) bool { return m.Inactive == 1 })
	if err != nil || got.Times != 1 || got.Acked != 1 || got.From != anna || got.Device != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	must(t, s.WaitTaken(soon(t), anna, 0))
	must(t, s.WaitTaken(soon(t), shop, 1))
	if odd := s.Oddities(); len(odd) > 0 {
		t.Error(odd)
	}
}

func TestWhatIsForAPhoneThatIsOffWaits(t *testing.T) {
	s := start(t, Options{})
	bot, customer := provisioned(t, s, shop, 1).login(), provisioned(t, s, anna, 0)
	first, second := bot.write(number(anna), "one"), bot.write(number(anna), "two")
	if n := s.Waiting(anna, 0); n != 2 {
		t.Errorf("%d wait, want 2", n)
	}
	customer.login()
	if got := wait[*events.OfflineSyncPreview](customer, 1, nil); got.Messages != 2 {
		t.Errorf("got %+v", got)
	}
	customer.heard("two")
	if got := texts(all[*events.Message](customer, nil)); got != "[one two]" {
		t.Errorf("got %s", got)
	}
	for _, id := range []string{first, second} {
		wait(bot, 1, receiptOf(id, types.ReceiptTypeInactive))
	}
	must(t, s.WaitTaken(soon(t), anna, 0))
}

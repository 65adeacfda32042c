package whatsapp

import (
	"testing"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

func TestAddresses(t *testing.T) {
	for name, tt := range map[string]struct {
		traits      func(*Traits)
		sender, alt string // of what Anna writes
		receipts    string // where her receipts come from
	}{
		"by number, with the LID beside it": {func(*Traits) {}, digits(anna) + "@s.whatsapp.net", "900002@lid", types.DefaultUserServer},
		"by number alone":                   {func(a *Traits) { a.BareAddress = true }, digits(anna) + "@s.whatsapp.net", "", types.DefaultUserServer},
		"by LID, with the number beside it": {func(a *Traits) { a.AsLID, a.ReceiptsAsLID = true, true }, "900002@lid", digits(anna) + "@s.whatsapp.net", types.HiddenUserServer},
		"by LID alone":                      {func(a *Traits) { a.AsLID, a.ReceiptsAsLID, a.BareAddress = true, true, true }, "900002@lid", "", types.HiddenUserServer},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{})
			must(t, s.Alter(anna, tt.traits))
			bot, customer := pair(t, s)
			customer.write(number(shop), "hello")
			m := bot.heard("hello")
			if m.Info.Sender.String() != tt.sender || m.Info.SenderAlt.String() != tt.alt {
				t.Errorf("from %s, also %s; want %s, %s", m.Info.Sender, m.Info.SenderAlt, tt.sender, tt.alt)
			}
			id := bot.write(m.Info.Chat, "hello to you")
			customer.heard("hello to you")
			if r := wait(bot, 1, receiptOf(id, types.ReceiptTypeInactive)); r.Sender.Server != tt.receipts {
				t.Errorf("the receipt is from %s", r.Sender)
			}
		})
	}
}

func TestALIDThatIsAskedForFirstNeedsNoRetry(t *testing.T) {
	s := start(t, Options{})
	must(t, s.DeliverAsLID(anna, true))
	bot, customer := pair(t, s)
	info, err := bot.GetUserInfo(soon(t), []types.JID{number(anna)})
	if err != nil || info[number(anna)].LID.User != "900002" {
		t.Fatalf("got %+v, %v", info, err)
	}
	bot.write(number(anna), "ready?")
	m := customer.heard("ready?")
	id := customer.write(m.Info.Chat, "ready")
	if got := bot.heard("ready"); got.RetryCount != 0 || s.Message(id).Retries != 0 {
		t.Errorf("%d retries, %+v", got.RetryCount, s.Message(id))
	}
	if mapped, err := bot.Store.LIDs.GetPNForLID(soon(t), types.NewJID("900002", types.HiddenUserServer)); err != nil || mapped.User != digits(anna) {
		t.Errorf("the client maps the LID to %v, %v", mapped, err)
	}
}

func TestSomebodyWhoBlocksHearsNothing(t *testing.T) {
	s := start(t, Options{})
	must(t, s.Alter(anna, func(a *Traits) { a.Blocks = []string{shop} }))
	bot, customer := pair(t, s)
	if id := bot.write(number(anna), "hello?"); s.Message(id).Acked != 1 {
		t.Errorf("got %+v", s.Message(id))
	}
	customer.write(number(shop), "go away")
	bot.heard("go away")
	if got := all[*events.Message](customer, nil); len(got) != 0 {
		t.Errorf("got %s", texts(got))
	}
}

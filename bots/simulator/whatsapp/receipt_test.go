package whatsapp

import (
	"slices"
	"testing"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

func TestReceiptsOfManyMessagesAtOnce(t *testing.T) {
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1).login()
	c := person(t, s, Person{Away: true})
	var ids []string
	var shown []Shown
	for _, text := range []string{"one", "two", "three"} {
		ids = append(ids, bot.write(number(boris), text))
		m, err := c.WaitText(soon(t), text)
		must(t, err)
		shown = append(shown, m)
	}
	for _, id := range ids {
		wait(bot, 1, receiptOf(id, types.ReceiptTypeInactive))
	}
	must(t, c.Read(soon(t), shown...))
	r := wait(bot, 1, receiptOf(ids[0], types.ReceiptTypeRead))
	if got := slices.Sorted(slices.Values(r.MessageIDs)); !slices.Equal(got, slices.Sorted(slices.Values(ids))) {
		t.Errorf("read: %v, want %v", got, ids)
	}
	must(t, c.Play(soon(t), shown[2]))
	wait(bot, 1, receiptOf(ids[2], types.ReceiptTypePlayed))
	must(t, c.Available(soon(t)))
	last := bot.write(number(boris), "four")
	wait(bot, 1, receiptOf(last, types.ReceiptTypeDelivered))
	must(t, s.WaitTaken(soon(t), shop, 1))
}

func TestWhoHidesThatTheyReadTellsOnlyOwnDevices(t *testing.T) {
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1).login()
	c := person(t, s, Person{Traits: func(a *Traits) { a.HidesReads = true }})
	tablet := provisioned(t, s, boris, 1).login()
	id := bot.write(number(boris), "seen?")
	m, err := c.WaitText(soon(t), "seen?")
	must(t, err)
	must(t, c.Read(soon(t), m))
	if r := wait(tablet, 1, receiptOf(id, types.ReceiptTypeReadSelf)); !r.IsFromMe || r.Chat != number(shop) {
		t.Errorf("the tablet hears %+v", r)
	}
	must(t, second(s.WaitMessage(soon(t), id, func(m Message) bool { return m.ReadSelf == 1 })))
	wait(bot, 1, receiptOf(id, types.ReceiptTypeDelivered))
	bot.write(number(boris), "end")
	wait(bot, 1, func(r *events.Receipt) bool { return r.MessageIDs[0] != id })
	if got := all(bot, receiptOf(id, types.ReceiptTypeRead)); len(got) != 0 {
		t.Errorf("the bot hears %+v", got)
	}
}

func TestBubblesChange(t *testing.T) {
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1).login()
	c := person(t, s, Person{})
	first, second2 := bot.write(number(boris), "at seven"), bot.write(number(boris), "wrong chat")
	must(t, second(bot.SendMessage(soon(t), number(boris), bot.BuildEdit(number(boris), first, plain("at eight")))))
	must(t, second(bot.SendMessage(soon(t), number(boris), bot.BuildRevoke(number(boris), types.EmptyJID, second2))))
	must(t, second(bot.SendMessage(soon(t), number(boris), bot.BuildReaction(number(boris), number(shop), first, "👍"))))
	must(t, second(c.Wait(soon(t), 1, func(m Shown) bool { return m.ID == first && len(m.Reactions) == 1 })))
	if got := c.Got(); len(got) != 2 || got[0].Text != "at eight" || got[0].Edits != 1 || got[0].Revoked || !got[1].Revoked {
		t.Errorf("on the phone: %+v", got)
	}

	id, err := c.Say(soon(t), shop, "I come")
	must(t, err)
	must(t, second(c.Edit(soon(t), shop, id, "I come late")))
	wait(bot, 1, func(m *events.Message) bool { return m.Info.Edit == types.EditAttributeMessageEdit })
	must(t, second(c.Revoke(soon(t), shop, id)))
	wait(bot, 1, func(m *events.Message) bool { return m.Info.Edit == types.EditAttributeSenderRevoke })
	must(t, second(c.SendLocation(soon(t), shop, 50.45, 30.52, "here")))
	wait(bot, 1, func(m *events.Message) bool { return m.Message.GetLocationMessage().GetName() == "here" })
	must(t, second(c.SendCard(soon(t), shop, "Anna", anna)))
	wait(bot, 1, func(m *events.Message) bool { return m.Message.GetContactMessage().GetDisplayName() == "Anna" })
	must(t, c.Type(soon(t), shop, true))
	wait(bot, 1, func(p *events.ChatPresence) bool { return p.State == types.ChatPresenceComposing })
}

// The same id again is a new ciphertext: the library shows it twice, a phone once.
func TestTheSameIDTwiceIsOneBubble(t *testing.T) {
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1).login()
	c := person(t, s, Person{})
	id := bot.write(number(boris), "once")
	must(t, second(bot.SendMessage(soon(t), number(boris), plain("once"), withID(id))))
	bot.write(number(boris), "end")
	must(t, second(c.WaitText(soon(t), "end")))
	if got := c.Got(); len(got) != 2 || got[0].Times != 2 || c.Copies() != 3 {
		t.Errorf("on the phone: %+v", got)
	}
	if m := s.Message(id); m.Times != 2 || m.Copies != 4 {
		t.Errorf("the server has %+v", m)
	}
}

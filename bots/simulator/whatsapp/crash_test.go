package whatsapp

import (
	"testing"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"
)

func withID(id string) whatsmeow.SendRequestExtra { return whatsmeow.SendRequestExtra{ID: id} }

func TestAMessageThatWasNotKeptComesAgain(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	bot, customer := pair(t, s)
	bot.mu.Lock()
	bot.fails = 1
	bot.mu.Unlock()
	id := customer.write(number(shop), "do not lose me")
	bot.write(number(anna), "end") // passes when the failed one was handled: a client handles one thing at a time
	customer.heard("end")
	if n := s.Waiting(shop, 1); n == 0 {
		t.Error("a message that the handler gave back was acknowledged")
	}
	s.Cut(shop, 1)
	if m := bot.heard("do not lose me"); m.Info.ID != id {
		t.Errorf("got %+v", m.Info)
	}
	must(t, s.WaitTaken(soon(t), shop, 1))
}

func TestANewProcessGoesOn(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	c := newStore(t)
	dev, err := s.Provision(t.Context(), c, shop, 1)
	must(t, err)
	before, customer := open(t, s, dev).login(), provisioned(t, s, anna, 0).login()
	before.write(number(anna), "before")
	customer.heard("before")
	before.Disconnect()
	must(t, s.WaitConnected(soon(t), shop, 1, false))
	customer.write(number(shop), "meanwhile")
	devices, err := c.GetAllDevices(t.Context())
	if err != nil || len(devices) != 1 {
		t.Fatalf("%d devices, %v", len(devices), err)
	}
	after := open(t, s, devices[0]).login()
	after.heard("meanwhile")
	after.write(number(anna), "after")
	customer.heard("after")
}

func TestAServerThatIsDown(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	bot, customer := pair(t, s)
	s.SetDown(true)
	wait[*events.Disconnected](bot, 1, nil)
	must(t, s.WaitConnected(soon(t), shop, 1, false))
	s.SetDown(false)
	must(t, s.WaitConnected(soon(t), shop, 1, true))
	must(t, s.WaitConnected(soon(t), anna, 0, true))
	bot.write(number(anna), "back")
	customer.heard("back")
}

func TestAConnectionThatIsDead(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	bot, customer := pair(t, s)
	if !s.Hang(shop, 1) {
		t.Error("nobody was there")
	}
	customer.write(number(shop), "can you hear me?")
	if got := s.Waiting(shop, 1); got == 0 || len(all[*events.Message](bot, nil)) != 0 {
		t.Errorf("%d wait", got)
	}
	bot.Disconnect()
	must(t, bot.Connect())
	bot.heard("can you hear me?")
}

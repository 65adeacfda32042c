package whatsapp

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

func TestRefusedMessages(t *testing.T) {
	s := start(t, Options{})
	bot, customer := pair(t, s)
	for _, tt := range []struct {
		code int
		want string
	}{{463, "server returned error 463"}, {479, "server returned error 479"}} {
		s.Fail(Fault{Kind: Refuse, Code: tt.code})
		sent, err := bot.SendMessage(soon(t), number(anna), plain("no"))
		if !errors.Is(err, whatsmeow.ErrServerReturnedError) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
		if m := s.Message(sent.ID); m.Error != tt.code || m.Copies != 0 || m.Acked != 0 {
			t.Errorf("the server has %+v", m)
		}
	}
	bot.write(number(anna), "yes")
	customer.heard("yes")
	if got := texts(all[*events.Message](customer, nil)); got != "[yes]" {
		t.Errorf("got %s", got)
	}
}

func TestLostAcks(t *testing.T) {
	s := start(t, Options{})
	bot, customer := pair(t, s)
	bot.write(number(anna), "warm")
	for kind, arrives := range map[Kind]bool{NoAck: true, Drop: false} {
		s.Fail(Fault{From: shop, Kind: kind})
		sent, err := bot.SendMessage(soon(t), number(anna), plain(string(kind)), whatsmeow.SendRequestExtra{Timeout: 50 * time.Millisecond})
		want(t, err, whatsmeow.ErrMessageTimedOut)
		if m := s.Message(sent.ID); (m.Copies > 0) != arrives || m.Times != 1 {
			t.Errorf("%s: the server has %+v", kind, m)
		}
	}
	customer.heard(string(NoAck))
	s.Fail(Fault{From: shop, Kind: Slow, Delay: 20 * time.Millisecond})
	bot.write(number(anna), "late")
	customer.heard("late")
}

func TestACutInMidSendIsRepeatedWithTheSameBytes(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	bot, customer := pair(t, s)
	bot.write(number(anna), "warm")
	for _, kind := range []Kind{CutAfter, CutBefore} {
		s.Fail(Fault{From: shop, Kind: kind})
		id := bot.write(number(anna), string(kind)) // returns normally
		if m := s.Message(id); m.Times != 2 || m.Acked < 1 {
			t.Errorf("%s: the server has %+v", kind, m)
		}
		customer.heard(string(kind))
	}
	bot.write(number(anna), "end")
	customer.heard("end")
	if got := texts(all[*events.Message](customer, nil)); got != "[warm cut after cut before end]" {
		t.Errorf("got %s", got)
	}
}

func TestADamagedCopyIsAskedForAgain(t *testing.T) {
	s := start(t, Options{})
	bot, customer := pair(t, s)
	bot.write(number(anna), "warm")
	s.Fail(Fault{From: shop, Kind: Corrupt})
	id := bot.write(number(anna), "damaged")
	wait[*events.UndecryptableMessage](customer, 1, nil)
	if m := customer.heard("damaged"); m.Info.ID != id || m.RetryCount != 1 {
		t.Errorf("got %+v", m)
	}
	m, err := s.WaitMessage(soon(t), id, func(m Message) bool { return m.Inactive == 1 })
	if err != nil || m.Retries != 1 || m.Direct != 1 || m.Times != 2 {
		t.Errorf("the server has %+v, %v", m, err)
	}
	must(t, s.WaitTaken(soon(t), anna, 0))
}

func TestARetryComesFromTheLID(t *testing.T) {
	s := start(t, Options{})
	bot, customer := pair(t, s)
	bot.GetMessageForRetry = func(_, _ types.JID, _ types.MessageID) *waE2E.Message { return plain("again") }
	bot.write(number(anna), "warm")
	customer.heard("warm")
	must(t, s.DeliverAsLID(anna, true))
	s.Fail(Fault{From: shop, Kind: Corrupt})
	bot.write(number(anna), "damaged")
	customer.heard("again") // not from the library's cache: that is kept by the address that the message went to
}

func TestQueriesThatFail(t *testing.T) {
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1).login()
	s.Fail(Fault{Tag: "iq", Query: "usync", Kind: Refuse, Code: 429})
	_, err := bot.IsOnWhatsApp(soon(t), []string{anna})
	want(t, err, whatsmeow.ErrIQRateOverLimit)
	s.Fail(Fault{Tag: "iq", Query: "usync", Kind: Drop})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = bot.IsOnWhatsApp(ctx, []string{anna})
	want(t, err, context.DeadlineExceeded)
}

func TestWhoIsOnWhatsApp(t *testing.T) {
	s := start(t, Options{})
	must(t, s.AddAccount(boris, "900003"))
	must(t, s.Alter(boris, func(a *Traits) { a.Unregistered = true }))
	bot := provisioned(t, s, shop, 1).login()
	got, err := bot.IsOnWhatsApp(soon(t), []string{anna, boris, "+15550001111"})
	must(t, err)
	in := map[string]bool{}
	for _, one := range got {
		in[one.Query] = one.IsIn
	}
	if len(got) != 3 || !in[anna] || in[boris] || in["+15550001111"] {
		t.Errorf("got %+v", got)
	}
	info, err := bot.GetUserInfo(soon(t), []types.JID{number(anna)})
	must(t, err)
	if one := info[number(anna)]; one.LID.User != "900002" || len(one.Devices) != 1 {
		t.Errorf("got %+v", one)
	}
	id := bot.write(number(boris), "into the void")
	if m := s.Message(id); m.Acked != 1 || m.Copies != 1 { // its own phone gets one
		t.Errorf("got %+v", m)
	}
}

func TestAnUnknownNumberMayComeWithoutAnAddress(t *testing.T) {
	s := start(t, Options{BareUnknown: true})
	bot := provisioned(t, s, shop, 1).login()
	got, err := bot.IsOnWhatsApp(soon(t), []string{"+15550001111", anna})
	if err != nil || len(got) != 1 || got[0].Query != anna {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestLoginsThatFail(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	heard := map[string]func(*peer){
		"temporary ban": func(p *peer) {
			if e := wait[*events.TemporaryBan](p, 1, nil); e.Code != 101 || e.Expire != time.Hour {
				t.Errorf("got %+v", e)
			}
		},
		"client outdated": func(p *peer) { wait[*events.ClientOutdated](p, 1, nil) },
		"locked":          func(p *peer) { wait(p, 1, func(e *events.LoggedOut) bool { return e.OnConnect && e.Reason == 403 }) },
		"unavailable":     func(p *peer) { wait[*events.Connected](p, 1, nil) },
		"something else":  func(p *peer) { wait(p, 1, func(e *events.ConnectFailure) bool { return e.Reason == 418 }) },
	}
	for i, tt := range []struct {
		name string
		why  Outage
	}{
		{"temporary ban", Outage{Reason: 402, Code: 101, Expire: time.Hour}}, {"client outdated", Outage{Reason: 405}}, {"locked", Outage{Reason: 403}},
		{"unavailable", Outage{Reason: 503}}, {"something else", Outage{Reason: 418}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := provisioned(t, s, shop, uint16(i+1))
			must(t, s.FailLogins(shop, tt.why))
			must(t, p.Connect()) // failures are events
			heard[tt.name](p)
		})
	}
	gone := provisioned(t, s, shop, 9)
	s.Kick(shop, 9, DeviceRemoved)
	must(t, gone.Connect())
	wait(gone, 1, func(e *events.LoggedOut) bool { return e.OnConnect && e.Reason == 401 })
}

func TestStreamsThatEnd(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1).login()
	s.Kick(shop, 1, Restart)
	wait[*events.Connected](bot, 2, nil)
	s.Kick(shop, 1, Unavailable)
	wait[*events.Disconnected](bot, 1, nil)
	wait[*events.Connected](bot, 3, nil)
	must(t, s.WaitConnected(soon(t), shop, 1, true))
	if !s.Cut(shop, 1) {
		t.Error("nobody was there")
	}
	wait[*events.Connected](bot, 4, nil)
	must(t, s.WaitConnected(soon(t), shop, 1, true))
	s.Kick(shop, 1, Replaced)
	wait[*events.StreamReplaced](bot, 1, nil)
	must(t, s.WaitConnected(soon(t), shop, 1, false))
}

package whatsapp

import (
	"strings"
	"testing"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"
)

// stranger is a client that is paired with nobody, and its first QR code.
func stranger(t *testing.T, s *Server) (*peer, string, <-chan whatsmeow.QRChannelItem) {
	t.Helper()
	p := open(t, s, newStore(t).NewDevice())
	codes, err := p.GetQRChannel(t.Context())
	must(t, err)
	must(t, p.Connect())
	item := <-codes
	if item.Event != whatsmeow.QRChannelEventCode {
		t.Fatalf("got %+v, want a code", item)
	}
	return p, item.Code, codes
}

// skipRaced leaves a test out of race runs, because the library races with itself when a connection ends.
func skipRaced(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("whatsmeow races with itself when a connection ends; run it without -race")
	}
}

func TestPairByQR(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	customer := person(t, s, Person{})
	must(t, second(customer.Say(soon(t), shop, "early"))) // knows the account's devices of then
	p, code, codes := stranger(t, s)
	must(t, s.ScanQR(soon(t), code, shop))
	for item := range codes {
		if item.Event == "success" {
			break
		}
	}
	done := wait[*events.PairSuccess](p, 1, nil)
	if done.ID.User != digits(shop) || done.ID.Device != 1 || done.LID.User != "900001" {
		t.Errorf("paired as %+v", done)
	}
	wait[*events.OfflineSyncCompleted](p, 1, nil)
	p.write(number(boris), "I am new here")
	must(t, second(customer.WaitText(soon(t), "I am new here")))
	must(t, second(customer.Say(soon(t), shop, "so I see")))
	p.heard("so I see")
}

func TestPairByCode(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	p, _, _ := stranger(t, s)
	code, err := p.PairPhone(soon(t), shop, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	must(t, err)
	if err := s.EnterCode(soon(t), shop, "AAAA-AAAA"); err == nil || !strings.Contains(err.Error(), "letters are wrong") {
		t.Errorf("wrong letters: %v", err)
	}
	if err := s.EnterCode(soon(t), anna, code); err == nil {
		t.Error("somebody else's phone took the code")
	}
	must(t, s.EnterCode(soon(t), shop, code))
	wait[*events.OfflineSyncCompleted](p, 1, nil)
	if got := s.Devices(shop); len(got) != 2 {
		t.Errorf("devices %v, want the phone and one more", got)
	}
}

func TestPairingThatFails(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	must(t, s.Alter(shop, func(a *Traits) { a.PasskeyOnly = true }))
	p, code, codes := stranger(t, s)
	want(t, s.ScanQR(soon(t), code, shop), ErrPasskey)
	must(t, s.ScanForged(soon(t), code, anna))
	if e := wait[*events.PairError](p, 1, nil); e.Error != whatsmeow.ErrPairInvalidDeviceIdentityHMAC {
		t.Errorf("got %v", e.Error)
	}
	if item := <-codes; item.Event != whatsmeow.QRChannelEventError {
		t.Errorf("got %+v", item)
	}
	if err := s.ScanQR(soon(t), code, anna); err == nil {
		t.Error("a client that hung up was paired")
	}
	if err := s.ScanQR(soon(t), "what, is, this, code", anna); err == nil {
		t.Error("not a code, and it was paired")
	}
}

func TestCodesThatRunOut(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	_, code, codes := stranger(t, s)
	if !s.EndQR(code) {
		t.Fatal("nobody shows the code")
	}
	if item := <-codes; item.Event != "timeout" {
		t.Errorf("got %+v", item)
	}
	must(t, s.FailLogins("", Outage{Reason: 405})) // who pairs is outdated as well
	p := open(t, s, newStore(t).NewDevice())
	codes, err := p.GetQRChannel(t.Context())
	must(t, err)
	must(t, p.Connect())
	if item := <-codes; item.Event != whatsmeow.QRChannelClientOutdated.Event {
		t.Errorf("got %+v", item)
	}
}

func TestLoggedOutAndAgain(t *testing.T) {
	skipRaced(t)
	s := start(t, Options{})
	p := provisioned(t, s, shop, 1).login()
	must(t, p.Logout(soon(t)))
	if got := s.Devices(shop); len(got) != 1 {
		t.Errorf("devices %v, want the phone", got)
	}
	again := provisioned(t, s, shop, 1).login()
	if !s.Kick(shop, 1, DeviceRemoved) {
		t.Error("nobody was there")
	}
	if out := wait[*events.LoggedOut](again, 1, nil); out.OnConnect {
		t.Errorf("got %+v", out)
	}
}

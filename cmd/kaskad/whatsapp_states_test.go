package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	simwhatsapp "kaskad/bots/simulator/whatsapp"
	"kaskad/cmd/kaskad/internal/app"
)

// The ways in which WhatsApp turns a session away. Each has its own word in /readyz, check --live and whatsapp status, with what to
// do; while it lasts, cascades go on to the next channel at once, and nobody's address is touched.
func TestEveryWayToBeTurnedAwayHasItsWord(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "")
	b := s.buyer(1, nil, nil)
	s.reaches(b, "до всього")
	for n, way := range []struct {
		state, says string
		turn        func(device uint16)
		mend        func()
	}{
		{"logged_out", "unlinked from the phone: pair the phone: kaskad whatsapp pair", func(device uint16) { s.wa.Kick(shopPhone, device, simwhatsapp.DeviceRemoved) },
			func() { s.pairs(shopPhone) }},
		{"replaced", "another program uses the keys", func(device uint16) { s.wa.Kick(shopPhone, device, simwhatsapp.Replaced) }, s.again},
		{"outdated", "client_version", s.refused(simwhatsapp.Outage{Reason: 405}), s.again},
		{"banned", "code 101: too many messages to people who have not saved the number", s.refused(simwhatsapp.Outage{Reason: 402, Code: 101, Expire: time.Hour}), s.again},
	} {
		way.turn(s.device())
		s.turnedAway(way.state, way.says)
		id := s.asks(b.card, fmt.Sprintf("Під час %d", n), "whatsapp 1h", "sms")
		s.ends(id, "sms", "receipt", "whatsapp skipped channel_shut", "sms delivered")
		way.mend()
		s.reaches(b, fmt.Sprintf("Після %d", n))
	}
	s.kept(b)
	if n := len(s.wa.Messages(shopPhone)); n != 5 {
		t.Errorf("%d messages went out by WhatsApp, want one before all and one after each", n)
	}
	s.once()
	s.finish()
}

// reaches sends a text that has to be shown at WhatsApp.
func (s *street) reaches(b *buyer, text string) {
	s.t.Helper()
	id := s.asks(b.card, text, "whatsapp 1h delivered", "sms")
	s.ends(id, "whatsapp", "receipt", "whatsapp delivered")
}

// device is the gateway's number among the shop's devices.
func (s *street) device() uint16 {
	s.t.Helper()
	for _, id := range s.wa.Devices(shopPhone) {
		if id > 0 {
			return id
		}
	}
	s.t.Fatal("the gateway is no device of the shop's")
	return 0
}

// refused cuts the connection and refuses every login.
func (s *street) refused(why simwhatsapp.Outage) func(uint16) {
	why.Times = -1
	return func(device uint16) {
		mustAll(s.t, s.wa.FailLogins(shopPhone, why))
		s.wa.Cut(shopPhone, device)
	}
}

// again starts the gateway anew: one that was turned away rests for minutes.
func (s *street) again() {
	s.t.Helper()
	mustAll(s.t, s.wa.Restore(shopPhone))
	s.finish()
	s.start()
	s.carries()
}

// turnedAway waits for a state in /readyz, and compares what the commands say.
func (s *street) turnedAway(state, says string) {
	s.t.Helper()
	var ready struct {
		Advice   map[string]string
		Degraded []string
		Sessions map[string]struct{ State string }
	}
	waitFor(s.t, state, func() bool {
		return s.call("GET", "/readyz", nil, &ready) == nil && ready.Sessions["whatsapp"].State == state
	})
	s.last("channel.degraded")
	if !slices.Contains(ready.Degraded, "whatsapp") {
		s.t.Errorf("degraded in state %s: %v", state, ready.Degraded)
	}
	if advice := ready.Advice["whatsapp"]; !strings.HasPrefix(advice, state) || !strings.Contains(advice, says) {
		s.t.Errorf("/readyz says of %s: %q", state, advice)
	}
	var out, errs bytes.Buffer
	if code := run(s.t.Context(), []string{"-c", s.config, "whatsapp", "status"}, app.Streams{Out: &out, Err: &errs}); code != exitFailed || !strings.Contains(out.String(), says) || !strings.Contains(errs.String(), state) {
		s.t.Errorf("whatsapp status ends with %d in state %s:\n%s%s", code, state, &out, &errs)
	}
	out.Reset()
	errs.Reset()
	if code := run(s.t.Context(), []string{"-c", s.config, "check", "--live"}, app.Streams{Out: &out, Err: &errs}); code != exitFailed || !strings.Contains(out.String()+errs.String(), says) {
		s.t.Errorf("check --live ends with %d in state %s:\n%s%s", code, state, &out, &errs)
	}
}

// kept checks that a customer's addresses are all active.
func (s *street) kept(b *buyer) {
	s.t.Helper()
	var who struct {
		Addresses []struct{ Channel, State string }
	}
	mustAll(s.t, s.call("GET", "/v1/contacts/ext:"+b.card, nil, &who))
	for _, at := range who.Addresses {
		if at.Channel == "whatsapp" && at.State != "active" {
			s.t.Errorf("the address on %s is %s", at.Channel, at.State)
		}
	}
}

// A new user's way: a code for the phone, through the gateway that runs, how it stands, and the way out.
func TestAPhoneIsPairedByCodeAndLoggedOut(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "")
	b := s.buyer(1, nil, nil)
	if out := s.run("whatsapp", "status"); !strings.Contains(out, "connected") || !strings.Contains(out, shopPhone) {
		t.Errorf("whatsapp status: %s", out)
	}
	s.run("whatsapp", "logout", "--yes")
	s.turnedAway("unpaired", "kaskad whatsapp pair")
	if all := s.wa.Devices(shopPhone); len(all) > 1 {
		t.Errorf("after the logout the phone has the devices %v", all)
	}
	s.ends(s.asks(b.card, "Без телефону", "whatsapp 1h", "sms"), "sms", "receipt", "whatsapp skipped channel_shut")
	s.pairs(shopPhone)
	s.reaches(b, "Знову з телефоном")
	var status app.WhatsAppStatus
	if err := json.Unmarshal([]byte(s.run("whatsapp", "status", "--json")), &status); err != nil || status.State != connected || status.Account == nil || status.Account.Phone != shopPhone {
		t.Errorf("whatsapp status --json: %+v (%v)", status, err)
	}
	s.finish()
}

package whatsapp

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

// step is the next step of a pairing.
func step(t *testing.T, steps <-chan PairStep) PairStep {
	t.Helper()
	select {
	case s, more := <-steps:
		if !more {
			t.Fatal("the pairing ended without a last step")
		}
		return s
	case <-time.After(longest):
		t.Fatal("the pairing says nothing")
	}
	return PairStep{}
}

func TestAPhoneIsPaired(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		running bool
		phone   string
	}{
		"by QR code while Run runs":      {running: true},
		"by QR code without Run":         {},
		"by eight letters while it runs": {running: true, phone: shop},
		"by eight letters without Run":   {phone: "380441112233"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if c.running {
				r.run()
				r.await(Unpaired)
			}
			steps, err := r.bot.Pair(t.Context(), PairOptions{Phone: c.phone})
			needs(t, err)
			if _, err := r.bot.Pair(t.Context(), PairOptions{}); !errors.Is(err, errPairing) {
				t.Errorf("a second pairing = %v", err)
			}
			show := step(t, steps)
			if c.phone == "" {
				if show.QR == "" || show.Lasts != r.bot.pauses.code {
					t.Fatalf("shown: %+v; want a QR code and its time", show)
				}
				needs(t, r.s.ScanQR(soon(t), show.QR, shop))
			} else {
				if len(show.Code) != len("ABCD-EFGH") || show.Lasts <= 0 {
					t.Fatalf("shown: %+v; want eight letters and their time", show)
				}
				needs(t, r.s.EnterCode(soon(t), shop, show.Code))
			}
			end := step(t, steps)
			if !end.Done || end.Err != nil || end.Account.Phone != shop {
				t.Fatalf("the end: %+v; want it paired as %s", end, shop)
			}
			if _, more := <-steps; more {
				t.Error("there are steps after the last")
			}
			if a, paired := r.bot.Account(); !paired || a.Phone != shop || a.Name != "Крамниця" {
				t.Errorf("Account = %+v, %v; want the shop, and the company's name where it had none", a, paired)
			}
			if _, err := r.bot.Pair(t.Context(), PairOptions{}); !errors.Is(err, errPaired) {
				t.Errorf("to pair once more = %v; want that it is paired", err)
			}
			if !c.running {
				r.run()
			}
			r.await(Connected)
			person := r.customer(anna, "900002")
			r.says(person, "вітаю")
			r.got.hears(t, "вітаю")
			if r.logs.has(shop[1:]) {
				t.Errorf("the log holds the whole number:\n%s", r.logs)
			}
		})
	}
}

// What comes while nobody listens stays with WhatsApp.
func TestPairingWithoutRunTakesNoMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	steps, err := r.bot.Pair(t.Context(), PairOptions{})
	needs(t, err)
	person := r.customer(anna, "900002")
	show := step(t, steps)
	needs(t, r.s.ScanQR(soon(t), show.QR, shop))
	id := r.says(person, "одразу")
	if end := step(t, steps); !end.Done {
		t.Fatalf("the end: %+v", end)
	}
	r.run()
	r.got.hears(t, "одразу")
	r.taken()
	if m := r.s.Message(id); m.Retries != 0 || m.Delivered+m.Inactive == 0 {
		t.Errorf("became of it: %+v", m)
	}
}

func TestAPairingThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		before func(r *rig)
		during func(r *rig, code string)
		state  string
		advice string
	}{
		"nobody scans": {
			before: func(r *rig) { r.bot.pauses.code, r.bot.pauses.codes = time.Millisecond, time.Millisecond },
			state:  Expired, advice: "try again",
		},
		"WhatsApp is not there":  {before: func(r *rig) { r.s.SetDown(true) }, state: Connecting, advice: "cannot be reached"},
		"this client is too old": {before: func(r *rig) { needs(r.t, r.s.FailLogins("", simulator.Outage{Reason: 405})) }, state: Outdated, advice: "client_version"},
		"the answer is forged": {
			during: func(r *rig, code string) { needs(r.t, r.s.ScanForged(soon(r.t), code, shop)) },
			state:  Refusing, advice: "try again",
		},
		"the network breaks": {during: func(r *rig, _ string) { r.s.SetDown(true) }, state: Expired, advice: "ended the connection"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if c.before != nil {
				c.before(r)
			}
			steps, err := r.bot.Pair(t.Context(), PairOptions{})
			needs(t, err)
			if c.during != nil {
				c.during(r, step(t, steps).QR)
			}
			end := step(t, steps)
			for end.Err == nil && !end.Done {
				end = step(t, steps)
			}
			if end.Done || end.State != c.state || !strings.Contains(end.Err.Error(), c.advice) {
				t.Errorf("the end: %+v; want state %s and %q in the advice", end, c.state, c.advice)
			}
			if _, paired := r.bot.Account(); paired {
				t.Error("it counts as paired")
			}
			r.s.SetDown(false)
			if _, err := r.bot.Pair(t.Context(), PairOptions{}); err != nil {
				t.Errorf("another pairing = %v", err)
			}
		})
	}
}

// WhatsApp asks for a passkey with a notification that this version of the library only logs.
func TestAnAccountThatWantsAPasskeyIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		running bool
		phone   string
	}{
		"by QR code":                     {},
		"by QR code, while Run runs":     {running: true},
		"by eight letters":               {phone: shop},
		"by eight letters, it runs, too": {running: true, phone: shop},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			needs(t, r.s.Alter(shop, func(a *simulator.Traits) { a.PasskeyOnly = true }))
			if c.running {
				r.run()
				r.await(Unpaired)
			}
			steps, err := r.bot.Pair(t.Context(), PairOptions{Phone: c.phone})
			needs(t, err)
			if show := step(t, steps); c.phone == "" {
				err = r.s.ScanQR(soon(t), show.QR, shop)
			} else {
				err = r.s.EnterCode(soon(t), shop, show.Code)
			}
			if !errors.Is(err, simulator.ErrPasskey) {
				t.Fatalf("the phone says %v", err)
			}
			if end := step(t, steps); end.State != Passkey || end.Done || !strings.Contains(end.Err.Error(), "whatsapp_cloud") {
				t.Errorf("the end: %+v; want state passkey and another way", end)
			}
			if s, _ := r.bot.state(); s.State != Unpaired {
				t.Errorf("the state is %s", s.State)
			}
		})
	}
	t.Run("while it is connected", func(t *testing.T) { // that WhatsApp asks then was not seen
		t.Parallel()
		r := pairedRig(t)
		r.bot.pauses.refused, r.bot.pauses.rarest = time.Hour, time.Hour
		r.run()
		r.await(Connected)
		told := r.bot.current.Load().told
		libLog{log: slog.New(slog.DiscardHandler), told: told}.Debugf("Unhandled notification with type %s", "passkey_prologue_request")
		if s := r.await(Passkey); !s.Shut || s.Advice != passkeyAdvice {
			t.Errorf("standing = %+v", s)
		}
	})
}

func TestAPhoneThatIsNoNumber(t *testing.T) {
	t.Parallel()
	if _, err := newRig(t).bot.Pair(t.Context(), PairOptions{Phone: "моя"}); !errors.Is(err, errPhone) {
		t.Errorf("Pair = %v", err)
	}
}

func TestAPairingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := contextOf(t)
	steps, err := r.bot.Pair(ctx, PairOptions{})
	needs(t, err)
	step(t, steps)
	cancel()
	if end := step(t, steps); end.State != Cancelled {
		t.Errorf("the end: %+v", end)
	}
}

func TestLogout(t *testing.T) {
	t.Parallel()
	for name, running := range map[string]bool{"while Run runs": true, "without Run": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := pairedRig(t)
			if running {
				r.run()
				r.await(Connected)
			}
			needs(t, r.bot.Logout(soon(t)))
			r.await(Unpaired)
			if n := len(r.s.Devices(shop)); n != 1 {
				t.Errorf("WhatsApp knows %d devices; want the phone alone", n)
			}
			if _, paired := r.bot.Account(); paired {
				t.Error("it counts as paired")
			}
			var left int
			for _, table := range []string{"whatsmeow_device", "whatsmeow_sessions", "whatsmeow_identity_keys", "whatsmeow_pre_keys"} {
				needs(t, r.bot.db.QueryRow("SELECT count(*) FROM "+table).Scan(&left))
				if left != 0 {
					t.Errorf("%s still has %d rows", table, left)
				}
			}
			steps, err := r.bot.Pair(t.Context(), PairOptions{})
			needs(t, err)
			needs(t, r.s.ScanQR(soon(t), step(t, steps).QR, shop))
			if end := step(t, steps); !end.Done {
				t.Errorf("to pair again: %+v", end)
			}
		})
	}
}

func TestLogoutWithoutWhatsAppForgetsNothing(t *testing.T) {
	t.Parallel()
	r := pairedRig(t)
	r.s.SetDown(true)
	if err := r.bot.Logout(soon(t)); err == nil || !strings.Contains(err.Error(), "on the phone") {
		t.Errorf("Logout without Run = %v; want that it did not, and what else to do", err)
	}
	r.run()
	r.until("it runs", r.bot.running)
	if err := r.bot.Logout(soon(t)); err == nil || !strings.Contains(err.Error(), "on the phone") {
		t.Errorf("Logout = %v; want that it did not, and what else to do", err)
	}
	if _, paired := r.bot.Account(); !paired {
		t.Error("the account is forgotten, and the device still linked")
	}
}

// A banned or outdated session cannot be logged out in order, and another phone has to be paired.
func TestLogoutOfASessionThatIsTurnedAwayForgetsIt(t *testing.T) {
	t.Parallel()
	for name, running := range map[string]bool{"while Run runs": true, "without Run": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := pairedRig(t)
			needs(t, r.s.FailLogins(shop, simulator.Outage{Reason: 405, Times: -1}))
			if running {
				r.run()
				r.await(Outdated)
			}
			if err := r.bot.Logout(soon(t)); !errors.Is(err, ErrNotTold) {
				t.Errorf("Logout = %v; want that WhatsApp was not told", err)
			}
			r.await(Unpaired)
			needs(t, r.s.Restore(shop))
			steps, err := r.bot.Pair(t.Context(), PairOptions{})
			needs(t, err)
			needs(t, r.s.ScanQR(soon(t), step(t, steps).QR, shop))
			if end := step(t, steps); !end.Done {
				t.Errorf("to pair again: %+v", end)
			}
		})
	}
}

// WhatsApp turns us away and the keys are forgotten, while Run is trying once more and is let in: nobody's session must not live on, and
// keep the next phone's from being connected.
func TestAConnectionWithForgottenKeysIsDropped(t *testing.T) {
	t.Parallel()
	r := up(t)
	was := r.bot.current.Load()
	r.bot.set(bots.Standing{State: Outdated, Advice: outdatedAdvice}) // as it is known until the next try succeeds
	was.online.Store(false)
	if err := r.bot.Logout(soon(t)); !errors.Is(err, ErrNotTold) {
		t.Fatalf("Logout = %v", err)
	}
	was.online.Store(true) // let in
	r.until("the connection ends", func() bool { return r.bot.current.Load() != was })
	r.await(Unpaired)
	steps, err := r.bot.Pair(t.Context(), PairOptions{})
	needs(t, err)
	needs(t, r.s.ScanQR(soon(t), step(t, steps).QR, shop))
	if end := step(t, steps); !end.Done {
		t.Errorf("to pair again: %+v", end)
	}
}

// Between the library's storing a device and WhatsApp's having its signature, a session with it would be turned away as logged out, and its
// keys forgotten in the middle of the pairing.
func TestASessionThatIsBeingPairedIsNotConnected(t *testing.T) {
	t.Parallel()
	r := newRig(t).run()
	r.await(Unpaired)
	looks, looked := context.WithCancel(t.Context())
	defer looked()
	go func() {
		for looks.Err() == nil { // Run looks at the store all the time
			ring(r.bot.wake)
			time.Sleep(50 * time.Microsecond)
		}
	}()
	steps, err := r.bot.Pair(t.Context(), PairOptions{})
	needs(t, err)
	needs(t, r.s.ScanQR(soon(t), step(t, steps).QR, shop))
	if end := step(t, steps); !end.Done {
		t.Fatalf("the end: %+v; want it paired", end)
	}
	looked()
	r.await(Connected)
}

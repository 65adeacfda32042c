package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

func TestTheLibrarysLinesAreCleaned(t *testing.T) {
	jid := types.NewJID("380501112233", types.DefaultUserServer)
	cases := map[string]struct {
		say  func(l libLog)
		want string // empty: nothing is logged
	}{
		"addresses go": {
			func(l libLog) {
				l.Warnf("Failed to send receipt for %s: %v", jid, errors.New("websocket not connected"))
			},
			"whatsapp library: Failed to send receipt for …: websocket not connected",
		},
		"numbers in errors go": {
			func(l libLog) { l.Errorf("failed: %v", errors.New("no session with 380501112233_1:0 (index: 4)")) },
			"whatsapp library: failed: no session with …_1:0 (index: 4)",
		},
		"stanzas go": {
			func(l libLog) { l.Errorf("Unknown stream error: %s", `<message notify="Олена">`) },
			"whatsapp library: Unknown stream error: …",
		},
		"stanzas in errors go": {
			func(l libLog) { l.Warnf("query: %v", errors.New(`got <iq notify="Олена"/>`)) },
			"whatsapp library: query: got ",
		},
		"counts and times stay": {
			func(l libLog) { l.Warnf("took %s, %d left, %t", 3*time.Second, 7, true) },
			"whatsapp library: took 3s, 7 left, true",
		},
		"what passes stanza by stanza is not logged": {func(l libLog) { l.Debugf("%s", "<message/>") }, ""},
		"keys that are removed by us, as the library's connection is over, are no news": {
			func(l libLog) { l.Warnf(undeleted, fmt.Errorf("delete: %w", context.Canceled)) }, "",
		},
		"keys that could not be removed are": {
			func(l libLog) { l.Warnf(undeleted, errors.New("the disk is full")) },
			"whatsapp library: Failed to delete store after device_removed error: the disk is full",
		},
		"a handler that waits for its group is no news": {func(l libLog) { l.Warnf(deferred, "ABC") }, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			kept := &logs{}
			c.say(libLog{log: slog.New(slog.NewTextHandler(kept, nil))})
			got := kept.String()
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("logged %q; want %q in it", got, c.want)
			}
			if strings.Contains(got, "380501112233") || strings.Contains(got, "Олена") {
				t.Errorf("logged %q", got)
			}
		})
	}
}

func TestMasked(t *testing.T) {
	for phone, want := range map[string]string{"+380501112233": "+380…33", "+12": "…", "": "…"} {
		if got := masked(phone); got != want {
			t.Errorf("masked(%q) = %q; want %q", phone, got, want)
		}
	}
}

// Whatever goes on, and however much is logged: nobody's number, hidden id, name or words stand there.
func TestADebugLogNamesNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.close()
	r.opt.Log = slog.New(slog.NewTextHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))
	r.open()
	r.provision()
	r.run()
	r.await(Connected)
	c, err := r.s.AddCustomer(soon(t), simulator.Person{Phone: anna, LID: "98765432101", Name: "Анна Крутенко"})
	needs(t, err)
	r.says(c, "таємниця")
	r.got.hears(t, "таємниця")
	send := func(step bots.ID, to string) error {
		_, err := r.bot.Send(soon(t), bots.Outgoing{To: bots.Address{Channel: bots.WhatsApp, ID: to}, Step: step, Text: "ваш код 4711"})
		return err
	}
	needs(t, send(1, anna))
	told := fmt.Sprint(send(2, "+380509999999"))
	r.s.Fail(simulator.Fault{Tag: "message", From: shop, Kind: simulator.Refuse, Code: 479})
	told += fmt.Sprint(send(3, anna))
	r.s.Fail(simulator.Fault{Tag: "message", From: anna, Kind: simulator.Corrupt})
	r.says(c, "таємниця два")
	r.got.hears(t, "таємниця два")
	r.s.Fail(simulator.Fault{Tag: "iq", Query: "encrypt", From: shop, Kind: simulator.Refuse, Code: 429, Times: -1})
	r.customer(borys, "98765432102")
	told += fmt.Sprint(send(4, borys))
	r.s.ClearFaults()
	r.s.Kick(shop, 1, simulator.Replaced)
	r.await(Replaced)
	r.await(Connected)
	r.s.Kick(shop, 1, simulator.DeviceRemoved)
	r.await(LoggedOut)
	r.close()
	for _, secret := range []string{shop[1:], anna[1:], borys[1:], "380509999999", "98765432101", "98765432102", "Крутенко", "таємниця", "4711"} {
		for what, text := range map[string]string{"the log": r.logs.String(), "an error": told} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s tells %q: …%s", what, secret, text[max(0, i-200):min(len(text), i+60)])
			}
		}
	}
}

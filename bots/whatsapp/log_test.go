package whatsapp

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/types"
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
		"what passes stanza by stanza is not logged":    {func(l libLog) { l.Debugf("%s", "<message/>") }, ""},
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

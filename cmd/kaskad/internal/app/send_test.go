package app

import (
	"encoding/json"
	"testing"
	"time"
)

func TestWhereADeliveryStands(t *testing.T) {
	evening := time.Date(2026, 3, 4, 22, 30, 0, 0, time.FixedZone("EET", 2*60*60))
	for name, c := range map[string]struct{ delivery, want string }{
		"it has just come":                {`{"state":"queued","steps":[{"channel":"sms","next_at":"2026-03-04T20:30:00Z"}]}`, "queued"},
		"a retry is to come":              {`{"state":"queued","reason":"temporary","steps":[]}`, "queued (temporary)"},
		"held over night":                 {`{"state":"held","reason":"quiet_hours","steps":[{"channel":"sms","next_at":"2026-03-05T07:00:00Z"}]}`, "held (quiet_hours) until 2026-03-05 09:00 EET; Ctrl-C leaves it to the gateway"},
		"held for minutes":                {`{"state":"held","reason":"quiet_hours","steps":[{"channel":"sms","next_at":"2026-03-04T21:00:00Z"}]}`, "held (quiet_hours) until 23:00 EET; Ctrl-C leaves it to the gateway"},
		"held until somebody resumes":     {`{"state":"held","reason":"pause","steps":[{"channel":"sms","next_at":"2026-03-04T20:00:00Z"}]}`, "held (pause); Ctrl-C leaves it to the gateway"},
		"the second step waits for proof": {`{"state":"waiting","steps":[{"channel":"telegram"},{"channel":"sms","next_at":"2026-03-04T20:45:00Z"}]}`, "waiting for proof from sms until 22:45 EET; Ctrl-C leaves it to the gateway"},
	} {
		var d Standing
		if err := json.Unmarshal([]byte(c.delivery), &d); err != nil {
			t.Fatal(err)
		}
		if got := d.Line(evening); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

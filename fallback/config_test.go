package fallback

import (
	"encoding/json"
	"strings"
	"testing"

	"kaskad/bots"
)

func TestLeavingAHeldLaneIsTheOperatorsWord(t *testing.T) {
	var asked CascadeConfig
	if err := json.Unmarshal([]byte(`{"steps": [{"channel": "telegram", "wait": "15m"}, {"channel": "sms"}], "leave_held_lane": true, "LeaveHeldLane": true}`), &asked); err != nil {
		t.Fatal(err)
	}
	if asked.LeaveHeldLane {
		t.Error("a caller of the API had a say in it")
	}
	written := asked
	written.LeaveHeldLane = true
	conf := &Config{Cascades: map[string]CascadeConfig{"promo": written, "loyalty": asked}}
	if got := conf.LeaveHeld(); len(got) != 1 || !got["promo"] {
		t.Errorf("LeaveHeld = %v, want promo alone", got)
	}
	_, faults := conf.Cascade(map[string]Channel{bots.Telegram: {}, bots.SMS: {}})
	var said []string
	for _, f := range faults {
		if strings.HasSuffix(f.Path, "leave_held_lane") {
			said = append(said, f.Path)
			if !f.Warning || !strings.Contains(f.Problem, "may cost money") {
				t.Errorf("%+v, want a warning that says what it means", f)
			}
		}
	}
	if len(said) != 1 || said[0] != "cascades.promo.leave_held_lane" {
		t.Errorf("check speaks of %q, want cascades.promo.leave_held_lane", said)
	}
}

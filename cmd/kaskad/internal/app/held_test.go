package app

import (
	"strings"
	"testing"
)

func TestLeaveHeldLaneIsReadAndExplained(t *testing.T) {
	cfg, faults := load(t, strings.TrimLeft(`
[telegram]
token = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
[cascades.promo]
steps = [{ channel = "telegram" }]
leave_held_lane = true
`, "\n"))
	if faults.Errors() {
		t.Fatalf("faults:\n%v", faults)
	}
	if !cfg.Cascading().LeaveHeld()["promo"] {
		t.Error("the key is not read")
	}
	intake, err := (&App{cfg: cfg}).intake(cfg, nil)
	if err != nil || !intake.LeaveHeld["promo"] {
		t.Errorf("intake %+v, %v: the key does not reach it", intake, err)
	}
	for _, f := range faults {
		if f.Key == "cascades.promo.leave_held_lane" {
			if f.Line != 5 || !f.Warning {
				t.Errorf("%+v, want a warning at line 5", f)
			}
			return
		}
	}
	t.Errorf("check says nothing about it:\n%v", faults)
}

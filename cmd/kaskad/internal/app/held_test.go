package app

import (
	"strings"
	"testing"

	"kaskad/fallback"
)

func TestWhenDownIsReadAndExplained(t *testing.T) {
	cfg, faults := load(t, strings.TrimLeft(`
[telegram]
token = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
[cascades.promo]
steps = [{ channel = "telegram" }]
when_down = "skip"
`, "\n"))
	if faults.Errors() {
		t.Fatalf("faults:\n%v", faults)
	}
	if cfg.Cascading().WhenDown()["promo"] != fallback.DownSkip {
		t.Error("the key is not read")
	}
	intake, err := (&App{cfg: cfg}).intake(cfg, nil)
	if err != nil || intake.WhenDown["promo"] != fallback.DownSkip {
		t.Errorf("intake %+v, %v: the key does not reach it", intake, err)
	}
	for _, f := range faults {
		if f.Key == "cascades.promo.when_down" {
			if f.Line != 5 || !f.Warning {
				t.Errorf("%+v, want a warning at line 5", f)
			}
			return
		}
	}
	t.Errorf("check says nothing about it:\n%v", faults)
}

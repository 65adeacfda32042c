package app

import (
	"strings"
	"testing"
	"time"
)

func TestNothingDegradedIsWithoutAdvice(t *testing.T) {
	since := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	c := condition{
		channels: map[string]time.Time{"whatsapp": since, "sms": since}, parts: map[string]time.Time{"backup": since},
		advice: map[string]string{"whatsapp": "banned: wait"},
	}
	c.adviseRest()
	if c.advice["whatsapp"] != "banned: wait" {
		t.Errorf("what is known of a channel gave way to %q", c.advice["whatsapp"])
	}
	for _, name := range []string{"sms", "backup"} {
		if got := c.advice[name]; !strings.Contains(got, "since 2026-11-22T09:30:00Z") || !strings.Contains(got, "check --live") {
			t.Errorf("%s: %q; want since when, and what to look at", name, got)
		}
	}
	if len(c.advice) != 3 {
		t.Errorf("advice for %d names, want 3: %v", len(c.advice), c.advice)
	}
}

package app

import (
	"strings"
	"testing"
	"time"
)

func TestNothingDegradedIsWithoutAdvice(t *testing.T) {
	since := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	got := adviseOthers(map[string]string{"whatsapp": "banned: wait"}, map[string]time.Time{"whatsapp": since, "sms": since})
	if got["whatsapp"] != "banned: wait" {
		t.Errorf("what is known of a channel gave way to %q", got["whatsapp"])
	}
	if !strings.Contains(got["sms"], "since 2026-11-22T09:30:00Z") || !strings.Contains(got["sms"], "check --live") {
		t.Errorf("sms: %q; want since when, and what to look at", got["sms"])
	}
	if len(got) != 2 {
		t.Errorf("advice for %d channels, want 2: %v", len(got), got)
	}
}

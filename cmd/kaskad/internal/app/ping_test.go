package app

import (
	"testing"
	"time"
)

// Who hangs in waking somebody is not well, and is not pinged for.
func TestAStuckWatchOfAlertsIsNotHealthy(t *testing.T) {
	a, _ := gateway(t, t.TempDir(), "[alerts]\nstaff = true\n")
	if now := time.Now(); !a.healthy(t.Context(), now) || a.healthy(t.Context(), now.Add(time.Hour)) {
		t.Error("want it healthy now, and not when no look for alerts has ended for an hour")
	}
}

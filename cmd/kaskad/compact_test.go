package main

import (
	"encoding/json"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

// TestWhatACompactionSays: the room of an old file that is read still is not told as free.
func TestWhatACompactionSays(t *testing.T) {
	for name, c := range map[string]struct {
		open         bool
		json, spoken string
	}{
		"the old file is gone": {false, `{"after":1000000,"before":2000000,"paused_ms":1500}`, "compact: 2.0 MB before, 1.0 MB after; nothing was written for 1.5s"},
		"it is read still": {true, `{"after":1000000,"before":2000000,"old_open":true,"paused_ms":1500}`,
			"compact: 2.0 MB before, 1.0 MB after; nothing was written for 1.5s; somebody reads the old file still, and its room on the disk is free when the last one is done"},
	} {
		as, spoken := compacted(app.Compacted{Before: 2e6, After: 1e6, PausedMS: 1500, OldOpen: c.open})
		raw, err := json.Marshal(as)
		if err != nil || string(raw) != c.json || spoken != c.spoken {
			t.Errorf("%s: %s, %q, %v; want %s, %q", name, raw, spoken, err, c.json, c.spoken)
		}
	}
}

package mailing_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"kaskad/cmd/kaskad/internal/mailing"
)

// What was estimated and agreed to is what is sent, or nothing is.
func TestAListChangedAtTheQuestionIsNotSent(t *testing.T) {
	for name, now := range map[string]string{
		"other people":     "to,points\next:777,5000000\next:888,5000000\n",
		"fewer":            "to,points\next:1,5\n",
		"more":             "to,points\next:1,5\next:2,5\next:3,5\n",
		"another amount":   "to,points\next:1,5\next:2,6\n",
		"rows that cannot": "to,points\next:1\next:2\n",
	} {
		t.Run(name, func(t *testing.T) {
			g, path := newGateway(), people(t, "ext:1,5", "ext:2,5")
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil { // a disk's clock is coarse
				t.Fatal(err)
			}
			r := newRun(t, g, path, bonus)
			if _, err := r.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(now), 0o600); err != nil { // in place, as an editor does
				t.Fatal(err)
			}
			sent, err := r.Send(t.Context())
			if err == nil || !strings.Contains(err.Error(), "was changed") || sent.Accepted != 0 || sent.Left != 2 || sent.RefusedFile != "" {
				t.Errorf("%+v, %v", sent, err)
			}
			if len(g.order) != 0 {
				t.Errorf("sent to %v, which nobody agreed to", g.order)
			}
		})
	}
}

// A row is read before its list is looked at, so that what is in a batch is of the list that was agreed to.
func TestAListChangedBeforeItsLastBatchIsNotSentOn(t *testing.T) {
	g := newGateway()
	rows := make([]string, 2500)
	for i := range rows {
		rows[i] = "ext:" + strings.Repeat("1", i%7+1) + "-" + strings.Repeat("x", i%11) + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + ",5"
	}
	path := people(t, rows...)
	r := newRun(t, g, path, bonus)
	if _, err := r.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Tell = func(p mailing.Progress) {
		if p.Doing == "sending" && p.Done == 2000 {
			if err := os.WriteFile(path, []byte("to,points\n"), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	sent, err := r.Send(t.Context())
	if err == nil || sent.Accepted != 2000 || len(g.order) != 2000 || sent.Left != 500 {
		t.Errorf("%+v, %v; %d were sent", sent, err, len(g.order))
	}
}

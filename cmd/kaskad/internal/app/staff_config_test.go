package app

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"kaskad/fallback"
)

// Each key of [staff] takes all between off and its bound, and reaches the rules.
func TestStaffKeys(t *testing.T) {
	off := fallback.StaffRules{Hold: 3 * time.Second, HoldMarketing: 24 * time.Hour, Times: fallback.StaffTimes{Remind: 15 * time.Minute, Escalate: time.Hour, Release: 8 * time.Hour}}
	with := func(change func(*fallback.StaffRules)) fallback.StaffRules {
		r := off
		change(&r)
		return r
	}
	const month = 30 * 24 * time.Hour
	for line, want := range map[string]fallback.StaffRules{
		``:                       off,
		`hold = "0s"`:            with(func(r *fallback.StaffRules) { r.Hold = 0 }),
		`hold = "1m"`:            with(func(r *fallback.StaffRules) { r.Hold = time.Minute }),
		`members = "group"`:      off,
		`members = "listed"`:     with(func(r *fallback.StaffRules) { r.Listed = true }),
		`hold_marketing = "0s"`:  with(func(r *fallback.StaffRules) { r.HoldMarketing = 0 }),
		`hold_marketing = "30d"`: with(func(r *fallback.StaffRules) { r.HoldMarketing = month }),
		`assign = "none"`:        off,
		`assign = "round_robin"`: with(func(r *fallback.StaffRules) { r.Times.Deal = true }),
		`remind = "0s"`:          with(func(r *fallback.StaffRules) { r.Times.Remind = 0 }),
		`remind = "30d"`:         with(func(r *fallback.StaffRules) { r.Times.Remind = month }),
		`escalate = "0s"`:        with(func(r *fallback.StaffRules) { r.Times.Escalate = 0 }),
		`escalate = "30d"`:       with(func(r *fallback.StaffRules) { r.Times.Escalate = month }),
		`release = "0s"`:         with(func(r *fallback.StaffRules) { r.Times.Release = 0 }),
		`release = "30d"`:        with(func(r *fallback.StaffRules) { r.Times.Release = month }),
	} {
		cfg, faults := load(t, aBot+"[staff]\n"+line+"\n")
		if faults.Errors() {
			t.Errorf("%s: %v", line, faults)
		} else if got := cfg.Staff.rules(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s makes %+v, want %+v", line, got, want)
		}
	}
	for _, line := range []string{
		`hold = "61s"`, `hold = "-1s"`, `members = "all"`, `members = ""`, `hold_marketing = "31d"`, `hold_marketing = "-1s"`, `assign = "random"`, `assign = ""`,
		`remind = "31d"`, `remind = "-1s"`, `escalate = "31d"`, `escalate = "-1s"`, `release = "31d"`, `release = "-1s"`, `away_reply = "yes"`,
		`card = [{ attribute = " " }]`, `card = [` + strings.Repeat(`{ attribute = "a" },`, mostCard+1) + `]`, fmt.Sprintf("pace_at = %d", mostPaceAt+1),
	} {
		key, _, _ := strings.Cut(line, " ")
		if _, faults := load(t, aBot+"[staff]\n"+line+"\n"); !faults.Errors() || !strings.Contains(fmt.Sprint(faults), key) {
			t.Errorf("%s is answered %v", line, faults)
		}
	}
}

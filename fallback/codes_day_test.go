package fallback

import (
	"bytes"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
)

// The operator is woken when no codes are left: once an hour, however many ask, and not by the bounds of one person or number.
func TestNoCodesLeftIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		e := &Engine{Options: Options{Rules: &Rules{Codes: CodeRules{PerDay: 500}}, Log: slog.New(slog.NewTextHandler(&log, nil))}}
		told := func() int { return strings.Count(log.String(), "level=ERROR") }
		e.codesAsked(bots.Viber, "", true)
		e.codesAsked(bots.Viber, PersonSpent, false)
		e.codesAsked(bots.Viber, PhoneSpent, false)
		e.codesAsked(bots.Viber, "", false)
		if told() != 0 {
			t.Fatalf("logged: %s", &log)
		}
		for range 3 {
			e.codesAsked(bots.Viber, CodesSpent, false)
		}
		if told() != 1 || !strings.Contains(log.String(), "per_day=500") {
			t.Errorf("logged: %s", &log)
		}
		time.Sleep(time.Hour)
		e.codesAsked(bots.Telegram, CodesSpent, false)
		if told() != 2 {
			t.Errorf("an hour later it is logged %d times", told())
		}
		got := map[string]uint64{}
		for _, n := range e.Counts() {
			got[n.What+" "+n.Channel+" "+n.Kind] = n.N
		}
		want := map[string]uint64{"code viber asked": 1, "code viber no_person": 1, "code viber no_phone": 1, "code viber no_day": 3, "code telegram no_day": 1}
		if !maps.Equal(got, want) {
			t.Errorf("counted %v, want %v", got, want)
		}
	})
}

package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/cmd/kaskad/internal/alert"
)

// Who hangs in looking for what is wrong is not well, and is not pinged for.
func TestAStuckWatchOfAlertsIsNotWell(t *testing.T) {
	a, _ := gateway(t, t.TempDir(), "[alerts]\nstaff = true\n")
	now := time.Now()
	if ill := a.illness(t.Context(), now); ill != "" {
		t.Errorf("at first it is ill: %s", ill)
	}
	if ill := a.illness(t.Context(), now.Add(time.Hour)); ill != "the look for what is wrong hangs" {
		t.Errorf("when no look has ended for an hour it is ill: %q", ill)
	}
}

// Who could tell nobody for a quarter of an hour is not pinged for.
func TestAWatchThatTellsNobodyIsNotWell(t *testing.T) {
	a, _ := gateway(t, t.TempDir(), "[webhooks]\nnetworks = [\"127.0.0.0/8\"]\n[alerts]\nhold = \"0s\"\ndisk_free = 1000000000\nwebhook = \"http://127.0.0.1:1\"\nwebhook_secret = \"whsec_c2l4dGVlbi1sZXR0ZXJzLW9yLW1vcmU=\"\n")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- a.runAlerts(ctx) }()
	for since, _ := a.alerts.Failing(); since.IsZero(); since, _ = a.alerts.Failing() {
		select {
		case <-t.Context().Done():
			t.Fatal("it never failed")
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if ill := a.illness(t.Context(), time.Now()); ill != "" {
		t.Errorf("at first it is ill: %s", ill)
	}
	if ill := a.illness(t.Context(), time.Now().Add(16*time.Minute)); ill != "nobody can be told what is wrong" {
		t.Errorf("after a quarter of an hour it is ill: %q", ill)
	}
}

// Once nobody could be told for a quarter of an hour the pings end, so that the watch elsewhere notices; and begin again when somebody is told.
func TestThePingEndsWhileNobodyIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := gatewayOf(t, t.TempDir(), aProvider+"[alerts]\nping = \"http://127.0.0.1:1\"\nping_every = \"1m\"\n")
		var away atomic.Bool
		away.Store(true)
		tell := func(context.Context, string, []alert.Line) error {
			if away.Load() {
				return errors.New("away")
			}
			return nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		var err error
		a.alerts, err = alert.New(ctx, alert.Options{
			Look:    func(context.Context) []alert.Condition { return []alert.Condition{{Key: "disk", Text: "full"}} },
			Targets: []alert.Target{{Name: "webhook", Tell: tell}},
			Record:  a.db.Records("alert"), Log: a.log,
		})
		if err != nil {
			t.Fatal(err)
		}
		var pinged atomic.Pointer[time.Time]
		ended := make(chan error, 2)
		begun := time.Now()
		go func() { ended <- a.alerts.Run(ctx) }()
		go func() {
			ended <- a.pings(ctx, func(context.Context) error { now := time.Now(); pinged.Store(&now); return nil })
		}()
		time.Sleep(40 * time.Minute)
		synctest.Wait()
		if lasted := pinged.Load().Sub(begun); lasted < 14*time.Minute || lasted > 16*time.Minute {
			t.Errorf("the last ping comes %s after somebody could be told last", lasted)
		}
		away.Store(false)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if ago := time.Since(*pinged.Load()); ago > time.Minute+time.Second {
			t.Errorf("the last ping is of %s ago, although somebody is told again", ago)
		}
		cancel()
		if err := errors.Join(<-ended, <-ended); err != nil {
			t.Error(err)
		}
	})
}

// That the clock jumped is told for a quarter of an hour, and then it is over.
func TestAJumpOfTheClockIsTold(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		at   time.Time
		want int
	}{
		"never": {time.Time{}, 0}, "now": {now, 1}, "lately": {now.Add(-14 * time.Minute), 1}, "a quarter of an hour ago": {now.Add(-jumpTold), 0},
	} {
		var told []string
		tellJump(c.at, now, func(key string, _ bool, _ string, _ ...any) { told = append(told, key) })
		if len(told) != c.want || c.want == 1 && told[0] != "clock" {
			t.Errorf("a jump %s: %v is told", name, told)
		}
	}
}

// What is wrong with who is woken is said, each at its key.
func TestAlertsThatCannotBeAreSaid(t *testing.T) {
	for text, want := range map[string]string{
		"owner = \"777\"":                                    "alerts.owner",
		"owner = \"viber:777\"":                              "alerts.owner",
		"owner = \"telegram:-100777\"":                       "alerts.owner",
		"[alerts.hears.boss]\nfrom = \"critical\"":           "alerts.hears.boss",
		"staff = true\n[alerts.hears.staff]\nfrom = \"all\"": "alerts.hears.staff.from",
		"staff = true\n[alerts.hears.staff]\nhours = { from = \"8\", to = \"20:00\" }":                                  "alerts.hears.staff.hours",
		"staff = true\n[alerts.hears.staff]\nhours = { from = \"08:00\", to = \"08:00\" }":                              "alerts.hears.staff.hours",
		"[alerts.mail]\nhost = \"smtp.example.com\"\nfrom = \"a@example.com\"":                                          "alerts.mail",
		"[alerts.mail]\nhost = \"smtp.example.com\"\nfrom = \"a@example.com\"\nto = [\"b@example.com\"]\ntls = \"off\"": "alerts.mail.tls",
		"owner = \"telegram:777\"\n[alerts.hears.owner]\nhours = { from = \"08:00\", to = \"20:00\" }":                  "",
	} {
		path := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(path, []byte(aChat+"[alerts]\n"+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var found []string
		_, faults := Load(path)
		for _, f := range faults {
			if !f.Warning {
				found = append(found, f.Key)
			}
		}
		if got := strings.Join(found, " "); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: faults at %q; want %q", text, got, want)
		}
	}
}

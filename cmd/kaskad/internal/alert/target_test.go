package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// pair is a watch with two targets, which are told one after the other at each moment.
type pair struct {
	*Watch
	t     *testing.T
	kept  *memory
	rules map[string]Rules
	found []Condition
	down  map[string]bool
	told  map[string][]string
	now   time.Time
}

func newPair(t *testing.T, kept *memory, rules map[string]Rules) *pair {
	p := &pair{t: t, kept: kept, rules: rules, down: map[string]bool{}, told: map[string][]string{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	p.start()
	return p
}

func (p *pair) start() {
	var targets []Target
	for _, name := range []string{"mail", "phone"} {
		targets = append(targets, Target{Name: name, Rules: p.rules[name], Tell: func(_ context.Context, _ string, lines []Line) error {
			if p.down[name] {
				return errors.New("is down")
			}
			for _, l := range lines {
				p.told[name] = append(p.told[name], []string{"raised ", "lasting ", "over "}[l.Stage]+l.Key)
			}
			return nil
		}})
	}
	var err error
	p.Watch, err = New(p.t.Context(), Options{Hold: time.Minute, Record: p.kept, Log: slog.New(slog.DiscardHandler), Targets: targets, Look: func(context.Context) []Condition { return p.found }})
	if err != nil {
		p.t.Fatal(err)
	}
}

// pass lets time go by, and compares what each target was told meanwhile.
func (p *pair) pass(when string, d time.Duration, mail, phone string) {
	p.t.Helper()
	clear(p.told)
	for end := p.now.Add(d); p.now.Before(end); p.now = p.now.Add(10 * time.Second) {
		p.at(p.t.Context(), p.now)
	}
	for name, want := range map[string]string{"mail": mail, "phone": phone} {
		if got := strings.Join(p.told[name], ", "); got != want {
			p.t.Errorf("%s: %s was told %q; want %q", when, name, got, want)
		}
	}
}

var (
	full = Condition{Key: "disk", Critical: true, Text: "no room"}
	kept = Condition{Key: "quarantine", Text: "3 wait"}
)

// A target that was down while another one took it hears what is open when it is back, and nothing of what came and went meanwhile.
func TestATargetThatComesBackHearsWhatIsOpenNow(t *testing.T) {
	t.Parallel()
	p := newPair(t, newMemory(), nil)
	p.found, p.down["mail"] = []Condition{deaf, full}, true
	p.pass("while one is down", 5*time.Minute, "", "raised channel:telegram, raised disk, raised alerts:mail")
	p.found = []Condition{full}
	p.pass("when one thing ends", 5*time.Minute, "", "over channel:telegram")
	p.start() // a restart changes nothing
	p.down["mail"] = false
	p.pass("when it is back", 5*time.Minute, "raised disk", "over alerts:mail")
	p.down["mail"] = true
	p.found = nil
	p.pass("what ends while it is down", 5*time.Minute, "", "over disk, raised alerts:mail")
	p.start()
	p.down["mail"] = false
	p.pass("is told when it is back", 5*time.Minute, "over disk", "over alerts:mail")
}

// What one record held for all targets is read, nothing of it is told anew, and then each has its own.
func TestTheRecordOfAllTargetsIsRead(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC)
	old, err := json.Marshal(map[string]any{
		"channel:telegram": map[string]any{"key": "channel:telegram", "critical": true, "text": "not heard", "since": at, "told": at.Add(5 * time.Minute), "times": 1},
		"quarantine":       map[string]any{"key": "quarantine", "text": "3 wait", "since": at, "told": at.Add(time.Minute), "times": 1},
		"disk":             map[string]any{"key": "disk", "text": "no room", "since": at.Add(59 * time.Minute)},
	})
	if err != nil {
		t.Fatal(err)
	}
	was := newMemory()
	was.all[openRecord] = old
	p := newPair(t, was, nil)
	p.found = []Condition{deaf, full}
	p.pass("after the upgrade", 20*time.Minute, "raised disk, over quarantine, lasting channel:telegram", "raised disk, over quarantine, lasting channel:telegram")
	if keys := slices.Sorted(maps.Keys(p.kept.all)); !slices.Equal(keys, []string{"open", "told/mail", "told/phone"}) {
		t.Errorf("records: %q", keys)
	}
	p.start()
	p.pass("after another start", 20*time.Minute, "", "")
}

// One hears only what is critical; the other hears by day what is not, and at any hour what is.
func TestSeveritiesAndHours(t *testing.T) {
	t.Parallel()
	kyiv, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	p := newPair(t, newMemory(), map[string]Rules{"mail": {From: 9 * 60, To: 18 * 60, Zone: kyiv}, "phone": {Critical: true}})
	p.now = time.Date(2026, 3, 1, 16, 30, 0, 0, time.UTC) // half past six in the evening there
	p.found = []Condition{kept}
	p.pass("in the evening", time.Hour, "", "")
	p.found = []Condition{kept, full}
	p.pass("what is critical", 10*time.Minute, "raised disk", "raised disk")
	p.found = []Condition{kept}
	p.pass("and its end", 10*time.Minute, "over disk", "over disk")
	p.now = time.Date(2026, 3, 2, 6, 59, 0, 0, time.UTC)
	p.pass("in the morning, a minute before nine", time.Minute, "", "")
	p.pass("at nine", time.Minute, "raised quarantine", "")
	p.found = []Condition{{Key: kept.Key, Critical: true, Text: "30000 wait"}}
	p.pass("it has become critical", 10*time.Minute, "raised quarantine", "raised quarantine")
	p.found = []Condition{kept}
	p.pass("it is no more", 10*time.Minute, "", "over quarantine")
}

// A night ends at midnight of no zone.
func TestHoursOverMidnight(t *testing.T) {
	t.Parallel()
	r := Rules{From: 22 * 60, To: 6 * 60, Zone: time.UTC}
	for hour, want := range map[int]bool{21: false, 22: true, 23: true, 0: true, 5: true, 6: false, 12: false} {
		if got := r.awake(time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC)); got != want {
			t.Errorf("at %d it is awake: %v", hour, got)
		}
	}
}

// A clock that was put back by a day keeps nobody from being told.
func TestAClockThatIsPutBackKeepsNothingFromBeingTold(t *testing.T) {
	t.Parallel()
	p := newPair(t, newMemory(), nil)
	p.found = []Condition{full}
	p.pass("at first", 50*time.Second, "", "")
	p.down["mail"] = true
	p.pass("one is down", time.Minute, "", "raised disk")
	p.now = p.now.Add(-24 * time.Hour)
	p.down["mail"] = false
	p.pass("it is yesterday", 3*time.Minute, "raised disk", "")
	p.found = nil
	p.pass("its end", 3*time.Minute, "over disk", "over disk")
}

// A message has an end, however much is wrong.
func TestAMessageIsBounded(t *testing.T) {
	t.Parallel()
	var lines []Line
	for range 300 {
		lines = append(lines, Line{Stage: Raised, Open: Open{Key: "webhook:x", Text: strings.Repeat("ї", 5000)}})
	}
	got := Words("uk", lines)
	if len(got) > mostWords+100 || !strings.Contains(got, "kaskad alerts") || !strings.HasPrefix(got, "⚠️ Потребує уваги: webhook:x — ї") {
		t.Errorf("%d bytes: %.100s … %s", len(got), got, got[len(got)-50:])
	}
}

// What is silenced nobody is told of, until the time is over or it is ended; a restart does not end it. It is told then as it stands.
func TestWhatIsSilencedIsNotTold(t *testing.T) {
	t.Parallel()
	p := newPair(t, newMemory(), nil)
	silence := func(key string, until time.Time) {
		t.Helper()
		if err := p.Silence(t.Context(), key, until, p.now); err != nil {
			t.Fatal(err)
		}
	}
	p.found = []Condition{deaf, full}
	silence(full.Key, p.now.Add(time.Hour))
	silence("balance:main", p.now.Add(time.Hour)) // of what is not open
	p.pass("one is silenced", 10*time.Minute, "raised channel:telegram", "raised channel:telegram")
	p.start()
	p.pass("after a restart", 40*time.Minute, "", "")
	if r := p.Report(p.now); len(r.Silenced) != 2 || len(r.Open) != 2 || len(r.Open[0].Told) != 2 || r.Open[1].Key != "disk" || len(r.Open[1].Told) != 0 {
		t.Errorf("report: %+v", r)
	}
	p.pass("when the time is over", 15*time.Minute, "raised disk, lasting channel:telegram", "raised disk, lasting channel:telegram")
	silence(full.Key, p.now.Add(time.Hour))
	p.found = []Condition{deaf}
	p.pass("its end is silenced, too", 10*time.Minute, "", "")
	silence(full.Key, time.Time{})
	p.pass("until the silence is ended", 10*time.Minute, "over disk", "over disk")
	for want, err := range map[error]error{
		ErrSilenceKey:  p.Silence(t.Context(), "a b", p.now.Add(time.Hour), p.now),
		ErrSilenceTime: p.Silence(t.Context(), "disk", p.now.Add(31*24*time.Hour), p.now),
	} {
		if !errors.Is(err, want) {
			t.Errorf("got %v; want %v", err, want)
		}
	}
	if err := p.Silence(t.Context(), "disk", p.now, p.now); !errors.Is(err, ErrSilenceTime) {
		t.Errorf("a silence that has ended: %v", err)
	}
	for i := range mostSilences + 2 {
		if err := p.Silence(t.Context(), fmt.Sprint("held:", i), p.now.Add(time.Hour), p.now); err != nil {
			if !errors.Is(err, ErrSilences) || i < mostSilences-2 {
				t.Errorf("silence %d: %v", i, err)
			}
		} else if i > mostSilences {
			t.Errorf("silence %d was taken", i)
		}
	}
}

// A trial reaches every target, whatever it hears, and changes nothing.
func TestATrialReachesEveryTarget(t *testing.T) {
	t.Parallel()
	var got []Stage
	w, err := New(t.Context(), Options{Record: newMemory(), Log: slog.New(slog.DiscardHandler), Look: func(context.Context) []Condition { return nil }, Targets: []Target{
		{Name: "well", Rules: Rules{Critical: true, From: 1, To: 2}, Tell: func(_ context.Context, _ string, lines []Line) error { got = append(got, lines[0].Stage); return nil }},
		{Name: "ill", Tell: refuses},
	}})
	if err != nil {
		t.Fatal(err)
	}
	answers := w.Try(t.Context())
	if len(answers) != 2 || answers[0] != (Answer{Target: "well"}) || answers[1].Target != "ill" || answers[1].Err == nil || !slices.Equal(got, []Stage{Trial}) {
		t.Errorf("answers %+v, told %v", answers, got)
	}
	if since, _ := w.Failing(); !since.IsZero() {
		t.Error("a trial counts as a failure")
	}
	if text := Words("de", []Line{{Stage: Trial}}); text != "✅ A test: alerts of Kaskad come here" {
		t.Error(text)
	}
}

// What was noticed tomorrow, by a clock that was put back since, is told after the hold all the same; and what went then is over after it.
func TestWhatWasNoticedTomorrowIsToldToday(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	open := Notice(nil, []Condition{full}, time.Minute, now.Add(24*time.Hour))
	for range 2 {
		open = Notice(open, []Condition{full}, time.Minute, now)
		now = now.Add(time.Minute)
	}
	if o := open[full.Key]; !o.Raised || o.Since.After(now) {
		t.Errorf("after two minutes: %+v", o)
	}
	open = Notice(open, nil, time.Minute, now.Add(24*time.Hour))
	for range 2 {
		open = Notice(open, nil, time.Minute, now)
		now = now.Add(time.Minute)
	}
	if len(open) != 0 {
		t.Errorf("two minutes after it went: %+v", open)
	}
}

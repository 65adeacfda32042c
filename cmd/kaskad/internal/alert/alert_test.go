package alert

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// memory keeps records; targets write at once.
type memory struct {
	mu  sync.Mutex
	all map[string][]byte
}

func newMemory() *memory { return &memory{all: map[string][]byte{}} }

func (m *memory) Get(_ context.Context, id string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all[id], nil
}

func (m *memory) Put(_ context.Context, id string, b []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all[id] = b
	return nil
}

// at is what Run does at one moment, one target after the other.
func (w *Watch) at(ctx context.Context, now time.Time) {
	w.look(ctx, now)
	for _, t := range w.targets {
		<-t.looked
		w.turn(ctx, t, now)
	}
}

// rig is a watch whose target writes down what it is told.
type rig struct {
	*Watch
	t     *testing.T
	kept  *memory
	found []Condition
	down  bool
	told  []string
	now   time.Time
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, kept: newMemory(), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	r.start()
	return r
}

// start begins anew with what was kept, as after a crash.
func (r *rig) start() {
	w, err := New(r.t.Context(), Options{Hold: time.Minute, Record: r.kept, Log: slog.New(slog.DiscardHandler), Look: func(context.Context) []Condition { return r.found }, Targets: []Target{{Name: "phone", Tell: func(_ context.Context, _ string, lines []Line) error {
		if r.down {
			return errors.New("the phone is off")
		}
		r.told = append(r.told, Words("en-GB", lines))
		return nil
	}}}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.Watch = w
}

// pass lets time go by, looking every ten seconds, and returns what was told meanwhile.
func (r *rig) pass(d time.Duration) string {
	r.told = nil
	for end := r.now.Add(d); r.now.Before(end); r.now = r.now.Add(10 * time.Second) {
		r.at(r.t.Context(), r.now)
	}
	return strings.Join(r.told, "\n--\n")
}

func (r *rig) want(when, got, want string) {
	r.t.Helper()
	if got != want {
		r.t.Errorf("%s: told %q; want %q", when, got, want)
	}
}

var deaf = Condition{Key: "channel:telegram", Critical: true, Text: "not heard"}

func TestAConditionIsToldOnceAgainAndAsOver(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.found = []Condition{deaf, {Key: "quarantine", Text: "3 wait"}}
	r.want("at first", r.pass(50*time.Second), "")
	r.want("after the hold", r.pass(30*time.Minute), "🔴 Needs attention: channel:telegram — not heard\n⚠️ Needs attention: quarantine — 3 wait")
	if n := strings.Count(r.pass(29*time.Hour), "Still not well: channel:telegram"); n != 3 {
		t.Errorf("in 29 hours it was told %d times more, want after 1, 5 and 29 hours", n)
	}
	r.start() // a crash
	r.want("after a crash", r.pass(10*time.Minute), "")
	r.found = nil
	got := r.pass(10 * time.Minute)
	if strings.Count(got, "✅ Over: ") != 2 || !strings.Contains(got, "channel:telegram (29h") {
		t.Errorf("at the end: told %q", got)
	}
	r.want("afterwards", r.pass(48*time.Hour), "")
}

func TestWhatEndedWhileNothingRanIsToldAsOver(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.found = []Condition{deaf}
	r.pass(5 * time.Minute)
	r.found = nil
	r.start()
	if got := r.pass(5 * time.Minute); !strings.HasPrefix(got, "✅ Over: channel:telegram") {
		t.Errorf("told %q", got)
	}
}

func TestWhatComesAndGoesWakesNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 20 {
		r.found = []Condition{deaf}
		r.want("a short one", r.pass(30*time.Second), "")
		r.found = nil
		r.want("a short one that went", r.pass(30*time.Second), "")
	}
	r.found = []Condition{deaf}
	r.pass(5 * time.Minute)
	for range 20 {
		r.found = nil
		r.want("a short end", r.pass(30*time.Second), "")
		r.found = []Condition{deaf}
		r.want("and again", r.pass(30*time.Second), "")
	}
}

func TestWhatNobodyTookIsToldLater(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.found, r.down = []Condition{deaf}, true
	r.pass(5 * time.Minute)
	if since, why := r.Failing(); since.IsZero() || !strings.Contains(why, "phone: the phone is off") {
		t.Errorf("failing since %v: %q", since, why)
	}
	r.down = false
	r.want("when it is on again", r.pass(5*time.Minute), "🔴 Needs attention: channel:telegram — not heard")
	if since, _ := r.Failing(); !since.IsZero() {
		t.Error("it is told as failing though it was taken")
	}
}

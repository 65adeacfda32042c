package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/webhooks"
	"kaskad/fallback"
)

// HealthOptions says where health and metrics look. A nil func is skipped.
type HealthOptions struct {
	// Down names what does not work and makes the gateway useless: the store, a receiver; with what to do.
	Down func(context.Context) map[string]error
	// Condition is how everything else stands, looked at in one moment.
	Condition func() Condition
	// Held are the channels whose lanes a fault holds, and until when.
	Held   func() map[string]time.Time
	Paused func() []fallback.Pause
	// CatchingUp are the channels that tell again what they could not, Ramps those that send at a part of their rate.
	CatchingUp func() map[string]fallback.Progress
	Ramps      func() map[string]float64
	// Holding are the holds of regions that stand.
	Holding func() []fallback.RegionHold
	// Counts are the engine's counters.
	Counts func() []fallback.Count
	// Transitions counts the states that deliveries went into.
	Transitions func() map[string]uint64
	// Waiting is in how many conversations somebody waits for people, and since when the oldest does. FirstAnswers is how long first
	// answers took.
	Waiting      func(context.Context) (n int, since time.Time, err error)
	FirstAnswers func() FirstAnswers
	// Slowed is how long marketing waits between two messages of a channel because so many people wait; false: it never does.
	Slowed func() (gap time.Duration, on bool)
	// Store are the store's figures by name (letters and _): sizes in bytes, commits, operations.
	Store func() map[string]float64
	// Quarantined is how much could not be taken and is kept.
	Quarantined func(context.Context) (int, error)
	// Balances is what is left of the money at SMS providers, by sender; one without currency is in the provider's own units.
	Balances func() map[string]bots.Money
	// Clicks counts the calls for tracked links, by what became of them.
	Clicks func() map[string]uint64

	// Search is how the index of people and messages stands.
	Search func() SearchStatus

	// Codes is how much of a day's one-time codes is used; false: none are sent, or the store cannot tell.
	Codes func() (fallback.CodeDay, bool)

	// Load is how much of each kind of calls is under way.
	Load func() []Load

	// Webhooks is how each program stands that is told the changes.
	Webhooks func() []webhooks.Figure

	// Keeping is what was dropped because it was too old.
	Keeping func() Keeping

	// Backup is how backups stand; false: nobody asked for any.
	Backup func() (BackupStatus, bool)

	// Alerts are what is open and what was not taken; false: nobody is woken.
	Alerts func() (AlertFigures, bool)

	Build Build
}

// Condition is how channels and parts of the program stand at one moment. A nil map is of nothing.
type Condition struct {
	// Degraded lists what has a trouble of its own, and since or until when. Unheard are those channels among it that have told us nothing
	// for too long, Parts what is no channel.
	Degraded, Unheard, Parts map[string]time.Time
	// Standings is how the channels stand that hold a session.
	Standings map[string]bots.Standing
	// Advice is what somebody has to do about a channel or the certificate, by name.
	Advice map[string]string
}

// BackupStatus is how backups stand.
type BackupStatus struct {
	Good  time.Time `json:"good,omitzero"` // when the last good one was made
	Path  string    `json:"path,omitempty"`
	Bytes int64     `json:"bytes,omitempty"`
	Tried time.Time `json:"tried,omitzero"`
	Error string    `json:"error,omitempty"` // of the last try
}

// Health answers whether the gateway lives, whether it is ready, and what it counts. Its answers hold no person's data.
type Health struct{ HealthOptions }

// NewHealth wires the answers.
func NewHealth(o HealthOptions) *Health { return &Health{o} }

// Alive answers 200 as long as the process answers at all.
func (h *Health) Alive() http.Handler {
	return readOnly(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
}

// Readiness is the answer of /readyz.
type Readiness struct {
	Status   string            `json:"status"` // ready, or down
	Down     map[string]string `json:"down,omitempty"`
	Paused   []string          `json:"paused,omitempty"` // scopes; "all": everything; "sms (skipped)": its steps go on to the next channel
	Holds    []string          `json:"holds,omitempty"`  // regions on hold; no more than twenty are named
	Degraded []string          `json:"degraded"`         // channels with a trouble of their own: the gateway works
	Advice   map[string]string `json:"advice,omitempty"` // what to do about them
	// Sessions is how the channels stand that hold one.
	Sessions map[string]Session `json:"sessions,omitempty"`
	// CatchingUp is how far channels have come that were not heard: their waits are held meanwhile.
	CatchingUp map[string]CatchUp `json:"catching_up,omitempty"`
	// Ramps are channels that send at a part of their rate, after a pause or a fault.
	Ramps map[string]float64 `json:"ramps,omitempty"`
	// Quarantined is how much could not be taken and waits for somebody to look at it.
	Quarantined int `json:"quarantined,omitempty"`
	// Compact: what was deleted is still in free pages of the store's file, which is written anew at a time.
	Compact *Compacting `json:"compact,omitempty"`
	// Backup is how backups stand.
	Backup *BackupStatus `json:"backup,omitempty"`
}

// CatchUp is how far a channel has come that was not heard.
type CatchUp struct {
	Since time.Time `json:"since"`          // when it was last heard
	Until time.Time `json:"until"`          // when its waits go on, whatever it tells
	Gone  bool      `json:"gone,omitempty"` // they do: five a second
	Taken uint64    `json:"taken"`          // events that it has told since
}

func (h *Health) catchingUp() map[string]CatchUp {
	if h.CatchingUp == nil {
		return nil
	}
	all := map[string]CatchUp{}
	for channel, p := range h.CatchingUp() {
		if channel != bots.Staff { // nothing is heard through it
			all[channel] = CatchUp{p.Since.UTC(), p.Until.UTC(), p.Gone, p.Taken}
		}
	}
	return all
}

// ramps are shares, in hundredths.
func (h *Health) ramps() map[string]float64 {
	if h.Ramps == nil {
		return nil
	}
	all := h.Ramps()
	for channel, share := range all {
		all[channel] = math.Round(share*100) / 100
	}
	return all
}

// Session is how a channel's session stands.
type Session struct {
	State  string    `json:"state"`
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"`   // when it ends by itself, if anybody knows
	Sends  string    `json:"sends"`            // all, answers, or nothing
	Advice string    `json:"advice,omitempty"` // what to do
}

// sendsOf is what a session lets through.
func sendsOf(s bots.Standing) string {
	switch {
	case s.Shut:
		return "nothing"
	case s.Limited:
		return "answers"
	}
	return "all"
}

func (h *Health) condition() (c Condition) {
	if h.Condition != nil {
		c = h.Condition()
	}
	return c
}

func sessions(standings map[string]bots.Standing) map[string]Session {
	all := map[string]Session{}
	for channel, s := range standings {
		all[channel] = Session{State: s.State, Since: s.Since.UTC(), Until: s.Until.UTC(), Sends: sendsOf(s), Advice: s.Advice}
	}
	return all
}

const readyTime = 5 * time.Second

// Ready answers 503 only when the store or a receiver is down. A channel's trouble is no reason to take the gateway out.
func (h *Health) Ready() http.Handler {
	return readOnly(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTime)
		defer cancel()
		now := h.condition()
		status, out := http.StatusOK, Readiness{Status: "ready", Sessions: sessions(now.Standings), Degraded: now.troubled(), Advice: now.Advice}
		out.Paused, out.Quarantined = h.pausedScopes(), h.quarantined(ctx)
		out.Holds, out.Compact = h.regions(), h.compacting()
		out.CatchingUp, out.Ramps = h.catchingUp(), h.ramps()
		if h.Backup != nil {
			if s, on := h.Backup(); on {
				out.Backup = &s
			}
		}
		if h.Down != nil {
			for name, err := range h.Down(ctx) {
				if err == nil {
					continue
				}
				if out.Down == nil {
					out.Down = map[string]string{}
				}
				out.Status, status, out.Down[name] = "down", http.StatusServiceUnavailable, err.Error()
			}
		}
		answer(w, status, out)
	})
}

// pausedScopes are what is paused now.
func (h *Health) pausedScopes() []string {
	var scopes []string
	if h.Paused == nil {
		return nil
	}
	for _, p := range h.Paused() {
		if p.Scope == "" {
			p.Scope = "all"
		}
		if p.Skip {
			p.Scope += " (skipped)"
		}
		scopes = append(scopes, p.Scope)
	}
	return scopes
}

// maxRegions is how many regions on hold are named.
const maxRegions = 20

// regions are those on hold.
func (h *Health) regions() (all []string) {
	if h.Holding == nil {
		return nil
	}
	for _, hold := range h.Holding() {
		if !slices.Contains(all, hold.Region) {
			all = append(all, hold.Region)
		}
	}
	slices.Sort(all)
	if more := len(all) - maxRegions; more > 0 {
		all = append(all[:maxRegions], fmt.Sprintf("and %d more", more))
	}
	return all
}

// quarantined is how much is kept; 0 too when the store cannot tell, which Down says.
func (h *Health) quarantined(ctx context.Context) int {
	if h.Quarantined == nil {
		return 0
	}
	n, err := h.Quarantined(ctx)
	if err != nil {
		return 0
	}
	return n
}

// troubled are those that are degraded, and channels whose session does not send everything.
func (c Condition) troubled() []string {
	all := maps.Clone(c.Degraded)
	if all == nil {
		all = map[string]time.Time{}
	}
	for channel, s := range c.Standings {
		if s.Shut || s.Limited {
			all[channel] = s.Since
		}
	}
	names := slices.Sorted(maps.Keys(all))
	if names == nil {
		names = []string{}
	}
	return names
}

// Metrics answers in Prometheus' formats.
func (h *Health) Metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{h}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return readOnly(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP)
}

// readOnly takes GET and HEAD alone.
func readOnly(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			answerProblem(w, problem(http.StatusMethodNotAllowed, "method_not_allowed", "", "%.200s takes GET, HEAD.", r.URL.Path))
			return
		}
		next(w, r)
	})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

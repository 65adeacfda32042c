package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/fallback"
)

func TestHealth(t *testing.T) {
	var down error
	looked := 0
	f := newFake()
	f.pauses = []fallback.Pause{{From: noon}, {Scope: "marketing", From: noon}}
	h := api.NewHealth(api.HealthOptions{
		Down: func(context.Context) map[string]error { return map[string]error{"store": down, "telegram": nil} },
		Condition: func() api.Condition {
			looked++
			return api.Condition{
				Degraded: map[string]time.Time{"telegram": noon, "sms": noon}, Unheard: map[string]time.Time{"telegram": noon},
				Parts: map[string]time.Time{"backup": time.Now().Add(-time.Minute)},
			}
		},
		Held: f.Held, Paused: f.Paused, Build: api.Build{Version: "test", Commit: "c0ffee", Go: "go1.26", OS: "linux", Arch: "amd64"},
		Counts: func() []fallback.Count {
			return []fallback.Count{{What: "event", Channel: "telegram", Kind: "wrote", N: 3}, {What: "send", Channel: "sms", Kind: "accepted", N: 2}, {What: "new", Channel: "sms", Kind: "x", N: 1}}
		},
		Transitions: func() map[string]uint64 { return map[string]uint64{"done": 7} },
		Store:       func() map[string]float64 { return map[string]float64{"file_bytes": 4096} },
		Quarantined: func(context.Context) (int, error) { return 5, nil },
		Holding:     func() []fallback.RegionHold { return nil },
	})
	get := func(from http.Handler) (int, string) {
		w := httptest.NewRecorder()
		from.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		body, _ := io.ReadAll(w.Body)
		return w.Code, strings.TrimSpace(string(body))
	}
	if status, body := get(h.Alive()); status != 200 || body != `{"status":"ok"}` {
		t.Errorf("healthz answers %d %s", status, body)
	}
	if status, body := get(h.Ready()); status != 200 || body != `{"status":"ready","paused":["all","marketing"],"degraded":["sms","telegram"],"quarantined":5}` {
		t.Errorf("readyz with two channels in trouble answers %d %s", status, body)
	}
	if looked != 1 {
		t.Errorf("one answer looked %d times how everything stands: it may contradict itself", looked)
	}
	down = errors.New("no room on the disk")
	if status, body := get(h.Ready()); status != 503 || !strings.Contains(body, `"down":{"store":"no room on the disk"}`) {
		t.Errorf("readyz with a full disk answers %d %s", status, body)
	}
	if status, _ := get(h.Alive()); status != 200 {
		t.Errorf("healthz with a full disk answers %d: the process lives", status)
	}
	status, body := get(h.Metrics())
	for _, line := range []string{
		`kaskad_events_total{channel="telegram",kind="wrote"} 3`, `kaskad_sends_total{channel="sms",outcome="accepted"} 2`,
		`kaskad_engine_total{channel="sms",kind="x",what="new"} 1`, `kaskad_deliveries_total{state="done"} 7`,
		`kaskad_paused{scope="all"} 1`, `kaskad_paused{scope="marketing"} 1`, `kaskad_lane_held{channel="sms"} 1`,
		`kaskad_store_file_bytes 4096`, `kaskad_holds 0`, `kaskad_quarantined 5`, `kaskad_build_info{goarch="amd64",goos="linux",goversion="go1.26",revision="c0ffee",version="test"} 1`, "go_goroutines ", "process_start_time_seconds ", `kaskad_channel_unheard_seconds{channel="telegram"} `, `kaskad_part_degraded_seconds{part="backup"} 6`,
	} {
		if !strings.Contains(body, line) {
			t.Errorf("metrics (%d) lack %s", status, line)
		}
	}
}

func TestHealthOfCodes(t *testing.T) {
	day, on := fallback.CodeDay{Asked: 499, Limit: 500, Last: noon}, true
	h := api.NewHealth(api.HealthOptions{Codes: func() (fallback.CodeDay, bool) { return day, on }})
	get := func(from http.Handler) string {
		w := httptest.NewRecorder()
		from.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
		return w.Body.String()
	}
	if body := get(h.Ready()); !strings.Contains(body, `"status":"ready"`) || !strings.Contains(body, `"degraded":[]`) {
		t.Errorf("with one code left readyz answers %s", body)
	}
	day.Asked = 500
	if body := get(h.Metrics()); !strings.Contains(body, "kaskad_codes_asked 500\n") || !strings.Contains(body, "kaskad_codes_limit 500\n") {
		t.Errorf("metrics lack the codes: %s", body)
	}
	on = false
	if body := get(h.Metrics()) + get(h.Ready()); strings.Contains(body, "kaskad_codes") || strings.Contains(body, `"codes"`) {
		t.Errorf("without codes there is %s", body)
	}
}

func TestHealthOfSessions(t *testing.T) {
	h := api.NewHealth(api.HealthOptions{Condition: func() api.Condition {
		return api.Condition{Standings: map[string]bots.Standing{
			"whatsapp": {State: "banned", Since: noon, Until: noon.Add(time.Hour), Advice: "wait", Shut: true},
			"viber":    {State: "limited", Since: noon, Limited: true},
			"telegram": {State: "connected", Since: noon},
		}}
	}})
	w := httptest.NewRecorder()
	h.Ready().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	at, until := noon.UTC().Format(time.RFC3339), noon.Add(time.Hour).UTC().Format(time.RFC3339)
	want := `{"status":"ready","degraded":["viber","whatsapp"],"sessions":{"telegram":{"state":"connected","since":"` + at + `","sends":"all"},` +
		`"viber":{"state":"limited","since":"` + at + `","sends":"answers"},` +
		`"whatsapp":{"state":"banned","since":"` + at + `","until":"` + until + `","sends":"nothing","advice":"wait"}}}`
	if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != want {
		t.Errorf("readyz answers %d\n%s\nwant\n%s", w.Code, got, want)
	}
	w = httptest.NewRecorder()
	h.Metrics().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	for _, line := range []string{`kaskad_session{channel="whatsapp",sends="nothing",state="banned"} 1`, `kaskad_session{channel="telegram",sends="all",state="connected"} 1`} {
		if !strings.Contains(w.Body.String(), line) {
			t.Errorf("metrics lack %s", line)
		}
	}
}

func TestHealthOfNothing(t *testing.T) {
	h := api.NewHealth(api.HealthOptions{})
	for name, handler := range map[string]http.Handler{"healthz": h.Alive(), "readyz": h.Ready(), "metrics": h.Metrics()} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
		if w.Code != 200 {
			t.Errorf("%s answers %d", name, w.Code)
		}
	}
}

func TestHealthOfCatchingUp(t *testing.T) {
	h := api.NewHealth(api.HealthOptions{
		CatchingUp: func() map[string]fallback.Progress {
			return map[string]fallback.Progress{
				"viber": {Since: noon, Until: noon.Add(time.Minute), Taken: 812}, "telegram": {Since: noon, Until: noon, Gone: true},
				"staff": {Since: noon}, // nothing is heard through it
			}
		},
		Ramps: func() map[string]float64 { return map[string]float64{"sms": 0.32999} },
	})
	w := httptest.NewRecorder()
	h.Ready().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	at := noon.UTC().Format(time.RFC3339)
	want := `{"status":"ready","degraded":[],"catching_up":{"telegram":{"since":"` + at + `","until":"` + at + `","gone":true,"taken":0},"viber":{"since":"` + at + `","until":"` + noon.Add(time.Minute).UTC().Format(time.RFC3339) + `","taken":812}},"ramps":{"sms":0.33}}`
	if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != want {
		t.Errorf("readyz answers %d\n%s\nwant\n%s", w.Code, got, want)
	}
}

// What is wrong is counted by severity, none too, and what each target did not take.
func TestAlertsAreCounted(t *testing.T) {
	figures := api.AlertFigures{Open: map[string]int{"critical": 2, "warning": 0}, Failures: map[string]uint64{"mail": 3}}
	get := func(on bool) string {
		w := httptest.NewRecorder()
		api.NewHealth(api.HealthOptions{Alerts: func() (api.AlertFigures, bool) { return figures, on }}).Metrics().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		return w.Body.String()
	}
	body := get(true)
	for _, line := range []string{`kaskad_alerts_open{severity="critical"} 2`, `kaskad_alerts_open{severity="warning"} 0`, `kaskad_alert_failures_total{target="mail"} 3`} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("no %s", line)
		}
	}
	if strings.Contains(get(false), "kaskad_alert") {
		t.Error("there are figures where nobody is woken")
	}
}

package api_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
)

func (f *fake) Pause(_ context.Context, scope string, skip bool) error {
	if scope != "" && scope != "telegram" && scope != "marketing" {
		return &fallback.Invalid{Code: "unknown_scope", Field: "scope", Detail: "\"" + scope + "\" cannot be paused: name a channel that is on, a purpose (service, marketing, urgent), or nothing for all."}
	}
	f.pauses = append(f.pauses, fallback.Pause{Scope: scope, From: noon, Skip: skip})
	return f.err
}

func (f *fake) Resume(_ context.Context, scope string) error {
	f.pauses = slices.DeleteFunc(f.pauses, func(p fallback.Pause) bool { return p.Scope == scope })
	return f.err
}

func (f *fake) Hold(_ context.Context, h fallback.RegionHold) (fallback.RegionHold, error) {
	region, err := fallback.ParseRegion(h.Region)
	if err != nil {
		return h, &fallback.Invalid{Code: "invalid_field", Field: "region", Detail: "region: " + err.Error() + "."}
	}
	h.ID, h.Region, h.From = bots.ID(noon.UnixMicro()), region, noon
	if h.Purposes == nil {
		h.Purposes = []fallback.Purpose{fallback.Marketing}
	}
	f.holds = append(f.holds, h)
	return h, f.err
}

func (f *fake) EndHold(_ context.Context, id bots.ID) (fallback.RegionHold, error) {
	for i := range f.holds {
		if f.holds[i].ID == id {
			f.holds[i].To = noon.Add(time.Hour)
			return f.holds[i], f.err
		}
	}
	return fallback.RegionHold{}, fallback.ErrUnknownHold
}

func (f *fake) Holds() []fallback.RegionHold { return f.holds }
func (f *fake) RegionLook(s string) *fallback.RegionLook {
	return fallback.NewRegionLook(s, &fallback.Rules{Country: "UA"})
}
func (f *fake) Paused() []fallback.Pause       { return f.pauses }
func (f *fake) Held() map[string]time.Time     { return map[string]time.Time{"sms": noon} }
func (f *fake) Degraded() map[string]time.Time { return map[string]time.Time{"telegram": noon} }

func (f *fake) Records(_ context.Context, kind string) (map[string][]byte, error) {
	found := map[string][]byte{}
	for k, v := range f.records {
		if id, ok := strings.CutPrefix(k, kind+"/"); ok {
			found[id] = v
		}
	}
	return found, f.err
}

func (f *fake) Write(_ context.Context, all ...people.Record) error {
	for _, one := range all {
		if one.Value == nil {
			delete(f.records, one.Kind+"/"+one.ID)
			continue
		}
		f.records[one.Kind+"/"+one.ID] = one.Value
	}
	return f.err
}

// hall keeps sources.
type hall struct{ *fallbacktest.Memory }

func (h hall) Read(_ context.Context, f func(fallback.View) error) (err error) {
	h.View(func(v fallback.View) { err = f(v) })
	return err
}

// cell is a quarantine in memory.
type cell struct{ kept map[bots.ID]*api.Kept }

func (c *cell) List(context.Context) (all []api.Kept, err error) {
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(c.kept))) {
		all = append(all, *c.kept[id])
	}
	return all, nil
}

func (c *cell) One(_ context.Context, id bots.ID) (*api.Kept, error) {
	if k := c.kept[id]; k != nil {
		return k, nil
	}
	return nil, api.ErrNotKept
}

// Replay takes events, and no calls.
func (c *cell) Replay(ctx context.Context, id bots.ID) (int, error) {
	k, err := c.One(ctx, id)
	if err != nil {
		return 0, err
	}
	if k.Call != nil {
		return 0, &api.NotReplayed{Err: errors.New("it is no JSON")}
	}
	return 1, c.Drop(ctx, id)
}

func (c *cell) Drop(ctx context.Context, id bots.ID) error {
	_, err := c.One(ctx, id)
	delete(c.kept, id)
	return err
}

// bell wakes nobody: it is asked what is wrong.
type bell struct{ silenced []api.AlertSilence }

func (b *bell) Standing() api.AlertsStanding {
	return api.AlertsStanding{
		Items:    []api.Alert{{Key: "disk", Severity: "critical", Text: "900 MB are free", State: "open", Since: noon, Told: []api.AlertTold{{Target: "staff", At: noon, Times: 1}}}},
		Targets:  []api.AlertTarget{{Name: "staff", From: "warning"}, {Name: "mail", From: "critical", FailingSince: noon, Error: "no answer in time", Failures: 3}},
		Silenced: b.silenced,
	}
}

func (b *bell) Try(context.Context) []api.AlertAnswer {
	return []api.AlertAnswer{{Target: "staff", OK: true}, {Target: "mail", Error: "no answer in time"}}
}

func (b *bell) Silence(_ context.Context, key string, until time.Time) error {
	switch {
	case strings.Contains(key, " "):
		return api.ErrAlertKey
	case until.After(noon.Add(30 * 24 * time.Hour)):
		return api.ErrAlertTime
	case key == "one:more":
		return api.ErrAlertsSilenced
	}
	b.silenced = nil
	if !until.IsZero() {
		b.silenced = []api.AlertSilence{{Key: key, Until: until}}
	}
	return nil
}

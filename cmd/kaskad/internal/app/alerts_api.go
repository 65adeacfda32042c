package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"kaskad/cmd/kaskad/internal/alert"
	"kaskad/cmd/kaskad/internal/api"
)

// alertsRoad is the watch as the API wants it.
type alertsRoad struct{ *alert.Watch }

// apiAlerts is nil where nobody is woken.
func (a *App) apiAlerts() api.Alerts {
	if a.alerts == nil {
		return nil
	}
	return alertsRoad{a.alerts}
}

func severity(critical bool) string {
	if critical {
		return "critical"
	}
	return "warning"
}

func alertState(o alert.Open) string {
	switch {
	case !o.Raised:
		return "noticed"
	case !o.Gone.IsZero():
		return "ending"
	}
	return "open"
}

func (r alertsRoad) Standing() (out api.AlertsStanding) {
	report := r.Report(time.Now())
	for _, o := range report.Open {
		item := api.Alert{Key: o.Key, Severity: severity(o.Critical), Text: o.Text, State: alertState(o.Open), Since: o.Since.UTC(), Told: []api.AlertTold{}}
		for _, name := range slices.Sorted(maps.Keys(o.Told)) {
			item.Told = append(item.Told, api.AlertTold{Target: name, At: o.Told[name].At.UTC(), Times: o.Told[name].Times})
		}
		out.Items = append(out.Items, item)
	}
	for _, t := range report.Targets {
		out.Targets = append(out.Targets, api.AlertTarget{Name: t.Name, From: severity(t.Critical), FailingSince: t.Failed.UTC(), Error: t.Why, Failures: t.Failures})
	}
	for _, key := range slices.Sorted(maps.Keys(report.Silenced)) {
		out.Silenced = append(out.Silenced, api.AlertSilence{Key: key, Until: report.Silenced[key].UTC()})
	}
	return out
}

func (r alertsRoad) Try(ctx context.Context) (all []api.AlertAnswer) {
	for _, answer := range r.Watch.Try(ctx) {
		one := api.AlertAnswer{Target: answer.Target, OK: answer.Err == nil}
		if answer.Err != nil {
			one.Error = answer.Err.Error()
		}
		all = append(all, one)
	}
	return all
}

func (r alertsRoad) Silence(ctx context.Context, key string, until time.Time) error {
	err := r.Watch.Silence(ctx, key, until, time.Now())
	switch {
	case errors.Is(err, alert.ErrSilenceKey):
		return api.ErrAlertKey
	case errors.Is(err, alert.ErrSilenceTime):
		return api.ErrAlertTime
	case errors.Is(err, alert.ErrSilences):
		return api.ErrAlertsSilenced
	}
	return err
}

// alertFigures are what /metrics tells of alerts; false: nobody is woken.
func (a *App) alertFigures() (f api.AlertFigures, on bool) {
	if a.alerts == nil {
		return f, false
	}
	f = api.AlertFigures{Open: map[string]int{"critical": 0, "warning": 0}, Failures: map[string]uint64{}}
	report := a.alerts.Report(time.Now())
	for _, o := range report.Open {
		if o.Raised {
			f.Open[severity(o.Critical)]++
		}
	}
	for _, t := range report.Targets {
		f.Failures[t.Name] = t.Failures
	}
	return f, true
}

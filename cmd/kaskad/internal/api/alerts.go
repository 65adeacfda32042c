package api

import (
	"context"
	"errors"
	"time"
)

// Alerts is what is wrong, and who is woken by it.
type Alerts interface {
	Standing() AlertsStanding
	// Try sends every target a line that is a trial.
	Try(ctx context.Context) []AlertAnswer
	// Silence lets nobody be told of a key until then; the zero time ends that. ErrAlertKey, ErrAlertTime, ErrAlertsSilenced.
	Silence(ctx context.Context, key string, until time.Time) error
}

// What cannot be silenced.
var (
	ErrAlertKey       = errors.New("no key of an alert")
	ErrAlertTime      = errors.New("no time until which it could be silenced")
	ErrAlertsSilenced = errors.New("too much is silenced")
)

// AlertsStanding is everything about alerts.
type AlertsStanding struct {
	Items    []Alert        `json:"items" nullable:"false" doc:"What is wrong, oldest first"`
	Targets  []AlertTarget  `json:"targets" nullable:"false" doc:"Who is told; empty: nobody"`
	Silenced []AlertSilence `json:"silenced" nullable:"false"`
}

// Alert is one thing that is wrong.
type Alert struct {
	Key      string      `json:"key" example:"channel:telegram"`
	Severity string      `json:"severity" enum:"warning,critical"`
	Text     string      `json:"text" doc:"What it is and what to do"`
	State    string      `json:"state" enum:"noticed,open,ending" doc:"noticed: it has not lasted long enough to be told; ending: it is gone, but not for long enough to be over"`
	Since    time.Time   `json:"since"`
	Told     []AlertTold `json:"told" nullable:"false" doc:"Those targets that have taken it"`
}

// AlertTold is what a target was told of it.
type AlertTold struct {
	Target string    `json:"target"`
	At     time.Time `json:"at" doc:"The last time"`
	Times  int       `json:"times"`
}

// AlertTarget is somebody who is told.
type AlertTarget struct {
	Name         string    `json:"name" enum:"staff,owner,mail,webhook"`
	From         string    `json:"from" enum:"warning,critical" doc:"What it hears: everything, or only what is critical"`
	FailingSince time.Time `json:"failing_since,omitzero" doc:"Absent: it took the last one"`
	Error        string    `json:"error,omitempty" doc:"Why it takes nothing"`
	Failures     uint64    `json:"failures" doc:"Tries that it did not take, since the start"`
}

// AlertSilence is a key that nobody is told of.
type AlertSilence struct {
	Key   string    `json:"key"`
	Until time.Time `json:"until"`
}

// AlertAnswer is what a target said to a trial.
type AlertAnswer struct {
	Target string `json:"target"`
	OK     bool   `json:"ok" doc:"It took it"`
	Error  string `json:"error,omitempty"`
}

type alertsOut struct{ Body AlertsStanding }

func (a *API) listAlerts(context.Context, *struct{}) (*alertsOut, error) {
	out := &alertsOut{AlertsStanding{Items: []Alert{}, Targets: []AlertTarget{}, Silenced: []AlertSilence{}}}
	if a.Alerts == nil {
		return out, nil
	}
	s := a.Alerts.Standing()
	out.Body.Items = append(out.Body.Items, s.Items...)
	out.Body.Targets = append(out.Body.Targets, s.Targets...)
	out.Body.Silenced = append(out.Body.Silenced, s.Silenced...)
	return out, nil
}

type tryAlertsOut struct {
	Body struct {
		Items []AlertAnswer `json:"items" nullable:"false"`
	}
}

func (a *API) tryAlerts(ctx context.Context, _ *struct{}) (*tryAlertsOut, error) {
	out := &tryAlertsOut{}
	out.Body.Items = []AlertAnswer{}
	doing(ctx).at("alerts", "test")
	if err := a.alertTrials.begin(time.Now()); err != nil {
		return nil, err
	}
	if a.Alerts != nil {
		out.Body.Items = append(out.Body.Items, a.Alerts.Try(ctx)...)
	}
	return out, nil
}

type silenceIn struct {
	Body struct {
		Key   string    `json:"key" minLength:"1" maxLength:"200" doc:"As it is listed; it need not be open" example:"disk"`
		Until time.Time `json:"until,omitzero" doc:"30 days from now at most; absent: it is told of again"`
	}
}

func (a *API) silenceAlert(ctx context.Context, in *silenceIn) (*alertsOut, error) {
	if a.Alerts == nil {
		return nil, unfit("invalid_field", "key", "key: nobody is told of anything here; write somebody into [alerts].")
	}
	err := a.Alerts.Silence(ctx, in.Body.Key, in.Body.Until)
	switch {
	case errors.Is(err, ErrAlertKey):
		return nil, unfit("invalid_field", "key", "key: write it as GET /v1/alerts lists it.")
	case errors.Is(err, ErrAlertTime):
		return nil, unfit("invalid_field", "until", "until: write a time within the next 30 days, or leave it out to end the silence.")
	case errors.Is(err, ErrAlertsSilenced):
		return nil, unfit("invalid_field", "key", "key: a hundred keys are silenced; end some of these first.")
	case err != nil:
		return nil, err
	}
	doing(ctx).at("alert", in.Body.Key)
	return a.listAlerts(ctx, nil)
}

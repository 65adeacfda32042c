package api

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"kaskad/bots"
	"kaskad/fallback"
)

type estimateOut struct{ Body Estimates }

// Estimates is what a batch would do and cost.
type Estimates struct {
	Results   []EstimateResult `json:"results" nullable:"false" doc:"In the order of the deliveries"`
	Sending   int              `json:"sending" doc:"How many would go"`
	Skipped   int              `json:"skipped" doc:"How many would be skipped"`
	Repeated  int              `json:"repeated" doc:"How many were accepted before under their key, or stand in the batch before"`
	Refused   int              `json:"refused" doc:"How many would be refused"`
	Least     Money            `json:"least" doc:"What those that would go cost at least"`
	Most      Money            `json:"most" doc:"What those that would go cost at most"`
	AsSMS     Money            `json:"as_sms" doc:"What those that would go, and could be an SMS, would cost as nothing but that"`
	SpendLeft *Money           `json:"spend_left,omitempty" doc:"What is left of today's [spend]; absent: there is no limit"`
}

// EstimateResult is what would become of one delivery of a batch.
type EstimateResult struct {
	Estimate *Estimate
	Problem  *Problem
}

// Estimate is what would become of a delivery, and what it could cost.
type Estimate struct {
	ID       string   `json:"id,omitempty" doc:"Of the delivery that was accepted before"`
	State    string   `json:"state" doc:"scheduled, held, queued, or skipped with a reason" enum:"scheduled,held,queued,skipped"`
	Reason   string   `json:"reason,omitempty"`
	Repeat   bool     `json:"repeat,omitempty" doc:"It was accepted before under its key, or stands in the batch before: it costs nothing more"`
	Channels []string `json:"channels" nullable:"false" doc:"That could be tried, in their order"`
	Least    Money    `json:"least" doc:"If the first channel gives the proof"`
	Most     Money    `json:"most" doc:"If every paid step is taken that may be"`
	AsSMS    *Money   `json:"as_sms,omitempty" doc:"As nothing but an SMS; absent where none could go"`
}

// MarshalJSON writes one or the other.
func (r EstimateResult) MarshalJSON() ([]byte, error) {
	if r.Problem != nil {
		return json.Marshal(r.Problem)
	}
	return json.Marshal(r.Estimate)
}

// Schema documents both forms.
func (EstimateResult) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[Estimate](), true, "Estimate"), r.Schema(reflect.TypeFor[Problem](), true, "Problem"),
	}}
}

// estimate asks what a batch would do, without sending it.
func (a *API) estimate(ctx context.Context, in *batchIn) (*estimateOut, error) {
	if in.Key != "" {
		return nil, unfit("invalid_key", "key", "A batch has no key of its own: write \"key\" in each delivery.")
	}
	all := a.deliveriesOf(in)
	out := &estimateOut{Body: Estimates{Results: make([]EstimateResult, len(all))}}
	var asks []fallback.Ask
	var of []int
	for i := range all {
		if err := all[i].fault(); err != nil {
			out.Body.Results[i].Problem = a.problem(ctx, estimateName, err)
			out.Body.Refused++
			continue
		}
		asks, of = append(asks, ask(ctx, &all[i], all[i].Key)), append(of, i)
	}
	told, err := a.Engine.EstimateAll(ctx, asks)
	if err != nil {
		return nil, err
	}
	a.sum(ctx, &out.Body, told, of)
	return out, nil
}

const estimateName = "estimate-deliveries"

// sum puts estimates into their places, and adds them up.
func (a *API) sum(ctx context.Context, out *Estimates, told fallback.Estimates, of []int) {
	var least, most, sms bots.Money
	for n := range told.Results {
		e := &told.Results[n]
		switch {
		case e.Err != nil:
			out.Results[of[n]].Problem = a.problem(ctx, estimateName, e.Err)
			out.Refused++
			continue
		case e.Replay:
			out.Repeated++
		case e.State.Final():
			out.Skipped++
		default:
			out.Sending++
			least, most, sms = least.Plus(e.Least), most.Plus(e.Most), sms.Plus(e.SMS)
		}
		out.Results[of[n]].Estimate = a.showEstimate(&e.Estimate)
	}
	out.Least, out.Most, out.AsSMS = a.money(least), a.money(most), a.money(sms)
	if told.Limit.Amount > 0 {
		left := a.money(bots.Money{Amount: max(told.Limit.Amount-told.Spent.Amount, 0), Currency: told.Limit.Currency})
		out.SpendLeft = &left
	}
}

func (a *API) showEstimate(e *fallback.Estimate) *Estimate {
	out := &Estimate{
		State: e.State.String(), Reason: e.Reason, Repeat: e.Replay, Channels: append([]string{}, e.Channels...), Least: a.money(e.Least), Most: a.money(e.Most),
	}
	if e.ID != 0 {
		out.ID = e.ID.String()
	}
	if e.HasSMS {
		sms := a.money(e.SMS)
		out.AsSMS = &sms
	}
	return out
}

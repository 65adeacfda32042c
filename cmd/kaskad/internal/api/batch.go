package api

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"kaskad/fallback"
)

type batchIn struct {
	Key  string `header:"Idempotency-Key" doc:"Not for a batch: write \"key\" in each delivery"`
	Body struct {
		Deliveries []BatchItem `json:"deliveries" minItems:"1" maxItems:"1000" nullable:"false"`
	}
}

type batchOut struct {
	Body struct {
		Results []BatchResult `json:"results" nullable:"false" doc:"In the order of the deliveries"`
	}
}

// BatchResult is what became of one delivery of a batch.
type BatchResult struct {
	Accepted *DeliveryAccepted
	Problem  *Problem
}

// MarshalJSON writes one or the other.
func (r BatchResult) MarshalJSON() ([]byte, error) {
	if r.Problem != nil {
		return json.Marshal(r.Problem)
	}
	return json.Marshal(r.Accepted)
}

// Schema documents both forms.
func (BatchResult) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[DeliveryAccepted](), true, "DeliveryAccepted"), r.Schema(reflect.TypeFor[Problem](), true, "Problem"),
	}}
}

// acceptBatch accepts every delivery by itself. Those to one REF, and those under one idempotency key, are accepted in their
// order; all others share commits.
func (a *API) acceptBatch(ctx context.Context, in *batchIn) (*batchOut, error) {
	if in.Key != "" {
		return nil, unfit("invalid_key", "key", "A batch has no key of its own: write \"key\" in each delivery.")
	}
	all := a.deliveriesOf(in)
	out := &batchOut{}
	out.Body.Results = make([]BatchResult, len(all))
	for _, round := range rounds(all) {
		a.acceptRound(ctx, all, round, out.Body.Results)
	}
	return out, nil
}

// acceptRound accepts the deliveries at some places of a batch, together.
func (a *API) acceptRound(ctx context.Context, all []NewDelivery, places []int, results []BatchResult) {
	var asks []fallback.Ask
	var of []int
	for _, i := range places {
		if err := all[i].fault(); err != nil {
			results[i] = BatchResult{Problem: a.problem(ctx, batchName, err)}
			continue
		}
		asks, of = append(asks, ask(ctx, &all[i], all[i].Key)), append(of, i)
	}
	for n, done := range a.Engine.AcceptAll(ctx, asks) {
		if done.Err != nil {
			results[of[n]] = BatchResult{Problem: a.problem(ctx, batchName, done.Err)}
			continue
		}
		answer := accepted(done.Accepted)
		results[of[n]] = BatchResult{Accepted: &answer}
	}
}

const batchName = "accept-deliveries"

// rounds groups the places of the deliveries: within a round no two have a REF or a key in common, and of those that have, the
// one that stands before is in an earlier round. Most batches are one round.
func rounds(all []NewDelivery) [][]int {
	var found [][]int
	last := make(map[string]int, len(all)) // the round behind that of the last of a name
	for i := range all {
		names := []string{"to " + all[i].To}
		if all[i].Key != "" {
			names = append(names, "key "+all[i].Key)
		}
		round := 0
		for _, name := range names {
			round = max(round, last[name])
		}
		for _, name := range names {
			last[name] = round + 1
		}
		if round == len(found) {
			found = append(found, nil)
		}
		found[round] = append(found[round], i)
	}
	return found
}

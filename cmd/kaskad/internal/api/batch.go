package api

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/sync/errgroup"
)

type batchIn struct {
	Key  string `header:"Idempotency-Key" doc:"Not for a batch: write \"key\" in each delivery"`
	Body struct {
		Deliveries []NewDelivery `json:"deliveries" minItems:"1" maxItems:"1000" nullable:"false"`
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

// batchAtOnce is how many deliveries of a batch are on their way to the store together: it commits them in groups.
const batchAtOnce = 256

// acceptBatch accepts every delivery by itself. Those to one REF are accepted in their order.
func (a *API) acceptBatch(ctx context.Context, in *batchIn) (*batchOut, error) {
	if in.Key != "" {
		return nil, unfit("invalid_key", "key", "A batch has no key of its own: write \"key\" in each delivery.")
	}
	all := in.Body.Deliveries
	out := &batchOut{}
	out.Body.Results = make([]BatchResult, len(all))
	g := errgroup.Group{}
	g.SetLimit(batchAtOnce)
	for _, of := range byPerson(all) {
		g.Go(func() error {
			for _, i := range of {
				out.Body.Results[i] = a.acceptOne(ctx, &all[i])
			}
			return nil
		})
	}
	return out, g.Wait()
}

func (a *API) acceptOne(ctx context.Context, d *NewDelivery) (r BatchResult) {
	defer func() {
		if p := recover(); p != nil {
			r = BatchResult{Problem: a.problem(ctx, "accept-deliveries", panicked(p))}
		}
	}()
	done, err := a.send(ctx, d, d.Key)
	if err != nil {
		return BatchResult{Problem: a.problem(ctx, "accept-deliveries", err)}
	}
	answer := accepted(done)
	return BatchResult{Accepted: &answer}
}

// byPerson groups the places of the deliveries by REF, in the order of the first of each.
func byPerson(all []NewDelivery) [][]int {
	place := make(map[string]int, len(all))
	groups := make([][]int, 0, len(all))
	for i := range all {
		at, ok := place[all[i].To]
		if !ok {
			at = len(groups)
			place[all[i].To] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], i)
	}
	return groups
}

package mailing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"kaskad/cmd/kaskad/internal/sheet"
)

// Outcome is what the gateway took.
type Outcome struct {
	Accepted    int            `json:"accepted"` // those that are held included
	Held        map[string]int `json:"held"`     // by reason
	Skipped     map[string]int `json:"skipped"`  // by reason
	Refused     int            `json:"refused"`
	RefusedFile string         `json:"refused_file,omitempty"`
	Left        int            `json:"left"` // not handed over, because somebody or something broke it off
}

// Send hands the rows over that Look found to go. What was handed over when it breaks off stays so, and is in the outcome.
func (r *Run) Send(ctx context.Context) (*Outcome, error) {
	r.sent = Outcome{Held: map[string]int{}, Skipped: map[string]int{}}
	total, done := 0, 0
	for _, f := range r.fates {
		total += btoi(f == goes)
	}
	b := &batch{path: "/v1/deliveries:batch", before: r.same}
	b.take = func(rows []wanted, answers []json.RawMessage) error {
		done += len(rows)
		err := r.taken(rows, answers)
		r.Tell(Progress{Doing: "sending", Done: done, Total: total, Part: float64(done) / float64(max(total, 1))})
		return err
	}
	err := r.same()
	if err == nil {
		err = r.each(ctx, func(at int, row sheet.Row, wrong *sheet.RowError) error { return r.hand(ctx, b, at, row, wrong) })
	}
	if err == nil {
		err = r.flush(ctx, b)
	}
	if err == nil {
		err = r.same() // rows may have gone that were never read
	}
	r.sent.Left += total - done
	if closed := r.Refused.Close(); err == nil {
		err = closed
	}
	r.sent.RefusedFile = r.Refused.Path()
	return &r.sent, err
}

// same is an error when the list is not the one any more that was looked at, and agreed to.
func (r *Run) same() error {
	if r.List.Changed() {
		return r.changed()
	}
	return nil
}

func (r *Run) changed() error { return fmt.Errorf("%s was changed meanwhile", r.List.Name()) }

// hand puts a row into the batch, or among the refused ones.
func (r *Run) hand(ctx context.Context, b *batch, at int, row sheet.Row, wrong *sheet.RowError) error {
	if at >= len(r.fates) {
		return r.changed()
	}
	if wrong != nil {
		return r.Refused.Add(wrong.Row, wrong.Problem)
	}
	switch r.fates[at] {
	case again, already:
		return nil
	case bad: // it was said to be left out, so it is, even if it could go by now
		return r.Refused.Add(row, r.bads[at])
	}
	w, err := r.Columns.Delivery(row.Cells)
	if err != nil {
		return r.changed()
	}
	raw, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return r.add(ctx, b, wanted{at, row, raw})
}

// taken adds the answers to a batch.
func (r *Run) taken(rows []wanted, answers []json.RawMessage) error {
	var broken error
	for i, w := range rows {
		p, err := r.fault(answers[i])
		if err != nil {
			return err
		}
		if p != nil {
			if p.later() {
				broken = errors.New(p.Detail)
				r.sent.Left++
				continue
			}
			r.sent.Refused++
			if err := r.Refused.Add(w.row, p.Detail); err != nil {
				return err
			}
			continue
		}
		var a struct{ ID, State, Reason string }
		if err := json.Unmarshal(answers[i], &a); err != nil {
			return err
		}
		r.settle(a.ID, a.State, a.Reason)
	}
	return broken
}

func (r *Run) settle(id, state, reason string) {
	r.keep(id, state)
	if state == "skipped" {
		r.sent.Skipped[reason]++
		return
	}
	r.sent.Accepted++
	if state == "held" || state == "scheduled" {
		r.sent.Held[orElse(reason, state)]++
	}
}

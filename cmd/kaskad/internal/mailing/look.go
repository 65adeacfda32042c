package mailing

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/sheet"
)

// Outlook is what a mailing would do and cost.
type Outlook struct {
	Rows      int            `json:"rows"`
	Sending   int            `json:"sending"`
	Skipped   map[string]int `json:"skipped"` // by reason
	Held      map[string]int `json:"held"`    // of Sending: not at once, by reason
	Already   int            `json:"already_accepted"`
	Twice     int            `json:"duplicates"`
	TwiceAt   []int          `json:"-"` // lines of the first of them
	Bad       int            `json:"bad"`
	BadRows   []BadRow       `json:"bad_rows,omitempty"` // the first of them
	First     map[string]int `json:"first_channel"`      // of Sending; empty: no channel can carry it
	Least     Money          `json:"least"`
	Most      Money          `json:"most"`
	AsSMS     Money          `json:"as_sms,omitzero"`
	SpendLeft *Money         `json:"spend_left,omitempty"`
}

// looked is what an estimate says of one delivery.
type looked struct {
	ID       string   `json:"id"`
	State    string   `json:"state"`
	Reason   string   `json:"reason"`
	Repeat   bool     `json:"repeat"`
	Channels []string `json:"channels"`
	Least    Money    `json:"least"`
	Most     Money    `json:"most"`
	AsSMS    *Money   `json:"as_sms"`
}

// Look reads the whole list and asks what would become of every row. Nothing is sent.
func (r *Run) Look(ctx context.Context) (*Outlook, error) {
	r.look = Outlook{Skipped: map[string]int{}, Held: map[string]int{}, First: map[string]int{}}
	r.fates, r.ids, r.bads, r.said = nil, map[bots.ID]struct{}{}, map[int]string{}, map[string]string{}
	seen := map[[16]byte]struct{}{}
	b := &batch{path: "/v1/deliveries:estimate"}
	b.take = func(rows []wanted, answers []json.RawMessage) error { return r.weigh(rows, answers) }
	err := r.each(ctx, func(at int, row sheet.Row, wrong *sheet.RowError) error {
		r.look.Rows++
		r.fates = append(r.fates, goes)
		if wrong != nil {
			r.spoil(at, wrong.Line, wrong.Problem)
			return nil
		}
		w, err := r.Columns.Delivery(row.Cells)
		if err != nil {
			r.spoil(at, row.Line, err.Error())
			return nil
		}
		key := [16]byte{}
		sum := sha256.Sum256([]byte(w.Key))
		copy(key[:], sum[:])
		if _, twice := seen[key]; twice {
			r.twice(at, row.Line)
			return nil
		}
		seen[key] = struct{}{}
		raw, err := json.Marshal(w)
		if err != nil {
			return err
		}
		return r.add(ctx, b, wanted{at, row, raw})
	})
	if err == nil {
		err = r.flush(ctx, b)
	}
	if err == nil && r.look.Rows == 0 {
		err = fmt.Errorf("%s has no rows behind the first one", r.List.Name())
	}
	r.look.none()
	return &r.look, err
}

// none writes amounts that nothing was added to as nothing, in the currency that is spoken of elsewhere.
func (o *Outlook) none() {
	currency := ""
	if o.SpendLeft != nil {
		currency = o.SpendLeft.Currency
	}
	for _, m := range []*Money{&o.Least, &o.Most} {
		if m.Amount == "" {
			*m = Money{"0", currency}
		}
	}
}

func (r *Run) spoil(at, line int, problem string) {
	r.fates[at] = bad
	r.look.Bad++
	if same, ok := r.said[problem]; ok {
		problem = same // thousands of rows have few problems
	} else {
		r.said[problem] = problem
	}
	r.bads[at] = problem
	if len(r.look.BadRows) < shownRows {
		r.look.BadRows = append(r.look.BadRows, BadRow{line, problem})
	}
}

func (r *Run) twice(at, line int) {
	r.fates[at] = again
	r.look.Twice++
	if len(r.look.TwiceAt) < shownRows {
		r.look.TwiceAt = append(r.look.TwiceAt, line)
	}
}

// weigh adds the estimates of a batch.
func (r *Run) weigh(rows []wanted, answers []json.RawMessage) error {
	for i, w := range rows {
		p, err := r.fault(answers[i])
		if err != nil {
			return err
		}
		if p != nil && p.later() {
			return errors.New(p.Detail)
		}
		if p != nil {
			r.spoil(w.at, w.row.Line, p.Detail)
			continue
		}
		var e looked
		if err := json.Unmarshal(answers[i], &e); err != nil {
			return err
		}
		if err := r.count(w.at, &e); err != nil {
			return err
		}
	}
	r.Tell(Progress{Doing: "checking", Done: r.look.Rows, Part: r.List.Part()})
	return nil
}

func (r *Run) count(at int, e *looked) (err error) {
	switch {
	case e.Repeat:
		r.fates[at] = already
		r.look.Already++
		r.keep(e.ID, e.State)
		return nil
	case final(e.State):
		r.look.Skipped[e.Reason]++
		return nil
	}
	r.look.Sending++
	if e.State == "held" || e.State == "scheduled" {
		r.look.Held[orElse(e.Reason, e.State)]++
	}
	first := ""
	if len(e.Channels) > 0 {
		first = e.Channels[0]
	}
	r.look.First[first]++
	sums := []struct{ to, more *Money }{{&r.look.Least, &e.Least}, {&r.look.Most, &e.Most}, {&r.look.AsSMS, e.AsSMS}}
	for _, sum := range sums {
		if err = errors.Join(err, sum.to.add(sum.more)); err != nil {
			return err
		}
	}
	return nil
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// keep notes the id of a delivery that is to be followed.
func (r *Run) keep(id, state string) {
	if parsed, err := bots.ParseID(id); err == nil && state != "skipped" {
		r.ids[parsed] = struct{}{}
	}
}

// final reports whether nothing more will be sent for a delivery in a state.
func final(state string) bool {
	switch state {
	case "done", "unconfirmed", "failed", "refused", "expired", "skipped", "cancelled":
		return true
	}
	return false
}

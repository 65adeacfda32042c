package mailing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/sheet"
)

// Gateway is what a mailing needs of one.
type Gateway interface {
	// Call makes one call of the API.
	Call(ctx context.Context, method, path string, in, out any) error
	// Changes tells of deliveries as they change, from when ready is called until ctx ends or the stream breaks off.
	Changes(ctx context.Context, ready func(), each func(delivery, state string)) error
}

// Run is one mailing.
type Run struct {
	Gateway Gateway
	List    *sheet.Reader
	Columns *Columns
	Refused *sheet.Refused
	SkipBad bool                             // rows that cannot be sent are left out; otherwise nothing is sent
	Tell    func(Progress)                   // how far it is; called often
	Advised func(code, detail string) string // puts what the gateway says into words for people; nil: as it says it

	look  Outlook
	fates []fate // by row
	bads  map[int]string
	said  map[string]string
	sent  Outcome
	ids   map[bots.ID]struct{} // that were accepted, now or before
}

// Progress is how far a part of a mailing is.
type Progress struct {
	Doing string // checking, sending, waiting
	Done  int
	Total int     // 0: not known
	Part  float64 // of Total or, where that is not known, of the work
}

// fate is what becomes of a row.
type fate uint8

const (
	goes fate = iota
	bad
	again   // the same as a row before it
	already // accepted by an earlier run
)

const (
	batchRows  = 1000
	batchBytes = 3 << 20 // the gateway takes four mebibytes
)

// BadRow is a row that cannot be sent.
type BadRow struct {
	Line    int    `json:"line"`
	Problem string `json:"problem"`
}

// shownRows is how many bad rows, and rows that stand twice, are kept to be shown.
const shownRows = 20

// wanted is a row on its way into a batch.
type wanted struct {
	at  int // which row
	row sheet.Row
	raw json.RawMessage
}

// each reads the list from its start, and numbers its rows.
func (r *Run) each(ctx context.Context, f func(at int, row sheet.Row, wrong *sheet.RowError) error) error {
	if err := r.List.Again(); err != nil {
		return err
	}
	for at := 0; ; at++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		row, err := r.List.Next()
		if err == io.EOF {
			return nil
		}
		wrong, ok := errors.AsType[*sheet.RowError](err)
		if err != nil && !ok {
			return err
		}
		if err := f(at, row, wrong); err != nil {
			return err
		}
	}
}

// batch gathers rows and hands them over together.
type batch struct {
	path   string
	rows   []wanted
	bytes  int
	before func() error // asked before it is handed over; nil: nobody
	take   func([]wanted, []json.RawMessage) error
}

func (r *Run) add(ctx context.Context, b *batch, w wanted) error {
	if len(b.rows) == batchRows || b.bytes+len(w.raw) > batchBytes {
		if err := r.flush(ctx, b); err != nil {
			return err
		}
	}
	b.rows, b.bytes = append(b.rows, w), b.bytes+len(w.raw)
	return nil
}

func (r *Run) flush(ctx context.Context, b *batch) error {
	if len(b.rows) == 0 {
		return nil
	}
	if b.before != nil {
		if err := b.before(); err != nil {
			return err
		}
	}
	in := struct {
		Deliveries []json.RawMessage `json:"deliveries"`
	}{}
	for _, w := range b.rows {
		in.Deliveries = append(in.Deliveries, w.raw)
	}
	var out struct {
		Results   []json.RawMessage `json:"results"`
		SpendLeft *Money            `json:"spend_left"`
	}
	if err := r.Gateway.Call(ctx, "POST", b.path, in, &out); err != nil {
		return err
	}
	if len(out.Results) != len(b.rows) {
		return fmt.Errorf("gateway: %d answers to %d deliveries; is it another version?", len(out.Results), len(b.rows))
	}
	if out.SpendLeft != nil {
		r.look.SpendLeft = out.SpendLeft
	}
	err := b.take(b.rows, out.Results)
	b.rows, b.bytes = nil, 0
	return err
}

// problem is what the gateway says of a delivery that it does not take.
type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Field  string `json:"field"`
}

// letters are the fields that are the same in every row: a fault of theirs is no row's.
var letters = map[string]bool{"template": true, "text": true, "cascade": true, "purpose": true, "send_at": true, "key": true, "metadata": true}

// LetterError is a fault of the message itself.
type LetterError struct{ Detail string }

func (e *LetterError) Error() string { return e.Detail }

// fault reads a problem; nil when the answer is none.
func (r *Run) fault(raw json.RawMessage) (*problem, error) {
	var p problem
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("gateway: its answer cannot be read: %w; is it another version?", err)
	}
	if p.Code == "" {
		return nil, nil
	}
	if r.Advised != nil {
		p.Detail = r.Advised(p.Code, p.Detail)
	}
	if letters[p.Field] {
		return nil, &LetterError{p.Detail}
	}
	return &p, nil
}

// later is a problem of the gateway's, not of the row.
func (p *problem) later() bool { return p.Status >= http.StatusInternalServerError }

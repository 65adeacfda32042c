package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kaskad/cmd/kaskad/internal/sheet"
)

// taken counts the answers to a batch.
func (r *Run) taken(b *batch) error {
	if b.answered == nil {
		return nil // it was not handed over
	}
	b.wait()
	answers, err := b.answers, b.failed
	if err != nil {
		return err
	}
	for i := range answers {
		if answers[i].Status >= http.StatusInternalServerError {
			return errors.New(answers[i].Detail)
		}
	}
	n := 0
	for _, e := range b.rows {
		problem := e.problem
		if problem == "" {
			if problem = r.count(e.row, &answers[n]); answers[n].Stands != nil {
				if err := r.stands(e.row, answers[n].Stands); err != nil {
					return err
				}
			}
			n++
		}
		if problem != "" {
			if err := r.refuse(e.row, problem); err != nil {
				return err
			}
		}
	}
	r.sum.Rows += len(b.rows)
	doing := "importing"
	if r.DryRun {
		doing = "checking"
	}
	r.Tell(Progress{Doing: doing, Done: r.sum.Rows, Part: b.part})
	return r.note(len(b.rows))
}

// answer is what the gateway says of a row.
type answer struct {
	State  string   `json:"state"`
	Stands *no      `json:"consent_stands"`
	Shared []string `json:"shared_with"`
	Status int      `json:"status"`
	Detail string   `json:"detail"`
	Field  string   `json:"field"`
}

// no is what the person has said.
type no struct {
	At     time.Time `json:"at"`
	Source string    `json:"source"`
}

func (r *Run) ask(ctx context.Context, told [][]byte, dry bool) ([]answer, error) {
	if len(told) == 0 {
		return nil, nil
	}
	body := append([]byte(`{"contacts":[`), bytes.Join(told, []byte(","))...)
	list, err := json.Marshal(listName(r.List.Name()))
	if err != nil {
		return nil, err
	}
	body = fmt.Appendf(body, `],"merge_attributes":true,"dry_run":%t,"list":%s}`, dry, list)
	var out struct{ Results []answer }
	if err := r.Gateway.Call(ctx, http.MethodPost, "/v1/contacts:batch", json.RawMessage(body), &out); err != nil {
		return nil, err
	}
	if len(out.Results) != len(told) {
		return nil, fmt.Errorf("gateway: %d answers to %d people; is it another version?", len(out.Results), len(told))
	}
	return out.Results, nil
}

// listName is a file's name as the evidence keeps it.
func listName(file string) string {
	name := strings.Map(func(c rune) rune {
		if c == '/' || c == '\\' || unicode.IsControl(c) {
			return '_'
		}
		return c
	}, strings.ToValidUTF8(file, "_"))
	for len(name) > longestName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

const longestName = 200 // the gateway takes as much

// count adds an answer; it returns why the row is refused, or nothing.
func (r *Run) count(row sheet.Row, a *answer) string {
	switch a.State {
	case "created":
		r.sum.Created++
	case "updated":
		r.sum.Updated++
	case "unchanged":
		r.sum.Unchanged++
	default:
		return r.Columns.problem(row.Cells, a.Field, a.Detail)
	}
	if len(a.Shared) > 0 {
		r.sum.Shared++
	}
	return ""
}

// stands counts a row that is taken but for its consent, and writes it down.
func (r *Run) stands(row sheet.Row, said *no) error {
	r.sum.Stands++
	if r.DryRun || r.Stands == nil {
		return nil
	}
	when := fmt.Sprintf("on %s (%s)", said.At.Format(time.DateOnly), said.Source)
	if said.Source == "erased" { // a hash is all that is kept of it
		when = "before the person was erased"
	}
	return r.Stands.Add(row, fmt.Sprintf("the person said no %s, which stands; the rest of the row is taken", when))
}

func (r *Run) refuse(row sheet.Row, problem string) error {
	r.sum.Refused++
	if len(r.sum.RefusedRows) < shownRows {
		r.sum.RefusedRows = append(r.sum.RefusedRows, RefusedRow{row.Line, problem})
	}
	if r.DryRun {
		return nil
	}
	return r.Refused.Add(row, problem)
}

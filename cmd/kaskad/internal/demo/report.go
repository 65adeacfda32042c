package demo

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/bots"
)

// Row is one line of the table.
type Row struct {
	Customer   string  `json:"customer"`
	Delivery   string  `json:"delivery"`
	State      string  `json:"state"`
	Reason     string  `json:"reason,omitempty"`
	ReachedBy  string  `json:"reached_by,omitempty"`
	Proof      string  `json:"proof,omitempty"`
	Minutes    float64 `json:"minutes"` // of the customers' time until proof; 0: none
	Cost       string  `json:"cost"`
	PureSMS    string  `json:"pure_sms_cost"`   // "0": no SMS could have arrived
	Saved      string  `json:"saved,omitempty"` // below zero: it cost more than an SMS; absent while it is not final
	Late       bool    `json:"late_proof,omitempty"`
	Said       string  `json:"said,omitempty"`   // what they wrote back
	Answer     string  `json:"answer,omitempty"` // what the owner answered them on the phone itself
	cost, pure bots.Money
	steps      []step
}

// Report is the table with its sums.
type Report struct {
	Deliveries     []Row          `json:"deliveries"`
	Reached        int            `json:"reached"`
	ReachedPercent float64        `json:"reached_percent"`
	ReachedBy      map[string]int `json:"reached_by"` // customers by channel
	LateProofs     int            `json:"late_proofs"`
	Open           int            `json:"open"` // not final, and in no sum: the demo was ended before
	Cost           string         `json:"cost"`
	PureSMS        string         `json:"pure_sms_cost"`
	Saved          string         `json:"saved"`
	SavedPercent   float64        `json:"saved_percent"`
	Currency       string         `json:"currency"`
	Seconds        float64        `json:"seconds"`
	Speed          float64        `json:"speed"`
	Seed           uint64         `json:"seed"`

	Left bool `json:"-"` // somebody ended it before its end
}

// report makes the table of what is known.
func (w *World) report(now time.Time) *Report {
	s := w.board.look(now)
	return newReport(&s, w.opt.Seed)
}

func newReport(s *snapshot, seed uint64) *Report {
	r := &Report{Deliveries: []Row{}, ReachedBy: map[string]int{}, Speed: s.speed, Seed: seed}
	if !s.began.IsZero() {
		r.Seconds = math.Round(s.now.Sub(s.began).Seconds()*10) / 10
	}
	var cost, pure bots.Money
	for i := range s.customers {
		c := &s.customers[i]
		if c.ID == "" {
			continue // the demo was ended before it was sent
		}
		row := newRow(c, s.speed)
		r.Deliveries = append(r.Deliveries, row)
		if row.Late {
			r.LateProofs++
		}
		if !c.final() { // what it will have cost is not known
			r.Open++
			continue
		}
		if c.State == "done" {
			r.Reached++
			r.ReachedBy[c.ReachedBy]++
		}
		cost, pure = cost.Plus(row.cost), pure.Plus(row.pure)
	}
	saved := pure.Plus(cost.Times(-1))
	r.Cost, r.PureSMS, r.Saved, r.Currency = cost.Decimal(), pure.Decimal(), saved.Decimal(), pure.Plus(cost).Currency
	r.SavedPercent, r.ReachedPercent = percent(saved.Amount, pure.Amount), percent(int64(r.Reached), int64(len(r.Deliveries)))
	return r
}

func newRow(c *customer, speed float64) Row {
	r := Row{Customer: c.name, Delivery: c.ID, State: c.State, Reason: c.Reason, ReachedBy: c.ReachedBy, Proof: c.Proof, Late: c.late(), Said: c.said, Answer: c.answer, steps: c.Steps}
	r.cost, r.pure = c.Cost.money(), c.pure()
	r.Cost, r.PureSMS = r.cost.Decimal(), r.pure.Decimal()
	if c.final() {
		r.Saved = r.pure.Plus(r.cost.Times(-1)).Decimal()
	}
	if !c.proven.IsZero() {
		r.Minutes = max(0.1, math.Round(lasted(c.proven.Sub(c.CreatedAt), speed).Minutes()*10)/10)
	}
	return r
}

// percent is rounded to tenths; of nothing it is nothing.
func percent(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(float64(part)/float64(whole)*1000) / 10
}

// Print writes the table for people.
func (r *Report) Print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(r.Deliveries) > 0 {
		fmt.Fprintln(t, "CUSTOMER\tSTATE\tREACHED BY\tPROOF\tAFTER\tCOST\tAS SMS\tSAVED\tNOTE")
	}
	for i := range r.Deliveries {
		row := &r.Deliveries[i]
		after := "-"
		switch {
		case row.Minutes >= 1:
			after = fmt.Sprintf("%.0f min", row.Minutes)
		case row.Minutes > 0:
			after = "<1 min"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", row.Customer, row.State, dash(row.ReachedBy), dash(row.Proof), after, row.Cost, row.PureSMS, dash(row.Saved), row.note())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(out, "\n"+r.sums())
	return err
}

// sums are the table's last lines.
func (r *Report) sums() string {
	var b strings.Builder
	if len(r.Deliveries) == 0 {
		return "Ended before anything was sent.\n"
	}
	fmt.Fprintf(&b, "%d of %d reached (%g %%)", r.Reached, len(r.Deliveries), r.ReachedPercent)
	for i, channel := range byUse(r.ReachedBy) {
		fmt.Fprintf(&b, "%s%s %d", []string{": ", ", "}[min(i, 1)], channel, r.ReachedBy[channel])
	}
	b.WriteString(".\n")
	if r.Open < len(r.Deliveries) {
		fmt.Fprintf(&b, "Spent %s %s; as pure SMS it would have cost %s %s: %s saved (%g %%).\n", r.Cost, r.Currency, r.PureSMS, r.Currency, r.Saved, r.SavedPercent)
	}
	if r.LateProofs > 0 {
		fmt.Fprintf(&b, "Late proofs: %d. Somebody answered or read after the next message had gone; a longer wait would have saved it.\n", r.LateProofs)
	}
	if r.Open > 0 {
		fmt.Fprintf(&b, "Ended early: %d were still on their way; they are in none of the sums.\n", r.Open)
	}
	fmt.Fprintf(&b, "Took %.0f s at speed %g.\n", r.Seconds, r.Speed)
	return b.String()
}

// note says in words why a row ended as it did, and marks late proof.
func (r *Row) note() string {
	words := r.remark()
	if r.Answer != "" {
		words = strings.TrimSpace(words + " the owner answered on the phone itself")
	}
	if r.Late {
		words = strings.TrimSpace(words + " LATE: proof came after " + r.missed())
	}
	return words
}

// missed is what late proof came too late for.
func (r *Row) missed() string {
	out := 0
	for i := range r.steps {
		if r.steps[i].out() {
			out++
		}
	}
	if out < 2 {
		return "the wait was over; nothing else had gone"
	}
	return "the next message had gone"
}

func (r *Row) remark() string {
	switch r.State {
	case "unconfirmed":
		return "no proof: " + r.tried()
	case "failed":
		return "nothing could be sent: " + r.tried()
	case "done":
		return ""
	}
	return r.Reason
}

// tried tells what became of each step.
func (r *Row) tried() string {
	var all []string
	for i := range r.steps {
		s := &r.steps[i]
		words := s.State
		switch {
		case s.State == "skipped" && s.Reason == noAddress:
			continue
		case s.State == "accepted" || s.State == "delivered":
			words = "no answer"
		case s.Reason != "":
			words += " (" + inWords(s.Reason) + ")"
		}
		if s.State == "accepted" && s.Channel == "sms" {
			words = "no report"
		}
		all = append(all, s.Channel+" "+words)
	}
	if len(all) == 0 {
		return "no address"
	}
	return strings.Join(all, ", ")
}

// byUse are the channels, the one that reached most first.
func byUse(reached map[string]int) []string {
	return slices.SortedFunc(maps.Keys(reached), func(a, b string) int {
		return cmp.Or(cmp.Compare(reached[b], reached[a]), cmp.Compare(a, b))
	})
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/bots"
)

type amount struct{ Amount, Currency string }

// money reads what our own API wrote; nothing written is nothing.
func (a amount) money() bots.Money {
	m, _ := bots.ParseMoney(a.Amount, a.Currency)
	return m
}

// delivery is the API's answer, as far as the table needs it.
type delivery struct {
	ID, State, Reason string
	ReachedBy         string `json:"reached_by"`
	Proof             string
	Cost              amount
	AsSMS             amount    `json:"as_sms"`
	CreatedAt         time.Time `json:"created_at"`
	Steps             []struct {
		Channel, State string
		DeliveredAt    *time.Time `json:"delivered_at"`
		ReadAt         *time.Time `json:"read_at"`
		EngagedAt      *time.Time `json:"engaged_at"`
		SentAt         *time.Time `json:"sent_at"`
		Late           bool
	}
}

func read(ctx context.Context, g Gateway, id string) (*delivery, error) {
	var d delivery
	err := g.Call(ctx, "GET", "/v1/deliveries/"+id, nil, &d)
	return &d, err
}

func (d *delivery) final() bool {
	switch d.State {
	case "scheduled", "held", "queued", "sending", "waiting":
		return false
	}
	return true
}

// Row is one line of the table.
type Row struct {
	Customer  string  `json:"customer"`
	Delivery  string  `json:"delivery"`
	State     string  `json:"state"`
	Reason    string  `json:"reason,omitempty"`
	ReachedBy string  `json:"reached_by,omitempty"`
	Proof     string  `json:"proof,omitempty"`
	Minutes   float64 `json:"minutes"` // of the customers' time until proof; 0: none
	Cost      string  `json:"cost"`
	PureSMS   string  `json:"pure_sms_cost"`
	Late      bool    `json:"late_proof,omitempty"`

	cost, pure bots.Money
}

// Report is the table with its sums.
type Report struct {
	Deliveries []Row   `json:"deliveries"`
	Reached    int     `json:"reached"`
	Cost       string  `json:"cost"`
	PureSMS    string  `json:"pure_sms_cost"`
	Currency   string  `json:"currency"`
	Seconds    float64 `json:"seconds"`
	Speed      float64 `json:"speed"`
}

func (w *World) row(p *person, d *delivery) Row {
	r := Row{Customer: p.name, Delivery: d.ID, State: d.State, Reason: d.Reason, ReachedBy: d.ReachedBy, Proof: d.Proof}
	r.cost, r.pure = d.Cost.money(), d.AsSMS.money()
	r.Cost, r.PureSMS = r.cost.Decimal(), r.pure.Decimal()
	var proven time.Time
	for _, s := range d.Steps {
		r.Late = r.Late || s.Late
		if s.Channel != d.ReachedBy {
			continue
		}
		for _, at := range []*time.Time{s.SentAt, s.DeliveredAt, s.ReadAt, s.EngagedAt} {
			if at != nil {
				proven = *at
			}
		}
	}
	if !proven.IsZero() {
		r.Minutes = max(0, proven.Sub(d.CreatedAt).Seconds()*w.opt.Speed/60)
	}
	return r
}

func newReport(rows []Row, took time.Duration, speed float64) *Report {
	r := &Report{Deliveries: rows, Seconds: took.Seconds(), Speed: speed}
	var cost, pure bots.Money
	for _, row := range rows {
		if row.State == "done" {
			r.Reached++
		}
		cost, pure = cost.Plus(row.cost), pure.Plus(row.pure)
	}
	r.Cost, r.PureSMS, r.Currency = cost.Decimal(), pure.Decimal(), pure.Currency
	return r
}

// Print writes the table for people.
func (r *Report) Print(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CUSTOMER\tSTATE\tREACHED BY\tPROOF\tAFTER\tCOST\tAS SMS\tNOTE")
	for _, row := range r.Deliveries {
		after := "-"
		if row.Minutes > 0 {
			after = fmt.Sprintf("%.0f min", row.Minutes)
		}
		note := remark(row)
		if row.Late {
			note = strings.TrimSpace(note + " read after the SMS had gone")
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", row.Customer, row.State, dash(row.ReachedBy), dash(row.Proof), after, row.Cost, row.PureSMS, note)
	}
	t.Flush()
	fmt.Fprintf(out, "\n%d of %d reached for %s %s; as pure SMS it would have cost %s %s. Took %.0f s at speed %.0f.\n",
		r.Reached, len(r.Deliveries), r.Cost, r.Currency, r.PureSMS, r.Currency, r.Seconds, r.Speed)
}

// remark says in words why a row ended as it did.
func remark(r Row) string {
	switch {
	case r.State == "unconfirmed" && r.cost.Amount > 0:
		return "accepted by the last channel, nothing more was heard of it"
	case r.State == "unconfirmed" && r.pure.Amount > 0:
		return "no answer on Telegram, the SMS did not arrive"
	case r.State == "unconfirmed":
		return "no answer on Telegram, and no phone to text to"
	case r.State == "failed":
		return "the provider cannot reach the number (" + r.Reason + ")"
	}
	return r.Reason
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

package api

import (
	"context"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Delivery is a delivery as callers read it.
type Delivery struct {
	ID        string            `json:"id"`
	Test      bool              `json:"test,omitempty" doc:"true: it went to the simulators and cost nothing"`
	To        string            `json:"to" doc:"REF as it was given"`
	Contact   string            `json:"contact"`
	Template  string            `json:"template" doc:"Empty: free text"`
	Purpose   string            `json:"purpose" enum:"service,marketing,urgent,conversation"`
	Cascade   string            `json:"cascade"`
	State     string            `json:"state" enum:"scheduled,held,queued,sending,waiting,done,unconfirmed,failed,refused,expired,skipped,cancelled"`
	Reason    string            `json:"reason"`
	LostTo    string            `json:"lost_to,omitempty" doc:"Of one that was skipped for frequency: the delivery that has its place"`
	ReachedBy string            `json:"reached_by" doc:"The channel whose proof ended it"`
	Proof     string            `json:"proof" doc:"What the proof was: receipt, reply, button, reaction, message, click, task"`
	LateProof string            `json:"late_proof,omitempty" doc:"Proof that came after the end"`
	Cost      Money             `json:"cost"`
	AsSMS     *Money            `json:"as_sms,omitempty" doc:"What it would have cost as nothing but an SMS, at today's price; absent in lists, and where no SMS could have gone"`
	By        string            `json:"by,omitempty" doc:"Who asked for it: key:NAME, or account:NAME of somebody who was signed in; absent: staff on a messenger, or the gateway itself" example:"key:crm"`
	CreatedAt time.Time         `json:"created_at"`
	SendAt    time.Time         `json:"send_at,omitzero"`
	Deadline  time.Time         `json:"deadline,omitzero" doc:"After it nothing more is sent; pauses move it"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Steps     []Step            `json:"steps" nullable:"false"`
}

// Step is one step of a delivery.
type Step struct {
	Channel     string    `json:"channel"`
	Task        string    `json:"task,omitempty" doc:"What a colleague is asked to do, on channel staff: call"`
	State       string    `json:"state" doc:"pending, queued, held, sending, accepted, delivered, read, engaged, uncertain, failed, skipped, withdrawn" enum:"pending,queued,held,sending,accepted,delivered,read,engaged,uncertain,failed,skipped,withdrawn"`
	Reason      string    `json:"reason"`
	By          string    `json:"by,omitempty" doc:"Of a task: who said what came of it, which is the reason"`
	Message     string    `json:"message" doc:"Id of the message in the conversation"`
	ProviderID  string    `json:"provider_id" doc:"The channel's id of the message"`
	QueuedAt    time.Time `json:"queued_at,omitzero"`
	SentAt      time.Time `json:"sent_at,omitzero"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
	ReadAt      time.Time `json:"read_at,omitzero"`
	EngagedAt   time.Time `json:"engaged_at,omitzero"`
	Late        bool      `json:"late" doc:"Its proof came when a later step had gone out"`
	Cost        Money     `json:"cost"`
	NextAt      time.Time `json:"next_at,omitzero" doc:"When something happens to it if nothing is heard before"`
}

// Money is an exact amount.
type Money struct {
	Amount   string `json:"amount" example:"0.84"`
	Currency string `json:"currency" example:"UAH"`
}

func (a *API) money(m bots.Money) Money {
	if m.Currency == "" {
		m.Currency = a.Currency
	}
	return Money{Amount: m.Decimal(), Currency: m.Currency}
}

// show reads what became of the messages of a delivery and puts all of it into one record.
func (a *API) show(ctx context.Context, d *fallback.Delivery) (Delivery, error) {
	contact, err := a.Store.FindContact(ctx, bots.Ref{Kind: "id", Value: d.Contact.String()})
	if err != nil {
		return Delivery{}, err
	}
	if contact == nil {
		contact = &bots.Contact{} // erased: what counts and money are made of stays
	}
	out := Delivery{
		ID: d.ID.String(), Test: d.ID.Test(), To: d.To, Contact: d.Contact.String(), Template: d.Template, Purpose: d.Purpose.String(), Cascade: d.Cascade.Name,
		State: d.State.String(), Reason: d.Reason, LostTo: d.LostTo.String(), ReachedBy: d.ReachedBy(), Proof: d.Proof, LateProof: d.LateKind, Cost: a.money(d.Cost()),
		By: d.By, CreatedAt: d.Created.UTC(), SendAt: utc(d.SendAt), Deadline: utc(d.Deadline(contact, a.clock())), Metadata: d.Metadata, Steps: []Step{},
	}
	gone := contact.ID == 0
	for i := range d.Route {
		if hidden(&d.Route[i]) {
			continue
		}
		s := bots.MessageState{}
		if m := d.Route[i].Message; m != 0 && d.Route[i].Attempts > 0 {
			if s, err = a.Store.MessageState(ctx, m); err != nil {
				return out, err
			}
			if gone { // the background may not have come to it yet
				s = fallback.EmptiedState(s)
			}
		}
		out.Steps = append(out.Steps, a.step(d, i, &s))
	}
	if len(d.Route) == 0 { // the route is settled when it starts
		for _, s := range d.Cascade.Steps {
			out.Steps = append(out.Steps, Step{Channel: s.Channel, Task: s.Task, State: fallback.Untried.String(), Cost: a.money(bots.Money{})})
		}
	}
	return out, nil
}

// asSMS compares a delivery with what it would have cost without messengers.
func (a *API) asSMS(ctx context.Context, d *fallback.Delivery) (*Money, error) {
	c, err := a.Store.FindContact(ctx, bots.Ref{Kind: "id", Value: d.Contact.String()})
	if err != nil || c == nil {
		return nil, err
	}
	cost, ok := a.Engine.AsSMS(d, c)
	if !ok {
		return nil, nil
	}
	shown := a.money(cost)
	return &shown, nil
}

// hidden are the other messengers of a "messenger" step that were not needed.
func hidden(l *fallback.Leg) bool {
	return l.Again && l.Attempts == 0 && (l.Outcome == fallback.Untried && l.QueuedAt.IsZero() || l.Outcome == fallback.PassedBy)
}

func (a *API) step(d *fallback.Delivery, i int, s *bots.MessageState) Step {
	l := &d.Route[i]
	out := Step{
		Channel: l.Channel, Task: d.Task(l), State: stepState(d, i, s), Reason: l.Reason, By: l.By, ProviderID: s.ProviderID, QueuedAt: utc(l.QueuedAt), SentAt: utc(l.SentAt),
		DeliveredAt: utc(s.DeliveredAt), ReadAt: utc(s.ReadAt), EngagedAt: utc(s.EngagedAt), Late: l.Late, Cost: a.money(l.Cost),
	}
	if l.Attempts > 0 && out.Task == "" {
		out.Message = l.Message.String()
	}
	if i == d.Leg && !d.State.Final() {
		if d.CatchingUp() == "" { // when the channel is heard again nobody knows
			out.NextAt = utc(d.Due)
		}
		if out.Reason == "" {
			out.Reason = d.Reason
		}
	}
	return out
}

// stepState is the one word for where a step stands: what was proven of it, else what became of it, else where it waits.
func stepState(d *fallback.Delivery, i int, s *bots.MessageState) string {
	l := &d.Route[i]
	level := max(l.Level, s.Level)
	switch {
	case level > bots.Accepted && l.Outcome != fallback.Fell:
		return level.String()
	case l.Outcome == fallback.Untried && i == d.Leg && (d.State == fallback.Queued || d.State == fallback.Held):
		return d.State.String()
	}
	return l.Outcome.String()
}

// utc is a time as answers write it; the zero time stays zero.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

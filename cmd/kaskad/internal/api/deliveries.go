package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// NewDelivery is a message that somebody asks for.
type NewDelivery struct {
	To       string            `json:"to" doc:"REF of the person: our id, ext:C-100, phone:+380501112233, telegram:42" example:"phone:+380501112233"`
	Template string            `json:"template,omitempty" doc:"Name of a template" example:"bonus"`
	Data     map[string]any    `json:"data,omitempty" doc:"What the template's fields say, at most 16 KiB"`
	Text     string            `json:"text,omitempty" doc:"Free text instead of a template, at most 10,000 bytes"`
	Cascade  CascadeChoice     `json:"cascade,omitzero"`
	Purpose  string            `json:"purpose,omitempty" doc:"service, urgent or marketing; the template's unless written; free text must name it" example:"service"`
	SendAt   time.Time         `json:"send_at,omitzero" doc:"Not before this time, at most a year ahead"`
	Key      string            `json:"key,omitempty" minLength:"1" doc:"Idempotency key, kept for 7 days; the header Idempotency-Key means the same"`
	Metadata map[string]string `json:"metadata,omitempty" doc:"At most 4 names of your own, 64 bytes each with its value"`

	wrong error // in a batch: why it cannot be read
}

// CascadeChoice is the name of a cascade, or a cascade of one's own.
type CascadeChoice struct {
	Name  string
	Steps *fallback.CascadeConfig
	wrong error // what cannot be read: a fault of this delivery, not of a whole batch
}

// Schema documents both forms. They are read by UnmarshalJSON, whose errors say more than huma's.
func (CascadeChoice) Schema(huma.Registry) *huma.Schema {
	text := func(doc string) map[string]any { return map[string]any{"type": "string", "description": doc} }
	step := map[string]any{
		"type": "object", "required": []string{"channel"}, "additionalProperties": false,
		"properties": map[string]any{
			"channel": text("messenger, telegram, sms, …"), "wait": text("for proof, before the next step: 15m, 2h"),
			"until": text("accepted, delivered, read, engaged, clicked or replied"),
			"task":  text("on channel staff: what a colleague is asked to do: call"),
		},
	}
	quiet := map[string]any{
		"type": "object", "required": []string{"from", "to"}, "additionalProperties": false,
		"properties": map[string]any{"from": text("21:00"), "to": text("09:00"), "ramp": text("60m")},
	}
	own := map[string]any{
		"type": "object", "required": []string{"steps"}, "additionalProperties": false,
		"properties": map[string]any{
			"steps": map[string]any{"type": "array", "items": step}, "order": text("listed, preferred or cheapest"), "deadline": text("24h"),
			"paid_steps": map[string]any{"type": "integer", "minimum": 1}, "quiet_hours": quiet,
		},
	}
	return &huma.Schema{
		Description: "A cascade's name, or its steps; the purpose's cascade unless written",
		Extensions:  map[string]any{"oneOf": []any{map[string]any{"type": "string"}, own}},
	}
}

// UnmarshalJSON reads either form.
func (c *CascadeChoice) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &c.Name)
	}
	if string(b) == "null" {
		return nil
	}
	own, wrong := ownCascade(b)
	if wrong != nil {
		c.wrong = wrong
		return nil
	}
	c.Steps = own
	return nil
}

// DeliveryAccepted is the answer to a new delivery.
type DeliveryAccepted struct {
	ID     string `json:"id"`
	State  string `json:"state" doc:"scheduled, held, queued, or skipped with a reason" enum:"scheduled,held,queued,skipped"`
	Reason string `json:"reason,omitempty"`
	Test   bool   `json:"test,omitempty" doc:"true: it goes to the simulators"`
}

type acceptIn struct {
	Key  string `header:"Idempotency-Key" doc:"The same key and body answer the same for 7 days"`
	Body NewDelivery
}

type acceptOut struct {
	Replay string `header:"Idempotent-Replay" doc:"true: the answer of the first call with this key"`
	Body   DeliveryAccepted
}

func (a *API) accept(ctx context.Context, in *acceptIn) (*acceptOut, error) {
	key, err := oneKey(in.Key, in.Body.Key)
	if err != nil {
		return nil, err
	}
	done, err := a.send(ctx, &in.Body, key)
	if err != nil {
		return nil, err
	}
	return answered(done), nil
}

// answered is the answer to what was accepted, now or by an earlier call with the same key.
func answered(done fallback.Accepted) *acceptOut {
	out := &acceptOut{Body: accepted(done)}
	if done.Replay {
		out.Replay = "true"
	}
	return out
}

// oneKey is the idempotency key, which the header and the body may name.
func oneKey(header, body string) (string, error) {
	if header != "" && body != "" && header != body {
		return "", unfit("invalid_key", "key", "The header Idempotency-Key and \"key\" in the body differ: write one of them.")
	}
	if !utf8.ValidString(header) {
		return "", problem(http.StatusBadRequest, "invalid_key", "key", "The idempotency key holds bytes that are no UTF-8.")
	}
	if header != "" {
		return header, nil
	}
	return body, nil
}

// send asks the engine for a delivery, in the name of the caller.
func (a *API) send(ctx context.Context, d *NewDelivery, key string) (fallback.Accepted, error) {
	if err := d.fault(); err != nil {
		return fallback.Accepted{}, err
	}
	return a.Engine.Accept(ctx, ask(ctx, d, key))
}

// ask is a delivery in the name of the caller.
func ask(ctx context.Context, d *NewDelivery, key string) fallback.Ask {
	who, _ := people.From(ctx)
	return fallback.Ask{
		To: d.To, Template: d.Template, Data: d.Data, Text: d.Text, Cascade: d.Cascade.Name, Steps: d.Cascade.Steps, Purpose: d.Purpose,
		SendAt: d.SendAt, Key: key, Metadata: d.Metadata, Scope: who.ID(), By: caller(ctx), Admin: who.Scopes.Allows(people.Admin),
	}
}

func accepted(done fallback.Accepted) DeliveryAccepted {
	return DeliveryAccepted{ID: done.ID.String(), State: done.State.String(), Reason: done.Reason, Test: done.ID.Test()}
}

type deliveryPath struct {
	ID string `path:"id" maxLength:"13" doc:"Id of a delivery"`
}

// deliveryID reads the id; one that is no id is the id of no delivery.
func (a *API) deliveryID(p *deliveryPath) (bots.ID, error) {
	id, err := bots.ParseID(p.ID)
	if err != nil {
		return 0, fallback.ErrUnknownDelivery
	}
	return id, a.ours(id, "unknown_delivery")
}

type deliveryOut struct{ Body Delivery }

func (a *API) delivery(ctx context.Context, in *deliveryPath) (*deliveryOut, error) {
	id, err := a.deliveryID(in)
	if err != nil {
		return nil, err
	}
	d, err := a.Store.Delivery(ctx, id)
	if err != nil {
		return nil, err
	}
	shown, err := a.show(ctx, d)
	if err != nil {
		return nil, err
	}
	shown.AsSMS, err = a.asSMS(ctx, d)
	return &deliveryOut{shown}, err
}

type cancelOut struct {
	Body struct {
		Withdrawn bool `json:"withdrawn" doc:"true: nothing of it reached a channel, and nothing will"`
	}
}

func (a *API) cancel(ctx context.Context, in *deliveryPath) (*cancelOut, error) {
	id, err := a.deliveryID(in)
	if err != nil {
		return nil, err
	}
	doing(ctx).at("delivery", id.String())
	out := &cancelOut{}
	out.Body.Withdrawn, err = a.Engine.Cancel(ctx, id)
	return out, err
}

type deliveriesIn struct {
	Page
	Contact   string    `query:"contact" maxLength:"300" doc:"REF of a person"`
	State     string    `query:"state" enum:"scheduled,held,queued,sending,waiting,done,unconfirmed,failed,refused,expired,skipped,cancelled"`
	Broadcast string    `query:"broadcast" maxLength:"64" doc:"Those whose metadata says so under broadcast"`
	Since     time.Time `query:"since" doc:"Accepted at this time or later"`
	Metadata  string    `query:"metadata" maxLength:"200" doc:"name:value, as the delivery was given it"`
}

type deliveriesOut struct{ Body List[Delivery] }

func (a *API) deliveries(ctx context.Context, in *deliveriesIn) (*deliveriesOut, error) {
	f, err := a.filter(ctx, in)
	if err != nil {
		return nil, err
	}
	found, next, err := a.Store.Deliveries(ctx, f, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &deliveriesOut{Body: List[Delivery]{Items: make([]Delivery, 0, len(found)), Next: next}}
	for _, d := range found {
		shown, err := a.show(ctx, d)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, shown)
	}
	return out, nil
}

func (a *API) filter(ctx context.Context, in *deliveriesIn) (DeliveryFilter, error) {
	f := DeliveryFilter{Since: in.Since}
	if in.Contact != "" {
		c, err := a.findIn(ctx, "contact", in.Contact)
		if err != nil {
			return f, err
		}
		f.Contact = c.ID
	}
	if s, ok := fallback.ParseState(in.State); ok {
		f.State = &s
	}
	return f, f.named(in.Metadata, in.Broadcast)
}

// named takes the metadata that deliveries must have.
func (f *DeliveryFilter) named(metadata, broadcast string) error {
	f.Metadata = map[string]string{}
	if metadata != "" {
		name, value, ok := strings.Cut(metadata, ":")
		if !ok || name == "" || !utf8.ValidString(metadata) {
			return unfit("invalid_field", "metadata", "Write the name and the value: metadata=order:17.")
		}
		f.Metadata[name] = value
	}
	if broadcast == "" {
		return nil
	}
	if had, twice := f.Metadata["broadcast"]; !utf8.ValidString(broadcast) || twice && had != broadcast {
		return unfit("invalid_field", "broadcast", "broadcast=X is short for metadata=broadcast:X: write one of them.")
	}
	f.Metadata["broadcast"] = broadcast
	return nil
}

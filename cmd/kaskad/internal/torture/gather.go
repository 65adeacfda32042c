package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// book writes down both sides: first what the outside saw, then what the gateway says, so that whatever was acknowledged by then must
// be in it. Of the gateway's lists those come first that others explain.
func (e *era) book(ctx context.Context) (*Book, error) {
	e.mu.Lock()
	people := append([]person(nil), e.people...)
	e.mu.Unlock()
	b := &Book{Told: e.receiver.all(), Before: e.before}
	b.Calls, b.Signs = e.world.observe(people)
	e.mu.Lock()
	for _, a := range e.asks {
		one := *a
		one.IDs = map[string]bool{}
		for id := range a.IDs {
			one.IDs[id] = true
		}
		b.Asks = append(b.Asks, one)
	}
	e.mu.Unlock()
	if err := e.deliveries(ctx, b); err != nil {
		return nil, err
	}
	for _, p := range people {
		if err := e.person(ctx, b, p); err != nil {
			return nil, err
		}
	}
	err := e.changes(ctx, b)
	_, b.Later = e.world.observe(people)
	return b, err
}

const page = 1000

// pages reads a list to its end.
func pages[T any](ctx context.Context, g *gateway, path string, each func(T)) error {
	for cursor := ""; ; {
		var got struct {
			Items []T
			Next  string
		}
		if err := g.call(ctx, "GET", fmt.Sprintf("%slimit=%d&cursor=%s", path, page, url.QueryEscape(cursor)), nil, &got); err != nil {
			return err
		}
		for _, one := range got.Items {
			each(one)
		}
		if cursor = got.Next; cursor == "" {
			return nil
		}
	}
}

func (e *era) deliveries(ctx context.Context, b *Book) error {
	type step struct {
		Channel, State, Reason, Message string
		ProviderID                      string    `json:"provider_id"`
		Next                            time.Time `json:"next_at"`
	}
	type delivery struct {
		ID, To, State, Reason string
		Steps                 []step
	}
	return pages(ctx, e.gateway, "/v1/deliveries?", func(d delivery) {
		out := Delivery{ID: d.ID, State: d.State, Reason: d.Reason, Person: strings.TrimPrefix(d.To, "ext:")}
		for _, s := range d.Steps {
			out.Steps = append(out.Steps, Step(s))
		}
		b.Deliveries = append(b.Deliveries, out)
	})
}

// person reads a conversation, and how its person may be reached.
func (e *era) person(ctx context.Context, b *Book, p person) error {
	type message struct {
		ID, Direction, Kind, Channel, Text, Status, Delivery string
		At                                                   time.Time
	}
	ref := "ext:" + p.name
	err := pages(ctx, e.gateway, "/v1/conversations/"+ref+"/messages?", func(m message) {
		said := Said{Person: p.name, ID: m.ID, Direction: m.Direction, Kind: m.Kind, Channel: m.Channel, Text: m.Text, Status: m.Status, At: m.At, Delivery: m.Delivery}
		if m.Direction == "out" {
			said.Number = number(m.Text)
		}
		b.Said = append(b.Said, said)
	})
	if err != nil {
		return err
	}
	var c struct {
		Addresses []struct{ Channel, State string }
		Consents  struct{ Marketing struct{ State string } }
	}
	if err := e.gateway.call(ctx, "GET", "/v1/contacts/"+ref, nil, &c); err != nil {
		return err
	}
	for _, a := range c.Addresses {
		b.States = append(b.States, AddressState{p.name, a.Channel, a.State, c.Consents.Marketing.State})
	}
	return nil
}

// changes reads all of them from the first one, and not from where the last life left off: what was told must not have become
// something else.
func (e *era) changes(ctx context.Context, b *Book) error {
	for after := uint64(0); ; {
		var got struct {
			Items []json.RawMessage
			Next  string
		}
		if err := e.gateway.call(ctx, "GET", fmt.Sprintf("/v1/changes?after=%d&limit=%d", after, page), nil, &got); err != nil {
			return err
		}
		for _, raw := range got.Items {
			var c struct {
				ID, Type string
				Data     struct{ Contact, Delivery, Message string }
			}
			if err := json.Unmarshal(raw, &c); err != nil {
				return err
			}
			id, err := strconv.ParseUint(c.ID, 10, 64)
			if err != nil {
				return err
			}
			b.Changes = append(b.Changes, Change{ID: id, Type: c.Type, Contact: c.Data.Contact, Delivery: c.Data.Delivery, Message: c.Data.Message, Line: string(raw)})
		}
		next, err := strconv.ParseUint(got.Next, 10, 64)
		if err != nil {
			return err
		}
		if next == after || len(got.Items) == 0 {
			return nil
		}
		after = next
	}
}

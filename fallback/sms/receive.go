package sms

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
)

// Parse reads what a provider tells: one report or many, as JSON, a form or a query, or what a person wrote.
func (p *Provider) Parse(call bots.Call) (bots.Batch, error) {
	input, err := inputOf(call)
	if err != nil {
		return bots.Batch{}, fmt.Errorf("%s: %w: %w", p.Name(), bots.ErrMalformed, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	if err := p.calls.signature.verify(ctx, p.cfg, call, input); err != nil {
		return bots.Batch{}, fmt.Errorf("%s: %w: %w", p.Name(), bots.ErrForged, err)
	}
	items, err := p.calls.items(ctx, input)
	if err != nil {
		return bots.Batch{}, fmt.Errorf("%s: report.each: %w", p.Name(), err)
	}
	batch := bots.Batch{Answer: p.calls.answer}
	for _, item := range items {
		e, ok := p.event(ctx, item, call, len(items) == 1)
		switch {
		case ok:
			batch.Events = append(batch.Events, e)
		case !p.calls.finds(ctx, item, call.Query.Get("ref")):
			batch.Unread = fieldNames(item)
		}
	}
	if ctx.Err() != nil { // some expressions were not computed: what is read may be half of it
		return bots.Batch{}, fmt.Errorf("%s: the call took longer to read than %v", p.Name(), callTime)
	}
	return batch, nil
}

// inputOf turns a call into the value that expressions are run on. A call without a body is its query.
func inputOf(call bots.Call) (any, error) {
	body := strings.TrimSpace(string(call.Body))
	switch {
	case call.Method == http.MethodGet || body == "":
		return fieldsOf(call.Query), nil
	case strings.Contains(call.Header.Get("Content-Type"), "json") || strings.ContainsRune("{[", rune(body[0])):
		v, err := decode(call.Body)
		if err != nil {
			return nil, errors.New("the body is no JSON")
		}
		switch v.(type) {
		case map[string]any, []any:
			return v, nil
		}
		return nil, errors.New("the body is neither a JSON object nor a list")
	}
	form, err := url.ParseQuery(body)
	if err != nil || !strings.Contains(body, "=") {
		return nil, errors.New("the body is neither JSON nor a form")
	}
	return fieldsOf(form), nil
}

// fieldsOf is a form as an object; a repeated field is a list.
func fieldsOf(form url.Values) map[string]any {
	object := make(map[string]any, len(form))
	for name, all := range form {
		if len(all) == 1 {
			object[name] = all[0]
			continue
		}
		list := make([]any, len(all))
		for i, v := range all {
			list[i] = v
		}
		object[name] = list
	}
	return object
}

func (k *reports) items(ctx context.Context, input any) ([]any, error) {
	if k.each == nil {
		list, ok := input.([]any)
		if !ok {
			list = []any{input}
		}
		return list, tooMany(list)
	}
	items, err := k.each.run(ctx, input, maxEach+1)
	return items, errors.Join(err, tooMany(items))
}

func tooMany(items []any) error {
	if len(items) > maxEach {
		return fmt.Errorf("more than %d reports in one call", maxEach)
	}
	return nil
}

// event reads one element of a call. The reference in the call's own address belongs to it only when it is alone.
func (p *Provider) event(ctx context.Context, item any, call bots.Call, alone bool) (bots.Event, bool) {
	k := p.calls
	if k.when != nil {
		if v, err := k.when.first(ctx, item); err == nil && truth(v) {
			return p.wrote(ctx, item, call)
		}
	}
	id, ref, status := k.id.text(ctx, item), k.ref.text(ctx, item), k.status.text(ctx, item)
	if ref == "" && alone {
		ref = call.Query.Get("ref")
	}
	switch {
	case status != "" && (id != "" || ref != ""):
		return p.reported(ctx, &k.reports, item, call.At, named{id, ref, status})
	case k.when == nil:
		return p.wrote(ctx, item, call)
	}
	return bots.Event{}, false
}

// finds reports whether an element has what the description looks for in a report: one that has not was described wrongly, or is
// of another kind.
func (c *calls) finds(ctx context.Context, item any, ref string) bool {
	return c.status.text(ctx, item) != "" && (ref != "" || c.id.text(ctx, item) != "" || c.ref.text(ctx, item) != "")
}

const (
	shownFields = 12
	shownName   = 32
)

// fieldNames are the names of an element's fields, a few of them and nothing of what is in them.
func fieldNames(item any) string {
	object, ok := item.(map[string]any)
	if !ok {
		return fmt.Sprintf("%T", item)
	}
	names := slices.Sorted(maps.Keys(object))
	if len(names) == 0 {
		return "none"
	}
	for i, name := range names {
		names[i] = strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7f && r != ',' {
				return r
			}
			return '?'
		}, name[:min(len(name), shownName)])
	}
	more := ""
	if len(names) > shownFields {
		names, more = names[:shownFields], ", …"
	}
	return strings.Join(names, ", ") + more
}

// named is what a report says of a message: names for it, and a word.
type named struct{ id, ref, status string }

// reported makes an event of a report that names a message of ours and tells something final.
func (p *Provider) reported(ctx context.Context, k *reports, item any, arrived time.Time, of named) (bots.Event, bool) {
	r := bots.Receipt{Sender: p.Name(), ID: of.id, At: timeOf(k.at.text(ctx, item), arrived)}
	step, err := bots.ParseID(of.ref)
	if err == nil {
		r.Step = step
	} else if of.id == "" {
		return bots.Event{}, false // it names nothing of ours
	}
	switch k.states[of.status] {
	case stateDelivered:
		r.Level = bots.Delivered
	case stateFailed:
		r.Failed, r.Fault, r.Reason = true, bots.Unreachable, discreet(of.status, "")
	case stateRefused:
		r.Failed, r.Fault, r.Reason = true, bots.Refused, discreet(of.status, "")
	default:
		return bots.Event{}, false
	}
	e := p.newEvent(bots.Reported, item, arrived, "report", of.id, of.ref, of.status)
	e.At, e.Step, e.Receipt = r.At, r.Step, &r
	if phone, err := bots.Phone(k.to.text(ctx, item), p.cfg.Country); err == nil {
		e.Chat = bots.Address{Channel: bots.SMS, ID: phone}
		r.Chat = phone // the report must be about a message to this number
	}
	return e, true
}

// wrote reads a person's own message. What comes from a name or a short number is from no person.
func (p *Provider) wrote(ctx context.Context, item any, call bots.Call) (bots.Event, bool) {
	k := p.calls
	phone, err := bots.Phone(k.from.text(ctx, item), p.cfg.Country)
	text := clean(k.text.text(ctx, item))
	if err != nil || text == "" {
		return bots.Event{}, false
	}
	id := k.messageID.text(ctx, item)
	// Without an id the same words a minute later are said again: a second STOP must not be taken for a repeat of the first. A
	// provider that repeats its call after that makes a second line in the conversation, which is the lesser evil.
	names := []string{"wrote", id}
	if id == "" {
		names = []string{"wrote", "", phone, string(rawOf(item)), call.At.UTC().Truncate(time.Minute).Format(time.RFC3339)}
	}
	e := p.newEvent(bots.Wrote, item, call.At, names...)
	e.Chat = bots.Address{Channel: bots.SMS, ID: phone}
	// A provider that gives no time leaves it open: when the call reached us says nothing about when the person wrote.
	e.At, e.MessageID, e.Text = timeOf(k.wroteAt.text(ctx, item), time.Time{}), id, text
	return e, true
}

func (p *Provider) newEvent(kind bots.Kind, item any, arrived time.Time, names ...string) bots.Event {
	return bots.Event{
		ID: p.Name() + ":" + digest(names), Channel: bots.SMS, Sender: p.Name(), Kind: kind,
		ArrivedAt: arrived, Raw: rawOf(item),
	}
}

// digest names an event by what it says: the same again gives the same, anything else gives another.
func digest(names []string) string {
	h := sha256.New()
	for _, s := range names {
		_ = binary.Write(h, binary.BigEndian, uint64(len(s))) // a hash takes everything
		h.Write([]byte(s))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func rawOf(item any) []byte {
	raw, err := json.Marshal(item)
	if err != nil {
		return nil // not for a value that was read from JSON
	}
	return raw
}

// timeLayouts are RFC 3339, and the same without a colon in the zone.
var timeLayouts = []string{time.RFC3339, "2006-01-02T15:04:05Z0700"}

// timeOf reads a provider's time. One that cannot be read, or lies in the future, gives the time of the call.
func timeOf(s string, arrived time.Time) time.Time {
	at, ok := parseTime(s)
	if !ok || at.After(arrived) {
		return arrived
	}
	return at.UTC()
}

func parseTime(s string) (time.Time, bool) {
	for _, layout := range timeLayouts {
		if at, err := time.Parse(layout, strings.Replace(s, " ", "T", 1)); err == nil {
			return at, true
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil || !(n > 1e8 && n < 1e14):
		return time.Time{}, false
	case n > 1e11: // milliseconds
		n /= 1000
	}
	return time.UnixMicro(int64(n * 1e6)), true
}

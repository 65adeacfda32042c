package fallback

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"kaskad/templates"
)

// data checks that every channel of the cascade can be written with what the caller gave: a missing field is the caller's to
// know now, not the operator's at night.
func (in *Intake) data(a *Ask, c Cascade) (json.RawMessage, error) {
	if a.Template == "" {
		return nil, nil
	}
	fields, err := in.Templates.Fields(a.Template)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if _, given := a.Data[f.Name]; f.Required && !given {
			return nil, invalid("missing_field", "data."+f.Name, "Template %q needs %q, for example %v.", a.Template, f.Name, f.Example)
		}
	}
	for _, channel := range in.channelsOf(c) {
		if !in.Templates.Has(a.Template, channel) {
			return nil, invalid("no_variant", "template", "Template %q has no text for %s, which cascade %q uses.", a.Template, channel, c.Name)
		}
	}
	raw, err := dataOf(a)
	if err != nil || len(raw) > maxData {
		return nil, invalid("data_too_large", "data", "Data has at most %d bytes.", maxData)
	}
	return raw, nil
}

// expected gives the reason to skip a delivery whose data is not what its template expects; empty when it is. Data that cannot
// be compared, or written where the template writes it, is the caller's fault.
func (in *Intake) expected(a *Ask) (string, error) {
	if a.Template == "" {
		return "", nil
	}
	unmet, err := in.Templates.Unmet(a.Template, a.Data)
	if err == nil && unmet == "" {
		err = in.Templates.Fits(a.Template, a.Data)
	}
	var wrong *templates.FieldError
	if errors.As(err, &wrong) {
		if _, given := a.Data[wrong.Field]; !given {
			return "", invalid("missing_field", "data."+wrong.Field, "With this data template %q needs %q too.", a.Template, wrong.Field)
		}
		return "", invalid("invalid_field", "data."+wrong.Field, "Field %q of template %q %s.", wrong.Field, a.Template, wrong.Problem)
	}
	if err != nil || unmet == "" {
		return "", err
	}
	return ReasonExpect, nil
}

// dataOf is the data of a template as it is stored.
func dataOf(a *Ask) (json.RawMessage, error) {
	if a.Template == "" || len(a.Data) == 0 {
		return nil, nil
	}
	return json.Marshal(a.Data)
}

// keyOf is an idempotency key with its scope: keys of different callers do not meet.
func keyOf(a *Ask) string { return a.Scope + "\x00" + a.Key }

// body is the digest of everything a caller may vary under one idempotency key. It needs nothing that may be loaded anew: a
// repeat must give the same after a template has changed.
func (in *Intake) body(a *Ask) uint64 {
	data, _ := dataOf(a)              // what cannot be marshalled was never accepted
	steps, _ := json.Marshal(a.Steps) // a struct of strings and numbers: it always marshals
	meta, _ := json.Marshal(a.Metadata)
	return digest(a.To, a.Template, a.Text, string(data), a.Cascade, string(steps), a.Purpose, a.SendAt.UTC().Format(time.RFC3339Nano), string(meta))
}

// digest is a hash of several strings; never zero.
func digest(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write([]byte(p))
	}
	return h.Sum64() | 1
}

// DecodeData reads stored data for rendering: numbers keep their digits.
func DecodeData(raw json.RawMessage) (map[string]any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var data map[string]any
	err := dec.Decode(&data)
	return data, err
}

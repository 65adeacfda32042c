package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// BatchItem is a delivery of a batch as it was sent. One that cannot be read is refused at its place, and the others are taken: so
// huma, which would refuse them all, does not look into it.
type BatchItem struct{ raw json.RawMessage }

// UnmarshalJSON keeps the bytes.
func (i *BatchItem) UnmarshalJSON(b []byte) error {
	i.raw = slices.Clone(b)
	return nil
}

// Schema documents it as what it has to be.
func (BatchItem) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{Extensions: map[string]any{"$ref": r.Schema(reflect.TypeFor[NewDelivery](), true, "NewDelivery").Ref}}
}

// deliveriesOf reads the deliveries of a batch, each for itself.
func (a *API) deliveriesOf(in *batchIn) []NewDelivery {
	all := make([]NewDelivery, len(in.Body.Deliveries))
	for i, item := range in.Body.Deliveries {
		all[i] = a.readDelivery(item.raw)
	}
	return all
}

// readDelivery reads one of them; what is wrong with its shape is found under fault.
func (a *API) readDelivery(raw json.RawMessage) NewDelivery {
	var plain any
	var d NewDelivery
	if err := readPlain(raw, &plain); err != nil {
		return NewDelivery{wrong: unfit("invalid_field", "", "The delivery cannot be read: %v.", err)}
	}
	schemas := a.huma.OpenAPI().Components.Schemas
	schema := schemas.Schema(reflect.TypeFor[NewDelivery](), true, "NewDelivery")
	res := &huma.ValidateResult{}
	huma.Validate(schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, plain, res)
	if len(res.Errors) > 0 {
		return NewDelivery{wrong: a.notFit(details(res.Errors), where{body: schema})}
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&d); err != nil {
		return NewDelivery{wrong: unfit("invalid_field", "", "The delivery cannot be read: %s.", strings.TrimPrefix(err.Error(), "json: "))}
	}
	return d
}

// fault is why a delivery cannot be asked for: its shape, that of its cascade, or a number in its data.
func (d *NewDelivery) fault() error {
	if d.wrong != nil {
		return d.wrong
	}
	if d.Cascade.wrong != nil {
		return d.Cascade.wrong
	}
	return hugeNumber("data", d.Data)
}

// details are the errors of huma's that say where they are.
func details(errs []error) []*huma.ErrorDetail {
	var found []*huma.ErrorDetail
	for _, err := range errs {
		if d, ok := err.(*huma.ErrorDetail); ok {
			found = append(found, d)
		}
	}
	return found
}

package api_test

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/export"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// Erase takes the contact away; the steps after that are the store's.
func (f *fake) Erase(_ context.Context, contact bots.ID, by string, line people.Entry) (fallback.Erased, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.contacts, contact)
	e := fallback.Erased{Contact: contact, At: noon, By: by, Left: true}
	f.erased = append(f.erased, e)
	f.audit = append(f.audit, line)
	return e, f.err
}

func (f *fake) WouldErase(_ context.Context, contact bots.ID) (fallback.Erased, error) {
	return fallback.Erased{Contact: contact, Left: true, Counts: fallback.ErasedCounts{Deliveries: 2, Cancelled: 1, Messages: 3}}, f.err
}

func (f *fake) OwnRecords(ctx context.Context, contact bots.ID) (fallback.Erased, error) {
	return f.WouldErase(ctx, contact)
}

func (f *fake) Erased(_ context.Context, contact bots.ID) (fallback.Erased, bool, error) {
	for _, e := range f.erased {
		if e.Contact == contact {
			return e, true, f.err
		}
	}
	return fallback.Erased{}, false, f.err
}

func (f *fake) PutAudit(_ context.Context, line people.Entry) error {
	f.audit = append(f.audit, line)
	return f.err
}

func (f *fake) Audit(context.Context, string, int) ([]people.Entry, error) { return f.audit, f.err }

func (f *fake) Export(_ context.Context, c *bots.Contact, page *export.Look, out io.Writer) error {
	if page != nil {
		_, err := fmt.Fprintf(out, "<!doctype html><title>%s in %s</title>", c.ID, page.Locale)
		return cmp.Or(err, f.err)
	}
	_, err := fmt.Fprintf(out, "{\"person\": {\"id\": %q}}", c.ID)
	return cmp.Or(err, f.err)
}

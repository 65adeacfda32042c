package app

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/export"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// exports is the store as an export reads it.
type exports struct{ *store.DB }

const exportPage = 200

func (x exports) Came(ctx context.Context, contact bots.ID) (map[string]fallback.Came, error) {
	return x.CameOf(ctx, contact)
}

func (x exports) Merge(ctx context.Context, absorbed bots.ID) (m bots.Merge, ok bool, err error) {
	err = x.Read(ctx, func(v fallback.View) error { m, ok = v.Merge(absorbed); return nil })
	return m, ok, err
}

func (x exports) Links(ctx context.Context, contact bots.ID) ([]fallback.Link, error) {
	return x.LinksOf(ctx, contact)
}

func (x exports) Deliveries(ctx context.Context, contact bots.ID, cursor string) ([]*fallback.Delivery, string, error) {
	page, err := x.List(ctx, store.Filter{Contact: contact}, cursor, exportPage)
	return page.Items, page.Next, err
}

func (x exports) Messages(ctx context.Context, contact bots.ID, cursor string) ([]export.Said, string, error) {
	page, err := x.DB.Messages(ctx, contact, cursor, exportPage)
	all := make([]export.Said, len(page.Items))
	for i, line := range page.Items {
		all[i] = export.Said{Message: line.Message, State: line.State}
	}
	return all, page.Next, err
}

func (x exports) Attempts(ctx context.Context, message bots.ID, whose []bots.ID) ([]export.Tried, bool, error) {
	theirs := false
	if err := x.Read(ctx, func(v fallback.View) error {
		m := v.Message(message)
		theirs = m == nil || slices.Contains(whose, m.Contact) // nil: it is no longer kept
		return nil
	}); err != nil || !theirs {
		return nil, false, err
	}
	lines, err := x.DB.Attempts(ctx, message)
	all := make([]export.Tried, len(lines))
	for i, l := range lines {
		all[i] = export.Tried{Attempt: l.Attempt, Result: l.Result}
	}
	return all, true, err
}

func (x exports) Contact(ctx context.Context, id bots.ID) (c *bots.Contact, err error) {
	err = x.Read(ctx, func(v fallback.View) error { c = v.Contact(id); return nil })
	return c, err
}

func (x exports) Word(ctx context.Context, number string) (said bots.Consent, err error) {
	err = x.Read(ctx, func(v fallback.View) error { said = v.Word(number); return nil })
	return said, err
}

func (x exports) Quarantined(ctx context.Context, c *bots.Contact) (all []export.Unread, err error) {
	found, err := x.QuarantinedOf(ctx, c.ID)
	for _, q := range found {
		all = append(all, export.Unread{ID: q.ID.String(), Channel: q.Channel, At: q.At.UTC(), Reason: q.Reason, Size: q.Size})
	}
	return all, err
}

// Posts looks through the rooms of staff, a bounded part on each view of the store.
func (x exports) Posts(ctx context.Context, contact bots.ID, f func(*fallback.Delivery) error) error {
	var rooms map[bots.ID]bool
	if err := x.Read(ctx, func(v fallback.View) (err error) { rooms, err = fallback.StaffContacts(v); return err }); err != nil {
		return err
	}
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		for below, more := bots.ID(0), true; more; {
			var found []*fallback.Delivery
			if err := x.Read(ctx, func(v fallback.View) error {
				found, below, more = fallback.PostsAbout(v, room, contact, below)
				return nil
			}); err != nil {
				return err
			}
			for _, d := range found {
				if p, _ := fallback.PostOf(d); len(p.Contacts) > 0 {
					continue // others stand there, too; what the person wrote is among the messages
				}
				if err := f(d); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Export writes everything about a person: JSON, or a page.
func (r reads) Export(ctx context.Context, c *bots.Contact, page *export.Look, out io.Writer) error {
	write := func() (export.Counts, error) { return export.JSON(ctx, exports{r.DB}, c, out) }
	if page != nil {
		write = func() (export.Counts, error) { return export.HTML(ctx, exports{r.DB}, c, *page, out) }
	}
	_, err := write()
	return err
}

// ExportAs is how an export is written: JSON, or a page in a language; an empty one is the company's own.
type ExportAs struct {
	HTML   bool
	Locale string
}

// ExportContact asks for everything about a person, and writes it as it comes.
func ExportContact(ctx context.Context, at Place, ref string, as ExportAs, out io.Writer) error {
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return err
	}
	path := "/v1/contacts/" + url.PathEscape(ref) + "/export?format=json"
	if as.HTML {
		path = strings.TrimSuffix(path, "json") + "html"
	}
	if as.Locale != "" {
		path += "&locale=" + url.QueryEscape(as.Locale)
	}
	return errors.Join(gate.Stream(ctx, path, out), gate.Close())
}

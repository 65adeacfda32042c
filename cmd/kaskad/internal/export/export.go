// Package export writes everything that is kept about one person into one document, for the person: JSON to be read by programs, or an
// HTML page that needs nothing else.
//
// Write reads page by page and writes as it reads, so that a person with a hundred thousand messages takes no more memory than one with
// ten. Nothing is left out, shortened or made up: what the store has of the person stands in it as it is, ids of channels and words of
// staff too. Files stand in it by name, size and where they can be fetched.
//
// It keeps nothing and decides nothing; who may ask is the caller's.
package export

import (
	"context"
	"errors"
	"io"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Source is where a person's records are read. A cursor is empty for the first page, and comes back empty behind the last one.
type Source interface {
	Statements(ctx context.Context, contact bots.ID) ([]bots.Statement, error)
	// Merge is how a contact was absorbed; false: it is not.
	Merge(ctx context.Context, absorbed bots.ID) (bots.Merge, bool, error)
	Conversation(ctx context.Context, contact bots.ID) (bots.Conversation, error)
	Came(ctx context.Context, contact bots.ID) (map[string]fallback.Came, error)
	Links(ctx context.Context, contact bots.ID) ([]fallback.Link, error)
	Deliveries(ctx context.Context, contact bots.ID, cursor string) ([]*fallback.Delivery, string, error)
	Messages(ctx context.Context, contact bots.ID, cursor string) ([]Said, string, error)
	Attempts(ctx context.Context, message bots.ID) ([]Tried, error)
	// Posts are those about the person in the rooms of staff, newest first.
	Posts(ctx context.Context, contact bots.ID, f func(*fallback.Delivery) error) error
}

// Said is a message with what became of it.
type Said struct {
	*bots.Message
	State bots.MessageState
}

// Tried is an attempt with its outcome; nil: nobody knows yet.
type Tried struct {
	fallback.Attempt
	Result *fallback.Result
}

// Counts are how many things stand in a document.
type Counts struct {
	Statements int `json:"statements"`
	Deliveries int `json:"deliveries"`
	Messages   int `json:"messages"`
	Files      int `json:"files"`
	Posts      int `json:"posts"`
	Links      int `json:"links"`
}

// document is one that is being written: JSON or HTML.
type document interface {
	head(p *Person) error
	section(name string) error
	item(v any) error
	end(n Counts) error
}

// JSON writes the document as JSON.
func JSON(ctx context.Context, from Source, c *bots.Contact, out io.Writer) (Counts, error) {
	return write(ctx, from, c, &jsonDocument{out: out})
}

// HTML writes it as a page: no script, nothing loaded from anywhere.
func HTML(ctx context.Context, from Source, c *bots.Contact, out io.Writer) (Counts, error) {
	doc, err := newPage(out)
	if err != nil {
		return Counts{}, err
	}
	return write(ctx, from, c, doc)
}

func write(ctx context.Context, from Source, c *bots.Contact, doc document) (n Counts, err error) {
	w := &writer{ctx: ctx, from: from, c: c, doc: doc}
	p := person(c)
	p.MadeAt = time.Now().UTC()
	if p.Absorbed, err = w.absorbed(); err != nil {
		return n, err
	}
	if p.Conversation, err = w.conversation(); err != nil {
		return n, err
	}
	if p.Sources, err = w.sources(); err != nil {
		return n, err
	}
	if err := doc.head(p); err != nil {
		return n, err
	}
	for _, part := range []func() error{w.statements, w.deliveries, w.messages, w.posts, w.links} {
		if err := part(); err != nil {
			return w.n, err
		}
	}
	return w.n, doc.end(w.n)
}

type writer struct {
	ctx  context.Context
	from Source
	c    *bots.Contact
	doc  document
	n    Counts
}

// ids are all that are one person: what stands under each is read by itself.
func (w *writer) ids() []bots.ID { return append([]bots.ID{w.c.ID}, w.c.Merged...) }

// of is whose a record is, where it is an absorbed one's.
func (w *writer) of(contact bots.ID) string {
	if contact == w.c.ID {
		return ""
	}
	return id(contact)
}

func (w *writer) statements() error {
	err := w.doc.section("statements")
	for _, whose := range w.ids() {
		all, failed := w.from.Statements(w.ctx, whose)
		err = errors.Join(err, failed)
		for i := range all {
			if err == nil {
				w.n.Statements++
				out := statement(&all[i])
				out.Of = w.of(whose)
				err = w.doc.item(out)
			}
		}
	}
	return err
}

func (w *writer) deliveries() error {
	if err := w.doc.section("deliveries"); err != nil {
		return err
	}
	for cursor := ""; ; {
		page, next, err := w.from.Deliveries(w.ctx, w.c.ID, cursor)
		if err != nil {
			return err
		}
		for _, d := range page {
			view, err := w.delivery(d)
			if err == nil {
				w.n.Deliveries++
				err = w.doc.item(view)
			}
			if err != nil {
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

func (w *writer) delivery(d *fallback.Delivery) (*Delivery, error) {
	out := delivery(d)
	for i := range d.Route {
		if d.Route[i].Message == 0 {
			continue
		}
		tried, err := w.from.Attempts(w.ctx, d.Route[i].Message)
		if err != nil {
			return nil, err
		}
		for k := range tried {
			out.Attempts = append(out.Attempts, attempt(&tried[k]))
		}
	}
	return out, nil
}

func (w *writer) messages() error {
	if err := w.doc.section("messages"); err != nil {
		return err
	}
	for cursor := ""; ; {
		page, next, err := w.from.Messages(w.ctx, w.c.ID, cursor)
		if err != nil {
			return err
		}
		for i := range page {
			w.n.Messages++
			if page[i].In {
				w.n.Files += len(page[i].Media)
			}
			if err := w.doc.item(message(&page[i])); err != nil {
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

func (w *writer) posts() error {
	if err := w.doc.section("staff_posts"); err != nil {
		return err
	}
	for _, whose := range w.ids() {
		if err := w.from.Posts(w.ctx, whose, func(d *fallback.Delivery) error {
			w.n.Posts++
			return w.doc.item(&Post{ID: d.ID.String(), At: d.Created.UTC(), Text: d.Text, State: d.State.String(), Of: w.of(whose)})
		}); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) links() error {
	err := w.doc.section("links")
	for _, whose := range w.ids() {
		all, failed := w.from.Links(w.ctx, whose)
		err = errors.Join(err, failed)
		for _, l := range all {
			if err == nil {
				w.n.Links++
				err = w.doc.item(&Link{Channel: l.Channel, Source: l.Source, Expires: l.Expires.UTC(), Used: l.Used, Of: w.of(whose)})
			}
		}
	}
	return err
}

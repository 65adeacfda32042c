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
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
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
	// Attempts are those of a message; false: it stands with none of these contacts, and neither do they.
	Attempts(ctx context.Context, message bots.ID, whose []bots.ID) ([]Tried, bool, error)
	// Posts are those about the person in the rooms of staff, newest first.
	Posts(ctx context.Context, contact bots.ID, f func(*fallback.Delivery) error) error
	// OnePerson are all that are one person with a contact: itself, all that it absorbed, and then its formers; nobody, once it was erased.
	OnePerson(ctx context.Context, contact bots.ID) ([]bots.ID, error)
	// Contact is one of them as it is kept now; nil: it was erased.
	Contact(ctx context.Context, id bots.ID) (*bots.Contact, error)
	// Word is the last yes or no said through a number; the zero value: nothing was.
	Word(ctx context.Context, number string) (bots.Consent, error)
	// Quarantined are the events in quarantine that have one of the person's names in them.
	Quarantined(ctx context.Context, c *bots.Contact) ([]Unread, error)
}

// Unread is an event that no rule could take; what stands in it may be of others as well, and is not shown.
type Unread struct {
	ID      string    `json:"id"`
	Channel string    `json:"channel"`
	At      time.Time `json:"at"`
	Reason  string    `json:"reason"`
	Size    int       `json:"size"`
}

// ErrChanged is a person who was erased, or merged, while the document was written: part of it would be missing.
var ErrChanged = errors.New("the person was erased or merged meanwhile: ask again")

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
	Quarantine int `json:"quarantine"`
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

// Look is how a page is read: its language, and the clock of its times (nil: UTC).
type Look struct {
	Locale string
	Zone   *time.Location
}

// HTML writes it as a page: no script, nothing loaded from anywhere.
func HTML(ctx context.Context, from Source, c *bots.Contact, as Look, out io.Writer) (Counts, error) {
	doc, err := newPage(out, as)
	if err != nil {
		return Counts{}, err
	}
	return write(ctx, from, c, doc)
}

func write(ctx context.Context, from Source, c *bots.Contact, doc document) (n Counts, err error) {
	w := &writer{ctx: ctx, from: from, c: c, doc: doc}
	p, err := w.person()
	if err == nil {
		err = doc.head(p)
	}
	for _, part := range []func() error{w.statements, w.deliveries, w.messages, w.posts, w.links, w.quarantine, w.whole} {
		if err == nil {
			err = part()
		}
	}
	if err != nil {
		return w.n, err
	}
	return w.n, doc.end(w.n)
}

type writer struct {
	ctx  context.Context
	from Source
	c    *bots.Contact
	doc  document
	n    Counts
	ids  []bots.ID // all that are one person: what stands under each is read by itself
}

// person is what is kept of the person in one record each.
func (w *writer) person() (p *Person, err error) {
	p = person(w.c)
	p.MadeAt = time.Now().UTC()
	if w.ids, err = w.from.OnePerson(w.ctx, w.c.ID); err != nil {
		return nil, err
	}
	if p.Formers, err = w.former(); err != nil {
		return nil, err
	}
	if p.Absorbed, err = w.absorbed(); err != nil {
		return nil, err
	}
	if p.Conversation, err = w.conversation(); err != nil {
		return nil, err
	}
	if p.Words, err = w.words(); err != nil {
		return nil, err
	}
	p.Sources, err = w.sources()
	return p, err
}

// former are the formers as they are kept now. The contact was read before they were: somebody may have changed who is one person with it.
func (w *writer) former() (all []*Person, err error) {
	same := append([]bots.ID{w.c.ID}, w.c.Merged...)
	if len(w.ids) < len(same) || !slices.Equal(w.ids[:len(same)], same) {
		return nil, ErrChanged
	}
	for _, id := range w.formers() {
		c, err := w.from.Contact(w.ctx, id)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return nil, ErrChanged
		}
		all = append(all, person(c))
	}
	return all, nil
}

// whole makes sure that the person is still who they were when the document was begun.
func (w *writer) whole() error {
	now, err := w.from.OnePerson(w.ctx, w.c.ID)
	if err == nil && !slices.Equal(now, w.ids) {
		err = ErrChanged
	}
	return err
}

func (w *writer) formers() []bots.ID { return w.ids[1+len(w.c.Merged):] }

// lists are whose lists are read: they are over a contact and all that it absorbed; a former has lists of its own.
func (w *writer) lists() []bots.ID { return append([]bots.ID{w.c.ID}, w.formers()...) }

// of is whose a record is, where it is an absorbed one's or a former's.
func (w *writer) of(contact bots.ID) string {
	if contact == w.c.ID {
		return ""
	}
	return id(contact)
}

func (w *writer) statements() error {
	err := w.doc.section("statements")
	for _, whose := range w.ids {
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
	err := w.doc.section("deliveries")
	for _, whose := range w.lists() {
		for cursor, more := "", err == nil; more; more = err == nil && cursor != "" {
			var page []*fallback.Delivery
			if page, cursor, err = w.from.Deliveries(w.ctx, whose, cursor); err == nil {
				err = w.deliveryPage(whose, page)
			}
		}
	}
	return err
}

func (w *writer) deliveryPage(whose bots.ID, page []*fallback.Delivery) error {
	for _, d := range page {
		view, err := w.delivery(d)
		if err != nil {
			return err
		}
		view.Of = cmp.Or(view.Of, w.of(whose))
		w.n.Deliveries++
		if err := w.doc.item(view); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) delivery(d *fallback.Delivery) (*Delivery, error) {
	out := delivery(d)
	for i := range d.Route {
		if d.Route[i].Message == 0 {
			continue
		}
		tried, theirs, err := w.from.Attempts(w.ctx, d.Route[i].Message, w.ids)
		if err != nil {
			return nil, err
		}
		if !theirs { // it went to a chat of somebody who was merged into this one then, and is not any more
			out.Steps[i].Reason = ""
		}
		for k := range tried {
			out.Attempts = append(out.Attempts, attempt(&tried[k]))
		}
	}
	return out, nil
}

func (w *writer) messages() error {
	err := w.doc.section("messages")
	for _, whose := range w.lists() {
		for cursor, more := "", err == nil; more; more = err == nil && cursor != "" {
			var page []Said
			if page, cursor, err = w.from.Messages(w.ctx, whose, cursor); err == nil {
				err = w.messagePage(whose, page)
			}
		}
	}
	return err
}

func (w *writer) messagePage(whose bots.ID, page []Said) error {
	for i := range page {
		w.n.Messages++
		if page[i].In {
			w.n.Files += len(page[i].Media)
		}
		view := message(&page[i])
		view.Of = cmp.Or(view.Of, w.of(whose))
		if err := w.doc.item(view); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) posts() error {
	if err := w.doc.section("staff_posts"); err != nil {
		return err
	}
	for _, whose := range w.ids {
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
	for _, whose := range w.ids {
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

func (w *writer) quarantine() error {
	err := w.doc.section("quarantine")
	if err != nil {
		return err
	}
	all, err := w.from.Quarantined(w.ctx, w.c)
	for i := range all {
		if err == nil {
			w.n.Quarantine++
			err = w.doc.item(&all[i])
		}
	}
	return err
}

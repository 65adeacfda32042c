package app

import (
	"cmp"
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/links"
	"kaskad/cmd/kaskad/internal/media"
	"kaskad/fallback"
)

// mediaDir is where people's files are kept, in data_dir.
const mediaDir = "media"

// openFiles makes the keeper of people's files. The test side has none: what simulated people send is nobody's.
func (a *App) openFiles(ctx context.Context, s *secrets) (err error) {
	if a.world != nil {
		return nil
	}
	fetchers := map[string]bots.Fetcher{}
	for name, c := range a.channels {
		for _, s := range c.senders {
			if f, ok := s.(bots.Fetcher); ok {
				fetchers[name] = f
			}
		}
	}
	o := media.Options{Dir: filepath.Join(a.cfg.Server.DataDir, mediaDir), Fetchers: fetchers, Keep: a.cfg.Retention.mediaKept(), Log: a.log}
	if keys := a.db.Files(); keys != nil {
		o.Sealer = keys
	}
	if a.files, err = media.New(o); err != nil {
		return err
	}
	secret, err := s.get(ctx, "files")
	a.fileLinks = &links.Files{PublicURL: a.cfg.Server.PublicURL, Secret: secret, Life: fileLife, Open: a.sentFile, Log: a.log}
	return err
}

// fileLife is how long a messenger may fetch what was sent through it: phones are off for days.
const fileLife = 7 * 24 * time.Hour

// handsOn opens what staff send from one channel to another; nil where no files are kept.
func (a *App) handsOn() fallback.Files {
	if a.files == nil {
		return nil
	}
	return handedOn{a}
}

type handedOn struct{ a *App }

// Carried opens the file of a delivery, which is kept from then on.
func (h handedOn) Carried(ctx context.Context, d *fallback.Delivery) (bots.Carried, error) {
	if p, ok := fallback.PostOf(d); ok {
		c, err := h.a.customersFile(ctx, &p)
		if err == nil {
			c.URL = h.a.fileLinks.URL(d.ID, c.Name, time.Now())
		}
		return c, err
	}
	x := d.Copy.Media[0]
	file, err := h.a.files.OpenFor(ctx, d.ID, 0, &x, d.Created)
	if err != nil {
		return bots.Carried{}, err
	}
	c, err := bots.NewCarried(file, x)
	if err != nil {
		return c, errors.Join(err, file.Close())
	}
	c.URL = h.a.fileLinks.URL(d.ID, c.Name, time.Now())
	return c, nil
}

// customersFile opens what a customer sent, for a post about that customer and no other.
func (a *App) customersFile(ctx context.Context, p *fallback.Post) (c bots.Carried, err error) {
	if p.File == nil {
		return c, bots.ErrNoFile
	}
	m, err := a.db.Message(ctx, p.File.Message)
	if err != nil {
		return c, err
	}
	if !p.File.Of(m, p.Contact) {
		return c, bots.ErrNoFile
	}
	file, err := a.files.Open(ctx, m, p.File.Index)
	if err != nil {
		return c, err
	}
	if c, err = bots.NewCarried(file, m.Media[p.File.Index]); err != nil {
		return c, errors.Join(err, file.Close())
	}
	return c, nil
}

// sentFile opens what a delivery has brought to its person, as long as it is there: not when the person was erased, and not when it was
// taken back.
func (a *App) sentFile(ctx context.Context, delivery bots.ID) (c bots.Carried, err error) {
	var m *bots.Message
	var p fallback.Post
	err = a.db.Read(ctx, func(v fallback.View) error {
		m, p = handedMessage(v, delivery), shownPost(v, delivery)
		return nil
	})
	if err == nil && p.File != nil {
		return a.customersFile(ctx, &p)
	}
	if err != nil || m == nil {
		return c, cmp.Or(err, bots.ErrNoFile)
	}
	file, err := a.files.Open(ctx, m, 0)
	if err != nil {
		return c, err
	}
	if c, err = bots.NewCarried(file, m.Media[0]); err != nil {
		return c, errors.Join(err, file.Close())
	}
	return c, nil
}

// shownPost is the post with which a delivery shows a member what a customer sent, unless it was taken back.
func shownPost(v fallback.View, delivery bots.ID) (p fallback.Post) {
	d := v.Delivery(delivery)
	if p, _ = fallback.PostOf(d); p.File == nil {
		return p
	}
	for i := range d.Route {
		if m := v.Message(d.Route[i].Message); m != nil && !v.MessageState(m.ID).DeletedAt.IsZero() {
			return fallback.Post{}
		}
	}
	return p
}

// handedMessage is the message with which a delivery handed a file on; nil: there is none.
func handedMessage(v fallback.View, delivery bots.ID) *bots.Message {
	d := v.Delivery(delivery)
	if d == nil || fallback.Readable(v, d).Copy == nil { // of somebody who was erased nothing is there, from that moment on
		return nil
	}
	for i := range d.Route {
		m := v.Message(d.Route[i].Message)
		if m == nil || m.Erased || m.Carried() == nil {
			continue
		}
		if s := v.MessageState(m.ID); s.DeletedAt.IsZero() {
			return m
		}
	}
	return nil
}

// fileAgain opens the file of a message that a phone asks for once more.
func (a *App) fileAgain(ctx context.Context, message bots.ID) (io.ReadSeekCloser, error) {
	m, err := a.db.Message(ctx, message)
	if err != nil || m == nil || m.Carried() == nil || a.files == nil {
		return nil, cmp.Or(err, bots.ErrNoFile)
	}
	return a.files.Open(ctx, m, 0)
}

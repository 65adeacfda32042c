package api

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Ways are the links that are used again and again.
type Ways struct {
	Books WayBooks
	// Page is the address of ours for a source, or for one channel of it; empty: there is no public address.
	Page func(code, channel string) string
	// Sheet is a page to print.
	Sheet func(Sheet) ([]byte, error)
	// Speaks reports whether it has words in a locale, and which locales there are.
	Speaks func(locale string) (ok bool, known []string)
}

// WayBooks are the store, as far as sources and their counts are kept there.
type WayBooks interface {
	Update(ctx context.Context, f func(fallback.Tx) error) error
	Read(ctx context.Context, f func(fallback.View) error) error
}

// Source is where people come from.
type Source struct {
	Code      string            `json:"code" doc:"What its links carry; it is printed, and never changes" example:"shop7-till3"`
	Test      bool              `json:"test,omitempty" doc:"true: of the test side"`
	Name      string            `json:"name" example:"Shop 7, till 3"`
	Kind      string            `json:"kind" doc:"A word of yours: shop, till, site, receipt" example:"till"`
	Tags      map[string]string `json:"tags" nullable:"false"`
	Channels  []string          `json:"channels" nullable:"false" doc:"Those that its page and its sheet offer; none: all that are on"`
	URL       string            `json:"url" doc:"The page that offers them; empty without [server] public_url"`
	Links     []SourceLink      `json:"links" nullable:"false" doc:"By channel; one whose bot is not known yet is absent"`
	CreatedAt time.Time         `json:"created_at"`
	ChangedAt time.Time         `json:"changed_at"`
	RetiredAt time.Time         `json:"retired_at,omitzero" doc:"Since when its links count nothing and its page is gone; absent: they work"`
}

// SourceLink opens one bot.
type SourceLink struct {
	Channel string `json:"channel"`
	URL     string `json:"url" doc:"Opens the bot: t.me/…, viber://…, wa.me/…"`
	Page    string `json:"page" doc:"A page of ours that offers this channel alone: for printers, mail and chats that know no viber:// links; empty without [server] public_url"`
}

type makeSourceIn struct {
	Body struct {
		Name     string            `json:"name" example:"Shop 7, till 3"`
		Code     string            `json:"code,omitempty" doc:"3 to 32 small letters, digits and -; made by us unless written" example:"shop7-till3"`
		Kind     string            `json:"kind,omitempty" example:"till"`
		Tags     map[string]string `json:"tags,omitempty" doc:"At most 8, 64 bytes for each name and each value"`
		Channels []string          `json:"channels,omitempty" maxItems:"6"`
	}
}

type sourceOut struct{ Body Source }

// SourcePath names a source.
type SourcePath struct {
	Code string `path:"code" maxLength:"64"`
}

func (a *API) makeSource(ctx context.Context, in *makeSourceIn) (*sourceOut, error) {
	b := &in.Body
	if err := a.offerable(b.Channels); err != nil {
		return nil, err
	}
	s := bots.Source{Code: cmp.Or(b.Code, fallback.FreshCode()), Name: b.Name, Kind: b.Kind, Tags: b.Tags, Channels: b.Channels}
	err := a.Ways.Books.Update(ctx, func(tx fallback.Tx) (err error) {
		s, err = fallback.MakeSource(tx, s, a.Test)
		return err
	})
	if err != nil {
		return nil, unmade(err)
	}
	doing(ctx).at("source", s.Code)
	return &sourceOut{a.showSource(&s, a.openers())}, nil
}

type changeSourceIn struct {
	SourcePath
	Body struct {
		Name     *string            `json:"name,omitempty"`
		Kind     *string            `json:"kind,omitempty"`
		Tags     *map[string]string `json:"tags,omitempty" doc:"All of them"`
		Channels *[]string          `json:"channels,omitempty" maxItems:"6" doc:"All of them; []: all that are on"`
		Retired  *bool              `json:"retired,omitempty" doc:"true: its links count nothing any more and its page is gone; false: they work again"`
	}
}

func (a *API) changeSource(ctx context.Context, in *changeSourceIn) (*sourceOut, error) {
	b := &in.Body
	if b.Channels != nil {
		if err := a.offerable(*b.Channels); err != nil {
			return nil, err
		}
	}
	var s bots.Source
	err := a.Ways.Books.Update(ctx, func(tx fallback.Tx) (err error) {
		s, err = fallback.ChangeSource(tx, in.Code, func(s *bots.Source) {
			put(&s.Name, b.Name)
			put(&s.Kind, b.Kind)
			put(&s.Tags, b.Tags)
			put(&s.Channels, b.Channels)
			retire(s, b.Retired, tx.Now())
		})
		return err
	})
	if err != nil {
		return nil, unmade(err)
	}
	doing(ctx).at("source", s.Code)
	return &sourceOut{a.showSource(&s, a.openers())}, nil
}

func put[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func retire(s *bots.Source, yes *bool, now time.Time) {
	switch {
	case yes == nil || *yes == !s.Retired.IsZero():
	case *yes:
		s.Retired = now
	default:
		s.Retired = time.Time{}
	}
}

// unmade is why a source cannot be as it was asked for.
func unmade(err error) error {
	if f, ok := errors.AsType[*bots.SourceFault](err); ok {
		return unfit("invalid_field", f.Field, "%s", f.Problem)
	}
	switch {
	case errors.Is(err, fallback.ErrSourceTaken):
		return problem(http.StatusConflict, "source_taken", "code", "Another source has this code. Choose another one, or change that source: kaskad links change, PATCH /v1/sources/{code}.")
	case errors.Is(err, fallback.ErrManySources):
		return problem(http.StatusConflict, "too_many_sources", "", "There are %d sources, and no more are kept: use one of them again (PATCH /v1/sources/{code}).", bots.MaxSources)
	case errors.Is(err, fallback.ErrUnknownSource):
		return problem(http.StatusNotFound, "unknown_source", "", "No source has this code. List them: GET /v1/sources.")
	}
	return err
}

// offerable checks the channels that a source is to offer.
func (a *API) offerable(channels []string) error {
	if len(channels) == 0 {
		return nil
	}
	_, err := a.linkable(channels)
	return err
}

func (a *API) source(ctx context.Context, in *SourcePath) (*sourceOut, error) {
	s, err := a.oneSource(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return &sourceOut{a.showSource(&s, a.openers())}, nil
}

func (a *API) oneSource(ctx context.Context, code string) (s bots.Source, err error) {
	err = a.Ways.Books.Read(ctx, func(v fallback.View) error {
		found, ok := v.Source(code)
		if s = found; !ok {
			return fallback.ErrUnknownSource
		}
		return nil
	})
	return s, unmade(err)
}

type sourcesIn struct {
	Page
	Kind    string `query:"kind" maxLength:"32" doc:"Those of this kind alone"`
	Retired string `query:"retired" default:"false" enum:"true,false" doc:"true: those that are retired as well"`
}

type sourcesOut struct{ Body List[Source] }

func (a *API) sources(ctx context.Context, in *sourcesIn) (*sourcesOut, error) {
	found, next, err := a.pageOfSources(ctx, in.Page, func(s *bots.Source) bool {
		return (in.Kind == "" || s.Kind == in.Kind) && (in.Retired == "true" || s.Retired.IsZero())
	})
	if err != nil {
		return nil, err
	}
	out := &sourcesOut{Body: List[Source]{Items: []Source{}, Next: next}}
	openers := a.openers()
	for i := range found {
		out.Body.Items = append(out.Body.Items, a.showSource(&found[i], openers))
	}
	return out, nil
}

// pageOfSources is a page of those that are wanted; its cursor is the last code.
func (a *API) pageOfSources(ctx context.Context, p Page, wanted func(*bots.Source) bool) (found []bots.Source, next string, err error) {
	if p.Cursor != "" && !bots.SourceCode(p.Cursor) {
		return nil, "", ErrCursor
	}
	err = a.Ways.Books.Read(ctx, func(v fallback.View) error {
		v.Sources(p.Cursor, func(s bots.Source) bool {
			if !wanted(&s) {
				return true
			}
			if len(found) == p.Limit {
				next = found[len(found)-1].Code
				return false
			}
			found = append(found, s)
			return true
		})
		return nil
	})
	return found, next, err
}

// openers are the bots that can be linked to now. Each is asked once for a call: one that does not know its name yet takes a while.
func (a *API) openers() map[string]func(string) (string, error) {
	can := map[string]func(string) (string, error){}
	for channel, open := range a.Links {
		if _, err := open(""); err == nil {
			can[channel] = open
		}
	}
	return can
}

func (a *API) showSource(s *bots.Source, openers map[string]func(string) (string, error)) Source {
	out := Source{
		Code: s.Code, Test: a.Test, Name: s.Name, Kind: s.Kind, Tags: s.Tags, Channels: append([]string{}, s.Channels...), URL: a.Ways.Page(s.Code, ""),
		Links: []SourceLink{}, CreatedAt: s.Created.UTC(), ChangedAt: s.Changed.UTC(), RetiredAt: utc(s.Retired),
	}
	if out.Tags == nil {
		out.Tags = map[string]string{}
	}
	for _, channel := range slices.Sorted(maps.Keys(openers)) {
		if url, err := openers[channel](s.Code); err == nil && s.Offers(channel) {
			out.Links = append(out.Links, SourceLink{Channel: channel, URL: url, Page: a.Ways.Page(s.Code, channel)})
		}
	}
	return out
}

// printed is the address that is printed for a channel: Telegram's own, which every phone opens in the app; of the others a page of ours,
// where there is one. No camera opens viber://, and the text that a wa.me link carries makes a code too fine for small paper.
func (l *SourceLink) printed() string {
	if l.Channel == bots.Telegram || l.Page == "" {
		return l.URL
	}
	return l.Page
}

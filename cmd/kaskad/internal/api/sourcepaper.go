package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/qrcode"
)

// Sheet is what a page to print is made of.
type Sheet struct {
	Source bots.Source
	Links  []SheetLink
	Paper  string // a4 or a6
	Locale string // empty: the company's
}

// SheetLink is one code on it.
type SheetLink struct{ Channel, URL string }

type sourceQRIn struct {
	SourcePath
	Channel string `query:"channel" maxLength:"32" doc:"The bot that it opens; unless written, the page of ours that offers all (without [server] public_url the only bot)"`
	Format  string `query:"format" default:"png" enum:"png,svg"`
	Level   string `query:"level" default:"Q" enum:"L,M,Q,H" doc:"How much may be lost of it: L 7 %, M 15 %, Q 25 %, H 30 %"`
	Module  int    `query:"module" default:"12" minimum:"1" maximum:"64" doc:"Pixels of a module of a PNG; four white modules stand around the code"`
}

// sourceQR draws a link, for paper: 25 % of a code on glass or at a till may be lost.
func (a *API) sourceQR(ctx context.Context, in *sourceQRIn) (*huma.StreamResponse, error) {
	s, err := a.oneSource(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	link, err := a.printedLink(&s, in.Channel)
	if err != nil {
		return nil, err
	}
	if in.Format == "svg" {
		drawn, err := qrcode.SVG(link, qrcode.Level(in.Level))
		return paper("image/svg+xml", s.Code+".svg", []byte(drawn)), err
	}
	drawn, err := qrcode.PNG(link, qrcode.Level(in.Level), in.Module)
	return paper("image/png", s.Code+".png", drawn), err
}

// printedLink is what a code of a source says.
func (a *API) printedLink(s *bots.Source, channel string) (string, error) {
	page := a.Ways.Page(s.Code, "")
	if channel == "" && page != "" {
		return page, nil
	}
	links, err := a.sheetLinks(s)
	if err != nil {
		return "", err
	}
	if channel == "" && len(links) == 1 {
		return links[0].URL, nil
	}
	for _, l := range a.showSource(s, a.openers()).Links {
		if l.Channel == channel {
			return l.printed(), nil
		}
	}
	if channel == "" {
		return "", unfit("invalid_field", "channel", "Without [server] public_url there is no page that offers several bots: name the channel of one.")
	}
	if _, err := a.linkable([]string{channel}); err != nil {
		if p, ok := errors.AsType[*Problem](err); ok {
			p.Field = "channel"
		}
		return "", err
	}
	if s.Offers(channel) {
		return "", noWays()
	}
	return "", unfit("channel_off", "channel", "This source does not offer %.40q: add it to its channels (PATCH /v1/sources/{code}).", channel)
}

// sheetLinks are what is printed of a source: all that it offers and that can be linked to now, of the two WhatsApps the official one.
func (a *API) sheetLinks(s *bots.Source) (links []SheetLink, err error) {
	shown := a.showSource(s, a.openers())
	official := slices.ContainsFunc(shown.Links, func(l SourceLink) bool { return l.Channel == bots.WhatsAppCloud })
	for _, l := range shown.Links {
		if l.Channel != bots.WhatsApp || !official {
			links = append(links, SheetLink{l.Channel, l.printed()})
		}
	}
	if len(links) > 0 {
		return links, nil
	}
	if _, err := a.linkable(nil); err != nil {
		return nil, err
	}
	return nil, noWays()
}

// noWays answers where a bot cannot be linked to yet.
func noWays() error {
	p := problem(http.StatusServiceUnavailable, "channel_not_ready", "", "The source's bot cannot be linked to yet: it is off, or its channel has not said who it is. Ask again in a few seconds.")
	p.retryAfter = retryAfter
	return p
}

type sourceSheetIn struct {
	SourcePath
	Paper  string `query:"paper" default:"a4" enum:"a4,a6" doc:"a4, or a6: a card for a table"`
	Locale string `query:"locale" maxLength:"20" doc:"Of the words; the company's unless written"`
}

// sourceSheet is a page that a browser prints.
func (a *API) sourceSheet(ctx context.Context, in *sourceSheetIn) (*huma.StreamResponse, error) {
	s, err := a.oneSource(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	if ok, known := a.Ways.Speaks(in.Locale); in.Locale != "" && !ok {
		return nil, unfit("invalid_field", "locale", "There are no words in %.20q.%s There are: %s. Others are a table of your own in phrases.toml.", in.Locale, didYouMean(in.Locale, known), strings.Join(known, ", "))
	}
	links, err := a.sheetLinks(&s)
	if err != nil {
		return nil, err
	}
	page, err := a.Ways.Sheet(Sheet{Source: s, Links: links, Paper: in.Paper, Locale: in.Locale})
	return paper("text/html; charset=utf-8", "", page), err
}

// paper answers a picture or a page that loads nothing and runs nothing.
func paper(kind, name string, body []byte) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Length", fmt.Sprint(len(body)))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
		if name != "" {
			h.Set("Content-Disposition", attachment(name))
		}
		_, _ = w.Write(body) // the caller has gone
	}}
}

// documentPaper says what huma cannot know of pictures and pages.
func (a *API) documentPaper() {
	of := func(path, doc string, kinds ...string) {
		ok := a.huma.OpenAPI().Paths[path].Get.Responses["200"]
		ok.Description = doc
		text := func(doc string) *huma.Param {
			return &huma.Param{Description: doc, Schema: &huma.Schema{Type: "string"}}
		}
		ok.Headers = map[string]*huma.Param{
			"Content-Disposition": text("Of a picture: its name"), "Content-Length": text("bytes"), "X-Content-Type-Options": text("nosniff"),
			"Content-Security-Policy": text("sandbox, and nothing but what stands in it"),
		}
		ok.Content = map[string]*huma.MediaType{}
		for _, kind := range kinds {
			ok.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
		}
	}
	of("/v1/sources/{code}/qr", "The code", "image/png", "image/svg+xml")
	of("/v1/sources/{code}/sheet", "A page to print; it loads nothing", "text/html; charset=utf-8")
}

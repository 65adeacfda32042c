package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/export"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

type exportIn struct {
	ContactPath
	Format string `query:"format" enum:"json,html" doc:"html: a page that needs nothing else; unless written, what Accept asks for, else json"`
	Locale string `query:"locale" enum:"en,uk,ru" doc:"The language of the page; the company's own unless written. JSON is the same in all"`
	Accept string `header:"Accept"`
}

// exportTime is how long the whole may take on its way to the caller.
const exportTime = 30 * time.Minute

// export hands out everything about a person, as it is read. One that cannot be ended is broken off, so that nobody takes a part for
// the whole.
func (a *API) export(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
	c, err := a.alone(ctx, in.Ref)
	if err != nil {
		return nil, err
	}
	own, err := a.Store.OwnRecords(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	html := in.Format == "html" || in.Format == "" && strings.Contains(in.Accept, "text/html")
	var page *export.Look
	if html {
		page = &export.Look{Locale: cmp.Or(in.Locale, a.Locale, "en"), Zone: a.clock()}
	}
	line := people.NewEntry(ctx, "export", c.ID, map[string]int{"deliveries": own.Counts.Deliveries, "messages": own.Counts.Messages})
	if err := a.Store.PutAudit(ctx, line); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		h := w.Header()
		kind, name := "application/json", c.ID.String()+".json"
		if html {
			kind, name = "text/html; charset=utf-8", c.ID.String()+".html"
		}
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", attachment(name))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportTime)) // one without deadlines has none to set
		if err := a.Store.Export(r.Context(), c, page, w); err != nil {
			if r.Context().Err() == nil {
				a.Log.Warn("an export was broken off", "contact", c.ID.String(), "err", err)
			}
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// clock is that of the company.
func (a *API) clock() *time.Location {
	zone, err := fallback.LoadZone(a.Engine.Where(&bots.Contact{}).Names[0])
	if err != nil { // the configuration is refused with a zone that this machine does not know
		return time.UTC
	}
	return zone
}

// documentExport says what huma cannot know of the document.
func (a *API) documentExport() {
	ok := a.huma.OpenAPI().Paths["/v1/contacts/{ref}/export"].Get.Responses["200"]
	ok.Description = "The document; it ends with its counts"
	text := func(doc string) *huma.Param {
		return &huma.Param{Description: doc, Schema: &huma.Schema{Type: "string"}}
	}
	ok.Headers = map[string]*huma.Param{
		"Content-Disposition": text("attachment, with a name"), "X-Content-Type-Options": text("nosniff"), "Content-Security-Policy": text("sandbox, and nothing but what stands in it"),
	}
	ok.Content = map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object"}}, "text/html; charset=utf-8": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
}

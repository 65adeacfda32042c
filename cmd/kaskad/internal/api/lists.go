package api

import (
	"context"
	"net/http"
	"unicode/utf8"

	"kaskad/bots"
	"kaskad/fallback"
)

// List is one page of anything.
type List[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next" doc:"Cursor of the next page; empty: this is the last"`
}

// Page is how a list is walked.
type Page struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"\"next\" of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// ref reads a REF that stands in a path or a query. Bytes that are no text are refused before anything looks for them.
func (a *API) ref(field, s string) (bots.Ref, error) {
	if !utf8.ValidString(s) {
		return bots.Ref{}, problem(http.StatusBadRequest, "invalid_ref", field, "The REF holds bytes that are no UTF-8: percent-encode it once.")
	}
	return fallback.ReadRef(s, field, a.Country)
}

// find reads the person whom the REF of a path names.
func (a *API) find(ctx context.Context, s string) (*bots.Contact, error) {
	return a.findIn(ctx, "ref", s)
}

// findIn reads the person whom the REF in a field names.
func (a *API) findIn(ctx context.Context, field, s string) (*bots.Contact, error) {
	ref, err := a.ref(field, s)
	if err != nil {
		return nil, err
	}
	c, err := a.Store.FindContact(ctx, ref)
	if err == nil && c == nil {
		return nil, &fallback.UnknownContact{Ref: ref}
	}
	return c, err
}

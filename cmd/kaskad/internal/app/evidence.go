package app

import (
	"context"
	"net/url"

	"kaskad/cmd/kaskad/internal/evidence"
)

// ReadEvidence asks why a person got these messages. An empty locale is the company's own.
func ReadEvidence(ctx context.Context, at Place, ref, locale string) (*evidence.Document, error) {
	doc := &evidence.Document{}
	path := "/v1/contacts/" + url.PathEscape(ref) + "/evidence"
	if locale != "" {
		path += "?locale=" + url.QueryEscape(locale)
	}
	return doc, CallOnce(ctx, at, "GET", path, doc)
}

package app

import (
	"context"
	"net/url"

	"kaskad/cmd/kaskad/internal/evidence"
)

// ReadEvidence asks why a person got these messages.
func ReadEvidence(ctx context.Context, at Place, ref string) (*evidence.Document, error) {
	doc := &evidence.Document{}
	return doc, CallOnce(ctx, at, "GET", "/v1/contacts/"+url.PathEscape(ref)+"/evidence", doc)
}

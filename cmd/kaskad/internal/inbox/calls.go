package inbox

import (
	"errors"
	"net/http"

	"kaskad/cmd/kaskad/internal/people"
)

// FormHeader is what a page's own calls of the API bring beside the cookie: the token that its forms hold.
const FormHeader = "Kaskad-Form"

// ErrForeign is a call with the cookie of a session that no page of ours made, as far as can be told.
var ErrForeign = errors.New("nothing proves that one of our pages made this call")

// ErrFactor is a call of somebody who must have a second factor, and has none yet.
var ErrFactor = errors.New("a second factor has to be set up first: /account/second")

// Caller is who makes a call of the API with the cookie of a session; false: nobody does. A call that reads is taken with the token of the
// page, or when the browser says that it is of the same origin; one that changes something only with the token, and never from elsewhere.
func (i *Inbox) Caller(r *http.Request) (people.Principal, bool, error) {
	token := i.cookie(r, sessionCookie)
	if token == "" || r.Header.Get("Authorization") != "" {
		return people.Principal{}, false, nil
	}
	p, s, ok, err := i.Accounts.Recognise(r.Context(), i.Now(), token)
	if err != nil {
		i.Log.Warn("the last use of a session was not written", "err", err)
	}
	if !ok {
		return people.Principal{}, false, nil
	}
	if i.owesFactor(&p, &s) {
		return people.Principal{}, false, ErrFactor
	}
	told := people.FormFits(token, r.Header.Get(FormHeader))
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if !i.ours(r) || i.cross.Check(r) != nil || !told && !(reads && r.Header.Get("Sec-Fetch-Site") == "same-origin") {
		return people.Principal{}, false, ErrForeign
	}
	return p.Principal(s.ID, from(r)), true, nil
}

package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// testHeader is on every answer to a test key.
const testHeader = "Kaskad-Test"

// realOnly says why a test key cannot make a call; empty: it can, and sees the test side alone.
func realOnly(operation string) string {
	switch operation {
	case "list-keys", "make-key", "revoke-key":
		return "A test key cannot see, make or revoke keys. Use a real key with scope admin, or kaskad key."
	case "make-setup-code", "list-people", "add-person", "change-person", "invite-person":
		return "The test side has no people of its own: who signs in is the real side's. Use a real key with scope admin, or kaskad people."
	case "list-doors":
		return "Nobody calls the test side from outside: it has no doors. Use a real key with scope admin."
	case "make-staff-code", "get-staff-room", "list-staff-rooms", "list-members", "add-member", "change-member", "remove-member", "make-member-code", "list-staff-audit":
		return "The test side has no staff's group. Answer its conversations with POST /v1/conversations/{id}/replies."
	}
	return ""
}

// NoTestSide answers a test key while there is no test side: it has failed, and the log says why.
func NoTestSide(w http.ResponseWriter) {
	p := problem(http.StatusServiceUnavailable, "test_side_down", "", "The test side does not work now; the gateway's log says why. Real keys are not concerned. Ask again in half a minute.")
	h := w.Header()
	h.Set("Content-Type", problemType)
	h.Set("Cache-Control", "no-store")
	h.Set("Retry-After", "30")
	h.Set(testHeader, "true")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// sided lets a test key only make calls that mean something on the test side.
func (a *API) sided(operation string) func(huma.Context, func(huma.Context)) {
	why := realOnly(operation)
	return func(ctx huma.Context, next func(huma.Context)) {
		if a.Test && why != "" {
			refuse(ctx, problem(http.StatusForbidden, "not_for_test_keys", "", "%s", why))
			return
		}
		next(ctx)
	}
}

// fits reports whether whoever calls belongs to this side. The program brings every caller to the right one; this is the second lock.
func (a *API) fits(who people.Principal) bool { return who.Test == a.Test }

// ours refuses an id that only the other side can have made.
func (a *API) ours(id bots.ID, code string) error {
	switch {
	case id.Test() == a.Test:
		return nil
	case a.Test:
		return problem(http.StatusNotFound, code, "", "%s is a real id; a test key cannot see it. Use a real key (ka_…).", id)
	}
	return problem(http.StatusNotFound, code, "", "%s is a test id; a real key cannot see it. Use a test key (kt_…).", id)
}

// otherSide is ours for a person whom the engine was asked for by id and did not find.
func (a *API) otherSide(err error) *Problem {
	unknown, ok := errors.AsType[*fallback.UnknownContact](err)
	if !ok || unknown.Ref.Kind != "id" {
		return nil
	}
	id, err := bots.ParseID(unknown.Ref.Value)
	if err != nil {
		return nil
	}
	p, _ := errors.AsType[*Problem](a.ours(id, "unknown_contact"))
	return p
}

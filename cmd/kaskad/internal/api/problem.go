package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
	"kaskad/templates"
)

const problemType = "application/problem+json"

// Problem is what every error looks like (RFC 9457): a stable code for programs, a detail for people that says what to do.
type Problem struct {
	Type   string `json:"type" doc:"The code as a reference" example:"/problems/unknown_template"`
	Title  string `json:"title" doc:"The status in words" example:"Unprocessable Entity"`
	Status int    `json:"status" doc:"The HTTP status" example:"422"`
	Code   string `json:"code" doc:"Stable; for programs" example:"unknown_template"`
	Detail string `json:"detail" doc:"What is wrong and what to do" example:"No template \"redy\". Did you mean \"ready\"?"`
	Field  string `json:"field,omitempty" doc:"The field that is wrong" example:"template"`

	Unknown []string `json:"unknown,omitempty" doc:"The ids of a list that are not there"`

	retryAfter int
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus makes huma answer with it.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are sent with it.
func (p *Problem) GetHeaders() http.Header {
	if p.retryAfter == 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.Itoa(p.retryAfter)}}
}

// ContentType makes it application/problem+json.
func (p *Problem) ContentType(string) string { return problemType }

func problem(status int, code, field, format string, args ...any) *Problem {
	return &Problem{
		Type: "/problems/" + code, Title: http.StatusText(status), Status: status, Code: code, Field: field, Detail: fmt.Sprintf(format, args...),
	}
}

// unfit is a value that cannot be taken.
func unfit(code, field, format string, args ...any) *Problem {
	return problem(http.StatusUnprocessableEntity, code, field, format, args...)
}

// problem turns an error into what the caller reads. What nobody foresaw is logged here, once.
func (a *API) problem(ctx context.Context, operation string, err error) *Problem {
	if p := a.otherSide(err); p != nil {
		return p
	}
	if p := foreseen(err); p != nil {
		return p
	}
	if ctx.Err() != nil {
		return unavailable("The call was given up before it was done. Ask again; with an idempotency key nothing is sent twice.")
	}
	a.Log.Error("call failed", "operation", operation, "err", err)
	return problem(http.StatusInternalServerError, "internal", "", "Something went wrong here; the log says what. Ask again, with an idempotency key if the call sends.")
}

func foreseen(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*fallback.Invalid](err); ok {
		return unfit(e.Code, e.Field, "%s", e.Detail)
	}
	if e, ok := errors.AsType[*templates.UnknownTemplate](err); ok {
		return unfit("unknown_template", "template", "%s", e.Detail())
	}
	if e, ok := errors.AsType[*fallback.UnknownDeliveries](err); ok {
		p := problem(http.StatusNotFound, "unknown_delivery", "send", "%d ids in send name no delivery that was open in the copy; nothing was done. Take them away, or look for the right ones: GET /v1/deliveries.", len(e.IDs))
		for _, id := range e.IDs {
			p.Unknown = append(p.Unknown, id.String())
		}
		return p
	}
	if e, ok := errors.AsType[*people.Invalid](err); ok {
		return unfit("invalid_field", e.Field, "%s", e.Detail)
	}
	if e, ok := errors.AsType[*contacts.Invalid](err); ok {
		return unfit("invalid_field", e.Field, "%s", e.Detail)
	}
	if e, ok := errors.AsType[*Taken](err); ok {
		return problem(http.StatusConflict, "taken", "", "%s belongs to another contact (%s). Take it away there first, or write to that contact.", e.What, e.Owner)
	}
	if e, ok := errors.AsType[*Unsearchable](err); ok {
		return unfit("invalid_field", "q", "q: %s.", e.Detail)
	}
	if e, ok := errors.AsType[*SearchNotReady](err); ok {
		return notReady(e.Detail)
	}
	if e, ok := errors.AsType[*NotReplayed](err); ok {
		return unfit("not_replayed", "", "It could not be taken this time either, and stays: %v.", e.Err)
	}
	if e, ok := errors.AsType[*fallback.LaterMerge](err); ok {
		return problem(http.StatusConflict, "merged_later", "from", "Contact %s was merged into %s after it. Undo that first.", e.Absorbed, e.Kept)
	}
	if e, ok := errors.AsType[*fallback.GoneContact](err); ok {
		return problem(http.StatusNotFound, "unknown_contact", "", "Contact %s was erased on %s: nothing of it is left, and no merge of it can be undone.", e.Contact, e.At.UTC().Format(time.DateOnly))
	}
	if p := ofPeople(err); p != nil {
		return p
	}
	switch {
	case errors.Is(err, fallback.ErrSameContact):
		return unfit("same_contact", "from", "Both REFs name one contact: name two. Those that a contact has absorbed are in its list \"merged\".")
	case errors.Is(err, fallback.ErrNotMerged):
		return unfit("not_merged", "from", "The contact that was kept has not absorbed this one. The ids of those that it has are in its list \"merged\".")
	case errors.Is(err, fallback.ErrMostMerged):
		return unfit("too_many_merged", "from", "A contact absorbs at most %d others.", bots.MaxMerged)
	case errors.Is(err, fallback.ErrStaffMerge):
		return unfit("not_a_person", "from", "This is the staff's group, and no person.")
	case errors.Is(err, ErrNotKept):
		return problem(http.StatusNotFound, "unknown_quarantined", "", "Quarantine has nothing under this id. List it: GET /v1/quarantine.")
	case errors.Is(err, errNobody):
		return problem(http.StatusNotFound, "unknown_contact", "", "Nobody has this REF. Look for the person: GET /v1/contacts?q=…; of whoever was erased, GET /v1/erased/{id} tells.")
	case errors.Is(err, fallback.ErrUnknownContact):
		return problem(http.StatusNotFound, "unknown_contact", "", "Nobody has this REF. Make the contact first: PUT /v1/contacts/{REF}.")
	case errors.Is(err, fallback.ErrUnknownDelivery):
		return problem(http.StatusNotFound, "unknown_delivery", "", "No delivery has this id.")
	case errors.Is(err, fallback.ErrKeyReused):
		return unfit("key_reused", "key", "This idempotency key was used for another request. Use a new key, or send the same body again.")
	case errors.Is(err, fallback.ErrUnknownHold):
		return problem(http.StatusNotFound, "unknown_hold", "", "No hold has this id. List them: GET /v1/holds.")
	case errors.Is(err, fallback.ErrUnknownAccount):
		return problem(http.StatusNotFound, "unknown_member", "account", "The account is none of theirs. List them: GET /v1/staff/members.")
	case errors.Is(err, fallback.ErrUnknownMember):
		return problem(http.StatusNotFound, "unknown_member", "", "Nobody of the team has this name. List them: GET /v1/staff/members.")
	case errors.Is(err, fallback.ErrNotSeen):
		return problem(http.StatusNotFound, "unknown_member", "who", "Nobody was seen in the staff's group under this name. Let them write there, write telegram:ID, or make a code: POST /v1/staff/members/{name}/code.")
	case errors.Is(err, fallback.ErrSeveral):
		return problem(http.StatusConflict, "several_seen", "who", "Several people in the staff's group have this name. Write the account, as GET /v1/staff/members lists it among those seen.")
	case errors.Is(err, fallback.ErrAccountTaken):
		return problem(http.StatusConflict, "account_taken", "who", "The account is somebody else's of the team. Remove them first, or take that name.")
	case errors.Is(err, fallback.ErrTooManyMembers):
		return unfit("too_many_members", "", "A team has at most %d people, each with a few accounts: remove some.", fallback.MaxMembers)
	case errors.Is(err, fallback.ErrMemberName):
		return unfit("invalid_field", "name", "name: 1 to %d characters, no space at its ends.", fallback.MaxAssignee)
	case errors.Is(err, fallback.ErrMemberRole):
		return unfit("invalid_field", "role", "role: write agent or lead.")
	case errors.Is(err, fallback.ErrMemberSigned):
		return unfit("invalid_field", "signature", "signature: at most 100 characters, on one line.")
	case errors.Is(err, fallback.ErrMemberGroups):
		return unfit("invalid_field", "groups", "groups: the names of at most 21.")
	case errors.Is(err, fallback.ErrMemberAccount):
		return unfit("invalid_field", "who", "who: write telegram:ID, viber:ID, whatsapp:ID, @username, or the name shown in the group.")
	case errors.Is(err, people.ErrUnknownKey):
		return problem(http.StatusNotFound, "unknown_key", "", "No key has this id. List them: GET /v1/keys.")
	case errors.Is(err, ErrCursor):
		return unfit("invalid_cursor", "cursor", "This cursor cannot be read. Start without one, and pass on what \"next\" gives.")
	case errors.Is(err, ErrNotErased):
		return unavailable("Nobody was erased: kaskad.journal cannot be written, and a backup that is put back would bring the person back. Look at the disk and at the log of the gateway, then ask again.")
	case errors.Is(err, ErrErasedNotWritten):
		return unavailable("The person is erased, but kaskad.journal cannot be written now; it is tried again every ten seconds. Until then (journal in degraded of /readyz) a backup that is put back would bring the person back.")
	case errors.Is(err, fallback.ErrUnavailable):
		return unavailable("The store cannot write now (a full disk, or a stop). Ask again in a few seconds.")
	}
	return nil
}

const retryAfter = 5 // seconds

func unavailable(detail string) *Problem {
	p := problem(http.StatusServiceUnavailable, "unavailable", "", "%s", detail)
	p.retryAfter = retryAfter
	return p
}

// fromHuma turns what huma found wrong with a call into a problem.
func (a *API) fromHuma(ctx huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	switch e.Status {
	case http.StatusBadRequest:
		return problem(e.Status, "invalid_json", "body", "%s.", unread(e)), nil
	case http.StatusRequestEntityTooLarge:
		return problem(e.Status, "too_large", "body", "A body has at most 1 MiB, a batch 4 MiB."), nil
	case http.StatusUnsupportedMediaType:
		return problem(e.Status, "unsupported_media_type", "", "Send JSON, with Content-Type: application/json."), nil
	case http.StatusRequestTimeout:
		return problem(e.Status, "timeout", "body", "The body did not arrive in %s.", bodyTime), nil
	case http.StatusUnprocessableEntity:
		return a.notFit(e.Errors, of(ctx.Operation())), nil
	}
	return problem(e.Status, "internal", "", "%s.", e.Detail), nil
}

// unread is why a body cannot be read.
func unread(e *huma.ErrorModel) string {
	if len(e.Errors) == 0 || e.Errors[0] == nil {
		return "The body is empty: send JSON"
	}
	return "The body is not JSON: " + e.Errors[0].Message
}

package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// WhatsApp is the session of the paired phone.
type WhatsApp interface {
	Status(ctx context.Context) (*WhatsAppStatus, error)
	// Pair pairs a phone and tells of everything that is to be shown, the end too. It ends when ctx does, or when tell fails.
	Pair(ctx context.Context, ask WhatsAppPairing, tell func(WhatsAppStep) error) error
	// Logout unlinks the device at WhatsApp and forgets its keys.
	Logout(ctx context.Context) error
}

// ErrWhatsAppOff is a gateway whose configuration has no paired phone.
var ErrWhatsAppOff = errors.New("whatsapp is off in the running gateway: write enabled = true under [whatsapp] and start it again")

// WhatsAppFailed is what WhatsApp, or the library that speaks to it, did not do, with what to do.
type WhatsAppFailed struct{ Err error }

func (e *WhatsAppFailed) Error() string { return e.Err.Error() }
func (e *WhatsAppFailed) Unwrap() error { return e.Err }

// WhatsAppStatus is how the session stands.
type WhatsAppStatus struct {
	// State is one of docs/whatsapp.md: connected, connecting, syncing, silent, store_failed, unpaired, logged_out, replaced, outdated,
	// passkey, banned, limited, refused, old_copy, or stopped: no gateway runs.
	State   string           `json:"state"`
	Since   time.Time        `json:"since,omitzero"`
	Until   time.Time        `json:"until,omitzero"`  // when it ends by itself, if that is known
	Advice  string           `json:"advice"`          // what to do; empty: nothing
	Account *WhatsAppAccount `json:"account"`         // nil: no phone is paired
	Today   *WhatsAppToday   `json:"today,omitempty"` // nil: nothing bounds it, or no gateway runs
}

// Line says it in one line.
func (s *WhatsAppStatus) Line(now time.Time) string {
	line := s.State
	if !s.Since.IsZero() {
		line += " since " + s.Since.In(now.Location()).Format("2006-01-02 15:04 MST")
	}
	if !s.Until.IsZero() {
		line += ", until " + s.Until.In(now.Location()).Format("2006-01-02 15:04 MST")
	}
	if s.Advice != "" {
		line += ": " + s.Advice
	}
	return line
}

// WhatsAppAccount is the account of the paired phone.
type WhatsAppAccount struct {
	Phone    string `json:"phone"`
	Name     string `json:"name"`
	Business string `json:"business,omitempty"`
	Platform string `json:"platform,omitempty"`
}

// WhatsAppToday counts people who were written to today without having written first today.
type WhatsAppToday struct {
	Sent int `json:"sent"`
	Most int `json:"most"`
}

// WhatsAppPairing says how a phone is to be paired.
type WhatsAppPairing struct {
	Phone string `json:"phone,omitempty"` // with a code that is typed on this phone; empty: by a QR code
}

// WhatsAppStep is one thing to show while a phone is paired. The last one has Paired or Failed.
type WhatsAppStep struct {
	QR     string           `json:"qr,omitempty"`
	Code   string           `json:"code,omitempty"`
	Until  time.Time        `json:"until,omitzero"` // when the QR code or the code is worth nothing any more
	Paired *WhatsAppAccount `json:"paired,omitempty"`
	Failed string           `json:"failed,omitempty"` // expired, cancelled, failed, or the state that the session has now
	Reason string           `json:"reason,omitempty"` // why, and what to do
}

// Ended reports whether a step is the last one.
func (s *WhatsAppStep) Ended() bool { return s.Paired != nil || s.Failed != "" }

const (
	whatsApp     = "/v1/whatsapp"
	stepTime     = 30 * time.Second // for the command to take a step
	maxPairing   = 4 << 10
	whatsAppWork = "whatsapp"
)

// WhatsApp answers the calls of `kaskad whatsapp`. They are for the control socket alone: who sees a QR code can link himself.
func (a *API) WhatsApp(session WhatsApp) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+whatsApp, func(w http.ResponseWriter, r *http.Request) {
		s, err := session.Status(r.Context())
		a.answerWhatsApp(w, r, s, err)
	})
	mux.HandleFunc("POST "+whatsApp+"/logout", func(w http.ResponseWriter, r *http.Request) {
		a.answerWhatsApp(w, r, struct{}{}, session.Logout(r.Context()))
	})
	mux.HandleFunc("POST "+whatsApp+"/pair", func(w http.ResponseWriter, r *http.Request) {
		var ask WhatsAppPairing
		in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxPairing))
		in.DisallowUnknownFields()
		if err := in.Decode(&ask); err != nil {
			a.answerWhatsApp(w, r, nil, unfit("invalid_json", "body", "The body is no pairing: %v.", err))
			return
		}
		a.pair(w, r, session, ask)
	})
	return mux
}

// pair writes every step as it comes. What fails before the first one is a problem; later, it is the last step.
func (a *API) pair(w http.ResponseWriter, r *http.Request, session WhatsApp, ask WhatsAppPairing) {
	out := http.NewResponseController(w)
	if err := out.SetReadDeadline(time.Time{}); err != nil { // a person looks for a phone: it lasts as long as it lasts
		a.answerWhatsApp(w, r, nil, err)
		return
	}
	begun := false
	err := session.Pair(r.Context(), ask, func(s WhatsAppStep) error {
		if !begun {
			w.Header().Set("Content-Type", eventStream)
			begun = true
		}
		line, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if err := out.SetWriteDeadline(time.Now().Add(stepTime)); err != nil {
			return err
		}
		if _, err := w.Write(append(append([]byte("data: "), line...), "\n\n"...)); err != nil {
			return err
		}
		return out.Flush()
	})
	switch {
	case err != nil && !begun:
		a.answerWhatsApp(w, r, nil, err)
	case err != nil && r.Context().Err() == nil:
		a.Log.Warn("pairing broke off", "channel", whatsAppWork, "err", err)
		panic(http.ErrAbortHandler)
	}
}

func (a *API) answerWhatsApp(w http.ResponseWriter, r *http.Request, v any, err error) {
	switch {
	case err == nil:
		answer(w, http.StatusOK, v)
		return
	case errors.Is(err, ErrWhatsAppOff):
		err = problem(http.StatusConflict, "channel_off", "", "%s.", ErrWhatsAppOff)
	default:
		if e, ok := errors.AsType[*WhatsAppFailed](err); ok {
			err = problem(http.StatusServiceUnavailable, "channel_not_ready", "", "%v.", e)
		}
	}
	p := a.problem(r.Context(), whatsAppWork, err)
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller has gone
}

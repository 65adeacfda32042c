package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"kaskad/bots"
)

// SMSTests sends test messages through SMS providers and knows what was told of them. A test is nobody's delivery.
type SMSTests interface {
	// Price tells what a test would cost, and sends nothing.
	Price(ctx context.Context, ask SMSAsk) (*SMSTest, error)
	Send(ctx context.Context, ask SMSAsk) (*SMSTest, error)
	// Told is what is known of a test by now; last: nobody will ask again. ErrNoTest.
	Told(ctx context.Context, id bots.ID, last bool) (*SMSTest, error)
}

// ErrNoTest is an id of no test, or of one that was long ago.
var ErrNoTest = errors.New("no test has this id; tests are forgotten after a while, and when the gateway stops")

// SMSAsk asks for a test message.
type SMSAsk struct {
	Provider string `json:"provider,omitempty"` // empty: the first
	To       string `json:"to"`
	Text     string `json:"text"`
	Quote    bool   `json:"quote,omitempty"` // only the price
}

// SMSTest is a test message and what became of it. It holds what the provider answered, which may quote text and phone: it is
// for the operator's eyes.
type SMSTest struct {
	ID       string    `json:"id,omitempty"`
	Provider string    `json:"provider"`
	Parts    int       `json:"parts"`
	PerPart  Money     `json:"per_part"`
	Cost     Money     `json:"cost"`
	SentAt   time.Time `json:"sent_at,omitzero"`

	Asked      string `json:"asked,omitempty"` // method and path
	Status     int    `json:"status,omitempty"`
	Answer     string `json:"answer,omitempty"` // its beginning, without secrets
	Accepted   bool   `json:"accepted"`
	ProviderID string `json:"provider_id,omitempty"`
	Fault      string `json:"fault,omitempty"` // what it was taken for, when it was not accepted
	Code       string `json:"code,omitempty"`
	Reason     string `json:"reason,omitempty"`

	Before  *Money `json:"balance_before,omitempty"` // nil: the provider cannot be asked, or Unknown says why it did not tell
	After   *Money `json:"balance_after,omitempty"`
	Unknown string `json:"balance_unknown,omitempty"`

	Awaits  bool      `json:"awaits"`            // the provider will call us, or can be asked
	Calls   bool      `json:"calls"`             // it will call us
	Silence string    `json:"silence,omitempty"` // why it will not call us, or why nothing can be known
	EnterAt string    `json:"enter_at,omitempty"`
	Told    []SMSTold `json:"told"`
	Called  bool      `json:"called"`        // the provider itself told the end
	End     string    `json:"end,omitempty"` // delivered, or the fault; empty: not known yet

	Questions []SMSQuestion `json:"questions"`
}

// SMSTold is one thing that was told of a test message.
type SMSTold struct {
	At   time.Time `json:"at"`
	How  string    `json:"how"` // call: the provider called us; answer: we asked
	Text string    `json:"text"`
}

// SMSQuestion is something about a provider that nobody has seen work yet.
type SMSQuestion struct {
	Part string `json:"part"`
	Text string `json:"text"`
}

// MoneyOf shows an amount.
func MoneyOf(m bots.Money) Money { return Money{Amount: m.Decimal(), Currency: m.Currency} }

const (
	smsTests    = "/v1/sms/tests"
	maxTestBody = 16 << 10
)

// SMSTests answers the calls of `kaskad sms test`. They are for the control socket alone: they send without consent, limits and
// quiet hours, and show what a provider answered.
func (a *API) SMSTests(tests SMSTests) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+smsTests, func(w http.ResponseWriter, r *http.Request) {
		var ask SMSAsk
		in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxTestBody))
		in.DisallowUnknownFields()
		if err := in.Decode(&ask); err != nil {
			a.answerTest(w, r, nil, unfit("invalid_json", "body", "The body is no test: %v.", err))
			return
		}
		do := tests.Send
		if ask.Quote {
			do = tests.Price
		}
		t, err := do(r.Context(), ask)
		a.answerTest(w, r, t, err)
	})
	mux.HandleFunc("GET "+smsTests+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := bots.ParseID(r.PathValue("id"))
		if err != nil {
			a.answerTest(w, r, nil, ErrNoTest)
			return
		}
		t, err := tests.Told(r.Context(), id, r.URL.Query().Has("last"))
		a.answerTest(w, r, t, err)
	})
	return mux
}

func (a *API) answerTest(w http.ResponseWriter, r *http.Request, t *SMSTest, err error) {
	switch {
	case err == nil:
		answer(w, http.StatusOK, t)
		return
	case errors.Is(err, ErrNoTest):
		err = problem(http.StatusNotFound, "unknown_test", "", "%s.", ErrNoTest)
	}
	p := a.problem(r.Context(), "sms-test", err)
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller has gone
}

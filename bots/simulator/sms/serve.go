package sms

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

const (
	maxBody   = 64 << 10
	maxHeader = 64 << 10
)

// Call is one call that somebody made, whatever became of it.
type Call struct {
	Method string            // of HTTP
	Path   string            // /send, /balance, /status; /news where a provider tells what is new
	Kind   string            // json, form or query
	Params map[string]string // without the token
	At     time.Time         // by Options.Now
	Status int               // of HTTP; 0 while there is no answer, and for ever when the connection was cut
	Code   string            // of a refusal
	Error  string            // its words
	Fault  Kind              // the fault that was played, if any

	token string
}

// refusal is an answer with "status": "error".
type refusal struct{ code, text string }

func (r *refusal) Error() string { return r.code + " " + r.text }

func refuse(code, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// endpoints are the addresses of the API, and which fields they know.
var endpoints = map[string][]string{
	"/send":    {"to", "from", "text", "ref", "callback"},
	"/balance": {},
	"/status":  {"message_id"},
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if s.dialect != nil {
		s.serveDialect(w, r)
		return
	}
	fields, known := endpoints[r.URL.Path]
	if !known {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && (r.Method != http.MethodPost || r.URL.Path != "/send") {
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	call := &Call{Method: r.Method, Path: r.URL.Path, At: s.opt.Now()}
	wrong := call.read(w, r, fields)
	if call.token != s.opt.Token {
		wrong = refuse("41", "wrong token")
	}
	s.record(call, wrong)
	if wrong != nil {
		s.answer(w, call, nil, wrong)
		return
	}
	s.play(w, r, call)
}

// read takes the parameters and the token of a call.
func (c *Call) read(w http.ResponseWriter, r *http.Request, fields []string) *refusal {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return refuse("40", "body: %v", err)
	}
	c.token, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method == http.MethodGet:
		c.Kind = "query"
		return c.fromForm(r.URL.RawQuery, fields)
	case kind == "application/x-www-form-urlencoded":
		c.Kind = "form"
		return c.fromForm(string(body), fields)
	case kind == "application/json":
		c.Kind = "json"
		return c.fromJSON(string(body), fields)
	}
	return refuse("40", "Content-Type is %q, not application/json or a form", kind)
}

func (c *Call) fromForm(encoded string, fields []string) *refusal {
	c.Params = map[string]string{}
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return refuse("40", "%v", err)
	}
	if token, given := values["token"]; given && c.token == "" {
		c.token = token[0]
	}
	delete(values, "token")
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(fields, name) {
			return refuse("40", "unknown field %q", name)
		}
		if len(values[name]) > 1 {
			return refuse("40", "field %q comes %d times", name, len(values[name]))
		}
		c.Params[name] = values[name][0]
	}
	return nil
}

// fromJSON reads one flat object of strings. It goes by tokens, because a decoded map does not show repeated fields.
func (c *Call) fromJSON(body string, fields []string) *refusal {
	c.Params = map[string]string{}
	in := json.NewDecoder(strings.NewReader(body))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		return refuse("40", "body is no JSON object")
	}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return refuse("40", "body: %v", err)
		}
		field, _ := name.(string)
		value, err := in.Token()
		text, isText := value.(string)
		_, twice := c.Params[field]
		switch {
		case err != nil:
			return refuse("40", "body: %v", err)
		case !slices.Contains(fields, field):
			return refuse("40", "unknown field %q", field)
		case !isText:
			return refuse("40", "field %q is no string", field)
		case twice:
			return refuse("40", "field %q comes 2 times", field)
		}
		c.Params[field] = text
	}
	if _, err := in.Token(); err != nil {
		return refuse("40", "body: %v", err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return refuse("40", "something follows the JSON object")
	}
	return nil
}

func (s *Server) record(call *Call, wrong *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wrong != nil && wrong.code == "41" {
		if s.strangers++; s.strangers > stage.MaxStrangers {
			return
		}
		call.Params, call.token = nil, ""
	}
	s.calls = stage.Newest(append(s.calls, call), s.opt.Keep)
	s.stage.Notify()
}

// carryOut does what a call asks for.
func (s *Server) carryOut(call *Call) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	switch call.Path {
	case "/balance":
		return balanceAnswer{"ok", s.balance.String(), s.opt.Currency}, nil
	case "/news":
		return s.news(), nil
	case "/status":
		if s.dialect != nil {
			return s.statuses(call.Params["message_id"]), nil
		}
		return s.status(call.Params["message_id"])
	}
	return s.send(call.Params)
}

type balanceAnswer struct {
	Status   string `json:"status"`
	Balance  string `json:"balance"`
	Currency string `json:"currency"`
}

type statusAnswer struct {
	Status    string `json:"status"`
	MessageID string `json:"message_id"`
	Ref       string `json:"ref"`
	State     string `json:"state"`
	At        string `json:"at"`
}

func (s *Server) status(id string) (any, *refusal) {
	m := s.message(id)
	if m == nil {
		return nil, refuse("40", "unknown message_id %q", id)
	}
	return statusAnswer{"ok", m.ID, m.Ref, m.Status, stamp(m.StatusAt)}, nil
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// answer writes a result or a refusal and notes it.
func (s *Server) answer(w http.ResponseWriter, call *Call, result any, wrong *refusal) {
	if s.dialect != nil {
		s.answerDialect(w, call, result, wrong)
		return
	}
	status := http.StatusOK
	if wrong != nil {
		status = s.statusOf(wrong.code)
		result = map[string]string{"status": "error", "code": wrong.code, "error": wrong.text}
	}
	s.settle(call, status, wrong)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(result) // the caller may be gone: nothing to do about it
}

func (s *Server) statusOf(code string) int {
	if status, given := s.opt.ErrorStatus[code]; given {
		return status
	}
	switch code {
	case "41":
		return http.StatusUnauthorized
	case "29":
		return http.StatusTooManyRequests
	}
	return http.StatusOK
}

func (s *Server) settle(call *Call, status int, wrong *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	call.Status = status
	if wrong != nil {
		call.Code, call.Error = wrong.code, wrong.text
	}
	s.stage.Notify()
}

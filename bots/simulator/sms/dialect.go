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
	"regexp"
	"slices"
	"strings"
)

// dialect is how one real provider speaks. Sends, phones, money and faults are those of every server; a dialect says how they are
// asked for and told. It knows no more of the provider than public pages and its own clients show.
type dialect struct {
	// understand finds out what a call asks for ("/send", "/balance", "/status" or "/news") and in which of our params. An empty
	// path is an address that the provider does not have.
	understand func(s *Server, c *heard) (path string, params map[string]string, wrong *refusal)
	// say puts a result or a refusal into the provider's words.
	say func(s *Server, c *Call, result any, wrong *refusal) said
	// report is how the provider tells what became of a message; nil for one that does not.
	report func(s *Server, m *Message, address string) *Report
	// inbound is how it brings what a person wrote; nil for one that does not.
	inbound func(s *Server, id, from, text, address string) *Report
	// taken says what was wrong with the answer to a report.
	taken func(status int, body string) error
	// id names the n-th message.
	id func(n int) string
}

// Providers are the real ones that a server can speak as.
func Providers() []string { return slices.Sorted(maps.Keys(dialects())) }

func dialects() map[string]func() *dialect {
	return map[string]func() *dialect{
		"turbosms": turbosms, "smsc": smsc, "smsru": smsru, "decision": decision,
		"alphasms": alphasms, "twilio": twilio, "infobip": infobip, "kannel": kannel,
	}
}

func dialectOf(name string) (*dialect, error) {
	if name == "" {
		return nil, nil
	}
	speak, known := dialects()[name]
	if !known {
		return nil, fmt.Errorf("sms simulator: %q is not known; there are %s", name, strings.Join(Providers(), ", "))
	}
	return speak(), nil
}

// heard is a call as it came.
type heard struct {
	method, path, kind string
	header             http.Header
	query, form        url.Values
	body               []byte
}

// said is an answer as it goes.
type said struct {
	status int
	kind   string
	body   string
}

func saidJSON(status int, v any) said {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types: cannot happen
	}
	return said{status, "application/json", string(body)}
}

func saidText(status int, text string) said { return said{status, "text/html", text} }

func (s *Server) serveDialect(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	h := &heard{method: r.Method, path: r.URL.Path, header: r.Header, body: body}
	wrong := h.parse(r.URL.RawQuery)
	path, params, refused := s.dialect.understand(s, h)
	if path == "" {
		http.NotFound(w, r)
		return
	}
	call := &Call{Method: r.Method, Path: path, Kind: h.kind, Params: params, At: s.opt.Now()}
	if wrong == nil {
		wrong = refused
	}
	s.record(call, worst(wrongToken(refused != nil && refused.code == "41"), wrong))
	if wrong != nil {
		s.answer(w, call, nil, wrong)
		return
	}
	s.play(w, r, call)
}

// parse takes query and form apart.
func (h *heard) parse(rawQuery string) *refusal {
	var err error
	if h.query, err = url.ParseQuery(rawQuery); err != nil {
		return refuse("40", "query: %v", err)
	}
	kind, _, _ := mime.ParseMediaType(h.header.Get("Content-Type"))
	switch {
	case h.method == http.MethodGet && len(h.body) > 0:
		return refuse("40", "GET with a body")
	case h.method == http.MethodGet:
		h.kind = "query"
	case kind == "application/x-www-form-urlencoded":
		h.kind = "form"
		if h.form, err = url.ParseQuery(string(h.body)); err != nil {
			return refuse("40", "form: %v", err)
		}
	case kind == "application/json":
		h.kind = "json"
	default:
		return refuse("40", "Content-Type is %q", kind)
	}
	return nil
}

// only refuses fields that the provider does not have, and repeated ones.
func only(fields url.Values, known ...string) *refusal {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, name) {
			return refuse("40", "unknown field %q", name)
		}
		if len(fields[name]) > 1 {
			return refuse("40", "field %q comes %d times", name, len(fields[name]))
		}
	}
	return nil
}

// exactly reads a JSON body without unknown fields.
func (h *heard) exactly(into any) *refusal {
	d := json.NewDecoder(strings.NewReader(string(h.body)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return refuse("40", "body: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse("40", "something follows the JSON value")
	}
	return nil
}

var digitsOnly = regexp.MustCompile(`^[1-9][0-9]{7,14}$`)

// international makes E.164 of a number that must come without its plus.
func international(digits string) string {
	if !digitsOnly.MatchString(digits) {
		return "no number: " + digits
	}
	return "+" + digits
}

// worst is the first refusal of several.
func worst(all ...*refusal) *refusal {
	for _, r := range all {
		if r != nil {
			return r
		}
	}
	return nil
}

func wrongToken(wrong bool) *refusal {
	if wrong {
		return refuse("41", "wrong token")
	}
	return nil
}

func (s *Server) answerDialect(w http.ResponseWriter, call *Call, result any, wrong *refusal) {
	a := s.dialect.say(s, call, result, wrong)
	s.settle(call, a.status, wrong)
	w.Header().Set("Content-Type", a.kind)
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body) // the caller may be gone: nothing to do about it
}

// codeOf translates a code of ours; one that was asked for in a Fault is the provider's own.
func codeOf(theirs map[string]string, code string) string {
	if c, ok := theirs[code]; ok {
		return c
	}
	return code
}

// statuses are the messages of some ids, with commas between them. The caller holds s.mu.
func (s *Server) statuses(ids string) []Message {
	var all []Message
	for _, id := range strings.Split(ids, ",") {
		if m := s.message(id); m != nil {
			all = append(all, *m)
		}
	}
	return all
}

// news are the messages whose end was neither pushed nor told yet. The caller holds s.mu.
func (s *Server) news() (all []Message) {
	for _, m := range s.messages {
		if m.Status != Accepted && !m.told && m.Callback == "" {
			m.told = true
			all = append(all, *m)
		}
	}
	return all
}

// reportDialect brings a report, if the provider does such a thing and knows where to. The caller holds s.mu.
func (s *Server) reportDialect(m *Message, address string) error {
	if s.dialect.report == nil {
		return nil // it is asked
	}
	r := s.dialect.report(s, m, address)
	if r == nil {
		return nil
	}
	r.MessageID, r.Status = m.ID, m.Status
	s.enqueue(r)
	return nil
}

// inboundDialect brings what a person wrote. The caller holds s.mu.
func (s *Server) inboundDialect(id, from, text string) error {
	if s.dialect.inbound == nil {
		return errors.New("sms simulator: this provider brings no messages of people")
	}
	r := s.dialect.inbound(s, id, from, text, s.reportURL)
	r.MessageID, r.From, r.Text = id, from, text
	s.enqueue(r)
	return nil
}

// taken200 is the rule of most providers: any 200 will do.
func taken200(status int, _ string) error {
	if status != http.StatusOK {
		return fmt.Errorf("the answer was %d, not 200", status)
	}
	return nil
}

// posted is a report in a form.
func posted(address string, form url.Values) *Report {
	return &Report{URL: address, Body: form.Encode(), Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
}

// postedJSON is a report in JSON.
func postedJSON(address string, v any) *Report {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types: cannot happen
	}
	return &Report{URL: address, Body: string(body)}
}

// named is who sends: where a provider does not insist on a name, the account's own default stands.
func named(sender string) string {
	if sender == "" {
		return "Default"
	}
	return sender
}

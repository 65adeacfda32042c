package graph

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

const (
	maxBody   = 1 << 20   // of JSON
	maxUpload = 101 << 20 // of a medium with its form
	maxHeader = 64 << 10
)

// Methods of a Call.
const (
	Messages = "messages" // send, mark as read
	Upload   = "upload"   // of media
	MediaURL = "media"    // where a medium lies
	Download = "download" // of a medium
	Delete   = "delete"   // of a medium
	Phone    = "phone"    // look at the business number
	Library  = "library"  // list of templates
)

// Call is one call that was made, whatever became of it.
type Call struct {
	Method  string          // Messages, Upload, …
	Version string          // v23.0
	Body    json.RawMessage // of a JSON call, as it came
	Params  map[string]any  // the same; numbers are json.Number
	At      time.Time       // by Options.Now
	HTTP    int             // status of the answer; 0 while there is none, and for ever when the connection was cut
	Code    int             // of the error in the answer, 0 = ok or no answer
	Error   string          // why it was refused, in more words than the caller is told
	ID      string          // of the message that was accepted, or of the medium
	Fault   Kind            // the fault that was played, if any
}

// Text is a parameter that is a string, "" when there is none.
func (c Call) Text(name string) string {
	text, _ := c.Params[name].(string)
	return text
}

// To is whom a call is for: digits, or a business-scoped user id.
func (c Call) To() string {
	if to := digits(c.Text("to")); to != "" {
		return to
	}
	return c.Text("recipient")
}

// request is a call on its way through.
type request struct {
	*Call
	http *http.Request
	body *object
	node string // the object that the path names
}

// route is what a path means. do is carried out without s.mu; its answer is JSON, or written by itself (written).
type route struct {
	method string
	do     func(*request) (any, *refusal)
}

// written is an answer that is no JSON.
type written struct {
	kind string
	data []byte
}

var versions = regexp.MustCompile(`^v[0-9]{1,2}\.[0-9]$`)

// serve is the whole HTTP surface: /{version}/{id} and /{version}/{id}/{edge}, and the host of media.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	call := &Call{At: s.opt.Now(), Version: parts[0]}
	if wrong := s.authorize(r); wrong != nil {
		s.turnAway(call, wrong)
		s.answer(w, call, nil, wrong)
		return
	}
	to, node := s.route(r.Method, parts)
	call.Method = to.method
	req := &request{Call: call, http: r, node: node}
	wrong := s.readBody(req)
	s.record(call)
	switch {
	case wrong != nil:
	case to.do == nil:
		wrong = unknownPath(r, node)
	default:
		s.play(w, req, to.do)
		return
	}
	s.settle(call, wrong.status(), wrong, "")
	s.answer(w, call, nil, wrong)
}

// route finds what a path means; do is nil for those that mean nothing.
func (s *Server) route(verb string, parts []string) (route, string) {
	if len(parts) == 3 && parts[0] == mediaHost && verb == http.MethodGet {
		return route{Download, s.download}, parts[1] + "/" + parts[2]
	}
	if len(parts) < 2 || !versions.MatchString(parts[0]) {
		return route{}, ""
	}
	node, edge := parts[1], strings.Join(parts[2:], "/")
	ours, account := node == s.opt.PhoneID, node == s.opt.WABA
	switch {
	case ours && verb == http.MethodPost && edge == "messages":
		return route{Messages, s.messages}, node
	case ours && verb == http.MethodPost && edge == "media":
		return route{Upload, s.upload}, node
	case ours && verb == http.MethodGet && edge == "":
		return route{Phone, s.phone}, node
	case account && verb == http.MethodGet && edge == "message_templates":
		return route{Library, s.library}, node
	case !account && verb == http.MethodGet && edge == "":
		return route{MediaURL, s.mediaURL}, node
	case !account && verb == http.MethodDelete && edge == "":
		return route{Delete, s.deleteMedia}, node
	}
	return route{}, node
}

// unknownPath is what Graph says about objects and edges that are not there.
func unknownPath(r *http.Request, node string) *refusal {
	if node == "" {
		return &refusal{code: 2500, message: fmt.Sprintf("Unknown path components: %s", r.URL.Path)}
	}
	return noObject(r.Method, node)
}

func noObject(verb, node string) *refusal {
	return &refusal{code: badParameter, sub: 33, kind: "GraphMethodException", message: fmt.Sprintf(
		"Unsupported %s request. Object with ID '%s' does not exist, cannot be loaded due to missing permissions, or does not support this operation. "+
			"Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api", strings.ToLower(verb), node)}
}

// authorize looks at the token: in the header, or as Graph also allows, in the query.
func (s *Server) authorize(r *http.Request) *refusal {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		token = r.URL.Query().Get("access_token")
	}
	switch token {
	case s.opt.Token:
		return nil
	case "":
		return &refusal{code: 104, message: "An access token is required to request this resource."}
	}
	return &refusal{code: badToken, message: "Invalid OAuth access token - Cannot parse access token"}
}

// readBody reads the JSON that a POST carries; an upload reads its own form.
func (s *Server) readBody(req *request) *refusal {
	req.body = newObject("", nil, &report{})
	if req.Method != Messages {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(req.http.Body, maxBody+1))
	if err != nil {
		panic(http.ErrAbortHandler) // the caller hung up: there was no call
	}
	if len(body) > maxBody {
		return &refusal{code: 1, http: http.StatusRequestEntityTooLarge, message: "Please reduce the amount of data you're asking for, then retry your request"}
	}
	values, err := stage.Object(body)
	if err != nil {
		return say(badParameter, "The parameter messaging_product is required.") // Graph ignores a body that it cannot read
	}
	req.Body, req.Params = body, values
	req.body = newObject("", values, &report{})
	if kind := req.http.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return say(badParameter, "The parameter messaging_product is required.")
	}
	return nil
}

func (s *Server) record(call *Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.Calls++
	s.calls = stage.Newest(append(s.calls, call), s.opt.Keep)
	s.stage.Notify()
}

// turnAway notes a call with a wrong token, as long as there were few.
func (s *Server) turnAway(call *Call, wrong *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.Calls++
	if s.strangers++; s.strangers > stage.MaxStrangers {
		return
	}
	call.HTTP, call.Code, call.Error = wrong.status(), wrong.code, wrong.why()
	s.calls = stage.Newest(append(s.calls, call), s.opt.Keep)
	s.stage.Notify()
}

// settle notes how a call ended.
func (s *Server) settle(call *Call, code int, wrong *refusal, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	call.HTTP, call.ID = code, id
	if wrong != nil {
		call.Code, call.Error = wrong.code, wrong.why()
	}
	s.stage.Notify()
}

// answer writes what Graph says.
func (s *Server) answer(w http.ResponseWriter, call *Call, result any, wrong *refusal) {
	s.mu.Lock()
	trace := traceID(s.number())
	usage := s.usage(wrong)
	s.mu.Unlock()
	w.Header().Set("X-Fb-Trace-Id", trace)
	w.Header().Set("Facebook-Api-Version", call.Version)
	if wrong == nil || wrong.code != badToken && wrong.code != 104 {
		w.Header().Set("X-Business-Use-Case-Usage", usage)
	}
	if file, ok := result.(written); ok && wrong == nil {
		w.Header().Set("Content-Type", file.kind)
		_, _ = w.Write(file.data) // the caller may be gone: nothing to do about it
		return
	}
	code := http.StatusOK
	if wrong != nil {
		code = wrong.status()
		result = map[string]any{"error": wrong.wire(trace)}
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if code == http.StatusUnauthorized {
		w.Header().Set("Www-Authenticate", `OAuth "Facebook Platform" "invalid_token"`)
	}
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(result) // as above
}

// usage is the X-Business-Use-Case-Usage header: shares of the limits in per cent. The caller holds s.mu.
func (s *Server) usage(wrong *refusal) string {
	type use struct {
		Type   string `json:"type"`
		Calls  int    `json:"call_count"`
		CPU    int    `json:"total_cputime"`
		Time   int    `json:"total_time"`
		Regain int    `json:"estimated_time_to_regain_access"`
	}
	u := use{Type: "whatsapp", Calls: min(s.count.Calls/1000+1, 99), CPU: 1, Time: 1}
	if wrong != nil && (wrong.code == 4 || wrong.code == 80007) {
		u.Calls, u.Regain = 100, wrong.regain
	}
	out, err := json.Marshal(map[string][]use{s.opt.WABA: {u}})
	if err != nil {
		panic(err) // our own struct
	}
	return string(out)
}

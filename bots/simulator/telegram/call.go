package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// The real server's limits, see tdlib/td tdnet/td/net/HttpReader.h.
const (
	maxBody   = 50 << 20 // an upload
	maxParams = 1 << 20  // all parameters of a call
	maxHeader = 256 << 10
)

// Call is one call that the bot made, whatever became of it.
type Call struct {
	Method string            // as the bot spelt it
	Params map[string]string // form values; values of a JSON body that are not strings are kept as JSON
	Files  map[string]int    // names and sizes of uploads
	At     time.Time         // by Options.Now
	Status int               // of the answer; 0 while there is none, and for ever when the connection was cut
	Error  string            // description of a refusal
	Fault  Kind              // the fault that was played, if any
	Hook   bool              // came as the answer to a webhook
}

// request is a call on its way through.
type request struct {
	*Call
	done    <-chan struct{} // the caller hung up
	uploads map[string]upload
}

// failure is an answer with "ok": false.
type failure struct {
	code       int
	text       string
	retryAfter int
	migratedTo int64 // the id that the group has now
}

func (f *failure) Error() string { return f.text }

// words is an error whose text the bot reads as it stands: Telegram begins some with a capital.
type words string

func (w words) Error() string { return string(w) }

func saying(format string, args ...any) error { return words(fmt.Sprintf(format, args...)) }

func badRequest(text string) *failure { return &failure{code: 400, text: "Bad Request: " + text} }
func forbidden(text string) *failure  { return &failure{code: 403, text: "Forbidden: " + text} }
func conflict(text string) *failure   { return &failure{code: 409, text: "Conflict: " + text} }

func tooMany(seconds int) *failure {
	return &failure{code: 429, text: "Too Many Requests: retry after " + strconv.Itoa(seconds), retryAfter: seconds}
}

// described is a result with a description beside it, which setWebhook and deleteWebhook have.
type described struct {
	result any
	text   string
}

// serve is the whole HTTP surface: /bot{token}/{method} and /file/bot{token}/{path}.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if rest, ok := strings.CutPrefix(r.URL.Path, "/file/bot"); ok {
		s.serveFile(w, r, rest)
		return
	}
	token, method, ok := route(r.URL.Path)
	if !ok {
		answer(w, nil, &failure{code: 404, text: "Not Found"})
		return
	}
	if wrong := s.checkToken(token); wrong != nil {
		s.turnAway(method, wrong)
		answer(w, nil, wrong)
		return
	}
	call := &Call{Method: method, At: s.opt.Now()}
	params, files, err := readParams(w, r)
	call.Params, call.Files = params, sizes(files)
	s.record(call)
	if err != nil {
		s.settle(call, err)
		answer(w, nil, err)
		return
	}
	s.play(w, r, &request{Call: call, done: r.Context().Done(), uploads: files})
}

// route takes /bot{token}/{method} apart.
func route(path string) (token, method string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/bot")
	if !ok {
		return "", "", false
	}
	token, method, ok = strings.Cut(rest, "/")
	return token, strings.Trim(method, "/"), ok
}

func (s *Server) checkToken(token string) *failure {
	if _, err := botIDOf(token); err != nil {
		return &failure{code: 401, text: "Unauthorized: invalid token specified"}
	}
	if token != s.opt.Token {
		return &failure{code: 401, text: "Unauthorized"}
	}
	return nil
}

func (s *Server) record(call *Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = stage.Newest(append(s.calls, call), s.opt.Keep)
	s.stage.Notify()
}

// turnAway notes a call with a wrong token, as long as there were few.
func (s *Server) turnAway(method string, wrong *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.strangers++; s.strangers > stage.MaxStrangers {
		return
	}
	method = strings.Clone(method[:min(len(method), 100)])
	s.calls = stage.Newest(append(s.calls, &Call{Method: method, At: s.opt.Now(), Status: wrong.code, Error: wrong.text}), s.opt.Keep)
	s.stage.Notify()
}

// settle notes how a call ended.
func (s *Server) settle(call *Call, fail *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	call.Status = http.StatusOK
	if fail != nil {
		call.Status, call.Error = fail.code, fail.text
	}
	s.stage.Notify()
}

// readParams reads all the ways in which a bot may pass parameters; the address' query counts too.
func readParams(w http.ResponseWriter, r *http.Request) (map[string]string, map[string]upload, *failure) {
	params := first(r.URL.Query())
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	limit := int64(maxParams)
	if kind == "multipart/form-data" {
		limit = maxBody
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	var files map[string]upload
	var err error
	switch kind {
	case "application/json":
		var values map[string]string
		values, err = jsonParams(r.Body)
		maps.Copy(params, values)
	case "multipart/form-data":
		files, err = multipartParams(r, params)
	case "application/x-www-form-urlencoded":
		if err = r.ParseForm(); err == nil {
			maps.Copy(params, first(r.PostForm))
		}
	default:
		_, err = io.Copy(io.Discard, r.Body)
	}
	if _, big := errors.AsType[*http.MaxBytesError](err); big || sizeOf(params) > maxParams {
		return nil, nil, &failure{code: 413, text: "Request Entity Too Large"}
	}
	if err == nil {
		return params, files, nil
	}
	return params, files, badRequest("can't parse request body: " + err.Error())
}

func sizeOf(params map[string]string) int {
	n := 0
	for name, value := range params {
		n += len(name) + len(value)
	}
	return n
}

// sizes are the names and sizes of uploads, nil when there are none.
func sizes(files map[string]upload) map[string]int {
	if files == nil {
		return nil
	}
	out := map[string]int{}
	for name, up := range files {
		out[name] = len(up.data)
	}
	return out
}

func multipartParams(r *http.Request, params map[string]string) (map[string]upload, error) {
	if err := r.ParseMultipartForm(maxBody); err != nil {
		return nil, err
	}
	maps.Copy(params, first(r.MultipartForm.Value))
	files := map[string]upload{}
	for name, parts := range r.MultipartForm.File {
		part, err := parts[0].Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(part)
		_ = part.Close() // it is in memory
		if err != nil {
			return nil, err
		}
		files[name] = upload{name: parts[0].Filename, mime: mimeOf(parts[0].Header.Get("Content-Type")), data: data}
	}
	return files, nil
}

// mimeOf is the type that an upload names; the one that every library sends when it does not know counts as none.
func mimeOf(header string) string {
	kind, _, err := mime.ParseMediaType(header)
	if err != nil || kind == "application/octet-stream" {
		return ""
	}
	return kind
}

// jsonParams keeps strings as they are and everything else as the JSON it came as: so does the real server.
func jsonParams(body io.Reader) (map[string]string, error) {
	raw := map[string]json.RawMessage{}
	if err := json.NewDecoder(body).Decode(&raw); err != nil && err != io.EOF {
		return nil, err
	}
	params := map[string]string{}
	for name, value := range raw {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		params[name] = text
	}
	return params, nil
}

func first(values url.Values) map[string]string {
	params := map[string]string{}
	for name, v := range values {
		if len(v) > 0 {
			params[name] = v[0]
		}
	}
	return params
}

// envelope is what every answer is wrapped in.
type envelope struct {
	OK          bool        `json:"ok"`
	Result      any         `json:"result,omitempty"`
	ErrorCode   int         `json:"error_code,omitempty"`
	Description string      `json:"description,omitempty"`
	Parameters  *parameters `json:"parameters,omitempty"`
}

type parameters struct {
	RetryAfter      int   `json:"retry_after,omitempty"`
	MigrateToChatID int64 `json:"migrate_to_chat_id,omitempty"`
}

func answer(w http.ResponseWriter, result any, fail *failure) {
	env := envelope{OK: true, Result: result}
	status := http.StatusOK
	if d, ok := result.(described); ok {
		env.Result, env.Description = d.result, d.text
	}
	if fail != nil {
		status = fail.code
		env = envelope{ErrorCode: fail.code, Description: fail.text}
		if fail.retryAfter > 0 {
			env.Parameters = &parameters{RetryAfter: fail.retryAfter}
			w.Header().Set("Retry-After", strconv.Itoa(fail.retryAfter))
		}
	}
	if fail != nil && fail.migratedTo != 0 {
		env.Parameters = &parameters{MigrateToChatID: fail.migratedTo}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(env) // the caller may be gone: nothing to do about it
}

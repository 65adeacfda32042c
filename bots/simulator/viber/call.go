package viber

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

const (
	maxRequest = 30 << 10 // of a message, whichever way it comes
	maxBody    = 1 << 20  // what the simulator reads at all
	maxHeader  = 64 << 10
)

// Call is one call that the bot made, whatever became of it.
type Call struct {
	Method string          // send_message
	Body   json.RawMessage // as it came
	Params map[string]any  // the body; numbers are json.Number
	At     time.Time       // by Options.Now
	HTTP   int             // status of the answer; 0 while there is none, and for ever when the connection was cut
	Status int             // Viber's status in the answer, 0 = ok or no answer
	Error  string          // why it was refused, in more words than the bot is told
	Token  uint64          // message_token of what was accepted
	Fault  Kind            // the fault that was played, if any
}

// Text is a parameter that is a string, "" when there is none.
func (c Call) Text(name string) string {
	text, _ := c.Params[name].(string)
	return text
}

// refusal is an answer with a status other than 0.
type refusal struct {
	status int
	text   string // status_message; "" = the status' name
	why    string // for Call.Error
}

const (
	invalidURL    = 1
	invalidToken  = 2
	badData       = 3
	missingData   = 4
	notRegistered = 5
	notSubscribed = 6
	noWebhook     = 10
	noDevice      = 11
	tooMany       = 12
	tooNew        = 13
	tooOld        = 14
	freeExceeded  = 23
	noBalance     = 24
	badReceiver   = 999
)

// statusName is the usual status_message; other codes are "failure".
func statusName(status int) string {
	names := map[int]string{
		1: "invalidUrl", 2: "invalidAuthToken", 3: "badData", 4: "missingData", 5: "receiverNotRegistered", 6: "notSubscribed",
		7: "publicAccountBlocked", 8: "publicAccountNotFound", 9: "publicAccountSuspended", 10: "webhookNotSet",
		11: "receiverNoSuitableDevice", 12: "Too many requests", 13: "apiVersionNotSupported", 14: "incompatibleWithVersion",
		15: "publicAccountNotAuthorized", 16: "inchatReplyMessageNotAllowed", 17: "publicAccountIsNotInline", 18: "noPublicChat",
		19: "cannotSendBroadcast", 20: "broadcastNotAllowed", 21: "unsupportedCountry", 22: "paymentUnsupported",
		23: "freeMessagesExceeded", 24: "noBalance", badReceiver: "Bad receiver ID",
	}
	if name := names[status]; name != "" {
		return name
	}
	return "failure"
}

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status: status, why: fmt.Sprintf(format, args...)}
}

// request is a call on its way through.
type request struct {
	*Call
	report *report
	body   *object
}

// reply is an answer. Its fields follow status and status_message.
type reply map[string]any

// methods are the calls there are. They are carried out without s.mu.
func (s *Server) methods() map[string]func(*request) (reply, *refusal) {
	return map[string]func(*request) (reply, *refusal){
		"set_webhook":       s.setWebhook,
		"get_account_info":  s.accountInfo,
		"get_user_details":  s.userDetails,
		"get_online":        s.onlineStatus,
		"send_message":      s.sendMessage,
		"broadcast_message": s.broadcast,
	}
}

// serve is the whole HTTP surface: POST /pa/{method}.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	method, ok := strings.CutPrefix(r.URL.Path, "/pa/")
	do := s.methods()[method]
	if !ok || do == nil {
		http.Error(w, "Not Found", http.StatusNotFound)
		return
	}
	if r.Method != http.MethodPost && (r.Method != http.MethodGet || method != "get_account_info") {
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	call := &Call{Method: method, At: s.opt.Now()}
	if r.Header.Get("X-Viber-Auth-Token") != s.opt.Token {
		wrong := refuse(invalidToken, "X-Viber-Auth-Token is not the bot's")
		s.turnAway(call, wrong)
		s.answer(w, call, nil, wrong)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // the caller hung up: there was no call
	}
	values, wrong := parseBody(body, r.Method)
	if len(body) <= maxRequest {
		call.Body, call.Params = body, values
	}
	s.record(call, r.Header)
	if wrong != nil {
		s.settle(call, http.StatusOK, wrong, 0)
		s.answer(w, call, nil, wrong)
		return
	}
	report := &report{}
	s.play(w, r, &request{Call: call, report: report, body: newObject("", values, report)}, do)
}

// parseBody reads the JSON object that every call carries; a GET may come without.
func parseBody(body []byte, method string) (map[string]any, *refusal) {
	if len(body) == 0 && method == http.MethodGet {
		return nil, nil
	}
	values, err := stage.Object(body)
	if err != nil {
		return nil, refuse(badData, "body: %v", err)
	}
	if len(body) > maxRequest {
		return values, refuse(badData, "body: %d bytes, at most %d", len(body), maxRequest)
	}
	return values, nil
}

func (s *Server) record(call *Call, header http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = stage.Newest(append(s.calls, call), s.opt.Keep)
	if len(call.Body) > 0 && !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		s.oddities = stage.Newest(append(s.oddities, Oddity{call.Method, "Content-Type", "is not application/json"}), s.opt.Keep)
	}
	s.stage.Notify()
}

// turnAway notes a call with a wrong token, as long as there were few.
func (s *Server) turnAway(call *Call, wrong *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.strangers++; s.strangers > stage.MaxStrangers {
		return
	}
	call.HTTP, call.Status, call.Error = http.StatusOK, wrong.status, wrong.why
	s.calls = stage.Newest(append(s.calls, call), s.opt.Keep)
	s.stage.Notify()
}

// carryOut does what a call asks for and notes the fields that nothing read.
func (s *Server) carryOut(req *request, do func(*request) (reply, *refusal)) (reply, *refusal) {
	result, wrong := do(req)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noteUnread(req.Method, req.body)
	return result, wrong
}

// noteUnread lists the unknown fields of a body. One that was refused half-way was not read to its end. The caller holds s.mu.
func (s *Server) noteUnread(method string, body *object) {
	if body.wrong != nil {
		return
	}
	for _, path := range body.unread() {
		s.oddities = stage.Newest(append(s.oddities, Oddity{method, path, "is no field that Viber knows here"}), s.opt.Keep)
	}
}

// settle notes how a call ended.
func (s *Server) settle(call *Call, code int, wrong *refusal, token uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	call.HTTP, call.Token = code, token
	if wrong != nil {
		call.Status, call.Error = wrong.status, wrong.why
	}
	s.stage.Notify()
}

// answer writes what Viber says: with HTTP 200, whatever it says.
func (s *Server) answer(w http.ResponseWriter, call *Call, result reply, wrong *refusal) {
	out := reply{"status": 0, "status_message": "ok"}
	if wrong != nil {
		text := wrong.text
		text = cmp.Or(text, statusName(wrong.status))
		out = reply{"status": wrong.status, "status_message": text, "chat_hostname": chatHostname}
		if slices.Contains([]string{"send_message", "broadcast_message"}, call.Method) {
			s.mu.Lock()
			out["message_token"] = s.newToken() // refused messages get one, too
			s.mu.Unlock()
		}
	}
	for name, value := range result {
		out[name] = value
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // the caller may be gone: nothing to do about it
}

const chatHostname = "SN-CHAT-05_"

// billing is a billing_status on the wire.
func (s *Server) billing(status int) any {
	if s.opt.BillingAsString {
		return strconv.Itoa(status)
	}
	return status
}

package telegram

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// Kind is a way in which a call goes wrong.
type Kind string

const (
	HangAfterAccept Kind = "hang after accept" // carried out; the answer never comes
	Hang            Kind = "hang"              // not carried out, and no answer comes
	FloodWait       Kind = "429"               // refused with Fault.RetryAfter
	Refuse          Kind = "400"               // refused as a bad request, in the words of Fault.Text
	InternalError   Kind = "500"               // a 500 in JSON
	BadGateway      Kind = "502"               // a 502 with an HTML page
	Garbage         Kind = "garbage"           // a 200 with something that is no JSON
	CutBefore       Kind = "cut before"        // the connection is closed, nothing was done
	CutAfter        Kind = "cut after"         // carried out, then the connection is closed
	Delay           Kind = "delay"             // carried out and answered after Fault.Delay
	LateAnswer      Kind = "late answer"       // carried out at once; the answer comes after Fault.Delay
	Unfetched       Kind = "unfetched"         // refused: the address of a photo could not be fetched; calls without one pass
)

// Fault makes the next calls go wrong.
type Fault struct {
	Method     string // in any case; "" = any but getUpdates
	ChatID     string // "" = any
	Skip       int    // lets that many pass first
	Times      int    // 0 = once, negative = until ClearFaults
	Kind       Kind
	Text       string        // what Refuse says after "Bad Request: ", "TOPIC_DELETED" for one; "" = words of our own
	RetryAfter int           // seconds, for FloodWait; 0 = 1
	Delay      time.Duration // before anything else; divided by Options.Speed
	CarryOut   bool          // InternalError, BadGateway, Garbage: do what was asked all the same
}

// Fail adds a fault. Faults are played in the order in which they were added, one per call.
func (s *Server) Fail(f Fault) {
	f.RetryAfter = cmp.Or(f.RetryAfter, 1)
	s.faults.Add(f, f.Skip, f.Times)
}

// FailNext makes the next call of a method go wrong in one way: FailNext("createForumTopic", CutAfter) opens the topic and loses
// the answer.
func (s *Server) FailNext(method string, kind Kind) { s.Fail(Fault{Method: method, Kind: kind}) }

// ClearFaults takes back all faults that were not played.
func (s *Server) ClearFaults() { s.faults.Clear() }

// faultFor is the fault that a call meets, if any.
func (s *Server) faultFor(call *Call) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, faulty := s.faults.Next(func(f Fault) bool { return f.matches(call) })
	if faulty {
		call.Fault = f.Kind
	}
	return f, faulty
}

func (f Fault) matches(call *Call) bool {
	if f.Kind == Unfetched && !call.byAddress() {
		return false
	}
	if f.ChatID != "" && f.ChatID != call.Params["chat_id"] {
		return false
	}
	if f.Method == "" {
		return !strings.EqualFold(call.Method, "getUpdates")
	}
	return strings.EqualFold(f.Method, call.Method)
}

// byAddress reports whether a call sends a file by its address.
func (c *Call) byAddress() bool {
	kind, sends := strings.CutPrefix(strings.ToLower(c.Method), "send")
	return sends && strings.HasPrefix(c.Params[kind], "http")
}

// play answers a call, with its fault if it has one.
func (s *Server) play(w http.ResponseWriter, r *http.Request, req *request) {
	f, faulty := s.faultFor(req.Call)
	if faulty && f.Kind != LateAnswer && f.Delay > 0 && !s.stage.Sleep(r.Context(), f.Delay) {
		stage.Cut()
	}
	var result any
	var fail *failure
	if !faulty || f.carriesOut() {
		result, fail = s.carryOut(req)
	}
	if faulty && f.Kind == LateAnswer && !s.stage.Sleep(r.Context(), f.Delay) {
		stage.Cut()
	}
	if faulty && f.Kind != Delay && f.Kind != LateAnswer && (fail == nil || f.Kind == Garbage || f.Kind == CutAfter) {
		s.fail(w, r, req.Call, f)
		return
	}
	s.settle(req.Call, fail)
	answer(w, result, fail)
}

func (f Fault) carriesOut() bool {
	switch f.Kind {
	case FloodWait, Refuse, CutBefore, Unfetched, Hang:
		return false
	case InternalError, BadGateway, Garbage:
		return f.CarryOut
	}
	return true
}

// fail gives the bad answer of a fault, or none.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, call *Call, f Fault) {
	switch f.Kind {
	case HangAfterAccept, Hang:
		s.stage.Hang(r.Context())
	case CutBefore, CutAfter:
		stage.Cut()
	case FloodWait:
		wrong := tooMany(f.RetryAfter)
		s.settle(call, wrong)
		answer(w, nil, wrong)
	case Unfetched:
		wrong := badRequest("failed to get HTTP URL content")
		s.settle(call, wrong)
		answer(w, nil, wrong)
	case Refuse:
		wrong := badRequest(cmp.Or(f.Text, "refused on demand"))
		s.settle(call, wrong)
		answer(w, nil, wrong)
	case InternalError:
		wrong := &failure{code: 500, text: "Internal Server Error: restart"}
		s.settle(call, wrong)
		answer(w, nil, wrong)
	case BadGateway:
		s.settle(call, &failure{code: 502, text: "an HTML page"})
		stage.Page(w, http.StatusBadGateway, "text/html", "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n")
	case Garbage:
		s.settle(call, nil)
		stage.Page(w, http.StatusOK, "application/json", `{"ok":true,"result":{"message_id":`)
	}
}

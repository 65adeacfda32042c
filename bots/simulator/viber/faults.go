package viber

import (
	"cmp"
	"net/http"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// Kind is a way in which a call goes wrong.
type Kind string

const (
	HangAfterAccept Kind = "hang after accept" // carried out; the answer never comes
	AnswerStatus    Kind = "status"            // HTTP 200 with the Fault.Status of Viber, nothing was done
	InternalError   Kind = "500"               // a 500 in JSON
	BadGateway      Kind = "502"               // a 502 with an HTML page
	Garbage         Kind = "garbage"           // a 200 with something that is no JSON
	CutBefore       Kind = "cut before"        // the connection is closed after the call was read, nothing was done
	CutAfter        Kind = "cut after"         // carried out, then the connection is closed
	Slow            Kind = "slow"              // carried out and answered after Fault.Delay
	LateAnswer      Kind = "late answer"       // carried out at once; the answer comes after Fault.Delay
)

// Fault makes the next calls go wrong.
type Fault struct {
	Method   string // "" = any
	Receiver string // "" = any
	Skip     int    // lets that many pass first
	Times    int    // 0 = once, negative = until ClearFaults
	Kind     Kind
	Status   int           // for AnswerStatus; 0 = 12, too many requests
	Delay    time.Duration // before anything else; divided by Options.Speed
	CarryOut bool          // InternalError, BadGateway, Garbage: do what was asked all the same
}

// Fail adds a fault. Faults are played in the order in which they were added, one per call.
func (s *Server) Fail(f Fault) {
	f.Status = cmp.Or(f.Status, tooMany)
	s.faults.Add(f, f.Skip, f.Times)
}

// ClearFaults takes back all faults that were not played.
func (s *Server) ClearFaults() { s.faults.Clear() }

// faultFor is the fault that a call meets, if any.
func (s *Server) faultFor(call *Call) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, faulty := s.faults.Next(func(f Fault) bool {
		return (f.Method == "" || f.Method == call.Method) && (f.Receiver == "" || f.Receiver == call.Text("receiver"))
	})
	if faulty {
		call.Fault = f.Kind
	}
	return f, faulty
}

// play answers a call, with its fault if it has one.
func (s *Server) play(w http.ResponseWriter, r *http.Request, req *request, do func(*request) (reply, *refusal)) {
	f, faulty := s.faultFor(req.Call)
	if faulty && f.Kind != LateAnswer && f.Delay > 0 && !s.stage.Sleep(r.Context(), f.Delay) {
		stage.Cut()
	}
	var result reply
	var wrong *refusal
	if !faulty || f.carriesOut() {
		result, wrong = s.carryOut(req, do)
	}
	token, _ := result["message_token"].(uint64)
	if faulty && f.Kind == LateAnswer && !s.stage.Sleep(r.Context(), f.Delay) {
		s.settle(req.Call, 0, wrong, token)
		stage.Cut()
	}
	if faulty && f.Kind != Slow && f.Kind != LateAnswer {
		s.fail(w, r, req.Call, f, wrong, token)
		return
	}
	s.settle(req.Call, http.StatusOK, wrong, token)
	s.answer(w, req.Call, result, wrong)
}

func (f Fault) carriesOut() bool {
	switch f.Kind {
	case AnswerStatus, CutBefore:
		return false
	case InternalError, BadGateway, Garbage:
		return f.CarryOut
	}
	return true
}

// fail gives the bad answer of a fault, or none.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, call *Call, f Fault, wrong *refusal, token uint64) {
	switch f.Kind {
	case HangAfterAccept:
		s.settle(call, 0, wrong, token)
		s.stage.Hang(r.Context())
	case CutBefore, CutAfter:
		s.settle(call, 0, wrong, token)
		stage.Cut()
	case AnswerStatus:
		wrong = refuse(f.Status, "a fault")
		s.settle(call, http.StatusOK, wrong, 0)
		s.answer(w, call, nil, wrong)
	case InternalError:
		s.page(w, call, http.StatusInternalServerError, "application/json", `{"error":"Internal Server Error"}`, token)
	case BadGateway:
		s.page(w, call, http.StatusBadGateway, "text/html", "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n", token)
	case Garbage:
		s.page(w, call, http.StatusOK, "application/json", `{"status":0,"message_token":`, token)
	}
}

func (s *Server) page(w http.ResponseWriter, call *Call, code int, kind, body string, token uint64) {
	s.settle(call, code, nil, token)
	stage.Page(w, code, kind, body)
}

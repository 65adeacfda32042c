package graph

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
	AnswerError     Kind = "error"             // the Fault.Code as Graph says it; nothing was done
	InternalError   Kind = "500"               // a 500 in JSON
	BadGateway      Kind = "502"               // a 502 with an HTML page
	Garbage         Kind = "garbage"           // a 200 with something that is no JSON
	CutBefore       Kind = "cut before"        // the connection is closed after the call was read, nothing was done
	CutAfter        Kind = "cut after"         // carried out, then the connection is closed
	Slow            Kind = "slow"              // carried out and answered after Fault.Delay
)

// Fault makes the next calls go wrong.
type Fault struct {
	Method   string // "" = any
	To       string // digits of a phone, or a user id; "" = any
	Skip     int    // lets that many pass first
	Times    int    // 0 = once, negative = until ClearFaults
	Kind     Kind
	Code     int           // for AnswerError: 130429, 131056, 80007, 4, 190, 10, 131042, 131031, …; 0 = 130429
	Sub      int           // error_subcode
	HTTP     int           // for AnswerError; 0 = what Meta's page lists beside the code. 130429 was also seen as 429.
	Details  string        // for AnswerError; "" = usual ones, where there are any
	Regain   int           // minutes, for 4 and 80007; 0 = 5
	Delay    time.Duration // before anything else; divided by Options.Speed
	CarryOut bool          // InternalError, BadGateway, Garbage: do what was asked all the same
}

// Fail adds a fault. Faults are played in the order in which they were added, one per call.
func (s *Server) Fail(f Fault) {
	f.Code = cmp.Or(f.Code, rateHit)
	f.Regain = cmp.Or(f.Regain, 5)
	f.Details = cmp.Or(f.Details, usualDetails(f.Code))
	s.faults.Add(f, f.Skip, f.Times)
}

// ClearFaults takes back all faults that were not played.
func (s *Server) ClearFaults() { s.faults.Clear() }

// ExpireToken refuses all calls with 190 until ClearFaults.
func (s *Server) ExpireToken() {
	s.Fail(Fault{Kind: AnswerError, Code: badToken, Sub: 463, Times: -1})
}

// faultFor is the fault that a call meets, if any.
func (s *Server) faultFor(call *Call) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, faulty := s.faults.Next(func(f Fault) bool {
		return (f.Method == "" || f.Method == call.Method) && (f.To == "" || f.To == call.To())
	})
	if faulty {
		call.Fault = f.Kind
	}
	return f, faulty
}

// play answers a call, with its fault if it has one.
func (s *Server) play(w http.ResponseWriter, req *request, do func(*request) (any, *refusal)) {
	f, faulty := s.faultFor(req.Call)
	if faulty && f.Delay > 0 && !s.stage.Sleep(req.http.Context(), f.Delay) {
		stage.Cut()
	}
	var result any
	var wrong *refusal
	if !faulty || f.carriesOut() {
		result, wrong = do(req)
		s.noteUnknown(req)
	}
	id := idOf(result)
	if faulty && f.Kind != Slow {
		s.fail(w, req, f, wrong, id)
		return
	}
	code := http.StatusOK
	if wrong != nil {
		code = wrong.status()
	}
	s.settle(req.Call, code, wrong, id)
	s.answer(w, req.Call, result, wrong)
}

func (f Fault) carriesOut() bool {
	switch f.Kind {
	case AnswerError, CutBefore:
		return false
	case InternalError, BadGateway, Garbage:
		return f.CarryOut
	}
	return true
}

func (f Fault) refusal() *refusal {
	out := &refusal{code: f.Code, sub: f.Sub, http: f.HTTP, details: f.Details, regain: f.Regain}
	if f.Code == badToken {
		out.details = ""
		out.message = "Error validating access token: Session has expired on Friday, 20-Nov-26 10:00:00 PST. The current time is Sunday, 22-Nov-26 10:00:00 PST."
	}
	return out
}

// fail gives the bad answer of a fault, or none.
func (s *Server) fail(w http.ResponseWriter, req *request, f Fault, wrong *refusal, id string) {
	call := req.Call
	switch f.Kind {
	case HangAfterAccept:
		s.settle(call, 0, wrong, id)
		s.stage.Hang(req.http.Context())
	case CutBefore, CutAfter:
		s.settle(call, 0, wrong, id)
		stage.Cut()
	case AnswerError:
		wrong = f.refusal()
		s.settle(call, wrong.status(), wrong, "")
		s.answer(w, call, nil, wrong)
	case InternalError:
		s.page(w, call, http.StatusInternalServerError, "application/json", `{"error":{"message":"An unknown error has occurred.","type":"OAuthException","code":1,"fbtrace_id":"A"}}`, id)
	case BadGateway:
		s.page(w, call, http.StatusBadGateway, "text/html", "<!DOCTYPE html>\n<html><head><title>Facebook | Error</title></head><body>Sorry, something went wrong.</body></html>\n", id)
	case Garbage:
		s.page(w, call, http.StatusOK, "application/json", `{"messaging_product":"whatsapp","contacts":[{"inp`, id)
	}
}

func (s *Server) page(w http.ResponseWriter, call *Call, code int, kind, body, id string) {
	s.settle(call, code, nil, id)
	stage.Page(w, code, kind, body)
}

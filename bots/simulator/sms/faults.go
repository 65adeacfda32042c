package sms

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// Kind is a way in which a call goes wrong.
type Kind string

const (
	HangAfterAccept Kind = "hang after accept" // carried out; the answer never comes
	FloodWait       Kind = "429"               // refused with code 29 and Fault.RetryAfter
	Refuse          Kind = "refuse"            // refused with Fault.Code
	InternalError   Kind = "500"               // a 500 in JSON
	BadGateway      Kind = "502"               // a 502 with an HTML page
	Garbage         Kind = "garbage"           // a 200 with something that is no JSON
	CutBefore       Kind = "cut before"        // the connection is closed, nothing was done
	CutAfter        Kind = "cut after"         // carried out, then the connection is closed
	Delay           Kind = "delay"             // carried out and answered after Fault.Delay
	LateAnswer      Kind = "late answer"       // carried out at once; the answer comes after Fault.Delay
)

// Fault makes the next calls go wrong.
type Fault struct {
	Path       string // "" = /send
	To         string // "" = any number
	Skip       int    // lets that many pass first
	Times      int    // 0 = once, negative = until ClearFaults
	Kind       Kind
	Code       string        // for Refuse
	RetryAfter int           // seconds, for FloodWait; 0 = 1
	Delay      time.Duration // before anything else; divided by Options.Speed
	CarryOut   bool          // InternalError, BadGateway, Garbage: do what was asked all the same
}

// Fail adds a fault. Faults are played in the order in which they were added, one per call.
func (s *Server) Fail(f Fault) {
	f.Path = cmp.Or(f.Path, "/send")
	f.RetryAfter = cmp.Or(f.RetryAfter, 1)
	s.faults.Add(f, f.Skip, f.Times)
}

// ClearFaults takes back all faults that were not played.
func (s *Server) ClearFaults() { s.faults.Clear() }

// faultFor is the fault that a call meets, if any.
func (s *Server) faultFor(call *Call) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, faulty := s.faults.Next(func(f Fault) bool {
		return f.Path == call.Path && (f.To == "" || f.To == call.Params["to"])
	})
	if faulty {
		call.Fault = f.Kind
	}
	return f, faulty
}

// play answers a call, with its fault if it has one.
func (s *Server) play(w http.ResponseWriter, r *http.Request, call *Call) {
	f, faulty := s.faultFor(call)
	if faulty && f.Kind != LateAnswer && f.Delay > 0 && !s.stage.Sleep(r.Context(), f.Delay) {
		stage.Cut()
	}
	var result any
	var wrong *refusal
	if !faulty || f.carriesOut() {
		result, wrong = s.carryOut(call)
	}
	if faulty && f.Kind == LateAnswer && !s.stage.Sleep(r.Context(), f.Delay) {
		stage.Cut()
	}
	if faulty && f.Kind != Delay && f.Kind != LateAnswer && (wrong == nil || f.Kind == Garbage || f.Kind == CutAfter) {
		s.fail(w, r, call, f)
		return
	}
	s.answer(w, call, result, wrong)
}

func (f Fault) carriesOut() bool {
	switch f.Kind {
	case FloodWait, Refuse, CutBefore:
		return false
	case InternalError, BadGateway, Garbage:
		return f.CarryOut
	}
	return true
}

// fail gives the bad answer of a fault, or none.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, call *Call, f Fault) {
	switch f.Kind {
	case HangAfterAccept:
		s.stage.Hang(r.Context())
	case CutBefore, CutAfter:
		stage.Cut()
	case FloodWait:
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		s.answer(w, call, nil, refuse("29", "too many requests"))
	case Refuse:
		s.answer(w, call, nil, refuse(f.Code, "refused on demand"))
	case InternalError:
		s.page(w, call, http.StatusInternalServerError, "application/json", `{"status":"error","code":"500","error":"internal error"}`)
	case BadGateway:
		s.page(w, call, http.StatusBadGateway, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>\n")
	case Garbage:
		s.page(w, call, http.StatusOK, "application/json", `{"status":"ok","message_id":`)
	}
}

func (s *Server) page(w http.ResponseWriter, call *Call, status int, kind, body string) {
	s.settle(call, status, nil)
	stage.Page(w, status, kind, body)
}

package sms

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
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
	setDefault(&f.Path, "/send")
	setDefault(&f.Times, 1)
	setDefault(&f.RetryAfter, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(slices.DeleteFunc(s.faults, func(f *Fault) bool { return f.Times == 0 }), &f) // without those that were played
}

// ClearFaults takes back all faults that were not played.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// faultFor is the fault that a call meets, if any.
func (s *Server) faultFor(call *Call) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Times == 0 || f.Path != call.Path || f.To != "" && f.To != call.Params["to"] {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		f.Times--
		call.Fault = f.Kind
		return *f, true
	}
	return Fault{}, false
}

// play answers a call, with its fault if it has one.
func (s *Server) play(w http.ResponseWriter, r *http.Request, call *Call) {
	f, faulty := s.faultFor(call)
	if faulty && f.Delay > 0 && !s.sleep(r.Context(), f.Delay) {
		panic(http.ErrAbortHandler)
	}
	var result any
	var wrong *refusal
	if !faulty || f.carriesOut() {
		result, wrong = s.carryOut(call)
	}
	if faulty && f.Kind != Delay && (wrong == nil || f.Kind == Garbage || f.Kind == CutAfter) {
		s.fail(w, r, call, f)
		return
	}
	s.answer(w, call, result, wrong)
}

func (f *Fault) carriesOut() bool {
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
		select {
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
		panic(http.ErrAbortHandler)
	case CutBefore, CutAfter:
		panic(http.ErrAbortHandler) // net/http closes the connection without an answer
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
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

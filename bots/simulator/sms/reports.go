package sms

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

const (
	firstRetry    = 5 * time.Second
	longestRetry  = 5 * time.Minute
	reportTimeout = 30 * time.Second
	longestHold   = 10 * time.Second // how long a report waits to be overtaken
)

// Report is a delivery report or a message from a person, on its way to the report address.
type Report struct {
	URL       string
	MessageID string // for a message from a person: its own id
	Status    string // of a delivery report
	From      string // of a message from a person
	Text      string // of a message from a person
	Body      string // as it is posted
	Method    string // of HTTP; "" = POST
	Header    http.Header
	Tries     int
	Taken     int       // how often the answer was right; more than 1 with Options.Duplicates
	TakenAt   time.Time // when it was right for the first time
	LastError string
	GaveUp    bool
}

type reportBody struct {
	MessageID string `json:"message_id"`
	Ref       string `json:"ref"`
	Status    string `json:"status"`
	At        string `json:"at"`
}

type inboundBody struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	From string `json:"from"`
	Text string `json:"text"`
}

// SetReportURL changes where reports and answers go from now on; "" = nowhere.
func (s *Server) SetReportURL(address string) error {
	if err := checkReportURL(address); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reportURL = address
	return nil
}

// Report ends a message as delivered, undelivered or expired, and reports it. A message may be reported more than once.
func (s *Server) Report(messageID, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	m := s.message(messageID)
	if m == nil {
		return fmt.Errorf("sms simulator: unknown message %q", messageID)
	}
	if status != Delivered && status != Undelivered && status != Expired {
		return fmt.Errorf("sms simulator: unknown status %q", status)
	}
	m.Status, m.StatusAt = status, s.opt.Now()
	address := m.Callback
	if address == "" {
		address = s.reportURL
	}
	if s.dialect != nil {
		return s.reportDialect(m, address)
	}
	if address == "" {
		return nil // as with a provider where nobody set an address: poll /status
	}
	s.push(&Report{URL: address, MessageID: m.ID, Status: status}, reportBody{m.ID, m.Ref, status, stamp(m.StatusAt)})
	return nil
}

func (s *Server) message(id string) *Message {
	for _, m := range s.messages {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// push sends a report, at once or behind the next one. The caller holds s.mu.
func (s *Server) push(r *Report, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err) // our own types: cannot happen
	}
	r.Body = string(encoded)
	s.enqueue(r)
}

// enqueue sends a report that is written, at once or behind the next one. The caller holds s.mu.
func (s *Server) enqueue(r *Report) {
	s.reports = stage.Newest(append(s.reports, r), s.opt.Keep)
	if !s.opt.Reorder {
		s.stage.Go(func() { s.bring(r) })
		return
	}
	if late := s.held; late != nil {
		s.held = nil
		s.stage.Go(func() {
			s.bring(r)
			s.bring(late)
		})
		return
	}
	s.held = r
	s.stage.After(longestHold, func() { s.release(r) })
}

// release brings a held report that nobody overtook.
func (s *Server) release(r *Report) {
	s.mu.Lock()
	alone := s.held == r
	if alone {
		s.held = nil
	}
	s.mu.Unlock()
	if alone {
		s.bring(r)
	}
}

// bring tries until the report was taken, and once more for each duplicate.
func (s *Server) bring(r *Report) {
	delay := firstRetry
	for try := 1; ; try++ {
		err := s.post(r)
		switch {
		case s.stage.Context().Err() != nil:
			return
		case s.noted(r, err, try) > s.opt.Duplicates:
			return
		case err == nil:
			continue
		case try >= s.opt.ReportTries || !s.stage.Sleep(s.stage.Context(), delay):
			return
		}
		delay = min(2*delay, longestRetry)
	}
}

// noted counts a try, and tells how often the report was taken.
func (s *Server) noted(r *Report, err error, try int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	r.Tries++
	if err != nil {
		r.LastError = err.Error()
		r.GaveUp = try >= s.opt.ReportTries
		return r.Taken
	}
	if r.Taken++; r.Taken == 1 {
		r.TakenAt = s.opt.Now()
	}
	return r.Taken
}

func (s *Server) post(r *Report) error {
	header := http.Header{"Content-Type": {"application/json"}}
	maps.Copy(header, r.Header)
	code, _, answer, err := s.client.Call(s.stage.Context(), cmp.Or(r.Method, http.MethodPost), r.URL, header, []byte(r.Body))
	if err != nil {
		return err
	}
	if s.dialect != nil {
		return s.dialect.taken(code, string(answer))
	}
	if got := strings.TrimSpace(string(answer)); code != http.StatusOK || got != s.opt.ReportAnswer {
		return fmt.Errorf("the answer was %d %.50q, not 200 %q", code, got, s.opt.ReportAnswer)
	}
	return nil
}

package sms

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// shop takes reports. Its first wrong answers are those in bad, one after the other.
type shop struct {
	*httptest.Server
	mu     sync.Mutex
	bad    []func(http.ResponseWriter)
	bodies []map[string]string
}

func newShop(t *testing.T, bad ...func(http.ResponseWriter)) *shop {
	sh := &shop{bad: bad}
	sh.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fields := map[string]string{}
		if err := json.Unmarshal(body, &fields); err != nil {
			t.Errorf("report %s: %v", body, err)
		}
		sh.mu.Lock()
		defer sh.mu.Unlock()
		sh.bodies = append(sh.bodies, fields)
		if len(sh.bad) > 0 {
			next := sh.bad[0]
			sh.bad = sh.bad[1:]
			next(w)
			return
		}
		_, _ = io.WriteString(w, "OK\n")
	}))
	t.Cleanup(sh.Close)
	return sh
}

func (sh *shop) got() []map[string]string {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.bodies
}

func TestReports(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	sh := newShop(t)
	s := start(t, Options{ReportURL: sh.URL, Now: func() time.Time { return now }})
	must(t, s.AddPerson(Person{Phone: anna, Habits: Always(Act{Do: Undeliver}, Act{Do: Answer, After: time.Minute, Text: "STOP"})}))
	send(t, s, anna, "hi")
	must(t, s.WaitReports(t.Context(), 2))
	send(t, s, olha, "hi") // nobody added her: delivered after 2 s
	must(t, s.WaitReports(t.Context(), 3))
	b := sh.got()
	if b[0]["message_id"] != "SM000001" || b[0]["ref"] != "d1/0" || b[0]["status"] != Undelivered || b[0]["at"] != "2026-11-22T10:00:00Z" || len(b[0]) != 4 {
		t.Errorf("report: %v", b[0])
	}
	if b[1]["type"] != "mo" || b[1]["id"] != "MO000001" || b[1]["from"] != anna || b[1]["text"] != "STOP" || len(b[1]) != 4 {
		t.Errorf("answer: %v", b[1])
	}
	if b[2]["status"] != Delivered || s.Messages(olha)[0].Status != Delivered {
		t.Errorf("second report: %v", b[2])
	}
}

func TestReportsAreRepeated(t *testing.T) {
	status := func(code int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	cut := func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	sh := newShop(t, status(503, "OK"), status(200, "thanks"), status(204, ""), cut)
	s := start(t, Options{ReportURL: sh.URL, Speed: 100_000})
	send(t, s, anna, "hi")
	must(t, s.WaitReports(t.Context(), 1))
	if r := s.Reports(); len(r) != 1 || r[0].Tries != 5 || r[0].Taken != 1 || !strings.Contains(r[0].Body, "SM000001") {
		t.Errorf("reports: %+v", r)
	}
}

func TestReportsGiveUp(t *testing.T) {
	sh := newShop(t)
	s := start(t, Options{ReportURL: sh.URL, ReportAnswer: "100", ReportTries: 3, Speed: 100_000})
	send(t, s, anna, "hi")
	must(t, s.stage.Wait(t.Context(), func() bool { return len(s.reports) == 1 && s.reports[0].GaveUp }))
	if n := len(sh.got()); n != 3 {
		t.Errorf("%d tries, want 3", n)
	}
}

func TestReportsComeTwice(t *testing.T) {
	sh := newShop(t)
	s := start(t, Options{ReportURL: sh.URL, Duplicates: 2})
	send(t, s, anna, "hi")
	must(t, s.WaitReports(t.Context(), 3))
	if b := sh.got(); len(b) != 3 || b[0]["message_id"] != b[2]["message_id"] {
		t.Errorf("reports: %v", b)
	}
}

func TestReportsOvertake(t *testing.T) {
	sh := newShop(t)
	s := start(t, Options{ReportURL: sh.URL, Reorder: true, Habits: Always()})
	for range 3 {
		send(t, s, anna, "hi")
	}
	for _, id := range []string{"SM000001", "SM000002", "SM000003"} {
		must(t, s.Report(id, Delivered))
	}
	must(t, s.WaitReports(t.Context(), 3)) // the third is released although nothing overtakes it
	var ids []string
	for _, b := range sh.got() {
		ids = append(ids, b["message_id"])
	}
	if strings.Join(ids, " ") != "SM000002 SM000001 SM000003" {
		t.Errorf("order: %v", ids)
	}
}

func TestCallbackOfOneMessage(t *testing.T) {
	everyone, own := newShop(t), newShop(t)
	s := start(t, Options{ReportURL: everyone.URL, Habits: Always(Act{Do: Expire})})
	post(t, s, `{"to":"`+anna+`","from":"Shop","text":"x","callback":"`+own.URL+`/d1"}`)
	must(t, s.WaitReports(t.Context(), 1))
	if len(own.got()) != 1 || own.got()[0]["status"] != Expired || len(everyone.got()) != 0 {
		t.Errorf("own %v, everyone's %v", own.got(), everyone.got())
	}
}

func TestAutoStop(t *testing.T) {
	sh := newShop(t)
	s := start(t, Options{AutoStop: true})
	if _, err := s.Inbound(anna, " stop "); err == nil {
		t.Error("an answer went nowhere without an error")
	}
	must(t, s.SetReportURL(sh.URL))
	if g := send(t, s, anna, "hi"); g.Code != "404" {
		t.Errorf("after STOP: %+v", g)
	}
	if _, err := s.Inbound("0501112233", "hi"); err == nil {
		t.Error("a national number could write")
	}
}

func TestHabitsByDice(t *testing.T) {
	habits := OneOf(
		Chance{Weight: 1, Acts: []Act{{Do: Undeliver}}},
		Chance{Weight: 1},
		Chance{Weight: 2, Acts: []Act{{Do: Deliver}}},
	)
	play := func() (chosen string) {
		s := start(t, Options{Seed: 7, Habits: func(m Message, dice *rand.Rand) []Act {
			chosen += fmt.Sprint(habits(m, dice))
			return nil
		}})
		for range 12 {
			send(t, s, anna, "hi")
		}
		return chosen
	}
	if first, second := play(), play(); first != second || strings.Count(first, "[]") == 0 || strings.Count(first, "{") < 6 {
		t.Errorf("the same seed: %q and %q", first, second)
	}
	if acts := OneOf()(Message{}, nil); acts != nil {
		t.Errorf("no chances: %v", acts)
	}
}

func TestOpeningALink(t *testing.T) {
	seen := make(chan string, 1)
	s := start(t, Options{Habits: Always(Act{Do: CallFunc, Func: func(m Message) { seen <- m.Text }})})
	send(t, s, anna, "http://127.0.0.1/l/x")
	if got := <-seen; got != "http://127.0.0.1/l/x" {
		t.Errorf("got %q", got)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	s, err := New(Options{ReportURL: "http://127.0.0.1:1/", Habits: Always(Act{Do: Deliver}, Act{Do: Answer, After: time.Hour, Text: "late"})})
	must(t, err)
	send(t, s, anna, "hi")
	done := make(chan error, 1)
	go func() { done <- s.Close() }()
	select {
	case err := <-done:
		must(t, err)
	case <-time.After(time.Minute):
		t.Fatal("Close hangs")
	}
}

func TestNewRefusals(t *testing.T) {
	for name, opt := range map[string]Options{
		"an address that all can reach": {Addr: "0.0.0.0:0"},
		"a report address outside":      {ReportURL: "https://shop.example/"},
		"a report address of ftp":       {ReportURL: "ftp://127.0.0.1/"},
	} {
		if s, err := New(opt); err == nil {
			t.Errorf("%s was accepted", name)
			_ = s.Close()
		}
	}
}

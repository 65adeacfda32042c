package graph

import (
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stagetest"
)

func TestTheWindow(t *testing.T) {
	now := &stagetest.Clock{}
	s, g := start(t, Options{Now: now.Now})
	a := send(t, s, boris)
	if a.HTTP != 200 || a.id() == "" || len(s.Messages(boris)) != 0 {
		t.Fatalf("got %s", a.Raw)
	}
	st := g.values(t, s)[0].Statuses[0]
	if st.Status != "failed" || st.Errors[0].Code != 131047 || st.Errors[0].Title != "Re-engagement message" || !strings.Contains(st.Errors[0].Data.Details, "24 hours") {
		t.Errorf("told %+v", st)
	}
	must(t, second(s.Say(boris, "hello")))
	now.Pass(24*time.Hour - time.Second)
	if a := call(t, s, interactiveTo(boris)); a.HTTP != 200 || len(s.Messages(boris)) != 1 {
		t.Errorf("within a day: %s", a.Raw)
	}
	now.Pass(2 * time.Second)
	if s.WindowOpen(boris) {
		t.Error("the window is open after a day")
	}
	send(t, s, boris)
	call(t, s, interactiveTo(boris))
	if len(s.Messages(boris)) != 1 || s.Accepted(boris)[3].Failed != 131047 {
		t.Errorf("after a day: %+v", s.Accepted(boris))
	}
	must(t, second(s.React(boris, s.Messages(boris)[0].ID, "👍"))) // opens nothing
	if s.WindowOpen(boris) {
		t.Error("a reaction opened the window")
	}
	must(t, s.OpenWindow(boris))
	if send(t, s, boris); len(s.Messages(boris)) != 2 {
		t.Error("the window was opened")
	}
	must(t, s.CloseWindow(boris))
	must(t, s.ChangeNumber(boris, "380679990000")) // a system message opens nothing
	if s.WindowOpen("380679990000") {
		t.Error("a change of number opened the window")
	}
}

func interactiveTo(to string) obj {
	m := withButtons(button("a", "A"))
	m["to"] = to
	return m
}

func TestTheWindowToldAtOnce(t *testing.T) {
	s, g := start(t, Options{Sync: []int{131047}})
	a := send(t, s, boris)
	if a.HTTP != 400 || a.Error.Code != 131047 || a.Error.Message != "(#131047) Re-engagement message" || !strings.Contains(a.Error.Data.Details, "24 hours") {
		t.Errorf("got %s", a.Raw)
	}
	if len(s.Accepted(boris)) != 0 || g.events(t, s) != "" {
		t.Errorf("it was taken all the same: %+v", s.Accepted(boris))
	}
}

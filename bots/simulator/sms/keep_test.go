package sms

import "testing"

func TestAServerThatRunsForLongKeepsTheNewest(t *testing.T) {
	s := start(t, Options{Keep: 5, FirstMessage: 2_000_000})
	last := ""
	for range 40 {
		g := send(t, s, anna, "hi")
		if g.Status != "ok" || g.MessageID == last {
			t.Fatalf("%+v", g)
		}
		last = g.MessageID
	}
	kept := s.Messages(anna)
	if n := len(kept); n < 5 || n > 10 || kept[n-1].ID != "SM2000039" {
		t.Errorf("%d messages are kept, the last %s", n, kept[n-1].ID)
	}
	if n := len(s.Calls()); n < 5 || n > 10 {
		t.Errorf("%d calls are kept", n)
	}
	must(t, s.AddPerson(Person{Phone: olha, Unreachable: true}))
	s.Forget(olha)
	if g := send(t, s, olha, "hi"); g.Status != "ok" {
		t.Errorf("somebody forgotten: %+v", g)
	}
}

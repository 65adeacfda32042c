package viber

import "testing"

func TestAServerThatRunsForLongKeepsTheNewest(t *testing.T) {
	s, _ := start(t, Options{Keep: 5, Unanswered: -1})
	last := uint64(0)
	for range 40 {
		g := call(t, s, "send_message", map[string]any{"receiver": anna, "type": "text", "text": "hi", "sender": map[string]any{"name": "Shop"}})
		if g.Status != 0 {
			t.Fatalf("%+v", g)
		}
		last = g.Token
	}
	kept := s.Messages(anna)
	if n := len(kept); n < 5 || n > 10 || kept[n-1].Token != last {
		t.Errorf("%d messages are kept, the last %d; want %d", n, kept[n-1].Token, last)
	}
	if n := len(s.Calls()); n < 5 || n > 10 {
		t.Errorf("%d calls are kept", n)
	}
	s.Forget(anna)
	must(t, s.AddPerson(Person{ID: anna, Subscribed: true}))
}

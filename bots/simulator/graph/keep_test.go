package graph

import (
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stage"
	"kaskad/bots/simulator/internal/stagetest"
)

func TestAServerThatRunsForLongKeepsTheNewest(t *testing.T) {
	s, _ := start(t, Options{Keep: 5})
	last := ""
	for range 40 {
		last = send(t, s, anna).id()
		must(t, second(s.SendMedia(boris, "image", "")))
	}
	must(t, s.WaitIdle(t.Context()))
	kept := s.Messages(anna)
	if n := len(kept); n < 5 || n > 10 || kept[n-1].ID != last {
		t.Errorf("%d messages are kept", n)
	}
	if n := len(s.Calls()); n < 5 || n > 10 {
		t.Errorf("%d calls are kept", n)
	}
	if n := len(s.Posts()); n < 5 || n > 10 {
		t.Errorf("%d webhook calls are kept", n)
	}
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(10 * time.Millisecond) { // a lane is given up a moment after what was in it was brought
		s.mu.Lock()
		n := s.lanes.Len()
		s.mu.Unlock()
		if n == 0 {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.byID); n > 20 {
		t.Errorf("%d messages are known by id", n)
	}
	if len(s.media) > 10 || len(s.mediaRow) > 10 || s.lanes.Len() > 0 {
		t.Errorf("%d media, %d lanes are kept", len(s.media), s.lanes.Len())
	}
}

func TestStrangersFillNoMemory(t *testing.T) {
	s, _ := start(t, Options{})
	path := "/v23.0/" + s.PhoneID() + "/messages"
	for range stage.MaxStrangers + 10 {
		if a := ask(t, s, "POST", path, "wrong", "application/json", []byte(stagetest.JSON(t, message(anna, "text", obj{"body": strings.Repeat("x", 4<<10)})))); a.HTTP != 401 {
			t.Fatalf("a stranger got %d", a.HTTP)
		}
	}
	calls := s.Calls()
	if len(calls) != stage.MaxStrangers || s.Count().Calls != stage.MaxStrangers+10 {
		t.Fatalf("%d calls of strangers are kept, %d counted", len(calls), s.Count().Calls)
	}
	for _, c := range calls {
		if len(c.Body)+len(c.Params) != 0 || c.Code != 190 {
			t.Fatalf("of a stranger's call is kept: %+v", c)
		}
	}
}

func TestOfWhatIsTooLongNothingIsKept(t *testing.T) {
	s, _ := start(t, Options{})
	a := ask(t, s, "POST", "/v23.0/"+s.PhoneID()+"/messages", s.Token(), "application/json", make([]byte, maxBody+1))
	if c := s.Calls()[0]; a.HTTP != 413 || len(c.Body)+len(c.Params) != 0 {
		t.Errorf("answered with %d, and %d bytes are kept", a.HTTP, len(c.Body))
	}
}

func TestAddresses(t *testing.T) {
	if _, err := New(Options{Addr: "0.0.0.0:0"}); err == nil || !strings.Contains(err.Error(), "not a loopback address") {
		t.Errorf("got %v", err)
	}
	for name, who := range map[string]Person{"no phone": {Phone: "anna"}, "a known one": {Phone: "+" + anna}, "a strange user id": {Phone: "380671112233", UserID: "Vira"}} {
		t.Run(name, func(t *testing.T) {
			s, _ := start(t, Options{})
			if err := s.AddPerson(who); err == nil {
				t.Error("they were added")
			}
		})
	}
}

func TestIDs(t *testing.T) {
	seen := map[string]bool{}
	for n := range uint64(20000) {
		seen[wamid(anna, byUs, n)] = true
		seen[sixteen(n)] = true
		seen[UserID(int(n))] = true
	}
	if len(seen) != 60000 {
		t.Errorf("%d different ids, want 60000", len(seen))
	}
	if id := wamid("UA."+strings.Repeat("1", 128), byUs, 1); len(id) > 128 {
		t.Errorf("an id of %d characters", len(id))
	}
	if one, again := UserID(1), UserID(1); !userIDs.MatchString(one) || one != again {
		t.Errorf("user id %q, then %q", one, again)
	}
}

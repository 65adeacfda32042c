package viber

import (
	"strings"
	"testing"

	"kaskad/bots/simulator/internal/stage"
	"kaskad/bots/simulator/internal/stagetest"
)

func TestStrangersFillNoMemory(t *testing.T) {
	for name, opt := range map[string]Options{"a server that keeps all": {}, "one that runs for long": {Keep: 200}} {
		t.Run(name, func(t *testing.T) {
			s, _ := start(t, opt)
			before := len(s.Calls())
			for range stage.MaxStrangers + 10 {
				if g := raw(t, s, "POST", "/pa/send_message", "wrong", stagetest.JSON(t, text(anna, "text", strings.Repeat("x", 4<<10)))); g.Status != invalidToken {
					t.Fatalf("a stranger got status %d", g.Status)
				}
			}
			calls := s.Calls()[before:]
			if len(calls) != stage.MaxStrangers {
				t.Fatalf("%d calls of strangers are kept, want %d", len(calls), stage.MaxStrangers)
			}
			for _, c := range calls {
				if len(c.Body)+len(c.Params) != 0 || c.Status != invalidToken {
					t.Fatalf("of a stranger's call is kept: %d bytes, %d parameters, status %d", len(c.Body), len(c.Params), c.Status)
				}
			}
		})
	}
}

func TestOfWhatIsTooLongNothingIsKept(t *testing.T) {
	s, _ := start(t, Options{})
	g := raw(t, s, "POST", "/pa/send_message", s.Token(), stagetest.JSON(t, text(anna, "text", strings.Repeat("x", maxRequest))))
	calls := s.Calls()
	if last := calls[len(calls)-1]; g.Status != badData || len(last.Body)+len(last.Params) != 0 {
		t.Errorf("answered with status %d, and %d bytes are kept", g.Status, len(last.Body))
	}
}

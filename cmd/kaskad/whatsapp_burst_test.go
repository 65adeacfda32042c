package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// Staff and a customer write to each other as fast as they can, through the API and at WhatsApp: the library would lose some of it by
// itself. KASKAD_BURSTS=20 does it as often, with 400 messages each way.
func TestFastTalkWithACustomerThroughTheGateway(t *testing.T) {
	t.Parallel()
	runs, each := 1, 100 // of both
	if n, err := strconv.Atoi(os.Getenv("KASKAD_BURSTS")); err == nil && n > 0 {
		runs, each = n, 400
	}
	s := newStreet(t, "")
	for run := range runs {
		s.burst(s.buyer(run, nil, nil), each)
	}
	s.once()
	s.finish()
}

func (s *street) burst(b *buyer, each int) {
	s.t.Helper()
	s.replies(b, "добрий день") // they know each other
	shown(s.t.(*testing.T), b.Customer, "добрий день")
	ours, theirs := []string{"добрий день"}, []string{greeting}
	for n := range each {
		ours, theirs = append(ours, fmt.Sprintf("наше %d", n)), append(theirs, fmt.Sprintf("їх %d", n))
	}
	var both sync.WaitGroup
	both.Go(func() {
		for _, text := range theirs[1:] {
			if _, err := b.Say(s.t.Context(), shopPhone, text); err != nil {
				s.t.Error(err)
			}
		}
	})
	both.Go(func() {
		for _, text := range ours[1:] {
			s.replies(b, text)
		}
	})
	both.Wait()
	waitFor(s.t, "what the customer is told", func() bool { return b.Heard() >= len(ours) })
	waitFor(s.t, "what the customer says", func() bool { return len(s.said(b.card)) >= len(theirs) })
	var got []string
	for _, m := range b.Got() {
		if !m.Mine {
			got = append(got, m.Text)
		}
	}
	if !slices.Equal(got, ours) {
		s.t.Errorf("the customer reads %d of our %d messages: %s", len(got), len(ours), differs(ours, got))
	}
	if said := s.said(b.card); !slices.Equal(said, theirs) {
		s.t.Errorf("%d of the customer's %d messages are stored: %s", len(said), len(theirs), differs(theirs, said))
	}
}

// replies is staff who answer through the API.
func (s *street) replies(b *buyer, text string) {
	s.t.Helper()
	if err := s.call("POST", "/v1/conversations/ext:"+b.card+"/replies", map[string]any{"text": text}, nil); err != nil {
		s.t.Error(err)
	}
}

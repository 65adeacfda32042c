package main

import (
	"fmt"
	"testing"

	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

// WhatsApp does not let the shop begin chats (463): each goes on to SMS at once, and after the third only answers go out by WhatsApp.
func TestRefusedChatsLimitWhatIsSent(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "")
	b := s.buyer(1, nil, nil)
	s.wa.Fail(simwhatsapp.Fault{From: shopPhone, Kind: simwhatsapp.Refuse, Code: 463, Times: 3})
	for n := range 3 {
		id := s.asks(b.card, fmt.Sprintf("Відмова %d", n), "whatsapp 1h", "sms")
		s.ends(id, "sms", "receipt", "whatsapp failed rejected: 463", "sms delivered")
	}
	s.limited(b, "Обмежено")
	s.answered(b, "Відповідаємо вам")
	s.kill() // it is not forgotten
	s.start()
	s.limited(b, "І далі обмежено")
	s.answered(b, "І далі відповідаємо")
	s.kept(b)
	s.once()
	s.finish()
}

// limited: what answers nobody takes the next channel, and /readyz says why.
func (s *street) limited(b *buyer, text string) {
	s.t.Helper()
	s.last("channel.degraded")
	waitFor(s.t, "the limit", func() bool {
		var ready struct {
			Sessions map[string]struct{ State string }
		}
		return s.call("GET", "/readyz", nil, &ready) == nil && ready.Sessions["whatsapp"].State == "limited"
	})
	before := b.Heard()
	s.ends(s.asks(b.card, text, "whatsapp 1h", "sms"), "sms", "receipt", "whatsapp skipped channel_limited", "sms delivered")
	if n := b.Heard(); n != before {
		s.t.Errorf("%d messages went out by WhatsApp while it is limited", n-before)
	}
}

// answered: staff answer the customer, who reads it at WhatsApp.
func (s *street) answered(b *buyer, text string) {
	s.t.Helper()
	var made state
	mustAll(s.t, s.call("POST", "/v1/conversations/ext:"+b.card+"/replies", map[string]any{"text": text}, &made))
	s.ends(made.ID, "whatsapp", "receipt")
	if t, is := s.t.(*testing.T); is {
		shown(t, b.Customer, text)
	}
}

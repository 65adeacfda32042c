package whatsapp

import (
	"testing"
	"time"
)

// One session has one connection: a Run that begins while a pairing visits WhatsApp would be told that another program took the session
// over, and rest for minutes.
func TestARunThatBeginsDuringAVisitWaitsForItsEnd(t *testing.T) {
	t.Parallel()
	r := pairedRig(t)
	r.bot.visiting.Lock()
	r.run()
	r.until("Run runs", r.bot.running)
	time.Sleep(200 * time.Millisecond) // one that does not wait is connected by then; a slow machine only misses that
	if s, _ := r.bot.state(); s.State == Connected || r.s.Connected(shop, 1) {
		t.Errorf("the state is %s: two connections of one session", s.State)
	}
	r.bot.visiting.Unlock()
	r.await(Connected)
}

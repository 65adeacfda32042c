package whatsapp

import (
	"sync"
	"testing"
	"time"
)

// One session has one connection: a Run that begins while a pairing visits WhatsApp would be told that another program took the session
// over, and rest for minutes.
func TestARunThatBeginsDuringAVisitWaitsForItsEnd(t *testing.T) {
	t.Parallel()
	r := pairedRig(t)
	needs(t, r.bot.visiting.take(t.Context()))
	r.run()
	r.until("Run runs", r.bot.running)
	time.Sleep(200 * time.Millisecond) // one that does not wait is connected by then; a slow machine only misses that
	if s, _ := r.bot.state(); s.State == Connected || r.s.Connected(shop, 1) {
		t.Errorf("the state is %s: two connections of one session", s.State)
	}
	r.bot.visiting.release()
	r.await(Connected)
}

// A Run that stops while it waits for a visit does not wait on.
func TestARunThatWaitsForAVisitCanBeStopped(t *testing.T) {
	t.Parallel()
	r := pairedRig(t)
	needs(t, r.bot.visiting.take(t.Context()))
	r.run()
	r.until("Run runs", r.bot.running)
	r.stop()
	r.bot.visiting.release()
}

// Run looks into the store and finds nobody; a phone is paired; Run notes that nobody is paired. In that order the pairing would be told
// that it failed, and the gateway would not know whose it is.
func TestAPairingAndAStartDoNotForgetEachOther(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for n := range uint16(20) {
		needs(t, r.bot.forget(t.Context()))
		var looking sync.WaitGroup
		for range 8 {
			looking.Go(func() {
				for range 10 {
					if _, err := r.bot.look(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		_, err := r.s.Provision(t.Context(), r.bot.container, shop, n+1)
		needs(t, err)
		account, err := r.bot.meet(t.Context())
		needs(t, err)
		looking.Wait()
		now, _ := r.bot.state()
		if known, paired := r.bot.Account(); !paired || known != account || account.Phone != shop || now.State != Connecting {
			t.Fatalf("after the pairing of %+v: %+v, %v, state %s", account, known, paired, now.State)
		}
	}
}

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

// A gateway that is killed again and again while it reads what WhatsApp kept for it has every message in its conversation once.
// KASKAD_WHATSAPP_KILLS=50 kills it that often.
func TestKilledWhileItReadsWhatWasKept(t *testing.T) {
	t.Parallel()
	kills, each := 2, 30
	if n, err := strconv.Atoi(os.Getenv("KASKAD_WHATSAPP_KILLS")); err == nil && n > 0 {
		kills, each = n, 50
	}
	seed := uint64(time.Now().UnixNano())
	if n, err := strconv.ParseUint(os.Getenv("KASKAD_TORTURE_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("KASKAD_WHATSAPP_KILLS=%d KASKAD_TORTURE_SEED=%d", kills, seed)
	dice := rand.New(rand.NewPCG(seed, 5))
	s := newStreet(t, "")
	all := []*buyer{s.buyer(1, nil, nil), s.buyer(2, nil, nil), s.buyer(3, nil, nil)}
	s.kill()
	written := 0
	for range kills {
		if s.wa.Waiting(shopPhone, s.device()) < inOrder-len(all)*each {
			s.write(all, written, each)
			written += each
		}
		waiting := s.wa.Waiting(shopPhone, s.device())
		s.start()
		mustAll(t, s.wa.WaitConnected(t.Context(), shopPhone, s.device(), true))
		// Between decryption and commit, or between commit and receipt: where it is killed is chance, and nothing waits for that.
		time.Sleep(time.Duration(dice.IntN(300<<dice.IntN(4))) * time.Millisecond)
		s.kill()
		s.check()
		t.Logf("killed with %d of %d acknowledged", waiting-s.wa.Waiting(shopPhone, s.device()), waiting)
	}
	s.start()
	s.connected()
	s.heard(all, written)
	s.finish()
}

// inOrder is how many kept messages come in their order: the library hands more than that on in any.
const inOrder = 2000

func spoke(b *buyer, n int) string { return fmt.Sprintf("%s пише %d", b.card, n) }

// write lets everybody write as many messages, each on their own.
func (s *street) write(all []*buyer, from, n int) {
	s.t.Helper()
	var work sync.WaitGroup
	for _, b := range all {
		work.Go(func() {
			for i := range n {
				if _, err := b.Say(s.t.Context(), shopPhone, spoke(b, from+i)); err != nil {
					s.t.Error(err)
					return
				}
			}
		})
	}
	work.Wait()
}

// heard waits until everything is there, and compares: each message once, in order.
func (s *street) heard(all []*buyer, n int) {
	s.t.Helper()
	for _, b := range all {
		want := []string{greeting}
		for i := range n {
			want = append(want, spoke(b, i))
		}
		waitFor(s.t, "all messages of "+b.card, func() bool { return len(s.said(b.card)) >= len(want) })
		if got := s.said(b.card); !slices.Equal(got, want) {
			s.t.Errorf("%s wrote %d messages, %d are stored: %s", b.card, len(want), len(got), differs(want, got))
		}
	}
}

// What customers read while the gateway is dead, or WhatsApp cannot be reached, is a proof before the next step is due.
func TestReadWhileWhatsAppWasNotHeard(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "")
	for n, away := range []struct {
		name          string
		goes, returns func()
	}{
		{"dead", s.kill, s.start},
		{"cut off", func() { s.refused(simwhatsapp.Outage{Reason: 503})(s.device()) }, func() { mustAll(t, s.wa.Restore(shopPhone)) }},
	} {
		b := s.buyer(n+1, nil, nil)
		id := s.asks(b.card, "Замовлення, "+away.name, "whatsapp 3s", "sms")
		got := shown(t, b.Customer, "Замовлення, "+away.name)
		s.await(id, "waiting")
		due := time.Now().Add(3 * time.Second)
		away.goes()
		mustAll(t, b.Read(t.Context(), got))
		waitFor(t, "the wait to run out", func() bool { return time.Now().After(due) })
		away.returns()
		s.ends(id, "whatsapp", "receipt", "whatsapp read")
		s.texted(b.phone, 0)
	}
	s.once()
	s.finish()
}

// A gateway that dies while WhatsApp has its message, and not said so, never sends it again. Without a sign the SMS goes; the receipt
// that comes afterwards is kept as a late proof.
func TestAMessageThatMayHaveGoneIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "")
	b := s.buyer(1, nil, nil)
	s.wa.Fail(simwhatsapp.Fault{From: shopPhone, Kind: simwhatsapp.NoAck})
	id := s.asks(b.card, "Замовлення", "whatsapp 3s", "sms")
	got := shown(t, b.Customer, "Замовлення")
	s.await(id, "sending")
	s.kill()
	s.check()
	s.start()
	s.ends(id, "sms", "receipt")
	s.connected()
	mustAll(t, b.Read(t.Context(), got))
	waitFor(t, "the late proof", func() bool {
		var d struct {
			Late string `json:"late_proof"`
		}
		mustAll(t, s.call("GET", "/v1/deliveries/"+id, nil, &d))
		return d.Late == "receipt"
	})
	s.once()
	s.finish()
}

// A phone that could not read a message asks for it after the gateway was killed: another process writes it once more, from what is
// stored.
func TestAMessageIsWrittenOnceMoreAfterAKill(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "")
	b := s.buyer(1, nil, simwhatsapp.Always(simwhatsapp.Act{Do: simwhatsapp.ReadIt}))
	b.GoOffline()
	s.wa.Fail(simwhatsapp.Fault{From: shopPhone, Kind: simwhatsapp.Corrupt})
	id := s.asks(b.card, "Замовлення", "whatsapp 1m", "sms")
	s.await(id, "waiting")
	name := s.named(id, "whatsapp")
	s.kill()
	s.check()
	mustAll(t, b.GoOnline(t.Context()))
	s.message(name, "asked for again", func(m simwhatsapp.Message) bool { return m.Retries > 0 })
	s.start()
	s.ends(id, "whatsapp", "receipt", "whatsapp read")
	if got := shown(t, b.Customer, "Замовлення"); got.Times != 1 || b.Heard() != 1 {
		t.Errorf("the phone shows %+v, and %d messages", got, b.Heard())
	}
	s.finish()
}

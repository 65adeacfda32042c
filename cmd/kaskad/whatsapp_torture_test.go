package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

// notice is a delivery that the gateway has accepted.
type notice struct {
	text string
	to   *buyer
}

// A gateway that is killed again and again while it sends by WhatsApp sends nothing twice; whoever was shown a message, and read it at
// once, gets no SMS, and who was not gets one. KASKAD_WHATSAPP_KILLS=50 kills it that often.
func TestKilledWhileItSendsByWhatsApp(t *testing.T) {
	t.Parallel()
	kills := 2
	if n, err := strconv.Atoi(os.Getenv("KASKAD_WHATSAPP_KILLS")); err == nil && n > 0 {
		kills = n
	}
	seed := uint64(time.Now().UnixNano())
	if n, err := strconv.ParseUint(os.Getenv("KASKAD_TORTURE_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("KASKAD_WHATSAPP_KILLS=%d KASKAD_TORTURE_SEED=%d", kills, seed)
	dice := rand.New(rand.NewPCG(seed, 6))
	s := newStreet(t, "")
	var all []*buyer
	for n := range 4 {
		all = append(all, s.buyer(n, nil, simwhatsapp.Always(simwhatsapp.Act{Do: simwhatsapp.ReadIt})))
	}
	accepted := map[string]notice{}
	for round := range kills {
		s.connected() // else nothing is under way
		s.sends(all, round, accepted, func() {
			time.Sleep(time.Duration(dice.IntN(400)) * time.Millisecond) // where it is killed is chance, and nothing waits for that
			s.kill()
			s.check()
			s.start()
		})
	}
	shown := 0
	for id, n := range accepted {
		shown += s.judged(id, n)
	}
	t.Logf("%d deliveries, %d shown at WhatsApp", len(accepted), shown)
	s.once()
	s.finish()
}

// sends asks for some deliveries to everybody while something happens; accepted are those that were acknowledged, in the end.
func (s *street) sends(all []*buyer, round int, accepted map[string]notice, happens func()) {
	s.t.Helper()
	wait := "3s"
	if os.Getenv("KASKAD_WHATSAPP_KILLS") != "" {
		wait = "10s" // what was not handed over before a kill is tried again after it
	}
	var mu sync.Mutex
	var work sync.WaitGroup
	for _, b := range all {
		work.Go(func() {
			for i := range 5 {
				text := fmt.Sprintf("%s: замовлення %d-%d", b.card, round, i)
				ask := map[string]any{"to": "ext:" + b.card, "text": text, "purpose": "service", "key": text, "cascade": way("whatsapp "+wait, "sms")}
				id, err := s.send(ask)
				for range 200 { // the caller's own repeats: the same key makes no second delivery
					if err == nil {
						break
					}
					time.Sleep(20 * time.Millisecond)
					id, err = s.send(ask)
				}
				if err != nil {
					s.t.Errorf("%s was never accepted: %v", text, err)
					return
				}
				mu.Lock()
				accepted[id] = notice{text, b}
				mu.Unlock()
			}
		})
	}
	happens()
	work.Wait()
}

// judged waits for the end of a delivery and compares what each side has seen; it counts how often it was shown at WhatsApp.
func (s *street) judged(id string, n notice) (shown int) {
	s.t.Helper()
	d := s.await(id, "done", "failed", "unconfirmed", "refused", "expired", "skipped", "cancelled")
	texts := 0
	for _, m := range n.to.Got() {
		if !m.Mine && m.Text == n.text {
			shown++
		}
	}
	for _, m := range s.sms.Messages(n.to.phone) {
		if m.Text == n.text {
			texts++
		}
	}
	want := "sms"
	if shown > 0 {
		want = "whatsapp"
	}
	if d.State != "done" || d.ReachedBy != want || shown+texts != 1 {
		s.t.Errorf("%q is %s (%s) by %s, shown %d times at WhatsApp, %d SMS; steps %v", n.text, d.State, d.Reason, d.ReachedBy, shown, texts, d.Steps)
	}
	return shown
}

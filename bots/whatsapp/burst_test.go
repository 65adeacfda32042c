package whatsapp

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"

	"kaskad/bots"
)

// The library encrypts and decrypts without a common lock: both ways at once, at full speed, it loses messages and acknowledges them.
// KASKAD_BURSTS=20 runs it as often, with 400 messages each way.
func TestFastTalkBothWaysLosesNothing(t *testing.T) {
	t.Parallel()
	runs, each := 1, 100
	if n, err := strconv.Atoi(os.Getenv("KASKAD_BURSTS")); err == nil {
		runs, each = n, 400
	}
	for run := range runs {
		t.Run(fmt.Sprintf("run %d", run+1), func(t *testing.T) { burst(t, each) })
	}
}

// burst lets the shop and one person write to each other as fast as they can, from the first contact on.
func burst(t *testing.T, each int) {
	r := up(t)
	person := r.customer(anna, "900002")
	r.says(person, "вітаю") // the shop answers: WhatsApp lets it write
	r.got.hears(t, "вітаю")
	var both sync.WaitGroup
	both.Go(func() {
		for n := range each {
			if _, err := person.Say(t.Context(), shop, "їх "+strconv.Itoa(n)); err != nil {
				t.Errorf("the person's %d: %v", n, err)
			}
		}
	})
	both.Go(func() {
		for n := range each {
			out := bots.Outgoing{To: bots.Address{Channel: bots.WhatsApp, ID: anna}, Step: bots.ID(n + 1), Text: "наше " + strconv.Itoa(n)}
			if _, err := r.bot.Send(t.Context(), out); err != nil {
				t.Errorf("ours %d: %v", n, err)
			}
		}
	})
	both.Wait()
	r.taken()
	r.got.until(t, "all of theirs", func() bool { return len(r.got.texts()) == each+1 })
	if _, err := person.Wait(soon(t), each, nil); err != nil {
		t.Errorf("of %d of ours she got %d: %v", each, len(person.Got()), err)
	}
	for _, m := range r.s.Messages("") {
		if m.Retries > 0 {
			t.Errorf("message %s was asked for again %d times", m.ID, m.Retries)
		}
	}
}

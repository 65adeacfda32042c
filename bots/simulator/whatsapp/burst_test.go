package whatsapp

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"go.mau.fi/whatsmeow/types/events"
)

// runs is how often a heavy test is repeated: once, or what KASKAD_BURSTS says.
func runs(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("KASKAD_BURSTS"))
	if err != nil {
		return 1
	}
	return n
}

// greet lets two people know each other: first messages that cross cost retries inside the library, whatever the set-up.
func greet(t *testing.T, one, two *Customer) {
	t.Helper()
	must(t, second(one.Say(soon(t), two.Phone(), "hello")))
	must(t, second(two.WaitText(soon(t), "hello")))
	must(t, second(two.Say(soon(t), one.Phone(), "hello to you")))
	must(t, second(one.WaitText(soon(t), "hello to you")))
}

// Two phones that are set up as facts say lose nothing when both write as fast as they can.
func TestBurstsBothWaysLoseNothing(t *testing.T) {
	each := 100
	if os.Getenv("KASKAD_BURSTS") != "" {
		each = 400
	}
	for run := range runs(t) {
		s := start(t, Options{})
		one := person(t, s, Person{Phone: "+380670000001", LID: "900011"})
		two := person(t, s, Person{Phone: "+380670000002", LID: "900012"})
		greet(t, one, two)
		var both sync.WaitGroup
		write := func(from, to *Customer) {
			for i := range each {
				if _, err := from.Say(t.Context(), to.Phone(), fmt.Sprintf("%d", i)); err != nil {
					t.Errorf("message %d: %v", i, err)
				}
			}
		}
		both.Go(func() { write(one, two) })
		both.Go(func() { write(two, one) })
		both.Wait()
		for _, c := range []*Customer{one, two} {
			got, err := c.Wait(soon(t), each+1, nil)
			if err != nil {
				t.Errorf("run %d: %v", run, err)
				continue
			}
			if n := len(c.Got()); n != each+1 || c.Copies() != each+1 || got.Text != fmt.Sprint(each-1) {
				t.Errorf("run %d: %d bubbles of %d copies, the last %q", run, n, c.Copies(), got.Text)
			}
		}
		must(t, s.Close())
	}
}

func TestMemoryStaysFlat(t *testing.T) {
	s := start(t, Options{Keep: 50})
	bot, customer := pair(t, s)
	burst := func(n int) {
		last := ""
		for i := range n {
			last = bot.write(number(anna), fmt.Sprint(i))
		}
		must(t, second(s.WaitMessage(soon(t), last, func(m Message) bool { return m.Inactive > 0 })))
		must(t, s.WaitTaken(soon(t), anna, 0))
		must(t, s.WaitTaken(soon(t), shop, 1))
	}
	burst(120)
	wait(customer, 120, func(*events.Message) bool { return true })
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.messages) > 100 || len(s.order) > 100 || len(s.stanzas) > 100 {
		t.Errorf("%d messages, %d ids and %d stanzas are kept of 50", len(s.messages), len(s.order), len(s.stanzas))
	}
	if s.totals.Messages != 120 || s.totals.Copies != 240 {
		t.Errorf("counted %+v", s.totals)
	}
	runtime.KeepAlive(bot)
}

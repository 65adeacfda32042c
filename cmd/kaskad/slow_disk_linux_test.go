package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// slowDown lets each sync of a plant's gateway take longer, as a disk does that is worn out or busy with somebody else, until the function that
// it returns is called.
func slowDown(t *testing.T, p *plant, by time.Duration) (end func()) {
	t.Helper()
	var said bytes.Buffer
	trace := exec.Command("strace", "-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:delay_enter="+strconv.FormatInt(by.Microseconds(), 10), "-p", strconv.Itoa(p.process.Process.Pid))
	trace.Stderr = &said
	if err := trace.Start(); err != nil {
		t.Skipf("%v: install strace, and run: go test -run %s ./cmd/kaskad", err, t.Name())
	}
	ended := make(chan error, 1)
	go func() { ended <- trace.Wait() }()
	end = sync.OnceFunc(func() {
		_ = trace.Process.Signal(syscall.SIGINT) // it lets the gateway go
		<-ended
	})
	t.Cleanup(end)
	for begun := time.Now(); !traced(t, p); time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- err
			t.Skipf("strace may not attach here (%v: %s); as root, or with kernel.yama.ptrace_scope=0, run: go test -run %s ./cmd/kaskad", err, strings.TrimSpace(said.String()), t.Name())
		default:
		}
		if time.Since(begun) > patience {
			t.Fatal("strace does not attach")
		}
	}
	return end
}

// traced reports whether somebody looks at the calls of the gateway.
func traced(t *testing.T, p *plant) bool {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.process.Process.Pid))
	mustAll(t, err)
	return !bytes.Contains(raw, []byte("\nTracerPid:\t0\n"))
}

const slowly = `
[cascades.slowly]
steps = [
  { channel = "telegram", wait = "15s", until = "read" },
  { channel = "sms", until = "delivered" },
]
quiet_hours = { from = "00:00", to = "00:00" }
`

// A disk that takes more than a second for each commit: what is acknowledged is true, who reacted gets no SMS, who did not gets one, nothing goes out
// twice, somebody is told, and the gateway can be stopped. When the disk is quick again, that is told, too.
func TestADiskThatIsSlow(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver})}, slowly)
	p.start()
	const people = 20
	for i := range people {
		p.person(fmt.Sprint("C-", i), int64(100+i), fmt.Sprintf("+3805011122%02d", i), nil)
	}
	quick := slowDown(t, p, 600*time.Millisecond)
	var all sync.WaitGroup
	taken, failed := make([]string, people), make([]error, people)
	for i := range people {
		all.Go(func() {
			for {
				taken[i], failed[i] = p.send(map[string]any{"to": fmt.Sprint("ext:C-", i), "text": fmt.Sprint("Slow for ", i), "purpose": "service", "cascade": "slowly", "key": fmt.Sprint("slow-", i)})
				if failed[i] == nil || !strings.Contains(failed[i].Error(), "429") && !strings.Contains(failed[i].Error(), "503") {
					return
				}
				time.Sleep(100 * time.Millisecond) // it was refused in words, and may be asked again
			}
		})
	}
	waitFor(t, "readyz to tell of the disk", func() bool {
		r := p.readiness()
		return slices.Contains(r.Degraded, "slow_disk") && strings.Contains(r.Advice["slow_disk"], "the disk took")
	})
	all.Wait()
	for i, err := range failed {
		if err != nil {
			t.Errorf("delivery %d: %v", i, err)
		}
	}
	pressed := map[int]bool{}
	waitFor(t, "the messages", func() bool {
		for i := 0; i < people; i += 2 { // half of them react at once
			if got := p.tg.Messages(int64(100 + i)); len(got) > 0 && !pressed[i] {
				pressed[i] = true
				if _, err := p.tg.PressButton(int64(100+i), got[0].ID, 0); err != nil {
					t.Error(err)
				}
			}
		}
		return sentTo(p, people) == people && len(pressed) == people/2
	})
	for i, id := range taken {
		if d := p.await(id, "done"); i%2 == 0 && d.ReachedBy != "telegram" || i%2 == 1 && d.ReachedBy != "sms" {
			t.Errorf("delivery %d ended as %+v", i, d)
		}
	}
	if n := sentTo(p, people); n != people || len(p.sms.Messages("")) != people/2 {
		t.Errorf("%d messages and %d SMS went out; want %d and %d", n, len(p.sms.Messages("")), people, people/2)
	}
	quick()
	waitFor(t, "readyz to tell that the disk is quick again", func() bool {
		_, err := p.tg.Say(100, "is it quick?") // which is written
		mustAll(t, err)
		return !p.degraded("slow_disk")
	})
	quick = slowDown(t, p, 600*time.Millisecond)
	p.stop() // while it is slow
	quick()
	p.check()
}

// sentTo is how many messages people have got on Telegram.
func sentTo(p *plant, people int) (n int) {
	for i := range people {
		n += len(p.tg.Messages(int64(100 + i)))
	}
	return n
}

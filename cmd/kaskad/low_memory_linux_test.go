package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// memoryGroup makes a group of processes that have so much memory together, and no more; what its function is given a process belongs to it.
func memoryGroup(t *testing.T, size int) (join func(pid int)) {
	t.Helper()
	var failed error
	for _, kind := range []struct{ root, limit string }{{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}, {"/sys/fs/cgroup", "memory.max"}} {
		dir := filepath.Join(kind.root, fmt.Sprintf("kaskad-%d-%d", os.Getpid(), time.Now().UnixNano()))
		if failed = os.Mkdir(dir, 0o755); failed != nil {
			continue
		}
		t.Cleanup(func() { _ = os.Remove(dir) }) // it is empty once its process has ended
		if failed = os.WriteFile(filepath.Join(dir, kind.limit), []byte(strconv.Itoa(size)), 0o644); failed == nil {
			return func(pid int) {
				mustAll(t, os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644))
			}
		}
	}
	t.Skipf("no group of processes with a limit can be made (%v): as root, where cgroups can be written, run: go test -run %s ./cmd/kaskad", failed, t.Name())
	return nil
}

// died reports whether the gateway's process has ended, and nobody has asked how.
func (p *plant) died() bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.process.Process.Pid))
	mustAll(p.t, err)
	_, rest, _ := bytes.Cut(raw, []byte(") "))
	return bytes.HasPrefix(rest, []byte("Z"))
}

// mostUnderWay is how many messages may be between their claim and their outcome when a gateway ends.
const mostUnderWay = 100

const unread = `
[cascades.unread]
steps = [{ channel = "telegram", wait = "1h", until = "read" }]
quiet_hours = { from = "00:00", to = "00:00" }
`

// Far more is asked of a gateway than it has memory for. It works, slowly, or the system ends it, again and again; whatever becomes of it, each
// delivery that was accepted is there, each answer of a customer too, and nobody gets anything twice.
func TestLittleMemory(t *testing.T) {
	t.Parallel()
	if racing {
		t.Skip("the race detector alone needs more memory than there is: run it without -race")
	}
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, unread)
	p.start()
	const people, batches, each = 50, 30, 100
	for i := range people {
		p.person(fmt.Sprint("C-", i), int64(100+i), fmt.Sprintf("+3805011122%02d", i), nil)
	}
	join := memoryGroup(t, 64<<20)
	join(p.process.Process.Pid)
	long := strings.Repeat("balance of points, ", 180)
	type answer struct {
		Results []struct {
			ID   string
			Code string
		}
	}
	var mu sync.Mutex
	ids, left, deaths := map[string]string{}, map[int]bool{}, 0
	for n := range batches {
		left[n] = true
	}
	ask := func(n int) error {
		var deliveries []map[string]any
		for k := range each {
			deliveries = append(deliveries, map[string]any{"to": fmt.Sprint("ext:C-", (n+k)%people), "text": fmt.Sprintf("%d of %d %s", k, n, long), "purpose": "service", "cascade": "unread", "key": fmt.Sprintf("m-%d-%d", n, k)})
		}
		var got answer
		if err := p.call("POST", "/v1/deliveries:batch", map[string]any{"deliveries": deliveries}, &got); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for k, r := range got.Results {
			if r.ID == "" {
				return fmt.Errorf("delivery %d of %d was answered %q", k, n, r.Code)
			}
			ids[fmt.Sprintf("%d of %d ", k, n)] = r.ID
		}
		delete(left, n)
		return nil
	}
	words := 0
	for begun := time.Now(); len(left) > 0; {
		if time.Since(begun) > 3*patience {
			t.Fatalf("%d batches are not taken after %s and %d ends", len(left), time.Since(begun), deaths)
		}
		var all sync.WaitGroup
		var said error
		for n := range left {
			all.Go(func() {
				if err := ask(n); err != nil {
					mu.Lock()
					said = err
					mu.Unlock()
				}
			})
		}
		_, err := p.tg.Say(int64(100+words%people), fmt.Sprintf("my answer %d.", words))
		mustAll(t, err)
		words++
		all.Wait()
		if p.died() {
			deaths++
			_ = p.process.Wait()        // killed
			if p.start(); deaths < 20 { // enough of it
				join(p.process.Process.Pid)
			}
		} else if said != nil && !strings.Contains(said.Error(), "429") && !strings.Contains(said.Error(), "503") {
			t.Fatalf("a gateway that lives answers %v", said)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Logf("%d deliveries, %d answers, %d ends", len(ids), words, deaths)
	if len(ids) != batches*each {
		t.Errorf("%d deliveries were accepted; want %d", len(ids), batches*each)
	}
	if p.died() {
		_ = p.process.Wait() // killed
		deaths++
	} else {
		p.kill()
	}
	p.start() // with all the memory there is
	deaths++
	p.run("pause")
	said := map[string]string{}
	for text, id := range ids {
		said[text] = p.stateOf(id) // that of one that is not there is a failure
	}
	got := map[string]int{}
	for i := range people {
		for _, m := range p.tg.Messages(int64(100 + i)) {
			got[before(m.Text, "balance")]++
		}
	}
	for text, n := range got {
		if n > 1 {
			t.Errorf("%q went out %d times", text, n)
		}
	}
	unsure := 0
	for text, state := range said {
		if (state == "waiting" || state == "done") && got[text] == 0 {
			unsure++
		}
	}
	if unsure > mostUnderWay*deaths {
		t.Errorf("%d messages count as sent and did not arrive, after %d ends: what was under way in an end may be missing, and no more", unsure, deaths)
	}
	for n := range words {
		p.line(fmt.Sprintf("/v1/conversations/ext:C-%d", n%people), fmt.Sprintf("my answer %d.", n))
	}
	p.finish()
}

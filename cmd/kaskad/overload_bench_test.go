package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// BenchmarkOverload asks a gateway, a process of its own on the same machine, for far more than it can take, for five minutes: programs that ask for batches of a hundred deliveries and come again 0.3 s after each refusal, whatever it
// says. Meanwhile twenty people of staff answer twenty customers, one answer after the other. It reports how much more was asked for than was
// taken, how quickly callers were refused, how long answers took until they were in the customer's chat, and how anonymous memory
// and the live heap went: the median of the first and of the last fifth of the time.
func BenchmarkOverload(b *testing.B) { overloaded(b, overloadTime) }

// overloadTime is how long it lasts: one round is longer than any -benchtime that asks for a second.
const overloadTime = 5 * time.Minute

const (
	overCallers = 800
	overBatch   = 100
	overPeople  = 20
)

// overload is what callers were answered.
type overload struct {
	mu       sync.Mutex
	refusals []time.Duration
	asked    atomic.Int64 // deliveries
	taken    atomic.Int64
	odd      atomic.Int64 // anything but 200 and 429
	bare     atomic.Int64 // 429 without Retry-After
}

func overloaded(b *testing.B, long time.Duration) {
	p := newPlant(b, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, "")
	p.start()
	for i := range overPeople {
		p.person(fmt.Sprint("S-", i), int64(100+i), fmt.Sprintf("+38050555%04d", i), nil)
		if _, err := p.tg.Say(int64(100+i), "hello"); err != nil {
			b.Fatal(err)
		}
	}
	for i := range benchPeople {
		contact := map[string]any{"phone": fmt.Sprintf("+3805011%05d", i), "addresses": []map[string]string{{"channel": "telegram", "id": fmt.Sprint(900_000_000 + i)}}}
		if err := p.call("PUT", fmt.Sprintf("/v1/contacts/ext:B-%d", i), contact, nil); err != nil {
			b.Fatal(err)
		}
	}
	p.run("pause", "service") // what is measured is what comes in; answers of people go out all the same
	pid := p.process.Process.Pid
	quiet := answersOf(b, p, 10*time.Second)

	o, end := &overload{}, time.Now().Add(long)
	var wg sync.WaitGroup
	for c := range overCallers {
		wg.Go(func() { o.calls(p, c, end) })
	}
	var memory, live []int
	wg.Go(func() {
		for time.Now().Before(end) {
			memory, live = append(memory, processRSS(b, pid)), append(live, liveHeap(p))
			time.Sleep(time.Second)
		}
	})
	loud := answersOf(b, p, time.Until(end))
	wg.Wait()

	fifth := len(memory) / 5
	middle := func(of []int) float64 {
		of = slices.Sorted(slices.Values(of))
		return float64(of[len(of)/2]) / 1e6
	}
	slices.Sort(o.refusals)
	b.ReportMetric(float64(o.asked.Load())/float64(max(o.taken.Load(), 1)), "asked/taken")
	b.ReportMetric(float64(o.taken.Load())/long.Seconds(), "taken/s")
	b.ReportMetric(float64(len(o.refusals)), "refused-calls")
	if len(o.refusals) > 0 {
		b.ReportMetric(millis(o.refusals, 50), "refused-p50-ms")
		b.ReportMetric(millis(o.refusals, 99), "refused-p99-ms")
	}
	b.ReportMetric(millis(quiet, 50), "answer-quiet-p50-ms")
	b.ReportMetric(millis(quiet, 99), "answer-quiet-p99-ms")
	b.ReportMetric(millis(loud, 50), "answer-p50-ms")
	b.ReportMetric(millis(loud, 99), "answer-p99-ms")
	b.ReportMetric(float64(len(loud)), "answers")
	b.ReportMetric(middle(memory[:fifth]), "anon-MB-first")
	b.ReportMetric(middle(memory[len(memory)-fifth:]), "anon-MB-last")
	b.ReportMetric(middle(live[:fifth]), "live-MB-first")
	b.ReportMetric(middle(live[len(live)-fifth:]), "live-MB-last")
	if info, err := os.Stat(filepath.Join(p.data(), "kaskad.db")); err == nil {
		b.ReportMetric(float64(info.Size())/1e6, "file-MB-last")
	}
	if o.odd.Load() > 0 || o.bare.Load() > 0 {
		b.Errorf("%d calls were answered neither 200 nor 429, %d were refused without a time to come again", o.odd.Load(), o.bare.Load())
	}
	kept := 0
	for cursor := ""; ; {
		var page struct {
			Items []struct{ ID string }
			Next  string
		}
		if err := p.call("GET", "/v1/deliveries?limit=1000&cursor="+cursor, nil, &page); err != nil {
			b.Fatal(err)
		}
		kept += len(page.Items)
		if cursor = page.Next; cursor == "" || len(page.Items) == 0 || kept > 20_000 {
			break // the newest are enough: none may be missing that was taken
		}
	}
	if want := min(int(o.taken.Load()), 20_000); kept < want {
		b.Errorf("%d deliveries are there, %d were taken", kept, want)
	}
	p.check()
}

var nextGC = regexp.MustCompile(`(?m)^go_memstats_next_gc_bytes (\S+)`)

// liveHeap is what the gateway's heap held after it was last collected: half of where it is collected next.
func liveHeap(p *plant) int {
	m := nextGC.FindStringSubmatch(p.metrics())
	if m == nil {
		return 0
	}
	next, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0
	}
	return int(next / 2)
}

// calls is one program that asks, and asks again.
func (o *overload) calls(p *plant, c int, end time.Time) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	for n := 0; time.Now().Before(end); n++ {
		items := make([]map[string]any, overBatch)
		for i := range items {
			items[i] = map[string]any{"to": fmt.Sprintf("ext:B-%d", (c*overBatch+n+i)%benchPeople), "template": "bonus", "data": map[string]any{"points": n}, "key": fmt.Sprintf("o%d-%d-%d", c, n, i)}
		}
		body, err := json.Marshal(map[string]any{"deliveries": items})
		if err != nil {
			panic(err)
		}
		req, err := http.NewRequest("POST", "http://"+p.admin+"/v1/deliveries:batch", bytes.NewReader(body))
		if err != nil {
			panic(err)
		}
		req.Header.Set("Authorization", "Bearer "+p.key)
		req.Header.Set("Content-Type", "application/json")
		begun := time.Now()
		answer, err := client.Do(req)
		o.asked.Add(overBatch)
		if err != nil {
			o.odd.Add(1)
			continue
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		switch answer.StatusCode {
		case http.StatusOK:
			o.taken.Add(overBatch)
		case http.StatusTooManyRequests:
			took := time.Since(begun)
			o.mu.Lock()
			o.refusals = append(o.refusals, took)
			o.mu.Unlock()
			if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err != nil || seconds < 1 {
				o.bare.Add(1)
			}
			time.Sleep(300 * time.Millisecond)
		default:
			o.odd.Add(1)
		}
	}
}

// answersOf has staff answer for so long, and returns how long each answer took from the call until it was in the customer's chat.
func answersOf(b *testing.B, p *plant, long time.Duration) (took []time.Duration) {
	b.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	end := time.Now().Add(long)
	for i := range overPeople {
		wg.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				before, begun := len(p.tg.Messages(int64(100+i))), time.Now()
				if err := p.call("POST", fmt.Sprintf("/v1/conversations/ext:S-%d/replies", i), map[string]any{"text": fmt.Sprint("answer ", n, " at ", begun.UnixNano())}, nil); err != nil {
					b.Errorf("an answer was refused: %v", err)
					return
				}
				for len(p.tg.Messages(int64(100+i))) == before {
					if time.Since(begun) > time.Minute {
						b.Error("an answer did not arrive within a minute")
						return
					}
					time.Sleep(2 * time.Millisecond)
				}
				mu.Lock()
				took = append(took, time.Since(begun))
				mu.Unlock()
				time.Sleep(time.Second)
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took
}

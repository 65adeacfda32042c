package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// BenchmarkAcceptOverHTTP measures deliveries accepted over the API of a gateway that runs as a process of its own, on the
// same machine as the 64 callers. KASKAD_BENCH_DATA names a data_dir to copy first (a loaded file).
func BenchmarkAcceptOverHTTP(b *testing.B) {
	p := benchPlant(b)
	before := processCPU(b, p.process.Process.Pid)
	b.ResetTimer()
	all, failed := acceptMany(p, "k", b.N)
	b.StopTimer()
	cpu := processCPU(b, p.process.Process.Pid) - before
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "accepts/s")
	b.ReportMetric(p.started.Seconds()*1e3, "start-ms")
	b.ReportMetric(float64(p.idle)/1e6, "idle-RSS-MB")
	b.ReportMetric(millis(all, 99), "p99-ms")
	b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "server-cpu-us/op")
	if failed > 0 {
		b.Errorf("%d of %d were refused", failed, b.N)
	}
}

// acceptMany has 64 callers ask for n deliveries, and returns how long each call took, in order, and how many were refused.
func acceptMany(p *plant, keys string, n int) (took []time.Duration, failed int) {
	const callers = 64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	var next, refused atomic.Int64
	each := make([][]time.Duration, callers)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(n) {
					return
				}
				body, _ := json.Marshal(map[string]any{"to": fmt.Sprintf("ext:B-%d", i%benchPeople), "template": "bonus", "data": map[string]any{"points": i}, "key": fmt.Sprint(keys, i)})
				begun := time.Now()
				if !post(client, p, body) {
					refused.Add(1)
				}
				each[c] = append(each[c], time.Since(begun))
			}
		})
	}
	wg.Wait()
	client.CloseIdleConnections()
	took = slices.Concat(each...)
	slices.Sort(took)
	return took, int(refused.Load())
}

// millis is a percentile of what is in order.
func millis(took []time.Duration, percent int) float64 {
	return float64(took[len(took)*percent/100]) / 1e6
}

// BenchmarkAcceptDuringBackup measures accepts over the API while the store, of 120,000 messages and more, is copied again and again: by
// `kaskad backup FILE`, and by `kaskad backup now`, which also looks through the copy in the gateway. Without a copy it is the measure of both.
func BenchmarkAcceptDuringBackup(b *testing.B) {
	p := benchPlant(b)
	if _, failed := acceptMany(p, "fill", 120_000); failed > 0 {
		b.Fatalf("%d were refused", failed)
	}
	for _, kind := range []struct {
		name string
		args []string
	}{{"quiet", nil}, {"backup=file", []string{"backup", "copy.db"}}, {"backup=now", []string{"backup", "now"}}} {
		if len(kind.args) > 0 && kind.args[1] != "now" {
			kind.args[1] = filepath.Join(p.dir, kind.args[1])
		}
		round := 0
		b.Run(kind.name, func(b *testing.B) {
			round++
			end, copies, ended := make(chan struct{}), 0, make(chan string, 1)
			go func() { // one behind the other, so that one is at work all the time
				defer close(ended)
				for kind.args != nil {
					if code, said := p.tries(kind.args...); code != exitDone {
						ended <- said
						return
					}
					copies++
					select {
					case <-end:
						return
					default:
					}
				}
			}()
			b.ResetTimer()
			all, failed := acceptMany(p, fmt.Sprint(kind.name, round, "-"), b.N)
			b.StopTimer()
			close(end)
			for said := range ended {
				b.Error(said)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "accepts/s")
			b.ReportMetric(millis(all, 50), "p50-ms")
			b.ReportMetric(millis(all, 99), "p99-ms")
			b.ReportMetric(float64(all[len(all)-1])/1e6, "max-ms")
			b.ReportMetric(float64(copies), "copies")
			if failed > 0 {
				b.Errorf("%d of %d were refused", failed, b.N)
			}
		})
	}
	info, err := os.Stat(filepath.Join(p.data(), "kaskad.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("the store has %d MB at the end", info.Size()/1e6)
}

const benchPeople = 2000

func post(client *http.Client, p *plant, body []byte) bool {
	req, err := http.NewRequest("POST", "http://"+p.admin+"/v1/deliveries", bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+p.key)
	req.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(req)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, answer.Body)
	return answer.StatusCode == http.StatusAccepted
}

// benchPlant is a gateway with people who have a chat and a phone, all sends paused: what is measured is accepting.
func benchPlant(b *testing.B) *plant {
	p := newPlant(b, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, "")
	if from := os.Getenv("KASKAD_BENCH_DATA"); from != "" {
		p.load(from)
	}
	p.start()
	p.idle = processRSS(b, p.process.Process.Pid)
	p.run("pause")
	var wg sync.WaitGroup
	for c := range 32 {
		wg.Go(func() {
			for i := c; i < benchPeople; i += 32 {
				contact := map[string]any{"phone": fmt.Sprintf("+3805011%05d", i), "addresses": []map[string]string{{"channel": "telegram", "id": fmt.Sprint(900_000_000 + i)}}}
				if err := p.call("PUT", fmt.Sprintf("/v1/contacts/ext:B-%d", i), contact, nil); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return p
}

// processCPU is the processor time a process has used, from /proc.
func processCPU(b *testing.B, pid int) time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skip("needs /proc")
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// processRSS is the anonymous memory of a process: pages of the file that the kernel may take back do not count.
func processRSS(b *testing.B, pid int) int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("needs /proc")
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb * 1024
		}
	}
	return 0
}

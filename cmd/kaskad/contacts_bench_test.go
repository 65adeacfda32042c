package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// BenchmarkContactsImport brings people nobody knew before into an empty store, through a gateway that has nothing else to do: cards in
// order, phones in none, a name, an address and two attributes. The command and the gateway are processes of their own.
// KASKAD_BENCH_PEOPLE=1000000 brings so many; 100,000 unless written.
func BenchmarkContactsImport(b *testing.B) {
	rows := benchRows(b)
	for range b.N {
		b.StopTimer()
		p := newPlant(b, simtelegram.Options{}, simsms.Options{}, "")
		p.start()
		list := peopleList(b, p.dir, rows)
		cpu := processCPU(b, p.process.Process.Pid)
		b.StartTimer()
		took, cmd := importing(b, p, list, rows)
		b.StopTimer()
		b.ReportMetric(float64(rows)/took.Seconds(), "rows/s")
		b.ReportMetric(float64((processCPU(b, p.process.Process.Pid)-cpu).Microseconds())/float64(rows), "gateway-cpu-us/row")
		b.ReportMetric(float64((cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()).Microseconds())/float64(rows), "command-cpu-us/row")
		b.ReportMetric(float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024, "MB-command")
		b.ReportMetric(float64(processRSS(b, p.process.Process.Pid))/(1<<20), "MB-gateway")
		p.stop()
	}
}

// BenchmarkContactsImportBesideTraffic asks for 100 deliveries a second for some seconds, first alone and then while an import goes on, and
// tells how long an accept takes, at the 99th percentile.
func BenchmarkContactsImportBesideTraffic(b *testing.B) {
	const seconds = 20
	rows := benchRows(b)
	for range b.N {
		p := benchPlant(b)
		list := peopleList(b, p.dir, rows)
		alone := steadyAccepts(p, seconds*time.Second)
		cmd := importCommand(p, list)
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		time.Sleep(time.Second)
		from := imported(b, p)
		beside := steadyAccepts(p, seconds*time.Second)
		rate := float64(imported(b, p)-from) / seconds
		if err := cmd.Process.Kill(); err != nil {
			b.Log("the import had ended before the accepts did; bring more people")
		}
		_ = cmd.Wait() // it was killed
		for name, all := range map[string][]time.Duration{"alone": alone, "beside": beside} {
			b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "ms-p50-"+name)
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "ms-p99-"+name)
		}
		b.ReportMetric(rate, "rows/s-beside")
		p.kill()
	}
}

func benchRows(b *testing.B) int {
	if text := os.Getenv("KASKAD_BENCH_PEOPLE"); text != "" {
		rows, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		return rows
	}
	return 100_000
}

// peopleList writes a list of so many.
func peopleList(b *testing.B, dir string, rows int) string {
	list := filepath.Join(dir, "people.csv")
	f, err := os.Create(list)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	w.WriteString("external_id,phone,name,email,attr.points,attr.city\n")
	for i := range rows { // the number is another for every card, and in no order
		fmt.Fprintf(w, "C-%d,+38050%07d,Ганна Коваль %d,a%d@example.com,%d,Київ\n", 1_000_000+i, i*6_180_339%10_000_000, i, i, i%500)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return list
}

func importCommand(p *plant, list string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-c", p.config, "contacts", "import", list, "--json")
	cmd.Env = append(os.Environ(), asProgram+"=1", asProfile+"=") // a profile is the gateway's
	return cmd
}

func importing(b *testing.B, p *plant, list string, rows int) (time.Duration, *exec.Cmd) {
	cmd := importCommand(p, list)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	begun := time.Now()
	out, err := cmd.Output()
	took := time.Since(begun)
	var answer struct{ Done app.ImportOutcome }
	if err == nil {
		err = json.Unmarshal(out, &answer)
	}
	if err != nil || answer.Done.Created != rows {
		b.Fatalf("%v: %s%s", err, out, errs.String())
	}
	return took, cmd
}

// imported is how many people of the list are there: cards are in order.
func imported(b *testing.B, p *plant) int {
	var page struct {
		Items []struct {
			ExternalID string `json:"external_id"`
		}
	}
	if err := p.call("GET", "/v1/contacts?limit=50", nil, &page); err != nil {
		b.Fatal(err)
	}
	most := 0
	for _, c := range page.Items {
		var n int
		if _, err := fmt.Sscanf(c.ExternalID, "C-%d", &n); err == nil {
			most = max(most, n-1_000_000)
		}
	}
	return most
}

// steadyAccepts asks for a delivery each hundredth of a second, whether or not those before are answered, and returns how long each took,
// the shortest first.
func steadyAccepts(p *plant, lasts time.Duration) []time.Duration {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	var mu sync.Mutex
	var all []time.Duration
	var asked sync.WaitGroup
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	begun := time.Now()
	for i := 0; time.Since(begun) < lasts; i++ {
		body := fmt.Appendf(nil, `{"to":"ext:B-%d","template":"bonus","data":{"points":"%d"},"key":"%d-%d"}`, i%benchPeople, i, begun.UnixNano(), i)
		asked.Go(func() {
			from := time.Now()
			if post(client, p, body) {
				mu.Lock()
				all = append(all, time.Since(from))
				mu.Unlock()
			}
		})
		<-tick.C
	}
	asked.Wait()
	slices.Sort(all)
	return all
}

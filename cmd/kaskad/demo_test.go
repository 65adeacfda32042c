package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

// Where stdout is no terminal, the demo writes a line for each thing that happens, then the table.
func TestDemoInLines(t *testing.T) {
	t.Parallel()
	out, errs, code := kaskad(t, "demo", "--customers", "12", "--seed", "4", "--speed", "600")
	if code != exitDone || errs != "" {
		t.Fatalf("exit %d\n%s", code, errs)
	}
	story, table, ok := strings.Cut(out, "\n\n")
	if !ok || !strings.HasPrefix(story, "12 customers, seed 4, speed 600: a quarter of an hour lasts 1.5s.") {
		t.Fatalf("it begins otherwise:\n%s", out)
	}
	line := regexp.MustCompile(`^\d:\d\d:\d\d  \S+( \d)? +((telegram|viber|whatsapp|sms) +\S.*|\S.* → (unconfirmed|failed|expired|skipped))$`)
	ends, last := map[string]int{}, ""
	for _, l := range strings.Split(story, "\n")[1:] {
		if !line.MatchString(l) {
			t.Errorf("not a line of the story: %q", l)
			continue
		}
		if l[:7] < last {
			t.Errorf("%q comes after %s", l, last)
		}
		last = l[:7]
		if strings.Contains(l, " → ") {
			ends[strings.Fields(l)[1]]++
		}
	}
	for _, p := range crowd(t, "--customers", "12", "--seed", "4") {
		if ends[p] != 1 || !strings.Contains(table, "\n"+p+" ") {
			t.Errorf("%s ends %d times in the story\n%s", p, ends[p], out)
		}
	}
	for _, words := range []string{"CUSTOMER", " reached (", "as pure SMS it would have cost", " saved ("} {
		if !strings.Contains(table, words) {
			t.Errorf("the table does not say %q:\n%s", words, table)
		}
	}
}

// crowd are the names that a seed draws.
func crowd(t *testing.T, args ...string) (names []string) {
	t.Helper()
	out, errs, code := kaskad(t, append([]string{"demo", "--people", "--json"}, args...)...)
	var c struct {
		Chances []struct {
			Of, Does string
			Percent  int
		}
		People []struct {
			Customer string
			Does     []string
		}
	}
	if err := json.Unmarshal([]byte(out), &c); err != nil || code != exitDone || len(c.Chances) < 10 {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, errs)
	}
	for _, p := range c.People {
		if len(p.Does) == 0 {
			t.Errorf("%s does nothing", p.Customer)
		}
		names = append(names, p.Customer)
	}
	return names
}

func TestDemoPeople(t *testing.T) {
	t.Parallel()
	out, _, code := kaskad(t, "demo", "--people", "--seed", "9")
	again, _, _ := kaskad(t, "demo", "--people", "--seed", "9")
	if code != exitDone || out != again || !strings.Contains(out, "measure nobody") || !strings.Contains(out, "Seed 9 draws") {
		t.Errorf("exit %d\n%s", code, out)
	}
	if n := len(crowd(t)); n != 24 {
		t.Errorf("%d customers are drawn when nothing is said", n)
	}
}

// watched is a stream that a test reads while a command writes.
type watched struct {
	mu    sync.Mutex
	have  bytes.Buffer
	wrote chan struct{} // one for each write, as far as somebody waits
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.wrote <- struct{}{}:
	default:
	}
	return w.have.Write(b)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.have.String()
}

// With --listen the API stays after the table, until Ctrl-C; the key that was printed opens it.
func TestDemoKeepsItsAPI(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	at := freeAddress(t)
	var out bytes.Buffer
	errs := &watched{wrote: make(chan struct{}, 16)}
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"demo", "--customers", "2", "--speed", "3600", "--listen", at, "--json"}, app.Streams{Out: &out, Err: errs})
	}()
	try := regexp.MustCompile(`curl -H 'Authorization: (Bearer \S+)' (http://` + regexp.QuoteMeta(at) + `/v1/deliveries)\n`)
	var call []string
	for call == nil {
		select {
		case code := <-done:
			t.Fatalf("exit %d\n%s", code, errs)
		case <-errs.wrote:
			call = try.FindStringSubmatch(errs.String())
		}
	}
	r, err := http.NewRequestWithContext(ctx, "GET", call[2], nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", call[1])
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Items []struct{ Template string } }
	err = json.NewDecoder(answer.Body).Decode(&list)
	answer.Body.Close()
	if err != nil || len(list.Items) < 2 {
		t.Errorf("%d deliveries, %v", len(list.Items), err)
	}
	interrupt()
	if code := <-done; code != exitDone {
		t.Errorf("exit %d after Ctrl-C\n%s", code, errs)
	}
	var report struct{ Deliveries []struct{ Saved string } }
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || len(report.Deliveries) != 2 {
		t.Errorf("stdout is not the table as JSON: %v\n%s", err, out.String())
	}
}

// Ctrl-C ends a story with the table of what there was; a headless demo, which somebody waits for, says that it did not end.
func TestDemoEndedEarly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a story":  {[]string{"demo", "--customers", "3", "--speed", "1"}, exitDone, "Ended early: 3 were still on their way"},
		"headless": {[]string{"demo", "--headless", "--speed", "1"}, exitFailed, "the demo was ended while"},
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		s := &watched{wrote: make(chan struct{}, 16)}
		done := make(chan int, 1)
		at := freeAddress(t)
		go func() {
			done <- run(ctx, append(c.args, "--listen", at), app.Streams{Out: s, Err: s})
		}()
		waitFor(t, name+" to begin", func() bool {
			if c.code == exitFailed {
				return strings.Contains(s.String(), "The API listens") // and something may have been sent, or not
			}
			return strings.Contains(s.String(), "0:00:00")
		})
		interrupt()
		if code := <-done; code != c.code || !strings.Contains(s.String(), c.says) {
			t.Errorf("%s: exit %d, want %d with %q\n%s", name, code, c.code, c.says, s)
		}
	}
}

func TestDemoRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().String()
	for args, want := range map[string]struct {
		code int
		says string
	}{
		"--speed 0.05":      {exitUsage, "between 0.1 and 3600"},
		"--speed 4000":      {exitUsage, "between 0.1 and 3600"},
		"--speed nan":       {exitUsage, "between 0.1 and 3600"},
		"--customers=-1":    {exitUsage, "between 1 and 1000"},
		"--customers 1001":  {exitUsage, "between 1 and 1000"},
		"--seed -1":         {exitUsage, "--seed"},
		"--listen 8080":     {exitUsage, "127.0.0.1:8080"},
		"--listen " + taken: {exitFailed, "--listen"},
	} {
		out, errs, code := kaskad(t, append([]string{"demo"}, strings.Fields(args)...)...)
		if code != want.code || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, want.says) {
			t.Errorf("kaskad demo %s: exit %d, want %d and one line with %q\n%s%s", args, code, want.code, want.says, out, errs)
		}
	}
}

// Only a demo lets its process take the simulated WhatsApp for the real one; a gateway that serves never comes past that place.
func TestOnlyADemoTrustsTheSimulatedWhatsApp(t *testing.T) {
	t.Parallel()
	may := map[string][]string{
		"whatsapp.Trust":  {"cmd/kaskad/internal/demo/whatsapp.go"},
		"startWhatsApp(o": {"cmd/kaskad/internal/demo/demo.go", "cmd/kaskad/internal/demo/whatsapp.go"},
		"demo.Start(":     {"cmd/kaskad/internal/app/demo.go"},
	}
	found := map[string][]string{}
	eachSource(t, func(path, text string) {
		for call := range may {
			if strings.Contains(text, call) && !strings.HasSuffix(path, "_test.go") {
				found[call] = append(found[call], path)
			}
		}
	})
	for call, want := range may {
		if slices.Sort(found[call]); !slices.Equal(found[call], want) {
			t.Errorf("%s) stands in %v, may stand in %v", call, found[call], want)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// An import goes on where it was after the gateway died in the middle of it, and after it died itself; in the end everybody is there
// once, and has one line of the outbox that tells of it.
func TestAnImportOutlivesTheGatewayAndItself(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	p.start()
	list := filepath.Join(p.dir, "people.csv")
	var text bytes.Buffer
	text.WriteString("ext,phone,name\n")
	for i := range rows {
		fmt.Fprintf(&text, "C-%d,+38067%07d,A %d\n", i, i, i)
	}
	text.WriteString("C-bad,12,A\n")
	if err := os.WriteFile(list, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	mark := filepath.Join(p.dir, "people.importing.json")

	first, errs := p.beginImport(list)
	p.untilRows(mark, 1000)
	p.kill()
	if err := first.Wait(); err == nil || !strings.Contains(errs.String(), "goes on where it was") {
		t.Errorf("the gateway died, and the import ends with %v: %s", err, errs)
	}
	p.start()
	came := p.noted(mark)
	second, _ := p.beginImport(list)
	p.untilRows(mark, came+2000)
	if err := second.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = second.Wait() // it was killed
	came = p.noted(mark)

	var out bytes.Buffer
	code := run(t.Context(), []string{"-c", p.config, "contacts", "import", list, "--json"}, app.Streams{Out: &out, Err: &bytes.Buffer{}})
	var answer struct{ Done app.ImportOutcome }
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	done := answer.Done
	if code != exitFailed || done.GoneOn != came || done.Rows != rows+1 || done.Created+done.Unchanged != rows || done.Updated != 0 || done.Refused != 1 {
		t.Errorf("the third run ends with %d: %+v; it was to go on at %d", code, done, came)
	}
	p.eachOnce(rows)
	if _, err := os.Stat(mark); err == nil {
		t.Error("it has ended, and still says how far it came")
	}
	p.finish()
}

// beginImport starts the command as a process of its own.
func (p *plant) beginImport(list string) (*exec.Cmd, *bytes.Buffer) {
	p.t.Helper()
	cmd := exec.Command(os.Args[0], "-c", p.config, "contacts", "import", list)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	errs := &bytes.Buffer{}
	cmd.Stderr = errs
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	return cmd, errs
}

// noted is how many rows an import has done, as it notes it.
func (p *plant) noted(mark string) int {
	var m struct{ Sum app.ImportOutcome }
	raw, err := os.ReadFile(mark)
	if err != nil {
		return 0
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		p.t.Fatal(err)
	}
	return m.Sum.Rows
}

func (p *plant) untilRows(mark string, rows int) {
	p.t.Helper()
	for until := time.Now().Add(time.Minute); p.noted(mark) < rows; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			p.t.Fatalf("after a minute %d rows are done", p.noted(mark))
		}
	}
}

// eachOnce looks whether so many people were made, each once.
func (p *plant) eachOnce(people int) {
	p.t.Helper()
	made := map[string]int{}
	for after := "0"; ; {
		var page struct {
			Items []struct {
				Type string
				Data struct{ Contact string }
			}
			Next string
		}
		if err := p.call("GET", "/v1/changes?limit=1000&after="+after, nil, &page); err != nil {
			p.t.Fatal(err)
		}
		for _, c := range page.Items {
			if c.Type == "contact.created" {
				made[c.Data.Contact]++
			} else if c.Type == "contact.updated" {
				p.t.Errorf("%s was changed again", c.Data.Contact)
			}
		}
		if len(page.Items) == 0 || page.Next == "" || page.Next == after {
			break
		}
		after = page.Next
	}
	for id, n := range made {
		if n != 1 {
			p.t.Errorf("%s was made %d times", id, n)
		}
	}
	if len(made) != people {
		p.t.Errorf("%d people were made, want %d", len(made), people)
	}
}

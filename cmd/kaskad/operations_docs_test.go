package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

const operationsPage = "../../docs/operations.md"

// docBlock is a block of the page for operators, and where it is run.
type docBlock struct{ runs, text string }

// operationBlocks reads the blocks that an operator would copy into a shell. One that nobody runs must say why.
func operationBlocks(t *testing.T) (all []docBlock) {
	t.Helper()
	raw, err := os.ReadFile(operationsPage)
	mustAll(t, err)
	for _, found := range regexp.MustCompile("(?s)(?:<!-- runs: ([^\n]*) -->\n)?```(sh|yaml)\n(.*?)```").FindAllStringSubmatch(string(raw), -1) {
		all = append(all, docBlock{found[1], found[3]})
	}
	if len(all) < 20 {
		t.Fatalf("found only %d blocks", len(all))
	}
	return all
}

func (b docBlock) runsIn(place string) bool {
	for one := range strings.SplitSeq(b.runs, ",") {
		if strings.TrimSpace(one) == place {
			return true
		}
	}
	return false
}

func TestEveryBlockForOperatorsIsRunSomewhere(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`(?m)^(?:sudo -u kaskad )?kaskad ((?:[a-z]+ ?)+)`)
	for _, b := range operationBlocks(t) {
		reason, never := strings.CutPrefix(b.runs, "never, because ")
		if !b.runsIn("deb") && !b.runsIn("tar") && !b.runsIn("docker") && !b.runsIn("test") && (!never || len(reason) < 20) {
			t.Errorf("it is run nowhere and says not why (%q):\n%s", b.runs, b.text)
		}
		for _, called := range command.FindAllStringSubmatch(b.text, -1) {
			var out, errs bytes.Buffer
			args := append(strings.Fields(called[1]), "--help")
			if code := run(t.Context(), args, app.Streams{Out: &out, Err: &errs}); code != exitDone {
				t.Errorf("kaskad %s: exit %d %s", strings.Join(args, " "), code, &errs)
			}
		}
	}
}

// TestTheDailyCommandsForOperators runs what needs no systemd, in its order, in a shell, beside a running gateway. The nightly script
// runs the rest on a machine of its own.
func TestTheDailyCommandsForOperators(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s: install it to run the blocks of docs/operations.md", tool)
		}
	}
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	p.start()
	tools := t.TempDir()
	mustAll(t, os.WriteFile(filepath.Join(tools, "kaskad"), []byte("#!/bin/sh\n"+asProgram+`=1 exec "`+os.Args[0]+`" "$@"`+"\n"), 0o700),
		os.WriteFile(filepath.Join(tools, "sudo"), []byte("#!/bin/sh\nshift 2\nexec \"$@\"\n"), 0o700))
	script := "set -euxo pipefail\n"
	for _, b := range operationBlocks(t) {
		if b.runsIn("test") {
			script += b.text
		}
	}
	script = strings.NewReplacer("/etc/kaskad/config.toml", p.config, "127.0.0.1:8081", p.admin).Replace(script)
	shell := exec.CommandContext(t.Context(), "bash", "-c", script)
	shell.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"))
	said, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, said)
	}
	for _, want := range []string{"paused: everything", "paused: marketing", "resumed: everything", `"status":"ready"`, "kaskad_build_info{"} {
		if !strings.Contains(string(said), want) {
			t.Errorf("%q is not in what was said:\n%s", want, said)
		}
	}
	p.finish()
}

// TestTheMetricsForOperators compares the page's names of metrics with those that the program has, both ways.
func TestTheMetricsForOperators(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(operationsPage)
	mustAll(t, err)
	name := regexp.MustCompile(`kaskad_[a-z_]*[a-z]`)
	told := map[string]bool{}
	for _, one := range name.FindAllString(string(page), -1) {
		told[one] = true
	}
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	p.start()
	answer, err := http.Get("http://" + p.admin + "/metrics")
	mustAll(t, err)
	defer answer.Body.Close()
	scraped, err := io.ReadAll(answer.Body)
	mustAll(t, err)
	var source []byte // those that are there only while something is the matter, or somebody is told
	for _, file := range []string{"metrics", "webhookmetrics"} {
		one, err := os.ReadFile("internal/api/" + file + ".go")
		mustAll(t, err)
		source = append(source, one...)
	}
	found := 0
	for _, one := range append(name.FindAllString(string(scraped), -1), name.FindAllString(string(source), -1)...) {
		if one == "kaskad_store" { // the beginning of a name
			continue
		}
		found++
		if !told[one] {
			t.Errorf("the page for operators does not have %s", one)
			told[one] = true
		}
	}
	if found < 20 {
		t.Fatalf("found only %d metrics", found)
	}
	for one := range told {
		if !bytes.Contains(scraped, []byte(one+" ")) && !bytes.Contains(scraped, []byte(one+"{")) && !bytes.Contains(source, []byte(`"`+one+`"`)) {
			t.Errorf("the page for operators has %s, which is not there", one)
		}
	}
	p.finish()
}

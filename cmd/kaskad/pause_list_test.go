package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// What is to go out of a copy is a list: of one with a line that is wrong nothing is done, and the line is named.
func TestAListOfWhatIsToGoOutOfACopy(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	p.start()
	p.person("C-1", 42, phone, nil)
	p.person("C-2", 43, "+380501110002", nil)
	p.person("C-3", 44, "+380501110003", nil)
	p.person("C-4", 45, "+380501110004", nil)
	p.run("pause")
	listed, other, open := p.mustSend(restoredBonus("C-1")), p.mustSend(restoredBonus("C-3")), p.mustSend(restoredBonus("C-2"))
	backup := filepath.Join(p.dir, "copy.db")
	p.run("backup", backup)
	p.stop()
	p.run("restore", backup)
	p.start()
	later := p.mustSend(restoredBonus("C-4"))
	p.run("resume")
	seen, none, third := len(p.tg.Messages(42)), len(p.tg.Messages(43)), len(p.tg.Messages(44))

	file := filepath.Join(p.dir, "list.txt")
	try := func(list, piped string) (int, string) {
		if list != "" {
			mustAll(t, os.WriteFile(file, []byte(list), 0o600))
		}
		name := file
		if piped != "" {
			name = "-"
		}
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{"-c", p.config, "resume", "restored", "--send-file", name}, app.Streams{Piped: strings.NewReader(piped), Out: &out, Err: &errs})
		return code, out.String() + errs.String()
	}
	many := strings.Builder{}
	for n := range 10_001 {
		fmt.Fprintf(&many, "00%011d\n", n+1)
	}
	unknown := strings.Repeat("0", 12)
	for name, c := range map[string]struct {
		list string
		code int
		says string
	}{
		"a line that is no id":            {listed + "\nsoon\n\n" + other + "\n+380501110001\n", exitUsage, "on lines 2, 5;"},
		"ids that were not in the copy":   {listed + "\n\n" + later + "\n" + unknown + "1\n", exitFailed, "lines 3, 4: 2 ids"},
		"nothing":                         {"\n\n", exitUsage, "has no id"},
		"more than are taken":             {many.String(), exitUsage, "10000"},
		"a line without an end":           {listed + "\n" + strings.Repeat("a", 5000), exitUsage, "line 2;"},
		"twenty lines and more are wrong": {strings.Repeat("x\n", 25), exitUsage, "and 5 more"},
	} {
		if code, said := try(c.list, ""); code != c.code || !strings.Contains(said, c.says) || !strings.Contains(said, "nothing was done") && !strings.Contains(said, "at most") {
			t.Errorf("%s: exit %d, %s; want %d and %q", name, code, said, c.code, c.says)
		}
	}
	if code, said := p.tries("resume", "gap", "--send-file", file); code != exitUsage || !strings.Contains(said, "resume restored alone") {
		t.Errorf("a list for another scope: exit %d, %s", code, said)
	}
	for _, id := range []string{listed, other, open} {
		if s := p.stateOf(id); s == "unconfirmed" {
			t.Errorf("a list that was refused ended %s", id)
		}
	}
	if code, said := try("", listed+"\r\n"+other+"\n"+listed); code != exitDone || !strings.Contains(said, ": 1\n") {
		t.Errorf("a list that is piped in: exit %d, %s", code, said)
	}
	if d := p.await(open, "unconfirmed"); d.Reason != "restored" {
		t.Errorf("what is not in the list ended for %q", d.Reason)
	}
	for _, id := range []string{listed, other, later} {
		p.await(id, "waiting", "reached", "done")
	}
	waitFor(t, "what is listed, and what came since", func() bool {
		return len(p.tg.Messages(42)) == seen+1 && len(p.tg.Messages(45)) > 0 && len(p.tg.Messages(44)) == third+1
	})
	if n := len(p.tg.Messages(43)); n != none {
		t.Errorf("what ended went out %d times", n-none)
	}
	p.finish()
}

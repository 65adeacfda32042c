package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// tries runs a command that may fail, and returns what it said.
func (p *plant) tries(args ...string) (code int, said string) {
	p.t.Helper()
	var out, errs bytes.Buffer
	code = run(p.t.Context(), append([]string{"-c", p.config}, args...), app.Streams{Out: &out, Err: &errs})
	return code, out.String() + errs.String()
}

// An operator's day: the store is lost, the folder of the night is put back by the command, and what it does not know is not forgotten.
func TestTheCommandThatPutsABackupBack(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	mustAll(t, os.MkdirAll(filepath.Join(p.data(), "media"), 0o700), os.WriteFile(filepath.Join(p.data(), "media", "00aa"), []byte("of a cat"), 0o600),
		os.WriteFile(filepath.Join(p.data(), "whatsapp.db"), []byte("a session"), 0o600))
	p.start()
	p.person("C-1", 42, phone, nil)
	p.person("C-2", 43, "+380501110002", nil)
	p.run("pause")
	open := p.mustSend(restoredBonus("C-1"))
	var made app.BackupMade
	mustAll(t, json.Unmarshal([]byte(p.run("backup", "now", "--json")), &made))
	mustAll(t, p.call("DELETE", "/v1/contacts/ext:C-2", nil, nil))
	if code, said := p.tries("restore", made.Path); code != exitFailed || !strings.Contains(said, "stop the gateway first") {
		t.Errorf("beside a gateway that runs: exit %d, %s", code, said)
	}
	mustAll(t, os.Remove(filepath.Join(p.data(), app.SocketName))) // the lock is what counts
	if code, said := p.tries("restore", made.Path); code != exitFailed || !strings.Contains(said, "stop the gateway first") {
		t.Errorf("beside a gateway that runs and has no socket: exit %d, %s", code, said)
	}
	p.stop()
	mustAll(t, os.Truncate(filepath.Join(p.data(), "kaskad.db"), 3*4096), os.Remove(filepath.Join(p.data(), "media", "00aa")))
	code, said := p.tries("key", "list")
	if code != exitFailed || !strings.Contains(said, "kaskad restore "+filepath.Join(made.Path, "kaskad.db")) {
		t.Errorf("a store that is cut off: exit %d, %s; want it to say what to put back", code, said)
	}
	said = p.run("restore", made.Path)
	for _, want := range []string{"restored: ", "what stood there is kept: ", "journal: it stays", "files of people that were put back: 1", "kaskad resume restored"} {
		if !strings.Contains(said, want) {
			t.Errorf("the restore does not say %q:\n%s", want, said)
		}
	}
	if raw, err := os.ReadFile(filepath.Join(p.data(), "whatsapp.db")); err != nil || string(raw) != "a session" {
		t.Errorf("whatsapp.db is %q, %v", raw, err)
	}
	seen := len(p.tg.Messages(42))
	p.start()
	if !p.degraded("restored") {
		t.Error("a store that was put back is not in safe mode")
	}
	if p.call("GET", "/v1/contacts/ext:C-2", nil, nil) == nil {
		t.Error("whoever was erased after the backup is there again")
	}
	p.run("resume")
	if said := p.run("resume", "restored"); !strings.HasSuffix(strings.TrimSpace(said), ": 1") {
		t.Errorf("the confirmation says %q", said)
	}
	if d := p.await(open, "unconfirmed"); d.Reason != "restored" || len(p.tg.Messages(42)) != seen {
		t.Errorf("what was open in the backup ended for %q, and %d messages went out", d.Reason, len(p.tg.Messages(42))-seen)
	}
	p.await(p.mustSend(restoredBonus("C-1")), "waiting")
	p.finish()
}

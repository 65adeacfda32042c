package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// readiness is what /readyz says.
func (p *plant) readiness() (out app.Readiness) {
	p.t.Helper()
	answer, err := http.Get("http://" + p.admin + "/readyz")
	mustAll(p.t, err)
	defer answer.Body.Close()
	mustAll(p.t, json.NewDecoder(answer.Body).Decode(&out))
	return out
}

// A gateway with a schedule makes its first backup by itself; it is a whole store, without the paired phone's session, and whoever
// changes it is found out.
func TestTheScheduleMakesAWholeBackup(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "[backup]\nevery = \"1h\"\n")
	mustAll(t, os.MkdirAll(filepath.Join(p.data(), "media"), 0o700), os.WriteFile(filepath.Join(p.data(), "media", "00aa"), []byte("of a cat"), 0o600),
		os.WriteFile(filepath.Join(p.data(), "whatsapp.db"), []byte("a session"), 0o600))
	p.start()
	waitFor(t, "the first backup", func() bool { b := p.readiness().Backup; return b != nil && !b.Good.IsZero() })
	made := p.readiness().Backup
	if made.Error != "" || filepath.Dir(made.Path) != filepath.Join(p.dir, "backups") {
		t.Errorf("the backup is %+v", made)
	}
	for name, want := range map[string]bool{"kaskad.db": true, "media/00aa": true, "manifest.json": true, "whatsapp.db": false} {
		if _, err := os.Stat(filepath.Join(made.Path, name)); (err == nil) != want {
			t.Errorf("%s in the backup: %v; want %v", name, err, want)
		}
	}
	if said := p.run("backup", "verify", made.Path); !strings.Contains(said, "as it was made") {
		t.Errorf("verify says %s", said)
	}
	p.restored(filepath.Join(made.Path, "kaskad.db"))
	if said := p.run("backup", "list"); !strings.Contains(said, made.Path) {
		t.Errorf("list says %s", said)
	}
	raw, err := os.ReadFile(filepath.Join(made.Path, "kaskad.db"))
	mustAll(t, err)
	raw[len(raw)/2] ^= 1
	mustAll(t, os.WriteFile(filepath.Join(made.Path, "kaskad.db"), raw, 0o600))
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"-c", p.config, "backup", "verify", made.Path}, app.Streams{Out: &out, Err: &errs}); code != exitFailed || !strings.Contains(errs.String(), "kaskad.db is not what was saved") {
		t.Errorf("verify of a backup that was changed: exit %d\n%s%s", code, &out, &errs)
	}
	p.stop()
	p.start()
	if b := p.readiness().Backup; b == nil || !b.Good.Equal(made.Good) {
		t.Errorf("after a restart backups stand as %+v, want the good one of %s", b, made.Good)
	}
	p.finish()
}

// A backup that cannot be taken elsewhere is told, with what the command said, until one can; also over a restart.
func TestABackupThatFailedIsTold(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "[backup]\nevery = \"1h\"\noff_site = [\"sh\", \"-c\", \"test -e $0/../../open || { echo no route to the other house; exit 1; }\", \"{file}\"]\n")
	p.start()
	failed := func() bool {
		r := p.readiness()
		return strings.Join(r.Degraded, " ") == "backup" && strings.Contains(r.Advice["backup"], "no route to the other house")
	}
	waitFor(t, "the failed backup among what is degraded", failed)
	if b := p.readiness().Backup; b.Good.IsZero() {
		t.Error("the backup on this machine was good, and is not told as one")
	}
	p.stop()
	p.start()
	waitFor(t, "the failed backup after a restart", failed)
	mustAll(t, os.WriteFile(filepath.Join(p.dir, "open"), nil, 0o600))
	p.run("backup", "now")
	if r := p.readiness(); len(r.Degraded) > 0 || r.Backup.Error != "" {
		t.Errorf("after a good one: %+v, %+v", r.Degraded, r.Backup)
	}
	p.finish()
}

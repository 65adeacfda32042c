package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

// A backup of the running gateway is a whole store of its own: what was accepted before it is in it, and its indexes agree.
func TestABackupIsAWholeStore(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	id := p.mustSend(bonus(1))
	hot := filepath.Join(p.dir, "hot.db")
	if err := os.WriteFile(hot, []byte("an older backup"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.run("backup", hot)
	p.await(id, "done")
	p.stop()
	cold := filepath.Join(p.dir, "cold.db")
	p.run("backup", cold)
	for _, file := range []string{hot, cold} {
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v, %v; want 0600", file, info.Mode(), err)
		}
		p.restored(file)
	}
	if left, _ := filepath.Glob(filepath.Join(p.dir, ".backup-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// restored checks a backup in a data_dir of its own: its records agree with its indexes, and the key that was made is in it.
func (p *plant) restored(file string) {
	p.t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		p.t.Fatal(err)
	}
	dir := p.t.TempDir()
	text, err := os.ReadFile(p.config)
	if err != nil {
		p.t.Fatal(err)
	}
	config := filepath.Join(dir, "config.toml")
	text = bytes.Replace(text, []byte(filepath.Join(p.dir, "data")), []byte(dir), 1)
	if err := os.WriteFile(config, text, 0o600); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kaskad.db"), raw, 0o600); err != nil {
		p.t.Fatal(err)
	}
	for args, says := range map[string]string{"check --store": "agree", "key list": "test"} {
		var out, errs bytes.Buffer
		code := run(p.t.Context(), append([]string{"-c", config}, strings.Fields(args)...), app.Streams{Out: &out, Err: &errs})
		if code != exitDone || !strings.Contains(out.String(), says) {
			p.t.Errorf("%s of %s: exit %d\n%s%s", args, file, code, out.String(), errs.String())
		}
	}
}

// A store that was cut off is refused, and the refusal names the newest backup that is there and whole.
func TestARefusedStoreNamesTheNewestBackup(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	p.await(p.mustSend(bonus(1)), "done")
	p.stop()
	backup := filepath.Join(p.dir, "cold.db")
	p.run("backup", backup)
	if err := os.Truncate(filepath.Join(p.data(), "kaskad.db"), 3*4096); err != nil {
		t.Fatal(err)
	}
	refusal := func() string {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"-c", p.config, "key", "list"}, app.Streams{Out: &out, Err: &errs}); code == exitDone {
			t.Errorf("a store that was cut off is opened: %s", out.String())
		}
		return errs.String()
	}
	if said := refusal(); !strings.Contains(said, "cut off") || !strings.Contains(said, "the newest copy that is known here is "+backup+" of 20") {
		t.Errorf("the refusal says %q; want the backup's name in it", said)
	}
	if err := os.Truncate(backup, 3*4096); err != nil {
		t.Fatal(err)
	}
	if said := refusal(); strings.Contains(said, backup) {
		t.Errorf("the refusal says %q; that backup is cut off, too", said)
	}
}

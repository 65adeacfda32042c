package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A gateway's folder as an operator has it: everything beside config.toml, named by relative paths.
func aFolder(t *testing.T, more string) (config, dir string) {
	t.Helper()
	dir = t.TempDir()
	config = filepath.Join(dir, "config.toml")
	if err := os.WriteFile(config, []byte("[server]\ndata_dir = \"data\"\n"+more), 0o600); err != nil {
		t.Fatal(err)
	}
	return config, dir
}

// A command called from another folder means the store beside the configuration, and leaves nothing where it was called.
func TestRelativePathsStartAtTheConfiguration(t *testing.T) {
	config, dir := aFolder(t, "")
	elsewhere := t.TempDir()
	t.Chdir(elsewhere)
	out, errs, code := kaskad(t, "-c", config, "key", "new", "--name", "crm", "--scopes", "send")
	if code != exitDone || out == "" || !strings.Contains(errs, "made a new store in "+filepath.Join(dir, "data")) {
		t.Fatalf("key new: exit %d, and it does not say where it made a store\n%s", code, errs)
	}
	if _, errs, code := kaskad(t, "-c", config, "key", "new", "--name", "till", "--scopes", "send"); code != exitDone || strings.Contains(errs, "new store") {
		t.Errorf("the second key: exit %d\n%s", code, errs)
	}
	for _, args := range []string{"key list", "pause", "resume", "check --store", "quarantine list", "staff code"} {
		if _, errs, code := kaskad(t, append([]string{"-c", config}, strings.Fields(args)...)...); code != exitDone && args != "staff code" || strings.Contains(errs, "no store") {
			t.Errorf("kaskad %s: exit %d\n%s", args, code, errs)
		}
	}
	if out, _, _ := kaskad(t, "-c", config, "key", "list"); !strings.Contains(out, "crm") || !strings.Contains(out, "till") {
		t.Errorf("the keys are not in one store:\n%s", out)
	}
	left, err := os.ReadDir(elsewhere)
	if err != nil || len(left) > 0 {
		t.Errorf("the commands left %v in the folder they were called from, %v", left, err)
	}
	// Called by a relative name, it is the same one.
	t.Chdir(dir)
	if out, errs, code := kaskad(t, "key", "list"); code != exitDone || !strings.Contains(out, "crm") {
		t.Errorf("from its own folder: exit %d\n%s%s", code, out, errs)
	}
}

// A command that looks at a store, or says to one what to do, never makes an empty one to say it to.
func TestOnlyAKeyMakesAStore(t *testing.T) {
	t.Parallel()
	config, dir := aFolder(t, "")
	for _, args := range []string{"pause", "pause marketing", "resume", "key list", "key revoke 67jyv3w6", "quarantine list", "quarantine show 001k0t9stz8wp", "staff code"} {
		out, errs, code := kaskad(t, append([]string{"-c", config}, strings.Fields(args)...)...)
		if code != exitFailed || out != "" || !strings.Contains(errs, "no store at "+filepath.Join(dir, "data", "kaskad.db")) || !strings.Contains(errs, config) {
			t.Errorf("kaskad %s: exit %d, want %d and which store there is not\n%s%s", args, code, exitFailed, out, errs)
		}
	}
	for _, args := range []string{"check --store", "check --store --json"} {
		out, errs, code := kaskad(t, append([]string{"-c", config}, strings.Fields(args)...)...)
		if code != exitFailed || !strings.Contains(out, "no store at "+filepath.Join(dir, "data", "kaskad.db")) {
			t.Errorf("kaskad %s: exit %d, want %d and which store there is not\n%s%s", args, code, exitFailed, out, errs)
		}
	}
	if _, errs, code := kaskad(t, "-c", config, "check"); code != exitDone {
		t.Errorf("kaskad check asks for no store: exit %d\n%s", code, errs)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("one of them made a store")
	}
}

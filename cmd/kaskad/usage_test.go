package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Bad usage is exit status 2 and one line that says what to do, whether a gateway runs or not.
func TestEveryCommandRefusesBadUsageInOneLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(config, []byte("[server]\ndata_dir = \""+filepath.Join(dir, "data")+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	makeStore(t, config)
	for args, says := range map[string]string{
		"send":                                   "--to",
		"send --to anna --template bonus":        "ext:C-100",
		"send --to phone:12 --template bonus":    "+380501112233",
		"send --to telegram:-5 --template bonus": "private chat",
		"send --to ext:1 --var points":           `expected "name=value" but got "points"`,
		"send --to ext:1 --var =5":               `expected "name=value" but got "=5"`,
		"send --to ext:1 --template bonus --var points=5 --var points=6":  "--var: points is given twice",
		"preview bonus --var points=5 --var=points=5":                     "--var: points is given twice",
		"preview bonus --locale ../../..":                                 "--locale",
		"preview bonus --locale Ukrainian-Language":                       "BCP 47",
		"send --to ext:1 --template bonus --send-at 2001-01-01T00:00:00Z": "--send-at",
		"send --to ext:1 --template bonus --send-at 2001-01-01T10:00":     "--send-at",
		"send --to ext:1 --text hello --purpose service --var a=b":        "--text has none",
		"send --to ext:1 bonus":                                           "kaskad send --help",
		"key":                                                             "revoke",
		"key new --name crm":                                              "--scopes",
		"key new --scopes send":                                           "--name",
		"key new --name crm --scopes write":                               "send, reply, read or admin",
		"key new --name= --scopes send":                                   "needs a name",
		"key new --name crm --scopes=":                                    "--scopes send,read",
		"key new --name crm --scopes send,wrte":                           "send, reply, read or admin",
		"key new --name crm --scopes ,":                                   "--scopes send,read",
		"key revoke":                                                      "<id>",
		"key list all":                                                    "kaskad key list --help",
		"pause pigeon":                                                    "name a channel",
		"pause sms marketing":                                             "kaskad pause --help",
		"resume pigeon":                                                   "name a channel",
		"check everything":                                                "kaskad check --help",
		"check --fast":                                                    "--fast",
		"demo --headless --speed 0":                                       "between 0.1 and 3600",
		"demo --headless --speed fast":                                    "--speed",
		"demo now":                                                        "kaskad demo --help",
		"quarantine":                                                      "replay",
		"quarantine show":                                                 "<id>",
		"quarantine show 7":                                               "kaskad quarantine list",
		"quarantine replay seven":                                         "kaskad quarantine list",
		"quarantine drop 001k0t9stz8wp 001k0t9stz8w":                      "kaskad quarantine drop --help",
		"backup":                            "<file>",
		"backup " + dir:                     "kaskad-backup.db",
		"backup " + dir + "/data/kaskad.db": "the store itself",
		"return x":                          "kaskad --help",
		"serve --fast":                      "--fast",
		"version 2":                         "kaskad version --help",
	} {
		out, errs, code := kaskad(t, append([]string{"-c", config}, strings.Fields(args)...)...)
		if code != exitUsage || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, says) {
			t.Errorf("kaskad %s: exit %d, want %d and one line with %q\n%s%s", args, code, exitUsage, says, out, errs)
		}
	}
}

// What is written rightly and does not exist here is a failure, not bad usage.
func TestWhatIsNotThereIsAFailure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(config, []byte("[server]\ndata_dir = \""+filepath.Join(dir, "data")+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := kaskad(t, "-c", config, "backup", dir+"/b.db"); code != exitFailed || !strings.Contains(errs, "nothing to back up") {
		t.Errorf("a backup of no store: exit %d\n%s", code, errs)
	}
	makeStore(t, config)
	for _, c := range []struct{ args, says string }{
		{"key revoke 67jyv3w6", "No key"},
		{"quarantine show 001k0t9stz8wp", "nothing under this id. List it: kaskad quarantine list"},
		{"key revoke a/b", "No key"},
		{"quarantine replay 001k0t9stz8wp", "nothing under this id"},
		{"quarantine drop 001k0t9stz8wp", "nothing under this id"},
		{"backup " + dir + "/nowhere/b.db", "needs a folder"},
		{"send --to ext:1 --template bonus", "kaskad serve"},
	} {
		out, errs, code := kaskad(t, append([]string{"-c", config}, strings.Fields(c.args)...)...)
		if code != exitFailed || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, c.says) || strings.Contains(errs, "/v1/") {
			t.Errorf("kaskad %s: exit %d, want %d and one line with %q, and nothing about the API\n%s%s", c.args, code, exitFailed, c.says, out, errs)
		}
	}
}

// Tables are printed as JSON for scripts: a list, also when it is empty.
func TestTablesAreJSONForScripts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(config, []byte("[server]\ndata_dir = \""+filepath.Join(dir, "data")+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	makeStore(t, config)
	for _, args := range []string{"key list --json", "quarantine list --json"} {
		out, errs, code := kaskad(t, append([]string{"-c", config}, strings.Fields(args)...)...)
		var list []map[string]any
		if err := json.Unmarshal([]byte(out), &list); code != exitDone || err != nil || list == nil {
			t.Errorf("kaskad %s: exit %d, %v: %s%s", args, code, err, out, errs)
		}
	}
}

// makeStore makes the store as the first key does.
func makeStore(t *testing.T, config string) {
	t.Helper()
	made, errs, code := kaskad(t, "-c", config, "key", "new", "--name", "first", "--scopes", "send")
	if code != exitDone || made == "" {
		t.Fatal(errs)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
	"kaskad/cmd/kaskad/internal/store"
)

// happened is a gateway to which something has happened, and how to see that the commands of a page put it right.
type happened struct {
	*plant
	words []string          // pairs: what a page says, and what that is here
	after func(said string) // the gateway runs again
}

// disasters is what has happened in each section of docs/disasters.md; upgrades, in each of docs/upgrade.md.
var (
	disasters = map[string]func(*testing.T) *happened{
		"The disk is full":                       fullDisk,
		"The store is corrupted":                 corrupted,
		"The data folder was deleted":            deletedFolder,
		"The machine is gone":                    goneMachine,
		"An old snapshot of the machine runs":    oldSnapshot,
		"A key or a token was stolen":            stolenKey,
		"A wrong message is going out right now": wrongMessage,
		"A messenger is down for hours":          downMessenger,
		"The clock is wrong":                     wrongClock,
		"The admin's password is forgotten":      forgottenPassword,
		"The phone of WhatsApp is lost":          lostPhone,
	}
	upgrades = map[string]func(*testing.T) *happened{
		"Before":     beforeUpgrade,
		"Upgrading":  upgraded,
		"Going back": goneBack,
	}
)

func TestTheCommandsForDisasters(t *testing.T) {
	t.Parallel()
	runPage(t, "disasters.md", disasters, "**What you see.**", "**What to do now.**", "**What is lost.**")
}

func TestTheCommandsForUpgrades(t *testing.T) {
	t.Parallel()
	runPage(t, "upgrade.md", upgrades)
}

var docsBlock = regexp.MustCompile("(?s)(?:<!-- runs: ([^\n]*) -->\n)?```sh\n(.*?)```")

// runPage runs the blocks of every section of a page in a shell, each section beside a gateway of its own.
func runPage(t *testing.T, page string, known map[string]func(*testing.T) *happened, parts ...string) {
	for _, tool := range []string{"bash", "curl", "find", "du"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s: install it to run the blocks of docs/%s", tool, page)
		}
	}
	raw, err := os.ReadFile(root + "docs/" + page)
	mustAll(t, err)
	found := map[string]bool{}
	for _, section := range strings.Split(string(raw), "\n## ")[1:] {
		title, text, _ := strings.Cut(section, "\n")
		found[title] = true
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %s has no %s", page, title, part)
			}
		}
		make := known[title]
		if make == nil {
			t.Errorf("%s: nothing runs the commands of %q", page, title)
			continue
		}
		script := ""
		for _, b := range docsBlock.FindAllStringSubmatch(text, -1) {
			if reason, never := strings.CutPrefix(b[1], "never, because "); never && len(reason) > 20 {
				continue
			} else if b[1] != "" {
				t.Errorf("%s: %s: a block is marked %q", page, title, b[1])
			}
			script += b[2]
		}
		if script == "" {
			t.Errorf("%s: %s has no command that is run", page, title)
			continue
		}
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			h := make(t)
			said := h.shell(script)
			h.after(said)
			h.finish()
		})
	}
	for title := range known {
		if !found[title] {
			t.Errorf("docs/%s has no section %q", page, title)
		}
	}
}

// shell runs commands as an operator does: systemctl starts and stops the gateway of the test.
func (h *happened) shell(script string) string {
	h.t.Helper()
	wanted := make(chan func(), 1)
	systemd := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		done := make(chan struct{})
		wanted <- func() {
			defer close(done)
			runs := h.process != nil && h.process.ProcessState == nil
			verb := strings.TrimPrefix(r.URL.Path, "/")
			if runs && verb != "start" && verb != "enable" {
				h.stop()
				runs = false
			}
			if !runs && verb != "stop" {
				h.start()
			}
		}
		<-done
	}))
	defer systemd.Close()
	tools := h.t.TempDir()
	for name, text := range map[string]string{
		"kaskad":    asProgram + `=1 exec "` + os.Args[0] + `" "$@"`,
		"sudo":      `if [ "$1" = -u ]; then shift 2; fi` + "\n" + `exec "$@"`,
		"systemctl": `exec curl -fsS -X POST "` + systemd.URL + `/$1"`,
	} {
		mustAll(h.t, os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700))
	}
	words := append(h.words, "/etc/kaskad/config.toml", h.config, "127.0.0.1:8081", h.admin, "/var/lib/kaskad", h.data(), "/var/backups/kaskad", filepath.Join(h.dir, "backups")) // the first that fits counts
	shell := exec.CommandContext(h.t.Context(), "bash", "-c", "set -euo pipefail\n"+strings.NewReplacer(words...).Replace(script))
	shell.Env = append(append(os.Environ(), h.env...), "PATH="+tools+":"+os.Getenv("PATH"), "KASKAD_CONFIG="+h.config, "ADMIN="+h.key)
	said := &strings.Builder{}
	shell.Stdout, shell.Stderr = said, said
	mustAll(h.t, shell.Start())
	ended := make(chan error, 1)
	go func() { ended <- shell.Wait() }()
	for {
		select {
		case act := <-wanted:
			act()
		case err := <-ended:
			if err != nil {
				h.t.Fatalf("%v:\n%s", err, said)
			}
			return said.String()
		}
	}
}

// says checks what a shell printed.
func (h *happened) says(said string, want ...string) {
	h.t.Helper()
	for _, w := range want {
		if !strings.Contains(said, w) {
			h.t.Errorf("%q is not in what was said:\n%s", w, said)
		}
	}
}

// shop is a running gateway with two people, a backup folder and nothing wrong.
func shop(t *testing.T) *happened {
	t.Helper()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	mustAll(t, os.MkdirAll(filepath.Join(p.dir, "backups"), 0o700))
	p.start()
	p.person("C-1", 42, phone, nil)
	p.person("C-2", 43, "+380501110002", nil)
	return &happened{plant: p, after: func(string) {}}
}

// backedUp makes a backup with an open delivery in it, after which somebody is erased; it returns both.
func (h *happened) backedUp() (path, open string) {
	h.t.Helper()
	h.run("pause", "telegram")
	open = h.mustSend(restoredBonus("C-1"))
	var made app.BackupMade
	mustAll(h.t, json.Unmarshal([]byte(h.run("backup", "now", "--json")), &made))
	return made.Path, open
}

// putRight is what is so after every restore.
func (h *happened) putRight(said, open string) {
	h.t.Helper()
	h.says(said, "restored: ", "confirmed: the restored store sends again")
	if d := h.await(open, "unconfirmed"); d.Reason != "restored" {
		h.t.Errorf("what was open in the backup ended for %q", d.Reason)
	}
	if h.degraded("restored") {
		h.t.Error("it is confirmed, and still degraded")
	}
	h.run("resume")
	h.await(h.mustSend(restoredBonus("C-2")), "waiting")
}

func fullDisk(t *testing.T) *happened {
	h := shop(t)
	old, fresh := filepath.Join(h.data(), "kaskad.db.replaced-20260101T000000Z"), filepath.Join(h.data(), "kaskad.db.replaced-20260301T000000Z")
	long := time.Now().Add(-30 * 24 * time.Hour)
	mustAll(t, os.WriteFile(old, []byte("old"), 0o600), os.WriteFile(fresh, []byte("fresh"), 0o600), os.Chtimes(old, long, long))
	h.after = func(said string) {
		h.says(said, `"status":"ready"`, "kaskad.db")
		if _, err := os.Stat(old); !os.IsNotExist(err) {
			t.Errorf("an old copy is there still: %v", err)
		}
		if _, err := os.Stat(fresh); err != nil {
			t.Error("a copy of this week is gone")
		}
	}
	return h
}

func corrupted(t *testing.T) *happened {
	h := shop(t)
	_, open := h.backedUp()
	mustAll(t, h.call("DELETE", "/v1/contacts/ext:C-1", nil, nil))
	h.stop()
	mustAll(t, os.Truncate(filepath.Join(h.data(), store.FileName), 3*4096))
	h.after = func(said string) {
		h.says(said, "restored: ", "what stood there is kept: ", "journal: it stays", "confirmed: ")
		if h.call("GET", "/v1/contacts/ext:C-1", nil, nil) == nil {
			t.Error("whoever was erased after the backup is there again")
		}
		h.await(open, "cancelled") // the erase was done again before the confirmation
		h.run("resume")
		h.await(h.mustSend(restoredBonus("C-2")), "waiting")
	}
	return h
}

func deletedFolder(t *testing.T) *happened {
	h := shop(t)
	_, open := h.backedUp()
	h.stop()
	mustAll(t, os.RemoveAll(h.data()))
	h.start() // systemd does that: an empty store, in which nobody is known
	if h.call("GET", "/v1/contacts/ext:C-1", nil, nil) == nil {
		t.Fatal("the folder was deleted, and somebody is known")
	}
	h.after = func(said string) { h.putRight(said, open) }
	return h
}

func goneMachine(t *testing.T) *happened {
	h := shop(t)
	path, open := h.backedUp()
	h.stop()
	mustAll(t, os.RemoveAll(h.data()))
	h.words = []string{"/var/backups/kaskad/kaskad-20260301T013000Z", path}
	h.after = func(said string) { h.putRight(said, open) }
	return h
}

func oldSnapshot(t *testing.T) *happened {
	h := shop(t)
	_, open := h.backedUp()
	h.stop()
	snapshot := filepath.Join(h.dir, "snapshot")
	mustAll(t, os.CopyFS(snapshot, os.DirFS(h.data())))
	h.start()
	h.run("resume")
	waitFor(t, "what goes out after the snapshot", func() bool { return h.stateOf(open) == "waiting" })
	seen := len(h.tg.Messages(42))
	h.stop()
	mustAll(t, os.RemoveAll(h.data()), os.CopyFS(h.data(), os.DirFS(snapshot)))
	h.start()
	if h.degraded("restored") {
		t.Fatal("a snapshot of the whole folder is recognised: the page says that it is not")
	}
	h.after = func(said string) {
		h.putRight(said, open)
		if n := len(h.tg.Messages(42)); n != seen {
			t.Errorf("what went out before went out %d times more", n-seen)
		}
	}
	return h
}

func stolenKey(t *testing.T) *happened {
	h := shop(t)
	var made madeKey
	mustAll(t, json.Unmarshal([]byte(h.run("key", "new", "--name", "crm", "--scopes", "send,read", "--json")), &made))
	stolen, own := made.Key, h.key
	mine := func(key string) error {
		h.key = key
		defer func() { h.key = own }()
		return h.call("GET", "/v1/deliveries?limit=1", nil, nil)
	}
	mustAll(t, mine(stolen))
	h.words = []string{"67jyv3w6", made.ID}
	h.after = func(said string) {
		h.says(said, "revoke-key", "no faults")
		if err := mine(stolen); err == nil || !strings.Contains(err.Error(), "401") {
			t.Errorf("the stolen key is answered %v", err)
		}
	}
	return h
}

func wrongMessage(t *testing.T) *happened {
	h := shop(t)
	h.run("pause", "telegram") // it is on its way, and nobody has it yet
	var all []string
	for n := range 3 {
		card := fmt.Sprint("W-", n)
		h.person(card, int64(100+n), fmt.Sprint("+38050222000", n), nil)
		mustAll(t, h.call("PUT", "/v1/contacts/ext:"+card, map[string]any{"consents": map[string]any{"marketing": map[string]any{
			"state": "given", "at": time.Now().UTC().Format(time.RFC3339), "source": "form"}}}, nil))
		wrong := offer(card)
		wrong["metadata"] = map[string]string{"file": "001k0t9stznw7"}
		all = append(all, h.mustSend(wrong))
	}
	other := h.mustSend(restoredBonus("C-1"))
	h.after = func(said string) {
		h.says(said, "paused: marketing", `"withdrawn":true`, "resumed: marketing")
		for _, id := range all {
			if s := h.stateOf(id); s != "cancelled" {
				t.Errorf("a wrong message is %s", s)
			}
		}
		h.run("resume", "telegram")
		h.await(other, "waiting")
		for n := range all {
			for _, m := range h.tg.Messages(int64(100 + n)) {
				if strings.Contains(m.Text, "Знижка") {
					t.Errorf("a wrong message went out: %s", m.Text)
				}
			}
		}
	}
	return h
}

func downMessenger(t *testing.T) *happened {
	h := shop(t)
	h.after = func(said string) {
		h.says(said, "telegram", "resumed: telegram", `"status":"ready"`)
		h.await(h.mustSend(restoredBonus("C-1")), "waiting")
	}
	return h
}

func wrongClock(t *testing.T) *happened {
	h := shop(t)
	h.after = func(said string) {
		h.says(said, "paused: everything", "agree", "resumed: everything", "resumed: gap")
		h.await(h.mustSend(restoredBonus("C-1")), "waiting")
	}
	return h
}

func forgottenPassword(t *testing.T) *happened {
	p, admin := founded(t)
	h := &happened{plant: p}
	h.after = func(said string) {
		h.says(said, "olena@shop.example", "/invitation?code=")
		admin.open("http://"+p.admin+"/").sees(200, "/login", "")
	}
	return h
}

func lostPhone(t *testing.T) *happened {
	p, _ := newPaired(t)
	h := &happened{plant: p}
	h.after = func(said string) {
		h.says(said, "whatsapp", "resumed: whatsapp")
		if code, said := p.tries("whatsapp", "status"); code != exitFailed || !strings.Contains(said, "unpaired") {
			t.Errorf("after the logout: exit %d, %s", code, said)
		}
	}
	return h
}

func beforeUpgrade(t *testing.T) *happened {
	h := shop(t)
	h.after = func(said string) {
		h.says(said, "agree", "backup: ")
		if said := h.run("backup", "verify", filepath.Join(h.dir, "backups", "before-upgrade.db")); !strings.Contains(said, "as it was made") {
			t.Errorf("verify says %s", said)
		}
	}
	return h
}

// upgraded is a gateway whose store is of the first schema, made by the program of that day.
func upgraded(t *testing.T) *happened {
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	h := &happened{plant: p}
	h.firstSchema()
	h.after = func(said string) {
		h.says(said, "kaskad.db.schema1", "agree", `"status":"ready"`)
		h.key = strings.TrimSpace(h.run("key", "new", "--name", "looks", "--scopes", "read"))
		var one state
		var list struct{ Items []state }
		mustAll(t, h.call("GET", "/v1/deliveries?contact=ext:C-1", nil, &list))
		if len(list.Items) == 1 {
			one = list.Items[0]
		}
		if one.State != "done" {
			t.Errorf("the deliveries of before are %+v", list)
		}
	}
	return h
}

// firstSchema puts the file of the first schema under the gateway.
func (h *happened) firstSchema() {
	h.t.Helper()
	unpack := exec.Command("gzip", "-dc", "internal/store/testdata/schema1.db.gz")
	raw, err := unpack.Output()
	mustAll(h.t, err, os.MkdirAll(h.data(), 0o700), os.WriteFile(filepath.Join(h.data(), store.FileName), raw, 0o600))
}

// goneBack is a store that a newer program has brought to its schema, beside the copy that it made before; this program is the old one.
func goneBack(t *testing.T) *happened {
	h := shop(t)
	_, open := h.backedUp()
	h.stop()
	path := filepath.Join(h.data(), store.FileName)
	raw, err := os.ReadFile(path)
	mustAll(t, err, os.WriteFile(fmt.Sprint(path, ".schema", store.Schema()), raw, 0o600))
	newer, err := bbolt.Open(path, 0o600, nil)
	mustAll(t, err, newer.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte{0, 0, 0, 0, 0, 0, 0, byte(store.Schema() + 1)})
	}), newer.Close())
	page, err := os.ReadFile(root + "docs/upgrade.md")
	mustAll(t, err)
	code, said := h.tries("key", "list")
	if want := strings.TrimPrefix(strings.ReplaceAll(strings.TrimSpace(said), h.data(), "/var/lib/kaskad"), "kaskad: "); code != exitFailed || !strings.Contains(string(page), want) {
		t.Errorf("an old program says of a newer store, exit %d: %s; the page does not", code, want)
	}
	h.after = func(said string) { h.putRight(said, open) }
	return h
}

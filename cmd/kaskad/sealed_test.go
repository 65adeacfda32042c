package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// newSealed is a plant whose store is sealed from its first day, with a copy of people's keys and the index elsewhere.
func newSealed(t *testing.T) (p *plant, keysCopy string) {
	t.Helper()
	p = newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	master, keysCopy, index := filepath.Join(p.dir, "master.key"), filepath.Join(p.dir, "elsewhere.keys"), filepath.Join(p.dir, "ram")
	mustAll(t, os.RemoveAll(p.data()), os.Mkdir(index, 0o700), os.WriteFile(master, []byte(p.run("encryption", "key")), 0o600))
	p.configure(func(text string) string {
		return text + fmt.Sprintf("\n[encryption]\nkey_file = %q\nkeys_copy = %q\nindex_dir = %q\n", master, keysCopy, index)
	})
	p.sealed = true
	p.key = strings.TrimSpace(p.run("key", "new", "--name", "crm", "--scopes", "send,read,admin"))
	return p, keysCopy
}

// Nothing of who people are, and of what was said, can be read in the folder of a sealed store, or in a backup; and whoever is erased is gone
// from the backups, too, also when the journal that knows of the erase is lost with the machine.
func TestASealedStore(t *testing.T) {
	t.Parallel()
	p, keysCopy := newSealed(t)
	p.start()
	p.person("C-doomed", 4242424242, "+380501112233", nil)
	p.person("C-stays", 43, "+380672223344", nil)
	for card, name := range map[string]string{"C-doomed": "Olenadoomed", "C-stays": "Petrostays"} {
		mustAll(t, p.call("PUT", "/v1/contacts/ext:"+card, map[string]any{"name": name, "email": strings.ToLower(name) + "@example.com", "attributes": map[string]any{"card": "gold-" + name}}, nil))
	}
	words := []string{"Olenadoomed", "olenadoomed@", "Petrostays", "+380501112233", "380672223344", "C-doomed", "120 bonus points for", "my words to you"}
	ids := map[string]string{}
	for card, chat := range map[string]int64{"C-doomed": 4242424242, "C-stays": 43} {
		ids[card] = p.mustSend(map[string]any{"to": "ext:" + card, "text": "120 bonus points for " + card, "purpose": "service", "cascade": "quick"})
		p.await(ids[card], "waiting", "done")
		_, err := p.tg.Say(chat, "my words to you, "+card)
		mustAll(t, err)
		p.await(ids[card], "done")
	}
	backup := filepath.Join(p.dir, "old.db")
	p.run("backup", backup)
	p.run("backup", "verify", backup)
	p.sameKeys(keysCopy)
	p.finish()
	if told := p.holding(words...); len(told) > 0 {
		t.Errorf("the folder of a sealed store has %q", told)
	}
	raw, err := os.ReadFile(backup)
	mustAll(t, err)
	for _, w := range words {
		if bytes.Contains(raw, []byte(w)) {
			t.Errorf("a backup of a sealed store has %q", w)
		}
	}
	p.start()
	var found struct{ Items []struct{ Name string } }
	waitFor(t, "the index", func() bool {
		return p.call("GET", "/v1/contacts?q=petrosta", nil, &found) == nil && len(found.Items) == 1
	})
	var e erasedNow
	mustAll(t, p.call("DELETE", "/v1/contacts/ext:C-doomed", nil, &e))
	keys := filepath.Join(p.data(), app.KeysName)
	waitFor(t, "the end of the erase, and of the person's key in both files", func() bool {
		mine, err1 := os.ReadFile(keys)
		copied, err2 := os.ReadFile(keysCopy)
		return err1 == nil && err2 == nil && forgotten(mine) && bytes.Equal(mine, copied) && p.call("GET", "/v1/erased/"+e.Contact, nil, &e) == nil && e.Done
	})
	p.readsNothing(ids["C-doomed"])
	p.finish()

	// The machine is lost with its journal: there are the backup and the copy of the keys.
	mustAll(t, os.RemoveAll(p.data()), os.Mkdir(p.data(), 0o700))
	if code, _, errs := p.fails("restore", backup); code != exitFailed || !strings.Contains(errs, "keys") {
		t.Errorf("a sealed backup without its keys: exit %d\n%s", code, errs)
	}
	raw, err = os.ReadFile(keysCopy)
	mustAll(t, err, os.WriteFile(keys, raw, 0o600))
	p.run("restore", backup)
	p.start()
	waitFor(t, "the second erase of who was erased", func() bool {
		return p.call("GET", "/v1/erased/"+e.Contact, nil, &e) == nil && e.Done
	})
	if err := p.call("GET", "/v1/contacts/ext:C-doomed", nil, nil); err == nil {
		t.Error("whoever was erased is there again")
	}
	p.readsNothing(ids["C-doomed"])
	var who struct{ Name, Phone string }
	var talk struct{ Items []struct{ Text string } }
	mustAll(t, p.call("GET", "/v1/contacts/ext:C-stays", nil, &who), p.call("GET", "/v1/conversations/ext:C-stays/messages", nil, &talk))
	if who.Name != "Petrostays" || who.Phone != "+380672223344" || len(talk.Items) == 0 || !strings.Contains(fmt.Sprint(talk.Items), "my words to you, C-stays") {
		t.Errorf("of the other one there is %+v, %+v", who, talk)
	}
	p.run("resume", "restored")
	p.finish()
}

// A copy of people's keys that cannot be written, on a disk that is away, keeps the keys of whoever is erased meanwhile: until it can be written
// again, and no longer.
func TestAnEraseWhileTheCopyOfTheKeysIsAway(t *testing.T) {
	t.Parallel()
	p, keysCopy := newSealed(t)
	p.start()
	p.person("C-doomed", 42, phone, nil)
	p.run("backup", filepath.Join(p.dir, "old.db"))
	back := away(t, keysCopy)
	var e erasedNow
	mustAll(t, p.call("DELETE", "/v1/contacts/ext:C-doomed", nil, &e))
	keys := filepath.Join(p.data(), app.KeysName)
	waitFor(t, "the person's key to be forgotten", func() bool {
		mine, err := os.ReadFile(keys)
		return err == nil && forgotten(mine)
	})
	since := time.Now() // the copy is next
	waitFor(t, "the copy to fail", func() bool { return time.Since(since) > time.Second })
	back()
	if old, err := os.ReadFile(keysCopy); err != nil || forgotten(old) {
		t.Fatalf("the copy was written while it was away: %v", err)
	}
	waitFor(t, "the copy to forget it", func() bool {
		copied, err := os.ReadFile(keysCopy)
		return err == nil && forgotten(copied)
	})
	p.sameKeys(keysCopy)
	p.finish()
	if !strings.Contains(p.log.String(), "people's keys were not copied") {
		t.Errorf("nobody was told:\n%s", p.log)
	}
}

// Another master key: the gateway goes on with it, from backups of before, too, and the old one opens nothing.
func TestAnotherMasterKey(t *testing.T) {
	t.Parallel()
	p, keysCopy := newSealed(t)
	p.start()
	p.person("C-1", 42, phone, nil)
	backup := filepath.Join(p.dir, "old.db")
	p.run("backup", backup)
	master, other := filepath.Join(p.dir, "master.key"), filepath.Join(p.dir, "other.key")
	mustAll(t, os.WriteFile(other, []byte(p.run("encryption", "key")), 0o600))
	if code, _, errs := p.fails("encryption", "rotate", other); code != exitFailed || !strings.Contains(errs, "stop the gateway first") {
		t.Errorf("while a gateway runs: exit %d\n%s", code, errs)
	}
	p.finish()
	if code, _, errs := p.fails("encryption", "rotate", master); code != exitFailed || !strings.Contains(errs, "in use") {
		t.Errorf("the same key: exit %d\n%s", code, errs)
	}
	if code, _, errs := p.fails("encryption", "rotate", p.config); code != exitFailed || !strings.Contains(errs, "kaskad encryption key") {
		t.Errorf("a file that is no key: exit %d\n%s", code, errs)
	}
	back := away(t, keysCopy)
	if code, _, errs := p.fails("encryption", "rotate", other); code != exitFailed || !strings.Contains(errs, "call this again") {
		t.Errorf("without a place for the copy: exit %d\n%s", code, errs)
	}
	back()
	const somebody = 4242 // the operator is root, the gateway is not
	if os.Geteuid() == 0 {
		mustAll(t, os.Chown(filepath.Join(p.data(), "kaskad.db"), somebody, somebody))
	}
	p.run("encryption", "rotate", other)
	p.sameKeys(keysCopy)
	for _, path := range []string{filepath.Join(p.data(), app.KeysName), keysCopy} {
		info, err := os.Stat(path)
		mustAll(t, err)
		if of, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 && of.Uid != somebody {
			t.Errorf("%s is the file of user %d now, and not of whom the gateway runs as", path, of.Uid)
		}
	}
	if code, _, errs := p.fails("serve"); code != exitFailed || !strings.Contains(errs, "the master key is not the one") {
		t.Errorf("serve with the old key: exit %d\n%s", code, errs)
	}
	mustAll(t, os.Rename(other, master))
	p.start()
	var who struct{ Phone string }
	mustAll(t, p.call("GET", "/v1/contacts/ext:C-1", nil, &who))
	if who.Phone != phone {
		t.Errorf("the person has %q", who.Phone)
	}
	p.person("C-2", 43, "+380672223344", nil)
	p.finish()
	p.run("restore", backup)
	p.start()
	mustAll(t, p.call("GET", "/v1/contacts/ext:C-1", nil, &who))
	p.run("resume", "restored")
	p.finish()
}

// A disk that was lost, or is not mounted: a restart begins no new store beside the copy of the old one's keys, which its first backup would
// replace.
func TestALostDiskLeavesTheCopyOfTheKeys(t *testing.T) {
	t.Parallel()
	p, keysCopy := newSealed(t)
	p.start()
	p.person("C-1", 42, phone, nil)
	backup := filepath.Join(p.dir, "old.db")
	p.run("backup", backup)
	p.finish()
	before, err := os.ReadFile(keysCopy)
	mustAll(t, err, os.Rename(p.data(), p.data()+".lost"), os.Mkdir(p.data(), 0o700))
	if code, _, errs := p.fails("serve"); code != exitFailed || !strings.Contains(errs, keysCopy) || !strings.Contains(errs, "put the copy back") {
		t.Errorf("serve where nothing is but the copy: exit %d\n%s", code, errs)
	}
	mustAll(t, os.WriteFile(filepath.Join(p.data(), app.KeysName), before, 0o600))
	p.run("restore", backup)
	p.start()
	mustAll(t, p.call("GET", "/v1/contacts/ext:C-1", nil, nil))
	p.run("resume", "restored")
	p.finish()
}

// away makes a file one that cannot be written, as on a disk that is not mounted, until it is back: a folder that is not empty stands in its place.
func away(t *testing.T, path string) (back func()) {
	t.Helper()
	kept := path + ".away"
	mustAll(t, os.Rename(path, kept), os.Mkdir(path, 0o700), os.WriteFile(filepath.Join(path, "x"), nil, 0o600))
	return func() { mustAll(t, os.RemoveAll(path), os.Rename(kept, path)) }
}

// sameKeys wants the copy of people's keys to be what they are: a backup is of no use without.
func (p *plant) sameKeys(copied string) {
	p.t.Helper()
	mine, err := os.ReadFile(filepath.Join(p.data(), app.KeysName))
	mustAll(p.t, err)
	theirs, err := os.ReadFile(copied)
	mustAll(p.t, err)
	if !bytes.Equal(mine, theirs) {
		p.t.Error("the copy of people's keys is not what they are after a backup")
	}
}

// forgotten reports whether a file of keys has a slot that was forgotten.
func forgotten(keys []byte) bool {
	for at := 64; at+64 <= len(keys); at += 64 {
		if string(keys[at+60:at+64]) == "gone" {
			return true
		}
	}
	return false
}

// A store is opened with its own keys or not at all, and what to do is said.
func TestASealedStoreWithoutItsKeys(t *testing.T) {
	t.Parallel()
	p, _ := newSealed(t)
	other, _ := newSealed(t)
	keys, config := filepath.Join(p.data(), app.KeysName), p.config
	was, err := os.ReadFile(keys)
	mustAll(t, err)
	text, err := os.ReadFile(config)
	mustAll(t, err)
	for name, c := range map[string]struct {
		spoil func() error
		says  string
	}{
		"the keys are gone": {func() error { return os.Remove(keys) }, "put their copy back"},
		"another master key": {func() error {
			return os.WriteFile(filepath.Join(p.dir, "master.key"), []byte(app.NewMasterKey()), 0o600)
		}, "the master key is not the one"},
		"no word of encryption": {func() error { return os.WriteFile(config, []byte(before(string(text), "[encryption]")), 0o600) }, "[encryption] key"},
		"another store's keys": {func() error {
			theirs, err1 := os.ReadFile(filepath.Join(other.data(), app.KeysName))
			master, err2 := os.ReadFile(filepath.Join(other.dir, "master.key"))
			return errors.Join(err1, err2, os.WriteFile(keys, theirs, 0o600), os.WriteFile(filepath.Join(p.dir, "master.key"), master, 0o600))
		}, "another store's"},
		"no key, but its copies": {func() error {
			return os.WriteFile(config, bytes.Replace(text, []byte("key_file"), []byte("#key_file"), 1), 0o600)
		}, "kaskad encryption key"},
	} {
		master, err := os.ReadFile(filepath.Join(p.dir, "master.key"))
		mustAll(t, err, c.spoil())
		code, _, errs := p.fails("check", "--store")
		if code == exitDone || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d\n%s", name, code, errs)
		}
		mustAll(t, os.WriteFile(keys, was, 0o600), os.WriteFile(config, text, 0o600), os.WriteFile(filepath.Join(p.dir, "master.key"), master, 0o600))
	}
	p.start()
	p.finish()
}

// before is what stands before a word.
func before(text, word string) string {
	part, _, _ := strings.Cut(text, word)
	return part
}

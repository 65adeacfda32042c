package main

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// file asks for the first file of a message, as staff's programs do.
func (p *plant) file(talk, message string) (*http.Response, []byte) {
	p.t.Helper()
	r, err := http.NewRequest("GET", "http://"+p.admin+talk+"/messages/"+message+"/media/0", nil)
	mustAll(p.t, err)
	r.Header.Set("Authorization", "Bearer "+p.key)
	answer, err := http.DefaultClient.Do(r)
	mustAll(p.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	mustAll(p.t, err)
	return answer, body
}

// keptFiles are the whole files in a folder of people's files, by name.
func keptFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	mustAll(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || len(e.Name()) != 64 || !e.Type().IsRegular() {
			return nil // of a file that is being written, or of none yet
		}
		raw, err := os.ReadFile(path)
		all[e.Name()] = raw
		return err
	}))
	return all
}

// What people send lies sealed, here and in a backup. With its person's erase it is gone from the backup, too; what others sent is put back.
func TestFilesOfASealedStore(t *testing.T) {
	t.Parallel()
	p, keysCopy := newSealed(t)
	p.start()
	p.person("C-doomed", 42, "+380501112233", nil)
	p.person("C-stays", 43, "+380672223344", nil)
	lines := map[int64]string{}
	for chat, card := range map[int64]string{42: "C-doomed", 43: "C-stays"} {
		_, err := p.tg.Write(chat, simtelegram.Said{Media: simtelegram.Document, Caption: "my paper", Content: []byte("%PDF-1.7 a passport of " + card), FileName: "paper.pdf", MIME: "application/pdf"})
		mustAll(t, err)
		lines[chat] = p.line("/v1/conversations/ext:"+card, "my paper").ID
	}
	media := filepath.Join(p.data(), "media")
	waitFor(t, "both kept copies", func() bool { return len(keptFiles(t, media)) == 2 })
	answer, body := p.file("/v1/conversations/ext:C-doomed", lines[42])
	if answer.StatusCode != 200 || string(body) != "%PDF-1.7 a passport of C-doomed" || answer.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the file is %d %v: %q", answer.StatusCode, answer.Header, body)
	}
	var made app.BackupMade
	mustAll(t, json.Unmarshal([]byte(p.run("backup", "now", "--json")), &made))
	inBackup := keptFiles(t, filepath.Join(made.Path, "media"))
	if len(inBackup) != 2 {
		t.Fatalf("the backup has %d files of people", len(inBackup))
	}
	for name, raw := range inBackup {
		if bytes.Contains(raw, []byte("passport")) {
			t.Errorf("in the backup %s lies as it is", name)
		}
	}
	var e erasedNow
	mustAll(t, p.call("DELETE", "/v1/contacts/ext:C-doomed", nil, &e))
	waitFor(t, "the end of the erase", func() bool {
		copied, err := os.ReadFile(keysCopy)
		return err == nil && forgotten(copied) && len(keptFiles(t, media)) == 1
	})
	p.finish()
	if told := p.holding("passport", "paper.pdf"); len(told) > 0 {
		t.Errorf("the folder of a sealed store has %q", told)
	}

	// The machine is lost: there are the backup and the copy of the keys. What Telegram still has is not asked for.
	keys, err := os.ReadFile(keysCopy)
	mustAll(t, err, os.RemoveAll(p.data()), os.Mkdir(p.data(), 0o700), os.WriteFile(filepath.Join(p.data(), app.KeysName), keys, 0o600))
	p.run("restore", made.Path)
	if len(keptFiles(t, media)) != 2 {
		t.Fatal("the restore did not put the files back")
	}
	p.start()
	waitFor(t, "the second erase of who was erased", func() bool {
		return p.call("GET", "/v1/erased/"+e.Contact, nil, &e) == nil && e.Done
	})
	if answer, body := p.file("/v1/conversations/ext:C-stays", lines[43]); answer.StatusCode != 200 || string(body) != "%PDF-1.7 a passport of C-stays" {
		t.Errorf("the other one's file is %d: %q", answer.StatusCode, body)
	}
	for _, talk := range []string{"ext:C-doomed", "id:" + e.Contact} {
		if answer, body := p.file("/v1/conversations/"+talk, lines[42]); answer.StatusCode < 400 || bytes.Contains(body, []byte("passport")) {
			t.Errorf("the file of who was erased is %d: %q", answer.StatusCode, body)
		}
	}
	for name, raw := range keptFiles(t, media) {
		if !bytes.Equal(raw, inBackup[name]) {
			t.Errorf("%s was fetched anew", name)
		}
	}
	p.run("resume", "restored")
	p.finish()
}

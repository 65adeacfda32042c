package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

// An answer that is written anew is heard and said from the signal on; a bad file is refused as a whole, and the old one stays.
func TestTheQuestionsAreReadAnew(t *testing.T) {
	t.Parallel()
	p := talkative(t, "[dialogue]\nfaq = \"faq.toml\"\n")
	p.person("C-1", shopper, phone, nil)
	write := func(text string) { p.put(filepath.Join(p.dir, "faq.toml"), text) }
	p.says(shopper, "доставка")
	p.reads(shopper, 1, "за 2 дні")

	write("[delivery.uk]\nhear = [\"доставка\"]\ntext = \"Доставляємо завтра.\"\n[pickup.uk]\nhear = [\"самовивіз\"]\ntext = \"Забирайте щодня.\"\n")
	p.reload(false)
	p.says(shopper, "доставка")
	p.reads(shopper, 2, "Доставляємо завтра")
	p.says(shopper, "Самовивіз!")
	p.reads(shopper, 3, "Забирайте щодня")
	p.says(shopper, "чи є доставка") // heard no more
	if post := p.post(staffGroup, 2); !strings.Contains(post.Text, "чи є доставка") {
		t.Errorf("staff read %q", post.Text)
	}

	mustAll(t, os.Rename(filepath.Join(p.dir, "faq.toml"), filepath.Join(p.dir, "other.toml")))
	p.edit(`faq = "faq.toml"`, `faq = "other.toml"`)
	p.reload(false)
	p.edit(`faq = "other.toml"`, `faq = "faq.toml"`)
	write("[delivery.uk]\nhear = [\"стоп\"]\ntext = \"Ні.\"\n")
	if now := p.reload(true); !strings.Contains(strings.Join(now.Refused, "\n"), "faq.toml") {
		t.Errorf("refused for %q, want the file named", now.Refused)
	}
	p.says(shopper, "самовивіз")
	p.reads(shopper, 4, "Забирайте щодня")
	if strings.Contains(p.log.String(), "waits for a restart") {
		t.Errorf("the log says that something waits for a restart:\n%s", p.log)
	}
	p.finish()
}

// The picture of a card is where the message says, for whoever fetches it, and gone when the card is another.
func TestThePictureOfACard(t *testing.T) {
	t.Parallel()
	p := talkative(t, "")
	p.stop()
	p.edit(`public_url = "http://`, `public_url = "https://`)
	p.start()
	p.person("C-1", shopper, phone, nil)
	p.says(shopper, "моя картка")
	card := p.reads(shopper, 1, "C-1")
	door := "https://" + p.public
	if !strings.HasPrefix(card.Photo, door+"/c/") || strings.Contains(card.Photo, "C-1") {
		t.Fatalf("the picture is at %q", card.Photo)
	}
	fetch := func() (int, string) {
		res, err := http.Get("http://" + p.public + strings.TrimPrefix(card.Photo, door))
		mustAll(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		mustAll(t, err)
		return res.StatusCode, string(body)
	}
	if code, body := fetch(); code != http.StatusOK || !strings.HasPrefix(body, "\x89PNG") {
		t.Errorf("the picture: %d %.40q", code, body)
	}
	mustAll(t, p.call("PUT", "/v1/contacts/ext:C-1", map[string]any{"external_id": "C-2"}, nil))
	if code, _ := fetch(); code != http.StatusNotFound {
		t.Errorf("the picture of a card that is no more: %d", code)
	}
	if strings.Contains(p.log.String(), card.Photo[len(door):]) {
		t.Error("the log has the address of the picture")
	}
	p.finish()
}

// A word of the operator's own that stops marketing is no question as well.
func TestAQuestionThatStopsMarketing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.toml")
	mustAll(t,
		os.WriteFile(filepath.Join(dir, "faq.toml"), []byte("[noise.uk]\nhear = [\"тиша\"]\ntext = \"Тихо.\"\n"), 0o600),
		os.WriteFile(config, []byte("[telegram]\ntoken = \"123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0\"\n[dialogue]\nfaq = \"faq.toml\"\n[consent]\nkeywords = { stop = [\"тиша\"] }\n"), 0o600))
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"check", "-c", config}, app.Streams{Out: &out, Err: &errs}); code == 0 || !strings.Contains(out.String()+errs.String(), "stops or allows marketing") {
		t.Errorf("check: %d\n%s%s", code, &out, &errs)
	}
}

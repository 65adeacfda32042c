package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

// previewShop writes a configuration with every channel, and a template of its own.
func previewShop(t *testing.T) (config string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("templates/points/uk.md", `+++
expect = ["points > 0"]
buttons = [{ text = "Мої бали", url = "https://shop.example/b/{{.card}}" }, { text = "Дякую", data = "ok", on = ["viber"] }]

[example]
points = 120
card = "48"
+++
Нараховано **{{.points}}** {{plural .points "бал" "бали" "балів"}} 🎁
`)
	write("templates/points/uk.sms.md", "+++\ntransliterate = true\n+++\nНараховано {{.points}} {{plural .points \"бал\" \"бали\" \"балів\"}} — дякуємо!\n")
	write("config.toml", fmt.Sprintf(`[company]
name = "Shop"
[server]
public_url = "https://bots.example.com"
data_dir = %q
[telegram]
token = "42:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
[viber]
token = "4453b6ac12345678-02c5f12174805f9-daef9cbb5448c51f"
name = "Shop"
price = { amount = "0.84", currency = "UAH" }
[[sms]]
name = "main"
preset = "turbosms"
token = "secret"
sender = "Shop"
price = { amount = "0.92", currency = "UAH" }
[templates]
dir = %q
`, filepath.Join(dir, "data"), filepath.Join(dir, "templates")))
	return filepath.Join(dir, "config.toml")
}

func TestPreviewShowsTheApprovedTemplate(t *testing.T) {
	config := previewShop(t)
	own := filepath.Join(filepath.Dir(config), "templates", "points", "uk.whatsapp_cloud.md")
	mustAll(t, os.WriteFile(own, []byte(`+++
[approved]
name = "bonus_added"
header = "https://shop.example/b.jpg"
body = ["{{.points}}", "{{company}}"]
buttons = [{ url = "b/{{.card}}" }]
+++
Нараховано {{.points}}
`), 0o600))
	out, errs, code := kaskad(t, "preview", "points", "-c", config, "--var", "points=2", "--channel", "whatsapp_cloud,viber")
	want := `Нараховано 2
after 24 hours: bonus_added (uk)
  [image] https://shop.example/b.jpg
  {{1}} 2
  {{2}} Shop
  [button 0] b/48
`
	if code != exitDone || !strings.Contains(out, want) || strings.Count(out, "bonus_added") != 1 {
		t.Errorf("exit %d %s\n%s\nwant\n%s", code, errs, out, want)
	}
	out, _, _ = kaskad(t, "preview", "points", "-c", config, "--channel", "whatsapp_cloud", "--json")
	var shown app.Preview
	if err := json.Unmarshal([]byte(out), &shown); err != nil || len(shown.Channels) != 1 || shown.Channels[0].Approved == nil || shown.Channels[0].Approved.Body[0].Text != "120" {
		t.Errorf("as JSON: %v\n%s", err, out)
	}
}

func TestPreview(t *testing.T) {
	config := previewShop(t)
	out, errs, code := kaskad(t, "preview", "points", "-c", config, "--var", "points=2")
	want := `points: service, uk

telegram
────────
Нараховано 2 бали 🎁
[Мої бали] https://shop.example/b/48

20 characters, 0 UAH

viber
─────
Нараховано 2 бали 🎁
[Мої бали] https://shop.example/b/48
[Дякую]

22 characters, 0.84 UAH

sms
───
Narakhovano 2 baly - diakuiemo!

31 characters, GSM-7, 1 part, 0.92 UAH
`
	if code != exitDone || out != want {
		t.Errorf("exit %d\n%s\ngot\n%s\nwant\n%s", code, errs, out, want)
	}
}

func TestPreviewSpeaksTheLanguageItIsAskedFor(t *testing.T) {
	config := previewShop(t)
	for locale, want := range map[string]string{"uk": "Тиждень взуття", "ru": "Неделя обуви", "en": "Shoe week"} {
		out, errs, code := kaskad(t, "preview", "promo", "-c", config, "--locale", locale)
		if code != exitDone || strings.Count(out, want) != 2 || strings.Count(out, "https://bots.example.com/u/") != 3 {
			t.Errorf("%s: exit %d\n%s%s", locale, code, out, errs)
		}
	}
}

func TestPreviewAsJSON(t *testing.T) {
	config := previewShop(t)
	out, errs, code := kaskad(t, "preview", "points", "-c", config, "--json", "--var", "points=0", "--var", "card="+strings.Repeat("ж", 400))
	var p app.Preview
	if err := json.Unmarshal([]byte(out), &p); err != nil || code != exitDone {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, errs)
	}
	if p.Unmet != "points > 0" || len(p.Channels) != 3 || p.Channels[0].Markup != "Нараховано <b>0</b> балів 🎁" || p.Channels[2].Parts != 1 {
		t.Errorf("got %+v", p)
	}
}

func TestPreviewSaysWhatCannotBeSent(t *testing.T) {
	config := previewShop(t)
	out, errs, code := kaskad(t, "preview", "order_ready", "-c", config, "--var", "shop="+strings.Repeat("довга назва ", 60))
	if code != exitFailed || !strings.Contains(out, "parts, max_parts is") || !strings.Contains(errs, "1 of 3 channels could not send it") {
		t.Errorf("too long: exit %d\n%s%s", code, out, errs)
	}
	for args, says := range map[string]string{
		"preview pionts":                    `no template "pionts"; did you mean "points"?`,
		"preview points --var pionts=1":     `has no field "pionts"; it has: card, points`,
		"preview points --var points=lots":  `field "points" is not a number`,
		"preview":                           "<template>",
		"preview points bonus":              "kaskad preview --help",
		"preview points -c /nowhere/x.toml": "config.example.toml",
	} {
		out, errs, code := kaskad(t, append([]string{"-c", config}, strings.Fields(args)...)...)
		if code != exitUsage || out != "" || !strings.Contains(errs, says) {
			t.Errorf("kaskad %s: exit %d, want %d with %q\n%s%s", args, code, exitUsage, says, out, errs)
		}
	}
}

func TestPreviewFitsTheTerminal(t *testing.T) {
	p := &app.Preview{Template: "t", Purpose: "service", Locale: "uk", Channels: []app.PreviewChannel{
		{Channel: "telegram", Text: "перший рядок 🎁🎁🎁 " + strings.Repeat("слово ", 12) + strings.Repeat("x", 70), Buttons: []app.PreviewButton{{Text: "Б", URL: "https://shop.example/" + strings.Repeat("a", 50)}}},
		{Channel: "viber", Text: "другий\n\nрядок"},
		{Channel: "sms", Problem: "no text\x1b[31m for it"},
	}}
	for columns, rows := range map[int]int{0: 3, 10: 3, 28: 3, 60: 2, 100: 1, 300: 1} {
		var b bytes.Buffer
		if err := printPreview(&b, p, columns); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsRune(b.String(), '\x1b') {
			t.Errorf("%d columns: a control character gets through", columns)
		}
		heads, text := 0, strings.Join(strings.Fields(b.String()), "")
		for line := range strings.Lines(b.String()) {
			line = strings.TrimRight(line, "\n")
			if columns > 12 && cells(line) > columns {
				t.Errorf("%d columns: %d cells in %q", columns, cells(line), line)
			}
			if strings.HasPrefix(line, "─") {
				heads++
			}
		}
		if heads != rows {
			t.Errorf("%d columns: %d rows, want %d\n%s", columns, heads, rows, b.String())
		}
		for sign, n := range map[string]int{"x": 70, "a": 50, "🎁": 3} {
			if got := strings.Count(text, sign); got < n {
				t.Errorf("%d columns: %d of %s, want %d", columns, got, sign, n)
			}
		}
	}
}

func TestPreviewOfChannelsThatAreNotOn(t *testing.T) {
	config := previewShop(t)
	file := filepath.Join(filepath.Dir(config), "templates", "gift", "uk.md")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "+++\nsubject = \"Подарунок для {{.name}}\"\nimage = \"https://cdn.shop.example/{{.n}}.jpg\"\nbuttons = [{ text = \"Забрати\", url = \"https://shop.example/g\" }]\n[example]\nname = \"Олена\"\nn = 7\n+++\n**{{.name}}**, вам *подарунок*\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := kaskad(t, "preview", "gift", "-c", config, "--channel", "email,whatsapp", "--channel", "viber")
	want := `gift: service, uk

viber
─────
[image] https://cdn.shop.example/7.jpg
Олена, вам подарунок
[Забрати] https://shop.example/g

24 characters, 0.84 UAH

whatsapp (not on)
─────────────────
[image] https://cdn.shop.example/7.jpg
Олена, вам подарунок
Забрати: https://shop.example/g

56 characters

email (not on)
──────────────
subject: Подарунок для Олена
[image] https://cdn.shop.example/7.jpg
Олена, вам подарунок
Забрати: https://shop.example/g

20 characters
`
	if code != exitDone || out != want {
		t.Errorf("exit %d\n%s\ngot\n%s\nwant\n%s", code, errs, out, want)
	}
	out, _, code = kaskad(t, "preview", "gift", "-c", config, "--json", "--var", "name="+strings.Repeat("я", 600))
	var p app.Preview
	if err := json.Unmarshal([]byte(out), &p); err != nil || code != exitDone {
		t.Fatalf("exit %d, %v", code, err)
	}
	if tg, viber, sms := p.Channels[0], p.Channels[1], p.Channels[2]; tg.Image == "" || viber.Image != "" || !strings.Contains(viber.Note, "more than 512") || !strings.Contains(sms.Note, "shows no pictures") {
		t.Errorf("got %+v", p.Channels)
	}
	if _, errs, code = kaskad(t, "preview", "gift", "-c", config, "--channel", "fax"); code != exitUsage || !strings.Contains(errs, `no channel "fax"; the channels are telegram, viber`) {
		t.Errorf("exit %d\n%s", code, errs)
	}
	_, errs, code = kaskad(t, "check", "-c", config)
	if want := "gift/uk.md:3: warning: the image is not shown on sms: the text goes alone"; code != exitDone || strings.Count(errs, want) != 1 || strings.Contains(errs, "on telegram") {
		t.Errorf("check: exit %d, want %q\n%s", code, want, errs)
	}
}

func TestAValueIsTakenAsItStands(t *testing.T) {
	t.Parallel()
	config, _ := aFolder(t, "[telegram]\ntoken = \"123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0\"\n")
	out, errs, code := kaskad(t, "-c", config, "preview", "promo", "--json", "--var", `title=A; b=c; C:\new\x`)
	if code != exitDone || !strings.Contains(out, `A; b=c; C:\\new\\x`) {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
}

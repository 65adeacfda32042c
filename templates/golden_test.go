package templates

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the outputs in testdata")

// Each file of testdata is a template: files of the operator's folder and data.json, then what comes out.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := golden(t, archive)
			if *update {
				if err := os.WriteFile(file, txtar.Format(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got, want := string(txtar.Format(got)), string(txtar.Format(archive)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// golden keeps the inputs of an archive and writes its outputs anew.
func golden(t *testing.T, a *txtar.Archive) *txtar.Archive {
	out := &txtar.Archive{Comment: a.Comment}
	folder := fstest.MapFS{}
	var data map[string]any
	for _, f := range a.Files {
		switch {
		case strings.Contains(f.Name, "/"):
			folder[f.Name] = &fstest.MapFile{Data: f.Data}
		case f.Name == "data.json":
			d := json.NewDecoder(strings.NewReader(string(f.Data)))
			d.UseNumber()
			if err := d.Decode(&data); err != nil {
				t.Fatalf("data.json: %v", err)
			}
		default:
			continue
		}
		out.Files = append(out.Files, f)
	}
	add := func(name, text string) {
		out.Files = append(out.Files, txtar.File{Name: name, Data: []byte(text + "\n")})
	}
	o := options()
	if strings.Contains(string(a.Comment), "max_parts") {
		o.Channels[1].MaxParts = 2
	}
	s, err := Load(o, Builtin(), Layer{Name: "own", FS: folder})
	var faults Faults
	if errors.As(err, &faults) {
		add("faults", faults.Error())
		return out
	}
	for _, ch := range options().Channels {
		in := Input{Template: "t", Channel: ch.Name, Format: ch.Format, Data: data, WayOut: options().WayOut, Company: options().Company}
		in.Link = ourLink
		r, err := s.Render(in)
		if err != nil {
			add(ch.Name+" error", err.Error())
			continue
		}
		if ch.Format == Telegram {
			if problem := badTelegram(r.Markup); problem != "" {
				t.Errorf("%s: %s", problem, r.Markup)
			}
			add("telegram", r.Markup)
			add("plain", r.Text)
		} else {
			add(ch.Name, r.Text)
		}
		for _, b := range r.Buttons {
			add(ch.Name+" button", fmt.Sprintf("%q %q %q", b.Text, b.URL, b.Data))
		}
		for i, target := range r.Links {
			add(ch.Name+" link", ourLink(i)+" leads to "+target)
		}
	}
	return out
}

// ourLink is the address of a tracked link.
func ourLink(n int) string { return fmt.Sprintf("https://bots.example.com/l/%017d", n) }

// options are those of a shop with everything switched on.
func options() Options {
	return Options{
		Locale:  "uk",
		Company: Company{"Shop & Co", "https://shop.example/privacy", "UA"},
		WayOut:  "https://bots.example.com/u/AbCdEfGhIj",
		Channels: []Channel{
			{Name: "telegram", Format: Telegram, MaxText: 4096, Answerable: true, Marketing: true},
			{Name: "sms", Format: SMS, Parts: ucs2Parts, MaxParts: 20, Marketing: true},
		},
	}
}

// ucs2Parts counts as Cyrillic is split.
func ucs2Parts(text string) int {
	if n := units(text); n > 70 {
		return (n + 66) / 67
	}
	return 1
}

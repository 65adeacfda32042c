package templates

import (
	"encoding/json"
	"errors"
	"os"
	"path"
	"strings"
	"testing"
)

// example is one example of docs/templates.md: a file, data, and what comes out of it.
type example struct {
	file, text, data string
	outs             [][2]string // info string, content
}

// docExamples reads the fenced blocks of the page: "md FILE" begins an example.
func docExamples(t *testing.T) (list []example) {
	t.Helper()
	page, err := os.ReadFile("../docs/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split("\n"+string(page), "\n```")
	for i := 1; i+1 < len(blocks); i += 2 {
		info, content, _ := strings.Cut(blocks[i], "\n")
		kind, rest, _ := strings.Cut(info, " ")
		switch {
		case kind == "md":
			list = append(list, example{file: rest, text: content + "\n"})
		case kind == "toml" || kind == "sh":
		case len(list) == 0:
			t.Fatalf("a block %q before any file", info)
		case kind == "json":
			list[len(list)-1].data = content
		default:
			list[len(list)-1].outs = append(list[len(list)-1].outs, [2]string{kind, content})
		}
	}
	return list
}

func TestTheDocs(t *testing.T) {
	list := docExamples(t)
	if len(list) < 2 {
		t.Fatalf("%d examples", len(list))
	}
	for _, ex := range list {
		o, name := options(), path.Dir(ex.file)
		o.Locale, _, _ = strings.Cut(path.Base(ex.file), ".")
		s, err := Load(o, Builtin(), folder("own", map[string]string{ex.file: ex.text}))
		if err != nil {
			t.Errorf("%s: %v", ex.file, err)
			continue
		}
		if len(ex.outs) == 0 {
			t.Errorf("%s: nothing comes out of it", ex.file)
		}
		for _, out := range ex.outs {
			if out[0] == "expect" {
				for line := range strings.Lines(out[1]) {
					expectLine(t, s, name, strings.TrimSpace(line))
				}
				continue
			}
			if out[0] == "links" {
				if got := docLinks(t, s, ex); got != out[1] {
					t.Errorf("%s: the links lead to\n%s\nwant\n%s", ex.file, got, out[1])
				}
				continue
			}
			got := docRender(t, s, ex, out[0])
			if got != out[1] {
				t.Errorf("%s on %s:\ngot\n%s\nwant\n%s", ex.file, out[0], got, out[1])
			}
		}
	}
}

// docRender writes an example for a channel; Telegram's is shown as it is sent.
func docRender(t *testing.T, s *Set, ex example, channel string) string {
	t.Helper()
	format, known := map[string]Format{
		"telegram": Telegram, "sms": SMS, "plain": Plain, "viber": Viber, "whatsapp": WhatsApp, "email": Email, "subject": Email, "image": Telegram,
		"approved": WhatsApp,
	}[channel]
	if !known {
		t.Fatalf("%s: a block %q that is not understood", ex.file, channel)
	}
	locale, _, _ := strings.Cut(path.Base(ex.file), ".")
	asked := channel
	if channel == "approved" {
		channel = "whatsapp_cloud"
	}
	r := render(t, s, Input{Template: path.Dir(ex.file), Locale: locale, Channel: channel, Format: format, Data: decode(t, ex.data), Company: options().Company, Link: ourLink})
	switch asked {
	case "approved":
		return strings.ReplaceAll(said(r.Approved), "\u00a0", " ") // as it looks
	case "subject":
		return r.Subject
	case "image":
		return r.Image
	case "email":
		return r.Text
	}
	return strings.ReplaceAll(firstOf(r.Markup, r.Text), "\u200a", " ") // as it looks
}

// docLinks are where the tracked links of an SMS lead.
func docLinks(t *testing.T, s *Set, ex example) string {
	t.Helper()
	locale, _, _ := strings.Cut(path.Base(ex.file), ".")
	r := render(t, s, Input{Template: path.Dir(ex.file), Locale: locale, Channel: "sms", Format: SMS, Data: decode(t, ex.data), Link: ourLink})
	return strings.Join(r.Links, "\n")
}

// expectLine tries one line: data, and "is sent", "is skipped: CONDITION" or "is refused: FIELD".
func expectLine(t *testing.T, s *Set, name, line string) {
	t.Helper()
	data, verdict, _ := strings.Cut(line, "} is ")
	unmet, err := s.Unmet(name, decode(t, data+"}"))
	got := "sent"
	var wrong *FieldError
	if unmet != "" {
		got = "skipped: " + unmet
	}
	if errors.As(err, &wrong) {
		got = "refused: " + wrong.Field
	}
	if got != verdict {
		t.Errorf("%s: it is %s", line, got)
	}
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	if text == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var data map[string]any
	if err := d.Decode(&data); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return data
}

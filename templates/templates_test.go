package templates

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// load makes a set whose template "t" has one variant.
func load(t testing.TB, file string) *Set {
	t.Helper()
	return loadFiles(t, map[string]string{"t/uk.md": file})
}

func loadFiles(t testing.TB, files map[string]string) *Set {
	t.Helper()
	s, err := Load(options(), Builtin(), folder("own", files))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func folder(name string, files map[string]string) Layer {
	m := fstest.MapFS{}
	for file, text := range files {
		m[file] = &fstest.MapFile{Data: []byte(text)}
	}
	return Layer{Name: name, FS: m}
}

func render(t testing.TB, s *Set, in Input) Rendered {
	t.Helper()
	r, err := s.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheBuiltInTemplates(t *testing.T) {
	// as an operator's layer, so that nothing is forgiven
	s, err := Load(options(), Layer{Name: "builtin", FS: Builtin().FS})
	if err != nil {
		t.Fatal(err)
	}
	got, want := s.Names(), append([]string{"bonus", "code", "link_used", "order_ready", "promo", "resumed", "stopped", "stopped_all", "welcome"}, talks...)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("Names = %v; want %v", got, want)
	}
	for _, name := range s.Names() {
		for _, locale := range []string{"uk", "ru", "en"} {
			for _, ch := range options().Channels {
				v := s.templates[name].find(locale, ch.Name, "uk")
				if v.key.locale != locale {
					t.Errorf("%s in %s on %s is %s", name, locale, ch.Name, v.file)
				}
				if ch.Name == "sms" && v.key.channel != "sms" && !talked(name) {
					t.Errorf("%s in %s has no words for SMS", name, locale)
				}
				inspect(t, s, Input{Template: name, Locale: locale, Channel: ch.Name, Data: exampleData(s.templates[name], v)})
			}
		}
		purpose, err := s.Purpose(name)
		if want := map[bool]Purpose{true: Marketing, false: Service}[name == "promo"]; err != nil || purpose != want {
			t.Errorf("Purpose(%s) = %q, %v; want %q", name, purpose, err, want)
		}
	}
}

func TestBuiltInTemplatesNeedLittle(t *testing.T) {
	o := options()
	o.WayOut, o.Company, o.Channels[1].MaxParts = "", Company{}, 1
	for _, locale := range []string{"uk", "en", "pl"} {
		o.Locale = locale
		if _, err := Load(o, Builtin()); err != nil {
			t.Errorf("a small shop in %s: %v", locale, err)
		}
	}
	s, err := Load(o, Builtin())
	if err != nil {
		t.Fatal(err)
	}
	got := render(t, s, Input{Template: "bonus", Locale: "uk", Channel: "sms", Format: SMS, Data: map[string]any{"points": 120}})
	if want := "Нараховано бонусів: 120."; got.Text != want {
		t.Errorf("bonus = %q; want %q", got.Text, want)
	}
	if got := render(t, s, Input{Template: "welcome", Channel: "telegram", Format: Telegram}); !strings.HasPrefix(got.Text, "Welcome!") {
		t.Errorf("welcome of a company in pl = %q; want English", got.Text)
	}
}

func TestWhichVariant(t *testing.T) {
	tests := map[string]struct{ files, locale, channel, want string }{
		"locale and channel before all":              {"uk uk.sms ru", "uk", "sms", "uk.sms"},
		"the locale when no variant has the channel": {"uk ru.sms", "uk", "sms", "uk"},
		"the exact locale before its parent":         {"uk uk-UA", "uk-UA", "sms", "uk-UA"},
		"the parent when the exact one is missing":   {"uk ru", "ru_RU", "sms", "ru"},
		"an exact locale before a parent's channel":  {"uk-UA uk.sms uk", "uk-UA", "sms", "uk-UA"},
		"the company's locale for others":            {"uk ru", "de", "sms", "uk"},
		"the company's locale for nobody in person":  {"uk ru", "", "telegram", "uk"},
		"the company's channel for others":           {"uk uk.sms ru", "de", "sms", "uk.sms"},
		"no locale is the company's language":        {"uk sms", "uk", "sms", "sms"},
		"a person's language before the channel":     {"uk ru sms", "ru", "sms", "ru"},
		"another channel is nobody's business":       {"uk sms", "uk", "telegram", "uk"},
		"capitals and underscores do not matter":     {"uk pt-BR", "PT_br.UTF-8", "sms", "pt-BR"},
		"a script":                                   {"uk zh-Hans", "zh-hans-CN", "sms", "zh-Hans"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			for f := range strings.FieldsSeq(tt.files) {
				files["t/"+f+".md"] = "I am " + f
			}
			got := render(t, loadFiles(t, files), Input{Template: "t", Locale: tt.locale, Channel: tt.channel, Format: SMS})
			if got.Text != "I am "+tt.want {
				t.Errorf("got %q; want %s", got.Text, tt.want)
			}
		})
	}
}

func TestTheOperatorsFilesCoverTheBuiltIn(t *testing.T) {
	const own = "own words, {{.points}}"
	tests := map[string]struct {
		files           map[string]string
		locale, channel string
		own             bool
	}{
		"in its place":                          {map[string]string{"uk": own}, "uk", "telegram", true},
		"and for the channels of that language": {map[string]string{"uk": own}, "uk", "sms", true},
		"other languages stay":                  {map[string]string{"uk": own}, "ru", "telegram", false},
		"a channel alone leaves the others":     {map[string]string{"uk.sms": own}, "uk", "telegram", false},
		"no locale is the company's":            {map[string]string{"sms": own}, "uk", "sms", true},
		"other needs take the built-in away":    {map[string]string{"uk": own + "{{.card}}"}, "ru", "telegram", true},
		"another purpose does too":              {map[string]string{"uk": "+++\npurpose = \"marketing\"\n+++\n" + own + "{{way_out}}"}, "ru", "sms", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			for f, text := range tt.files {
				files["bonus/"+f+".md"] = text
			}
			in := Input{Template: "bonus", Locale: tt.locale, Channel: tt.channel, Format: SMS, WayOut: options().WayOut}
			in.Data = map[string]any{"points": 7, "card": "c"}
			if got := render(t, loadFiles(t, files), in); strings.HasPrefix(got.Text, "own words") != tt.own {
				t.Errorf("got %q; own is %v", got.Text, tt.own)
			}
		})
	}
}

func TestFields(t *testing.T) {
	s := loadFiles(t, map[string]string{
		"t/uk.md":  "+++\n[example]\na = 1\n+++\n{{.a}} {{if .b}}{{.b}}{{end}} {{if .c}}x{{else}}{{.c}}{{end}} {{company}}",
		"t/sms.md": "+++\nbuttons = [{ text = \"x\", url = \"{{.a}}\" }]\n[example]\na = \"https://x.example\"\n+++\nx",
	})
	got, err := s.Fields("t")
	if err != nil || len(got) != 3 || got[0].Name != "a" || !got[0].Required || got[1] != (Field{Name: "b"}) || got[2] != (Field{Name: "c", Required: true}) {
		t.Errorf("Fields = %+v, %v", got, err)
	}
}

func TestErrorsThatTellWhatToDo(t *testing.T) {
	s := loadFiles(t, map[string]string{
		"t/uk.md":        "{{.a}} {{.b}}",
		"link/uk.md":     "[x]({{.a}})",
		"list/uk.md":     "- {{.a}}\n\n> {{.a}}",
		"ready/uk.md":    "x",
		"only/sms.md":    "x",
		"maybe/uk.md":    "+++\n[example]\na = \"x\"\n+++\n{{.a}}",
		"promoted/uk.md": "+++\npurpose = \"marketing\"\n+++\nx {{way_out}}",
	})
	tests := map[string]struct {
		template, channel string
		data              map[string]any
		want              string
	}{
		"all missing fields":   {"t", "sms", nil, "template t: field \"a\" is missing\ntemplate t: field \"b\" is missing"},
		"null is missing":      {"maybe", "sms", map[string]any{"a": nil}, `template maybe: field "a" is missing`},
		"a list":               {"maybe", "sms", map[string]any{"a": []any{1}}, `template maybe: field "a" is a list: send text or a number`},
		"an object":            {"maybe", "sms", map[string]any{"a": map[string]any{}}, `template maybe: field "a" is an object: send text or a number`},
		"true":                 {"maybe", "sms", map[string]any{"a": true}, `template maybe: field "a" is true or false: ask about it with {{if}}`},
		"nothing left to send": {"maybe", "sms", map[string]any{"a": " "}, `template maybe with this data is empty`},
		"only a bullet":        {"list", "telegram", map[string]any{"a": "\u200b"}, `template list with this data is empty`},
		"no link":              {"link", "telegram", map[string]any{"a": "javascript:x"}, `template link: field "a" is not an http or https link`},
		"too long for the format": {"maybe", "telegram", map[string]any{"a": strings.Repeat("😀", 2049)},
			"template maybe with this data is too long: 4098 characters, at most 4096"},
		"no variant":                {"only", "telegram", nil, `template only has no variant for telegram in ""`},
		"an unknown one":            {"redy", "sms", nil, `no template "redy"; did you mean "ready"?`},
		"an unknown one, far away":  {"xyz", "sms", nil, `no template "xyz"`},
		"marketing with no way out": {"promoted", "sms", nil, "template promoted is marketing and has no way out on sms: set [server] public_url"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := SMS
			if tt.channel == "telegram" {
				f = Telegram
			}
			r, err := s.Render(Input{Template: tt.template, Channel: tt.channel, Format: f, Data: tt.data})
			if err == nil || err.Error() != tt.want {
				t.Errorf("Render = %q, %v; want %s", r.Text, err, tt.want)
			}
		})
	}
	_, err := s.Render(Input{Template: "redy"})
	var unknown *UnknownTemplate
	if !errors.As(err, &unknown) || unknown.Detail() != `No template "redy". Did you mean "ready"?` {
		t.Errorf("%v", err)
	}
	r := render(t, s, Input{Template: "promoted", Channel: "telegram", Format: Telegram})
	if r.Markup != "x STOP — щоб відписатися" {
		t.Errorf("a way out by reply = %q", r.Markup)
	}
}

func TestExactlyTheLimitGoes(t *testing.T) {
	s := load(t, "**{{.a}}**")
	value := strings.Repeat("😀", 2048)
	r := render(t, s, Input{Template: "t", Channel: "telegram", Format: Telegram, Data: map[string]any{"a": value}})
	if r.Markup != "<b>"+value+"</b>" {
		t.Errorf("%d bytes", len(r.Markup))
	}
}

func TestRenderText(t *testing.T) {
	r, err := RenderText(Telegram, " **a** <b>\x00 \n\n\n\n{{.x}} ")
	if err != nil || r.Markup != "**a** &lt;b&gt; \n\n{{.x}}" || r.Text != "**a** <b> \n\n{{.x}}" {
		t.Errorf("RenderText = %+v, %v", r, err)
	}
	if r, err = RenderText(SMS, "1\u00a0000\u200b"); err != nil || r.Text != "1 000" || r.Markup != "" {
		t.Errorf("RenderText = %+v, %v", r, err)
	}
	var empty *Empty
	if _, err = RenderText(Telegram, " \n\x00"); !errors.As(err, &empty) {
		t.Errorf("empty text: %v", err)
	}
	var long *TooLong
	if _, err = RenderText(Telegram, strings.Repeat("x", 4097)); !errors.As(err, &long) || long.Size != 4097 {
		t.Errorf("long text: %v", err)
	}
}

func TestButtonsOfSomeChannels(t *testing.T) {
	s := load(t, `+++
buttons = [
  { text = "All", url = "https://shop.example/all" },
  { text = "Chat", data = "chat", on = ["telegram", "viber"] },
  { text = "Phone", url = "https://s.example/p", on = ["sms"] },
]
+++
Hello`)
	for channel, want := range map[string]string{"telegram": "Hello [All] [Chat]", "viber": "Hello [All] [Chat]", "whatsapp": "Hello [All]", "sms": "Hello\nAll: https://shop.example/all\nPhone: https://s.example/p"} {
		f := Plain
		if channel == "sms" {
			f = SMS
		}
		r := render(t, s, Input{Template: "t", Channel: channel, Format: f})
		got := r.Text
		for _, b := range r.Buttons {
			got += " [" + b.Text + "]"
		}
		if got != want {
			t.Errorf("on %s: %q; want %q", channel, got, want)
		}
	}
	for on, want := range map[string]string{`["fax"]`: `unknown channel "fax"`, `[]`: "on no channel", `["sms"]`: "opens nothing"} {
		_, err := Load(options(), Builtin(), folder("own", map[string]string{"t/uk.md": "+++\nbuttons = [{ text = \"x\", data = \"y\", on = " + on + " }]\n+++\nx"}))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("on = %s: Load = %v; want %s", on, err, want)
		}
	}
}

func TestALengthIsThatOfItsChannel(t *testing.T) {
	o := options()
	o.Channels = append(o.Channels, Channel{Name: "viber", MaxText: 7000})
	file := "{{.a}}"
	example := "+++\n[example]\na = \"" + strings.Repeat("x", 7001) + "\"\n+++\n"
	_, err := Load(o, Builtin(), folder("own", map[string]string{"t/uk.md": "x {{if .a}}{{end}}", "t/viber.md": example + file}))
	if want := "own/t/viber.md:5: 7001 characters on viber with the example data, at most 7000; shorten it, or add a variant for viber"; err == nil || err.Error() != want {
		t.Errorf("Load = %v; want %s", err, want)
	}
}

func TestPhrases(t *testing.T) {
	s := loadFiles(t, map[string]string{"phrases.toml": "[uk]\nthanks = \"Дякую\"\n[pl]\nthanks = \"Dziękujemy\"\n"})
	for _, tt := range []struct {
		locale string
		phrase Phrase
		want   string
	}{
		{"uk-UA", Thanks, "Дякую"}, {"uk", ConfirmRead, "Прочитано"}, {"ru", ConfirmRead, "Прочитано"}, {"en-GB", ConfirmRead, "Got it"},
		{"pl", Thanks, "Dziękujemy"}, {"pl", ConfirmRead, "Прочитано"}, {"", Thanks, "Дякую"},
	} {
		if got := s.Phrase(tt.locale, tt.phrase); got != tt.want {
			t.Errorf("Phrase(%q, %s) = %q; want %q", tt.locale, tt.phrase, got, tt.want)
		}
	}
	_, err := Load(options(), Builtin(), folder("own", map[string]string{"phrases.toml": "[uk]\nthnks = \"x\"\nthanks = \"\"\n[klingon]\n"}))
	want := "own/phrases.toml:2: unknown phrase \"thnks\"; the phrases are " + phraseNames() + "\n" +
		"own/phrases.toml:3: an empty phrase; write the words, or take the line away\n" +
		"own/phrases.toml:4: not a locale: \"klingon\"; write [uk], [en] or [pt-BR]"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	_, err = Load(options(), Builtin(), folder("own", map[string]string{"phrases.toml": "[uk\n"}))
	var faults Faults
	if !errors.As(err, &faults) || faults[0].Line != 1 {
		t.Errorf("broken phrases: %v", err)
	}
}

func TestFoldersThatCannotBeRead(t *testing.T) {
	_, err := Load(options(), Builtin(), Dir("/nonexistent/templates"))
	if want := "/nonexistent/templates: cannot read the folder: no such file or directory; check [templates] dir and its permissions"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	for name, bad := range map[string]string{"not UTF-8": "\xff", "a control character": "x\x00", "a private-use character": "\ue000", "too large": strings.Repeat("x", maxFile+1)} {
		if _, err := Load(options(), Builtin(), folder("own", map[string]string{"t/uk.md": bad})); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	if _, err := Load(options(), Builtin(), folder("own", map[string]string{"README.md": "x", ".git/x": "x", "t/.x.swp": "x", "t/uk.md~": "x", "t/uk.md": "\ufeffx\r\ny"})); err != nil {
		t.Errorf("what editors leave behind: %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	s := load(t, everywhere)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if _, err := s.Render(Input{Template: "t", Channel: "telegram", Format: Telegram, Data: map[string]any{"a": 1, "b": json.Number("2")}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkRender(b *testing.B) {
	s, err := Load(options(), Builtin())
	if err != nil {
		b.Fatal(err)
	}
	data := map[string]any{"points": json.Number("120"), "balance": json.Number("1540")}
	for _, f := range []Format{SMS, Telegram} {
		b.Run(f.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Render(Input{Template: "bonus", Locale: "uk-UA", Channel: f.String(), Format: f, Data: data}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

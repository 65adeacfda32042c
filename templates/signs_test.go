package templates

import (
	"errors"
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// seen is one character as a person sees it.
type seen struct {
	r      rune
	styles string // of b, i, s and c
}

// readSigns reads marks as generously as any client might: a mark opens before anything but a space, and closes behind anything but a
// space and not before a word, on the same line, around something.
func readSigns(text string, code ...string) []seen {
	runes := []rune(text)
	styles, gone := make([]string, len(runes)), make([]bool, len(runes))
	take := func(from, to, width int, style string) {
		for i := from; i < to+width; i++ {
			if i < from+width || i >= to {
				gone[i] = true
			} else {
				styles[i] += style
			}
		}
	}
	for _, mark := range code {
		width := len(mark)
		at := func(i int) bool {
			return i+width <= len(runes) && string(runes[i:i+width]) == mark && !gone[i] && !strings.Contains(styles[i], "c")
		}
		for i := 0; i < len(runes); i++ {
			for j := i + width; at(i) && j < len(runes); j++ {
				if at(j) {
					take(i, j, width, "c")
					i = j + width - 1
					break
				}
			}
		}
	}
	for sign, style := range map[rune]string{'*': "b", '_': "i", '~': "s"} {
		is := func(i int) bool {
			return i < len(runes) && runes[i] == sign && !strings.HasPrefix(string(runes[i+1:min(i+3, len(runes))]), "\ufe0f\u20e3") && !gone[i] && !strings.Contains(styles[i], "c")
		}
		for i := 0; i < len(runes); i++ {
			if !is(i) || i+1 == len(runes) || unicode.IsSpace(runes[i+1]) {
				continue
			}
			for j := i + 1; j < len(runes) && runes[j] != '\n'; j++ {
				if is(j) && j > i+1 && !unicode.IsSpace(runes[j-1]) && (j+1 == len(runes) || !wordly(runes[j+1])) && strings.Trim(string(runes[i:j]), string(sign)) != "" {
					take(i, j, 1, style)
					i = j
					break
				}
			}
		}
	}
	var out []seen
	for i, r := range runes {
		if !gone[i] {
			out = append(out, seen{r, styles[i]})
		}
	}
	return out
}

var htmlPiece = regexp.MustCompile(`^(<(/?)(\w+)[^>]*>|&[#\w]+;|[^<&])`)

// readHTML reads Telegram's HTML, which is told apart from data by escapes.
func readHTML(markup string) (out []seen) {
	styles := map[string]string{"b": "b", "i": "i", "s": "s", "code": "c", "pre": "c"}
	now := ""
	for markup != "" {
		m := htmlPiece.FindStringSubmatch(markup)
		markup = markup[len(m[0]):]
		switch style := styles[m[3]]; {
		case m[3] != "" && m[2] == "":
			now += style
		case m[3] != "":
			now = strings.Replace(now, style, "", 1)
		default:
			out = append(out, seen{[]rune(html.UnescapeString(m[0]))[0], now})
		}
	}
	return out
}

var encoded = strings.NewReplacer("%2A", "*", "%5F", "_", "%7E", "~", "%60", "`", "\u200a", "", "\u2060", "", "\u02cb", "`")

// comparable is what can be compared between formats: everything but spaces, and what keeps signs apart.
func comparable(list []seen) (out []seen) {
	var text strings.Builder
	for _, s := range list {
		text.WriteRune(s.r)
	}
	// An encoded sign is three characters: those of it have the style of its first.
	runes := []rune(text.String())
	for i := 0; i < len(runes); i++ {
		r, step := runes[i], 0
		if i+2 < len(runes) && r == '%' {
			if plain := encoded.Replace(string(runes[i : i+3])); len(plain) == 1 {
				r, step = rune(plain[0]), 2
			}
		}
		if plain := encoded.Replace(string(r)); plain != "" && !unicode.IsSpace(r) {
			out = append(out, seen{[]rune(plain)[0], list[i].styles})
		}
		i += step
	}
	return out
}

// wordsOnly has a field in every style; lists and links look different from format to format.
const wordsOnly = `+++
buttons = [{ text = "ok", data = "ok" }]
+++
# {{.a}}
**{{.a}}** *{{.b}}* ~~{{.c}}~~ ` + "`{{.b}}`" + ` x{{.a}}y **{{.a}} *{{.b}}* {{.c}}** {{.a}}**{{.b}}**{{.c}}
{{.c}}{{.b}} \*{{.a}}\* \_{{.b}}\_ {{.a}}

` + "```\n{{.a}}\n{{.b}}\n```\n"

// sameWords holds the marks of a format to what Telegram shows: the same words, and no style that Telegram has not got.
func sameWords(t *testing.T, s *Set, f Format, data map[string]any, code ...string) (styled int, ok bool) {
	t.Helper()
	var failed bool
	write := func(f Format) string {
		r, err := s.Render(Input{Template: "t", Channel: "x", Format: f, Data: data, Company: options().Company})
		var long *TooLong
		var empty *Empty
		if errors.As(err, &long) || errors.As(err, &empty) {
			failed = true
		} else if err != nil {
			t.Fatal(err)
		}
		if problem := unfit(r.Markup); problem != "" {
			t.Fatalf("%s in %q", problem, r.Markup)
		}
		return r.Markup
	}
	marked, plain := write(f), write(Telegram)
	if failed {
		return 0, false
	}
	got, want := comparable(readSigns(marked, code...)), comparable(readHTML(plain))
	if len(got) != len(want) {
		t.Fatalf("%v: %d characters are seen, want %d:\n%s\nwant\n%s", f, len(got), len(want), visibly(marked), plain)
	}
	for i := range got {
		if got[i].r != want[i].r {
			t.Fatalf("%v: %q is seen in place of %q at %d:\n%s\nwant\n%s", f, got[i].r, want[i].r, i, visibly(marked), plain)
		}
		for _, style := range got[i].styles {
			if !strings.ContainsRune(want[i].styles, style) {
				t.Fatalf("%v: %q has style %q, want %q:\n%s\nwant\n%s", f, got[i].r, got[i].styles, want[i].styles, visibly(marked), plain)
			}
		}
		styled += len(got[i].styles)
	}
	return styled, true
}

// FuzzSigns: whatever the data, people read the words that were written, and no style that their author did not give them.
func FuzzSigns(f *testing.F) {
	for i, h := range hostile {
		f.Add(h, hostile[(i+1)%len(hostile)], hostile[(i+2)%len(hostile)])
	}
	for _, h := range []string{"*a*", "a*", "*a", "* a *", "**a**", "_a_b_", "48_21_", "~~", "```a```", "`", "*_~`", "a_b", "**** 4821", "*️⃣", "> x", "1. x\n* y", "https://x.y/_a_*", "x http://a_b_ *", "\u200a*a*", "\u0301*", "a *b*c* d"} {
		f.Add(h, h, h)
		f.Add(h, "x", "y "+h+" z")
	}
	s := load(f, wordsOnly)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		data := map[string]any{"a": a, "b": b, "c": c}
		sameWords(t, s, Viber, data, "```")
		sameWords(t, s, WhatsApp, data, "```", "`")
	})
}

// Calm words have the very styles that their author gave them.
func TestSignsTakeEffect(t *testing.T) {
	s := load(t, "# {{.a}}\n**{{.a}} б** і *{{.a}}* та ~~{{.a}}~~ (`{{.a}}`), ***{{.a}}***\n\n```\n{{.a}}\n```\n")
	data := map[string]any{"a": "слово і ще 5_7"}
	r := render(t, s, Input{Template: "t", Channel: "x", Format: Telegram, Data: data})
	want := 0
	for _, c := range comparable(readHTML(r.Markup)) {
		want += len(c.styles)
	}
	for f, code := range map[Format][]string{Viber: {"```"}, WhatsApp: {"```", "`"}} {
		if got, ok := sameWords(t, s, f, data, code...); !ok || got != want {
			t.Errorf("%v: %d styled characters, want %d", f, got, want)
		}
	}
}

func TestTheReaderOfSignsSeesMarks(t *testing.T) {
	for text, want := range map[string]int{
		"*a*": 1, "_ab_ c": 2, "~a~, *b*": 2, "*a b*c": 0, "* a*": 0, "*a *": 0, "a*b*": 1, "**": 0, "****": 0, "**a**": 2, "*a\nb*": 0,
		"```a b```": 3, "`a*b*`": 5, "*_a_*": 2, "_a\u200a_": 0, "_\u200aa_": 0,
	} {
		got := 0
		for _, c := range readSigns(text, "```", "`") {
			got += len(c.styles)
		}
		if got != want && !(text == "*_a_*" && got >= 2) && !(text == "`a*b*`" && got >= 4) && !(text == "**a**" && got > 0) {
			t.Errorf("%q: %d styled characters, want %d", text, got, want)
		}
	}
}

// Free text is what its writer typed: staff and callers who paste stars mean stars.
func TestFreeTextHasNoMarks(t *testing.T) {
	for _, h := range append(hostile, "*важливо* до _завтра_, `код`") {
		for _, f := range []Format{Viber, WhatsApp} {
			r, err := RenderText(f, h)
			if err != nil {
				continue // empty, or too long
			}
			for _, c := range readSigns(r.Markup, "```", "`") {
				if c.styles != "" {
					t.Errorf("%v: %q has style %s in %q", f, c.r, c.styles, visibly(r.Markup))
				}
			}
		}
	}
}

// The same with data made of nothing but what could be a mark, or stand beside one.
func TestSignsOfSigns(t *testing.T) {
	s := load(t, wordsOnly)
	pieces := []string{"*", "_", "~", "`", "```", " ", "a", "б", "5", ".", ",", "\n", ">", "-", "1.", "\u200a", "\u2060", "\u0301", "\ufe0f", "👍", "https://x.y/", "**", "\u02cb", "\u00a0"}
	rapid.Check(t, func(r *rapid.T) {
		data := map[string]any{}
		for _, field := range []string{"a", "b", "c"} {
			data[field] = strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 7).Draw(r, field), "")
		}
		r.Logf("%q", data)
		sameWords(t, s, Viber, data, "```")
		sameWords(t, s, WhatsApp, data, "```", "`")
	})
}

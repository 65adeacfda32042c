package templates

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestShapes(t *testing.T) {
	company := Company{Country: "UA"}
	n := func(s string) any { return json.Number(s) }
	tests := map[string]struct {
		shape, args string
		value       any
		locale      string
		want        string // NBSP as ~
	}{
		"thousands in Ukrainian":             {"number", "", n("1234567"), "uk", "1~234~567"},
		"thousands in English":               {"number", "", "1234567.50", "en", "1,234,567.50"},
		"thousands in Russian":               {"number", "", n("-1234.5"), "ru", "-1~234,5"},
		"a small number":                     {"number", "", 7, "uk", "7"},
		"the noise of a float":               {"number", "", n("0.30000000000000004"), "uk", "0,3"},
		"an exponent":                        {"number", "", n("1.2e6"), "en", "1,200,000"},
		"minus nothing":                      {"number", "", "-0.0", "en", "0.0"},
		"fifteen digits":                     {"number", "", "999999999999999", "en", "999,999,999,999,999"},
		"money in the company's currency":    {"money", "", "1249.9", "uk", "1~249,90~грн"},
		"money in English":                   {"money", "", "1249.90", "en", "UAH~1,249.90"},
		"money in Russian":                   {"money", "", "1249.90", "ru-ua", "1~249,90~грн"},
		"a whole sum":                        {"money", "", n("250.00"), "uk", "250~грн"},
		"a sum that rounds":                  {"money", "EUR", "2.675", "uk", "2,68~€"},
		"a sum that rounds to a whole one":   {"money", "USD", "0.999", "en", "$1"},
		"a debt":                             {"money", "USD", "-5.5", "en", "-$5.50"},
		"coins that do not exist":            {"money", "JPY", "99.6", "en", "JPY~100"},
		"zlotys":                             {"money", "PLN", "5", "pl", "5~zł"},
		"a day in Ukrainian":                 {"date", "", "2026-05-03", "uk", "3~травня 2026"},
		"a day in Russian":                   {"date", "", "2026-12-31T23:59:59+02:00", "ru", "31~декабря 2026"},
		"a day in English":                   {"date", "", "2026-05-03", "en", "3~May 2026"},
		"a day in America":                   {"date", "", "2026-05-03", "en-us", "May~3, 2026"},
		"a day without its year":             {"date", "day", "2026-05-03", "uk-ua", "3~травня"},
		"a short day":                        {"date", "short", "2026-05-03 10:00", "uk", "03.05.2026"},
		"a short day in English":             {"date", "short", "2026-05-03", "en", "3 May 2026"},
		"a time, in the offset it came with": {"date", "time", "2026-05-03T22:30:00Z", "uk", "22:30"},
		"a day for anybody":                  {"date", "iso", "2026-05-03T22:30:00Z", "de", "2026-05-03"},
		"an example in TOML":                 {"date", "day", time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC), "uk", "3~травня"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, problem := shaped(slot{"x", true, tt.shape, tt.args}, tt.value, tt.locale, company)
			if want := strings.ReplaceAll(tt.want, "~", "\u00a0"); problem != "" || got != want {
				t.Errorf("got %q, %s; want %q", got, problem, want)
			}
		})
	}
}

func TestPlural(t *testing.T) {
	tests := map[string]struct{ locale, words, numbers, want string }{
		"Ukrainian":                     {"uk", "бал бали балів", "0 1 2 4 5 11 12 14 21 22 25 100 101 111 1000002 -1", "балів бал бали бали балів балів балів балів бал бали балів балів бал балів бали бал"},
		"Ukrainian with halves":         {"uk", "бал бали балів бала", "1 2 5 1.5 2.0", "бал бали балів бала бала"},
		"Russian halves are as a few":   {"ru", "день дня дней", "1 3 7 1.5 21", "день дня дней дня день"},
		"English":                       {"en-GB", "point points", "0 1 2 21 1.5", "points point points points points"},
		"Polish":                        {"pl", "punkt punkty punktów", "1 2 5 21 22", "punkt punkty punktów punktów punkty"},
		"a language with one form only": {"ja", "点", "0 1 2 1.5", "点 点 点 点"},
		"a locale nobody knows":         {"xx", "one many", "1 2", "one many"},
	}
	for name, tt := range tests {
		args := strings.ReplaceAll(tt.words, " ", argSep)
		sl := slot{"n", true, pluralWord, args}
		if problem, _ := sl.shapeFault(tt.locale); problem != "" {
			t.Errorf("%s: %s", name, problem)
			continue
		}
		var got []string
		for n := range strings.FieldsSeq(tt.numbers) {
			text, problem := shaped(sl, n, tt.locale, Company{})
			got = append(got, text+problem)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %s; want %s", name, strings.Join(got, " "), tt.want)
		}
	}
}

func TestWhatCannotBeShaped(t *testing.T) {
	hostile := []any{nil, true, "", "<b>", "1 000", "1,5", "0x1F", "1e9", "1/3", "NaN", "Inf", strings.Repeat("9", 16), "1." + strings.Repeat("1", 31), []any{1}, map[string]any{}, "1_000", "١٢"}
	for _, shape := range []string{numberWord, moneyWord, pluralWord} {
		for _, v := range hostile {
			if text, problem := shaped(slot{"n", true, shape, "a\x00b"}, v, "en", Company{Country: "UA"}); problem == "" {
				t.Errorf("%s of %v is %q", shape, v, text)
			}
		}
	}
	for _, v := range []any{nil, "tomorrow", "2026-13-01", "2026-02-30", 20260503, "03.05.2026", "2026-05-03T25:00:00Z", "2026-05-03<b>"} {
		if text, problem := shaped(slot{"n", true, dateWord, ""}, v, "en", Company{}); problem == "" {
			t.Errorf("date of %v is %q", v, text)
		}
	}
	if _, problem := shaped(slot{"n", true, dateWord, timeStyle}, "2026-05-03", "en", Company{}); problem != "is a date without a time" {
		t.Errorf("the time of a day: %q", problem)
	}
	if _, problem := shaped(slot{"n", true, moneyWord, ""}, "5", "en", Company{}); !strings.Contains(problem, "without a currency") {
		t.Errorf("money of no country: %q", problem)
	}
}

func TestShapesAreCheckedAtLoad(t *testing.T) {
	for text, want := range map[string]string{
		`{{plural .n "бал" "бали"}}`:            `own/t/uk.md:2: {{plural .n "бал" "бали"}} has 2 words, and "uk" needs those for 1, 2, 5; write one for each, in this order; one more is for 1.5`,
		`{{plural .n "a" "b" "c" "d" "e"}}`:     "has 5 words",
		`{{plural .n}}`:                         "has 0 words",
		`{{plural "x" .n}}`:                     "is not known here",
		`{{plural .n .m .o .p}}`:                "is not known here",
		`{{number .n "x"}}`:                     "takes nothing but a field",
		`{{number}}`:                            "is not known here",
		`{{money .n "hryvnia"}}`:                "does not name a currency",
		`{{money .n "uah"}}`:                    "does not name a currency",
		`{{date .n "long"}}`:                    "is not a way to write a date",
		`{{if number .n}}x{{end}}`:              "{{if}} asks about a field, not about {{number .n}}",
		`[x](https://shop.example/{{date .n}})`: "{{date .n}} inside a link",
		`[x]({{number .n}})`:                    "{{number .n}} inside a link",
		`{{number .n | date}}`:                  "is not known here",
	} {
		_, err := Load(options(), Builtin(), folder("own", map[string]string{"t/uk.md": "line\n" + text}))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: Load = %v; want a fault with %s", text, err, want)
		}
	}
	_, err := Load(options(), Builtin(), folder("own", map[string]string{"t/uk.md": "x", "t/de.md": "x {{if .n}}{{date .n}}{{end}}"}))
	if err == nil || !strings.Contains(err.Error(), "dates are written in uk, ru, en and pl only") {
		t.Errorf("a date in German: %v", err)
	}
	o := options()
	o.Company.Country = ""
	_, err = Load(o, Builtin(), folder("own", map[string]string{"t/uk.md": "{{money .n}}"}))
	if err == nil || !strings.Contains(err.Error(), "{{money .n}} without a currency") {
		t.Errorf("money without a country: %v", err)
	}
}

func TestFits(t *testing.T) {
	s := load(t, "{{if .until}}{{date .until}}{{end}} {{number .n}} {{.name}}")
	for name, tt := range map[string]struct {
		data  map[string]any
		field string
	}{
		"all is well":                        {map[string]any{"until": "2026-05-03", "n": 1, "name": "Anna"}, ""},
		"what is not shown is not looked at": {map[string]any{"n": "1", "until": "", "name": "Anna", "other": []any{1}}, ""},
		"no date":                            {map[string]any{"until": "soon", "n": 1, "name": "Anna"}, "until"},
		"no number":                          {map[string]any{"n": "one", "name": "Anna"}, "n"},
		"a list":                             {map[string]any{"n": "1", "name": []any{"Anna"}}, "name"},
		"an object":                          {map[string]any{"n": "1", "name": map[string]any{"first": "Anna"}}, "name"},
		"an object in place of a date":       {map[string]any{"n": "1", "name": "Anna", "until": map[string]any{"at": 1}}, "until"},
		"yes in place of a text":             {map[string]any{"n": "1", "name": true}, "name"},
		"nothing in place of a text":         {map[string]any{"n": "1", "name": nil}, "name"},
		"what is needed is not there":        {map[string]any{"n": "1"}, "name"},
	} {
		var wrong *FieldError
		err := s.Fits("t", tt.data)
		if tt.field == "" && err != nil || tt.field != "" && (!errors.As(err, &wrong) || wrong.Field != tt.field) {
			t.Errorf("%s: Fits = %v", name, err)
		}
	}
	fields, _ := s.Fields("t")
	for _, f := range fields {
		if f.Required == (f.Name == "until") {
			t.Errorf("field %s: required is %v", f.Name, f.Required)
		}
	}
}

// A field that is a whole link is one at the door already: nothing could be written with another, on whatever channel.
func TestFitsTakesOnlyLinksForWholeLinks(t *testing.T) {
	bad := []string{"javascript:alert(1)", "", " ", "//x", "https://", "http:///a", "shop.example", "tel:+380501112233", "https://a@evil.example/", "https://" + strings.Repeat("a", maxLink), "https://evil.example\\.shop.example/"}
	good := []string{"https://shop.example", "HTTP://shop.example/a?b=c#d", "https://крамниця.укр/знижки"}
	for name, text := range map[string]string{
		"a link":             "[тут]({{.url}})",
		"a tracked link":     "+++\n[links]\ntrack = true\n+++\n[тут]({{.url}})",
		"a button":           "+++\nbuttons = [{ text = \"Тут\", url = \"{{.url}}\" }]\n+++\nтекст",
		"a button elsewhere": "+++\nbuttons = [{ text = \"Тут\", url = \"{{.url}}\", on = [\"viber\"] }]\n+++\nтекст",
	} {
		s := load(t, text)
		for _, url := range bad {
			var wrong *FieldError
			if err := s.Fits("t", map[string]any{"url": url}); !errors.As(err, &wrong) || wrong.Field != "url" || !strings.Contains(wrong.Problem, "link") {
				t.Errorf("%s to %.40q: Fits = %v", name, url, err)
			}
		}
		for _, url := range good {
			if err := s.Fits("t", map[string]any{"url": url}); err != nil {
				t.Errorf("%s to %q: Fits = %v", name, url, err)
			}
		}
	}
	for text, fits := range map[string]bool{
		"[тут](https://shop.example/{{.url}})": true, "{{.url}}": true, "{{if .vip}}[тут]({{.url}}){{end}}.": true,
		"+++\nimage = \"https://shop.example/{{.url}}\"\n+++\nтекст": true, "+++\nimage = \"{{.url}}\"\n+++\nтекст": false,
	} {
		if err := load(t, text).Fits("t", map[string]any{"url": "http:x"}); (err == nil) != fits {
			t.Errorf("%s: Fits = %v", text, err)
		}
	}
}

// A field that only some messages show is looked at in those.
func TestFitsLooksWhereTheMessageShows(t *testing.T) {
	s := load(t, "{{if .vip}}{{.gift}}{{end}}.")
	for want, data := range map[string]map[string]any{
		"":     {"vip": false, "gift": []any{1}},
		"gift": {"vip": true},
	} {
		var wrong *FieldError
		if err := s.Fits("t", data); want == "" && err != nil || want != "" && (!errors.As(err, &wrong) || wrong.Field != want) {
			t.Errorf("%v: Fits = %v; want a fault of %q", data, err, want)
		}
	}
}

package templates

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

func TestPrinted(t *testing.T) {
	type points int
	tests := map[string]struct {
		value any
		want  string // empty: refused
	}{
		"text":                              {"a", "a"},
		"a large number of JSON":            {json.Number("1200000"), "1200000"},
		"a number with an exponent":         {json.Number("1.2e6"), "1200000"},
		"decimals as they were written":     {json.Number("120.50"), "120.50"},
		"more digits than a float has":      {json.Number("12345678901234567890"), "12345678901234567890"},
		"a large float":                     {float64(1200000), "1200000"},
		"a small float":                     {0.000001, "0.000001"},
		"less than nothing":                 {-5.0, "-5"},
		"minus zero":                        {math.Copysign(0, -1), "0"},
		"minus zero of JSON":                {json.Number("-0"), "0"},
		"minus zero with decimals":          {json.Number("-0.00"), "0.00"},
		"minus zero with an exponent":       {json.Number("-0e3"), "0"},
		"a little less than nothing":        {json.Number("-0.05"), "-0.05"},
		"an integer":                        {int64(7), "7"},
		"an unsigned integer":               {uint8(7), "7"},
		"a type of someone else":            {points(7), "7"},
		"something that prints itself":      {time.Minute, "1m0s"},
		"not a number":                      {math.NaN(), ""},
		"endless":                           {math.Inf(1), ""},
		"an exponent that fills the screen": {json.Number("1e300"), ""},
		"an exponent that fills the disk":   {json.Number("1e999999999"), ""},
		"nothing":                           {nil, ""},
		"a truth":                           {true, ""},
		"a list":                            {[]string{"a"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, problem := printed(tt.value)
			if got != tt.want || (problem == "") != (tt.want != "") {
				t.Errorf("printed(%v) = %q, %q; want %q", tt.value, got, problem, tt.want)
			}
		})
	}
}

func TestTruth(t *testing.T) {
	for _, yes := range []any{true, "0", "x", 1, json.Number("0.1"), -1.5, []any{1}, map[string]any{"a": 1}} {
		if !truth(yes) {
			t.Errorf("%#v is no", yes)
		}
	}
	for _, no := range []any{nil, false, "", " ", 0, json.Number("0"), json.Number("0.00"), json.Number(""), 0.0, []any{}, map[string]any{}} {
		if truth(no) {
			t.Errorf("%#v is yes", no)
		}
	}
}

func TestWebLink(t *testing.T) {
	tests := map[string]struct{ value, want string }{
		"as it is":                 {"https://shop.example/a?b=1&c=%20#d", "https://shop.example/a?b=1&c=%20#d"},
		"what is not safe":         {" HTTPS://shop.example/я \"<>'\\ ", "https://shop.example/%D1%8F%20%22%3C%3E'%5C"},
		"a port":                   {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		"a domain in Cyrillic":     {"https://магазин.укр/x", "https://магазин.укр/x"},
		"a script":                 {"javascript:alert(1)", ""},
		"a script that has a host": {"javascript://x.example/%0aalert(1)", ""},
		"a user name":              {"https://bank.example@evil.example/", ""},
		"a backslash":              {"https://bank.example\\@evil.example/", ""},
		"a line in the host":       {"https://shop\n.example/", ""},
		"no host":                  {"https:///x", ""},
		"no scheme":                {"shop.example", ""},
		"another scheme":           {"tg://resolve?domain=x", ""},
		"a broken escape":          {"https://shop.example/%zz?100%", "https://shop.example/%25zz?100%25"},
		"nothing":                  {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, ok := webLink(tt.value); got != tt.want || ok != (tt.want != "") {
				t.Errorf("webLink(%q) = %q, %v; want %q", tt.value, got, ok, tt.want)
			}
		})
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		`\*\&amp;`: `*&amp;`, `&amp;lt;`: `&lt;`, `&#65;&#x42;&copy;`: "AB©", `&nope; & &; &#; &#x;`: `&nope; & &; &#; &#x;`, `a\b\\`: `a\b\`,
		`&#0;`: "\ufffd", `&ouml;`: "ö", `&`: "&", `&#99999999;`: `&#99999999;`,
	} {
		if got := unescape(in); got != want {
			t.Errorf("unescape(%q) = %q; want %q", in, got, want)
		}
	}
}

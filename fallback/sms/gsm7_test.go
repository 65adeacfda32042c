package sms

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParts(t *testing.T) {
	cases := map[string]struct {
		text, encoding string
		parts          int
	}{
		"nothing":                         {"", GSM7, 0},
		"160 of GSM-7":                    {strings.Repeat("a", 160), GSM7, 1},
		"161 of GSM-7":                    {strings.Repeat("a", 161), GSM7, 2},
		"306 of GSM-7":                    {strings.Repeat("a", 306), GSM7, 2},
		"307 of GSM-7":                    {strings.Repeat("a", 307), GSM7, 3},
		"80 euros are 160 places":         {strings.Repeat("€", 80), GSM7, 1},
		"81 euros":                        {strings.Repeat("€", 81), GSM7, 2},
		"an escape pair moves on whole":   {strings.Repeat("a", 152) + "€" + strings.Repeat("a", 10), GSM7, 2},
		"and takes its room with it":      {strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), GSM7, 3},
		"70 Cyrillic letters":             {strings.Repeat("ж", 70), UCS2, 1},
		"71 Cyrillic letters":             {strings.Repeat("ж", 71), UCS2, 2},
		"134 Cyrillic letters":            {strings.Repeat("ж", 134), UCS2, 2},
		"135 Cyrillic letters":            {strings.Repeat("ж", 135), UCS2, 3},
		"35 emoji":                        {strings.Repeat("😀", 35), UCS2, 1},
		"36 emoji":                        {strings.Repeat("😀", 36), UCS2, 2},
		"a surrogate pair moves on whole": {strings.Repeat("ж", 66) + "😀" + strings.Repeat("ж", 10), UCS2, 2},
		"and takes its room too":          {strings.Repeat("ж", 66) + "😀" + strings.Repeat("ж", 66), UCS2, 3},
		"every basic character":           {gsmBasic, GSM7, 1},
		"every extended character":        {gsmExtended, GSM7, 1},
		"a backtick is not GSM-7":         {"`", UCS2, 1},
		"a small ç is not":                {"ç", UCS2, 1},
		"a capital Ç is":                  {"Ç", GSM7, 1},
		"a tab is not":                    {"a\tb", UCS2, 1},
		"an escape is not":                {"\x1b", UCS2, 1},
		"curly quotes are not":            {"“hi”", UCS2, 1},
		"a no-break space is not":         {"1\u00a0000", UCS2, 1},
		"bytes that are no UTF-8":         {"\xff", UCS2, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if encoding, parts := Parts(tc.text); encoding != tc.encoding || parts != tc.parts {
				t.Errorf("Parts = %s, %d; want %s, %d", encoding, parts, tc.encoding, tc.parts)
			}
		})
	}
	if n := utf8.RuneCountInString(gsmBasic); n != 127 {
		t.Errorf("the alphabet has %d characters, want 128 less the escape", n)
	}
}

func TestClean(t *testing.T) {
	cases := map[string][2]string{
		"line breaks":          {"a\r\nb\rc\nd", "a\nb\nc\nd"},
		"tabs":                 {"a\tb", "a b"},
		"control characters":   {"a\x00b\x1bc\x7fd\u0085e", "abcde"},
		"bytes that are none":  {"a\xffb\xc3", "ab"},
		"nothing else changes": {"«Олежа» – 5 ₴ … ’ \u00a0👨‍👩‍👧\u200b", "«Олежа» – 5 ₴ … ’ \u00a0👨‍👩‍👧\u200b"},
	}
	for name, tc := range cases {
		if got := clean(tc[0]); got != tc[1] {
			t.Errorf("%s: clean(%q) = %q, want %q", name, tc[0], got, tc[1])
		}
	}
}

func TestDiscreet(t *testing.T) {
	message := "Anna, you have 120 points. Code 7781"
	cases := map[string]struct{ words, want string }{
		"plain words":              {"sender is not registered", "sender is not registered"},
		"a phone":                  {"number +38 (050) 111-22-33 is wrong", "number … is wrong"},
		"digits of a phone":        {"380501112233 bad", "… bad"},
		"the message":              {"rejected: Anna, you have 120 points. Code 7781", "the provider's words are left out: they quote the message"},
		"the message, cut":         {"forbidden: 'you have 120 p…'", "the provider's words are left out: they quote the message"},
		"the token":                {"bad key tok-123", "the provider's words are left out: they quote a secret"},
		"lines and control":        {"a\nb\x1b[31m\r\nc", "a b[31m c"},
		"words that never end":     {strings.Repeat("x", 300), strings.Repeat("x", 200) + "…"},
		"a short number is a code": {"code 445566", "code 445566"},
	}
	for name, tc := range cases {
		if got := discreet(tc.words, message, "tok-123", ""); got != tc.want {
			t.Errorf("%s: %q became %q, want %q", name, tc.words, got, tc.want)
		}
	}
	if got := discreet("the text hi is forbidden", "hi"); strings.Contains(got, "hi is") {
		t.Errorf("a short message is quoted: %q", got)
	}
}

func FuzzParts(f *testing.F) {
	f.Add("120 bonus points", "€")
	f.Add(strings.Repeat("a", 152), "€")
	f.Add(strings.Repeat("ж", 66), "😀")
	f.Add("\xff\x1b", "`")
	f.Fuzz(func(t *testing.T, text, more string) {
		_, few := Parts(text)
		if utf8.ValidString(text) && utf8.ValidString(more) { // two halves of a character are more than the whole one
			if _, many := Parts(text + more); many < few {
				t.Errorf("%q takes %d parts, with %q behind it %d", text, few, more, many)
			}
		}
		units := 0
		for _, r := range text {
			units += 1 + len(string(r))/4
		}
		if encoding, n := Parts(text); (text == "") != (n == 0) || (encoding == GSM7) != IsGSM7(text) || n > units/33+2 {
			t.Errorf("%q of %d units takes %d parts in %s", text, units, n, encoding)
		}
	})
}

package bots

import (
	"strings"
	"testing"
)

func TestParseRef(t *testing.T) {
	for in, want := range map[string]string{
		"ext:C-100": "ext:C-100", "phone:0501112233": "phone:+380501112233", "sms:+380501112233": "sms:+380501112233", "telegram:42": "telegram:42",
		"viber:jc9HsWTZ2Yf2NkRZ8KcNug==": "viber:jc9HsWTZ2Yf2NkRZ8KcNug==", ID(7).String(): ID(7).String(),
		// One chat has one spelling: another would be another person, whom a stop does not reach.
		"telegram:042": "", "telegram:+42": "", "telegram:-100123": "", "telegram:abc": "", "telegram:٤٢": "",
		// So on WhatsApp: a phone with its plus, or the id of somebody who shows none.
		"whatsapp:+380501112233": "whatsapp:+380501112233", "whatsapp:0501112233": "whatsapp:+380501112233", "whatsapp:380501112233@s.whatsapp.net": "whatsapp:+380501112233",
		"whatsapp:900001@lid": "whatsapp:900001@lid", "whatsapp:+99912345678": "whatsapp:+99912345678", "whatsapp_cloud:+380 50 111 22 33": "whatsapp_cloud:+380501112233",
		"whatsapp_cloud:UA.13491208655302741918": "whatsapp_cloud:UA.13491208655302741918", "whatsapp_cloud:US.ENT.11815799212886844830": "whatsapp_cloud:US.ENT.11815799212886844830",
		"whatsapp:UA.134": "", "whatsapp_cloud:900001@lid": "", "whatsapp:900001:7@lid": "", "whatsapp:@lid": "", "whatsapp:12": "", "whatsapp:anna": "",
		"whatsapp:120363041234567890@g.us": "", "whatsapp_cloud:ua.134": "", "whatsapp_cloud:UA.": "", "whatsapp_cloud:UA.1 2": "",
		// Nor are there names that nobody can see.
		"ext: ": "", "ext:\u00a0": "", "ext:C-1\u202e": "", "ext:\u2066C-1": "", "ext:C-1\n": "", "ext:C-1\u200b": "", "ext:C\xff": "", "ext:C 1": "ext:C 1",
		"": "", "ext:": "", "phone:12": "", "pigeon:1": "", "nobody": "", "ext:a\x00b": "",
	} {
		got, err := ParseRef(in, "UA")
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("ParseRef(%q) = %v, %v; want %q", in, got, err, want)
		}
	}
}

func TestANameThatCannotBeSaysWhy(t *testing.T) {
	for name, c := range map[string]struct{ ref, want string }{
		"a blank":              {"ext: ", "is empty or blank"},
		"a control character":  {"ext:a\x00b", "has control characters"},
		"an override":          {"ext:\u202eC-1", "marks that turn the direction of writing"},
		"too many bytes":       {"ext:" + strings.Repeat("x", 201), "at most 200 bytes"},
		"bytes that are none":  {"ext:\xff", "no UTF-8"},
		"of a channel as well": {"viber:\u202eabc", "marks that turn the direction of writing"},
	} {
		if _, err := ParseRef(c.ref, "UA"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q in it", name, err, c.want)
		}
	}
}

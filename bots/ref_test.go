package bots

import "testing"

func TestParseRef(t *testing.T) {
	for in, want := range map[string]string{
		"ext:C-100": "ext:C-100", "phone:0501112233": "phone:+380501112233", "sms:+380501112233": "sms:+380501112233", "telegram:42": "telegram:42",
		"viber:jc9HsWTZ2Yf2NkRZ8KcNug==": "viber:jc9HsWTZ2Yf2NkRZ8KcNug==", ID(7).String(): ID(7).String(),
		// One chat has one spelling: another would be another person, whom a stop does not reach.
		"telegram:042": "", "telegram:+42": "", "telegram:-100123": "", "telegram:abc": "", "telegram:٤٢": "",
		"": "", "ext:": "", "phone:12": "", "pigeon:1": "", "nobody": "", "ext:a\x00b": "",
	} {
		got, err := ParseRef(in, "UA")
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("ParseRef(%q) = %v, %v; want %q", in, got, err, want)
		}
	}
}

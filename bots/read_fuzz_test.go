package bots_test

import (
	"strings"
	"testing"

	"kaskad/bots"
)

// FuzzRef reads what names people, as calls and commands write it: what is taken is written the same way again.
func FuzzRef(f *testing.F) {
	for _, s := range []string{"ext:C-100", "phone:+380501112233", "phone:0501112233", "telegram:42", "sms:+380501112233", "whatsapp:380501112233", "viber:abc==", "001jz00000001", "ext:", ":", "phone:", "telegram:-1", "ext:a:b", "\xff", "ext:\x00"} {
		f.Add(s, "UA")
	}
	f.Fuzz(func(t *testing.T, s, country string) {
		ref, err := bots.ParseRef(s, country)
		if err != nil {
			return
		}
		if ref.Kind == "" || ref.Value == "" {
			t.Fatalf("%q names %+v", s, ref)
		}
		again, err := bots.ParseRef(ref.String(), country)
		if err != nil || again != ref {
			t.Errorf("%q is %+v, and written again %+v, %v", s, ref, again, err)
		}
	})
}

// FuzzID reads ids, and codes that people type.
func FuzzID(f *testing.F) {
	for _, s := range []string{"001jz00000001", "0fzzzzzzzzzzz", "zzzzzzzzzzzzz", "0000000000000", "123 456", "код 123456", "1234567", "٣٤٥٦٧٨", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := bots.ParseID(s); err == nil && (id == 0 || id.String() != s) {
			t.Errorf("%q is the id %d, %s", s, id, id)
		}
		if code := bots.ReadCode(s); code != "" && (len(code) != 6 || strings.Trim(code, "0123456789") != "") {
			t.Errorf("%q has the code %q", s, code)
		}
	})
}

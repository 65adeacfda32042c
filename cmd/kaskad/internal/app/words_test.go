package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// plain is a config with a bot and an SMS provider.
const plain = `
[company]
name = "Крамниця"
privacy_url = "https://shop.example/privacy"
[server]
public_url = %q
[telegram]
token = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
[[sms]]
name = "main"
preset = "turbosms"
token = "0123456789abcdef0123456789abcdef01234567"
sender = "Shop"
price = { amount = "0.5", currency = "UAH" }
max_parts = 2
[cascades.marketing]
steps = [{ channel = "telegram", wait = "3h", until = "read" }, { channel = "sms", until = "delivered" }]
[templates]
dir = %q
`

// textFaults are the faults and warnings of templates that check tells, a line each.
func textFaults(t *testing.T, public, dir string) (list []string) {
	t.Helper()
	_, faults := load(t, fmt.Sprintf(plain, public, dir))
	for _, f := range faults {
		if strings.HasSuffix(f.File, ".md") {
			list = append(list, fmt.Sprintf("%t %s: %s", f.Warning, f.File, f.Problem))
		} else if !f.Warning {
			t.Fatalf("%+v", f)
		}
	}
	return list
}

// What check says of the built-in texts is what sending does: the link to the preference page counts with its real length.
func TestTheBuiltInTextsFitTheirChannels(t *testing.T) {
	if got := textFaults(t, "https://bots.myshop.example.com", ""); len(got) != 0 {
		t.Errorf("with an address of usual length: %q", got)
	}
	got := textFaults(t, "https://messages-and-preferences.myshop.example.com", "")
	if len(got) != 2 || !strings.HasPrefix(got[0], "true builtin/promo/ru.sms.md: 3 parts on sms") || !strings.Contains(got[1], "builtin/promo/uk.sms.md") || !strings.Contains(got[1], "lay a shorter uk.sms.md") {
		t.Errorf("with a long one: %q, want warnings of the promos in Cyrillic", got)
	}
}

// copyOf puts a built-in file into a folder of the operator's.
func copyOf(t *testing.T, file string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, filepath.Base(filepath.Dir(file)), filepath.Base(file))
	if err := os.Mkdir(filepath.Dir(copied), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Whoever copies one built-in file to change it is told nothing of the others.
func TestACopyOfOneBuiltInFile(t *testing.T) {
	files, err := filepath.Glob("../../../../templates/builtin/*/*.md")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		for _, f := range textFaults(t, "https://bots.myshop.example.com", copyOf(t, file)) {
			if strings.Contains(f, " builtin/") || strings.HasSuffix(file, ".sms.md") {
				t.Errorf("a copy of %s: %s", file, f)
			}
		}
	}
	long := textFaults(t, "https://messages-and-preferences.myshop.example.com", copyOf(t, "../../../../templates/builtin/promo/uk.sms.md"))
	if len(long) == 0 || !strings.HasPrefix(long[0], "false ") || strings.Contains(long[0], "or add uk.sms.md") {
		t.Errorf("a copy that is too long: %q, want a fault that asks for no file that is there", long)
	}
}

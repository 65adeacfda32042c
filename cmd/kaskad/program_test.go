package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

func kaskad(t *testing.T, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, app.Streams{Out: &o, Err: &e})
	return o.String(), e.String(), code
}

func TestDemo(t *testing.T) {
	t.Parallel()
	// The story ends for somebody with a deadline of theirs, an hour after they came: what a busy machine loses must not be a part of it that counts.
	out, errs, code := kaskad(t, "demo", "--headless", "--json", "--speed", "150")
	if code != exitDone {
		t.Fatalf("exit %d\n%s", code, errs)
	}
	var report struct {
		Deliveries []struct {
			Customer, State string
			ReachedBy       string `json:"reached_by"`
			Proof, Cost     string
			Said, Answer    string
			Late            bool `json:"late_proof"`
		}
		Cost    string
		PureSMS string `json:"pure_sms_cost"`
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	want := map[string][3]string{
		"Олена": {"done", "telegram", "button"}, "Андрій": {"done", "telegram", "reply"}, "Марія": {"done", "telegram", "reaction"}, "Тарас": {"done", "telegram", "message"},
		"Ірина": {"done", "sms", "receipt"}, "Софія": {"done", "sms", "receipt"}, "Юрій": {"done", "sms", "receipt"}, "Наталія": {"unconfirmed", "", ""},
		"Петро": {"failed", "", ""}, "Катерина": {"unconfirmed", "", ""}, "Василь": {"unconfirmed", "", ""},
		"Галина": {"done", "viber", "receipt"}, "Дмитро": {"done", "viber", "receipt"}, "Оксана": {"done", "viber", "receipt"}, "Микола": {"done", "sms", "receipt"},
		"Лідія": {"done", "whatsapp", "receipt"}, "Степан": {"done", "whatsapp", "reaction"}, "Раїса": {"done", "sms", "receipt"},
		"Зіновій": {"done", "whatsapp", "receipt"}, "Федір": {"done", "whatsapp", "receipt"}, "Клавдія": {"done", "sms", "receipt"},
		"Емілія": {"done", "whatsapp_cloud", "receipt"}, "Орест": {"done", "whatsapp_cloud", "receipt"},
	}
	for _, d := range report.Deliveries {
		if w, ok := want[d.Customer]; ok && [3]string{d.State, d.ReachedBy, d.Proof} != w {
			t.Errorf("%s: %s by %q with %q, want %v", d.Customer, d.State, d.ReachedBy, d.Proof, w)
		}
		if d.Customer == "Раїса" && d.Cost != "1.76" {
			t.Errorf("Раїса was sent nothing through Viber and SMS, or more: %+v", d)
		}
		if d.Customer == "Федір" && (d.Said == "" || d.Answer == "") {
			t.Errorf("Федір asked, and the owner answered on the phone itself: %+v", d)
		}
		if d.Customer == "Богдан" && !d.Late {
			t.Errorf("Богдан pressed after the SMS had gone: %+v is not late", d)
		}
	}
	if len(report.Deliveries) != 24 || report.Cost == report.PureSMS {
		t.Errorf("%d deliveries for %s, as SMS %s", len(report.Deliveries), report.Cost, report.PureSMS)
	}
}

func TestBadUsage(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(config, []byte("[telegram]\ntokn = \"x\"\n[cascades.a]\nsteps = [{ channel = \"pigeon\" }]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"an unknown command":          {[]string{"fly"}, exitUsage, "fly"},
		"an unknown flag":             {[]string{"serve", "--fast"}, exitUsage, "--fast"},
		"a configuration with faults": {[]string{"check", "-c", config}, exitUsage, "config.toml:2"},
		"all of its faults":           {[]string{"check", "-c", config}, exitUsage, "config.toml:4"},
		"serve refuses it too":        {[]string{"serve", "-c", config}, exitUsage, "unknown key"},
		"a configuration that is not": {[]string{"check", "-c", "/nowhere.toml"}, exitUsage, "config.example.toml"},
		"send without a template":     {[]string{"send", "-c", config}, exitUsage, "--to"},
		"no command prints the help":  {nil, exitDone, ""},
		"version":                     {[]string{"version"}, exitDone, ""},
	} {
		out, errs, code := kaskad(t, c.args...)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d, want %d with %q\n%s%s", name, code, c.code, c.says, out, errs)
		}
	}
}

type fragile struct{}

func (fragile) Write([]byte) (int, error) { panic("broken") }

// A panic is a panic: it does not end as a command that is done.
func TestAPanicIsNotSwallowed(t *testing.T) {
	t.Parallel()
	defer func() {
		if what := recover(); what != "broken" {
			t.Errorf("recovered %v", what)
		}
	}()
	code := run(t.Context(), []string{"version"}, app.Streams{Out: fragile{}, Err: &bytes.Buffer{}})
	t.Errorf("exit %d", code)
}

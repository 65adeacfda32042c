package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// A signal brings new words and cascades into use while deliveries are under way; a bad file is refused as a whole, and said.
func TestReload(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	words := filepath.Join(p.dir, "words", "ready")
	p.put(filepath.Join(words, "uk.md"), "Перше слово {{.n}}")
	p.configure(func(text string) string { return text + "[templates]\ndir = \"words\"\n[cascades.quick]\n" + atOnce })
	p.start()
	p.person("C-1", 501, "+380501110501", nil)
	say := func(want string) {
		t.Helper()
		have := len(p.tg.Messages(501))
		id := p.mustSend(map[string]any{"to": "ext:C-1", "template": "ready", "cascade": "quick", "data": map[string]any{"n": have}})
		if d := p.await(id, "done", "failed", "skipped"); d.State != "done" {
			t.Fatalf("%s: %s (%s)", want, d.State, d.Reason)
		}
		if said := p.tg.Messages(501); len(said) != have+1 || said[have].Text != fmt.Sprint(want, " ", have) {
			t.Errorf("Telegram was sent %+v, want %q once more", said, want)
		}
	}
	say("Перше слово")

	p.put(filepath.Join(words, "uk.md"), "Друге слово {{.n}}")
	p.configure(func(text string) string {
		return strings.Replace(text, "per_day = 0", "per_day = 5", 1) + "[cascades.later]\n" + atOnce
	})
	p.reload(false)
	say("Друге слово")
	p.await(p.mustSend(map[string]any{"to": "ext:C-1", "template": "ready", "cascade": "later", "data": map[string]any{"n": 9}}), "done")

	p.put(filepath.Join(words, "uk.md"), "Третє {{.слово")
	var sound string
	p.configure(func(text string) string {
		sound = text
		return text + "[cascades.broken]\nsteps = [{ channel = \"telegram\" }, { channel = \"telegram\" }]\n"
	})
	now := p.reload(true)
	if all := strings.Join(now.Refused, "\n"); !strings.Contains(all, "uk.md") || !strings.Contains(all, "cascades.broken") {
		t.Errorf("refused for %q, want both files named", all)
	}
	say("Друге слово")
	p.put(filepath.Join(words, "uk.md"), "Друге слово {{.n}}")
	p.configure(func(string) string { return sound })
	p.finish()
	if !strings.Contains(p.log.String(), "key=frequency") {
		t.Errorf("what waits for a restart is not said:\n%s", p.log)
	}
}

// atOnce is a cascade that holds nothing at night.
const atOnce = "quiet_hours = { from = \"00:00\", to = \"00:00\" }\nsteps = [{ channel = \"telegram\", until = \"accepted\" }]\n"

// reading is how the gateway read its files last.
type reading struct {
	At, RefusedAt time.Time
	Refused       []string
}

// reload sends the signal and waits until it was taken or refused.
func (p *plant) reload(refused bool) reading {
	p.t.Helper()
	var before, now struct {
		Loaded struct {
			At        time.Time
			RefusedAt time.Time `json:"refused_at"`
			Refused   []string
		}
	}
	if err := p.call("GET", "/v1/status", nil, &before); err != nil {
		p.t.Fatal(err)
	}
	if err := p.process.Process.Signal(syscall.SIGHUP); err != nil {
		p.t.Fatal(err)
	}
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(25 * time.Millisecond) {
		if err := p.call("GET", "/v1/status", nil, &now); err != nil {
			p.t.Fatal(err)
		}
		if now.Loaded.At.After(before.Loaded.At) || now.Loaded.RefusedAt.After(before.Loaded.RefusedAt) {
			if took := now.Loaded.At.After(before.Loaded.At); took == refused {
				p.t.Fatalf("taken: %t, want refused: %t\n%v\n%s", took, refused, now.Loaded.Refused, p.log)
			}
			return reading{now.Loaded.At, now.Loaded.RefusedAt, now.Loaded.Refused}
		}
	}
	p.t.Fatalf("nothing was read anew\n%s", p.log)
	return reading{}
}

// put writes a file of the operator.
func (p *plant) put(path, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// configure rewrites the configuration.
func (p *plant) configure(change func(text string) string) {
	p.t.Helper()
	raw, err := os.ReadFile(p.config)
	if err != nil {
		p.t.Fatal(err)
	}
	p.put(p.config, change(string(raw)))
}

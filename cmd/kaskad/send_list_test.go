package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// Whoever sits at the terminal is asked before money is spent; only a yes sends. Ctrl-C while it is followed ends the waiting alone.
func TestAListIsAskedAboutBeforeItSpends(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{Habits: simsms.Always()}, "[cascades.day]\nsteps = [{ channel = \"sms\" }]\nquiet_hours = { from = \"00:00\", to = \"00:00\" }\n")
	p.start()
	list := filepath.Join(p.dir, "people.csv")
	if err := os.WriteFile(list, []byte("phone,points\n0671112233,5\n0671112234,6\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	send := func(ctx context.Context, answer string, leave func()) (out, errs string, code int) {
		var e bytes.Buffer
		o := &leaver{word: "accepted", leave: leave}
		args := []string{"-c", p.config, "send", "--to-file", list, "--template", "bonus", "--cascade", "day", "--wait"}
		code = run(ctx, args, app.Streams{In: strings.NewReader(answer), Out: struct{ io.Writer }{o}, Err: &e}) // without the buffer's WriteString
		return o.String(), e.String(), code
	}
	for _, answer := range []string{"\n", "n\n", "", "yesterday\n"} {
		out, errs, code := send(t.Context(), answer, func() {})
		if code != exitFailed || !strings.Contains(out, "it costs from 1.84 to 1.84 UAH") || !strings.Contains(errs, "Send? [y/N]") || !strings.Contains(errs, "nothing was sent") {
			t.Errorf("answered %q: exit %d\n%s%s", answer, code, out, errs)
		}
	}
	if n := p.deliveries(); n != 0 {
		t.Fatalf("%d deliveries, though nobody said yes", n)
	}
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	out, errs, code := send(ctx, "y\n", leave)
	if code != exitFailed || !strings.Contains(out, "accepted                 2") || !strings.Contains(errs, "the gateway goes on with them") {
		t.Errorf("broken off: exit %d\n%s%s", code, out, errs)
	}
	if n := p.deliveries(); n != 2 {
		t.Errorf("%d deliveries, want 2", n)
	}
	p.finish()
}

// deliveries counts those of the gateway.
func (p *plant) deliveries() int {
	p.t.Helper()
	var page struct{ Items []struct{ ID string } }
	if err := p.call("GET", "/v1/deliveries?limit=1000", nil, &page); err != nil {
		p.t.Fatal(fmt.Errorf("list: %w", err))
	}
	return len(page.Items)
}

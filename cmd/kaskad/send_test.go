package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// leaver presses Ctrl-C when it reads a word.
type leaver struct {
	bytes.Buffer
	word  string
	leave func()
}

func (l *leaver) Write(p []byte) (int, error) {
	n, err := l.Buffer.Write(p)
	if strings.Contains(l.String(), l.word) {
		l.leave()
	}
	return n, err
}

// Whoever waits for a message learns at once why nothing comes, and may go.
func TestSendWaitTellsWhereTheMessageStands(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	clock := func(d time.Duration) string { return now.Add(d).Format("15:04") }
	night := fmt.Sprintf("[cascades.night]\nsteps = [{ channel = \"sms\" }]\nquiet_hours = { from = %q, to = %q }\n", clock(-2*time.Hour), clock(2*time.Hour)) +
		"[cascades.day]\nsteps = [{ channel = \"sms\" }]\nquiet_hours = { from = \"00:00\", to = \"00:00\" }\n"
	p := newPlant(t, simtelegram.Options{}, simsms.Options{Habits: simsms.Always()}, night)
	p.start()
	if err := p.call("PUT", "/v1/contacts/ext:1", map[string]any{"phone": "+380501110001", "timezone": "UTC"}, nil); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	var out bytes.Buffer
	errs := &leaver{word: "Ctrl-C", leave: leave}
	args := []string{"-c", p.config, "send", "--to", "ext:1", "--purpose", "service", "--wait", "--cascade"}
	code := run(ctx, append(args, "night", "--text", "Добрий вечір"), app.Streams{Out: &out, Err: errs})
	held := regexp.MustCompile(`(?m)^held \(quiet_hours\) until (\S+ )?\d\d:\d\d \S+; Ctrl-C leaves it to the gateway$`)
	if code != exitFailed || out.Len() > 0 || !held.MatchString(errs.String()) || !strings.Contains(errs.String(), "still held; the gateway goes on with it") {
		t.Errorf("at night: exit %d\n%s%s", code, out.String(), errs)
	}
	out.Reset()
	errs = &leaver{word: "waiting for proof", leave: sync.OnceFunc(func() { // it is delivered once it was said that this is waited for
		texts := p.sms.Messages("+380501110001")
		mustAll(t, p.sms.Report(texts[len(texts)-1].ID, simsms.Delivered))
	})}
	code = run(t.Context(), append(args, "day", "--json", "--text", "Добрий день"), app.Streams{Out: &out, Err: errs})
	var done app.Sent
	if err := json.Unmarshal(out.Bytes(), &done); err != nil || code != exitDone || done.State != "done" || !strings.Contains(errs.String(), "waiting for proof from sms until ") {
		t.Errorf("by day: exit %d, %v\n%s%s", code, err, out.String(), errs)
	}
	p.finish()
}

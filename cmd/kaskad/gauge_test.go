package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

func TestABarFitsTheTerminal(t *testing.T) {
	p := app.Progress{Doing: "sending", Done: 12_000, Total: 100_000, Part: 0.12}
	for columns, want := range map[int]string{
		100: "sending  [###-------------------------]  12,000 of 100,000, 6,000 a second, 15s left",
		70:  "sending  [#-----------]  12,000 of 100,000, 6,000 a second, 15s left",
		60:  "sending  12,000 of 100,000, 6,000 a second, 15s left",
		45:  "sending  12,000 of 100,000, 6,000 a second",
		27:  "sending  12,000 of 100,000",
		10:  "12,000 of ",
	} {
		got := barLine(p, progressParts(p, 2*time.Second), columns)
		if cells(got) > columns || got != want {
			t.Errorf("in %d columns: %q, want %q", columns, got, want)
		}
	}
}

// A bar is drawn ten times a second at most, and a line every five seconds where there is no terminal.
func TestProgressIsNotShownTooOften(t *testing.T) {
	for name, c := range map[string]struct {
		columns int
		most    int
		sign    string
	}{"a terminal": {80, 101, "\r\x1b[2K"}, "none": {0, 2, "\n"}} {
		var out bytes.Buffer
		g := &gauge{out: &out, wide: func() int { return c.columns }}
		now := time.Now()
		for i := range 10_000 { // a thousand times a second
			g.tell(app.Progress{Doing: "sending", Done: i, Total: 10_000, Part: float64(i) / 10_000}, now.Add(time.Duration(i)*time.Millisecond))
		}
		if n := strings.Count(out.String(), c.sign); n > c.most || n == 0 {
			t.Errorf("%s: shown %d times in ten seconds, want at most %d", name, n, c.most)
		}
		g.end()
		if c.columns > 0 && !strings.HasSuffix(out.String(), "\r\x1b[2K") {
			t.Errorf("%s: the bar stays", name)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 98_400: "98,400", 1_234_567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
}

// On a terminal a delivery is a line for each step, drawn again in its place; elsewhere a line for each change.
func TestABoardIsDrawnInItsPlace(t *testing.T) {
	at := time.Date(2026, 3, 4, 12, 0, 5, 0, time.UTC)
	var first, second app.Standing
	for raw, to := range map[string]*app.Standing{
		`{"id":"001k0t9stznw7","state":"waiting","steps":[{"channel":"telegram","state":"accepted","sent_at":"2026-03-04T12:00:01Z","next_at":"2026-03-04T12:15:00Z"},{"channel":"sms","state":"pending"}]}`:     &first,
		`{"id":"001k0t9stznw7","state":"done","reached_by":"telegram","proof":"button","steps":[{"channel":"telegram","state":"engaged","sent_at":"2026-03-04T12:00:01Z","engaged_at":"2026-03-04T12:00:04Z"}]}`: &second,
	} {
		if err := json.Unmarshal([]byte(raw), to); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	b := &board{out: &out, wide: func() int { return 100 }}
	b.tell(&first, at)
	b.tell(&first, at.Add(time.Second))
	if want := "\r\x1b[2K001k0t9stznw7  waiting for proof from telegram until 12:15 UTC; Ctrl-C leaves it to the gateway\n" +
		"\r\x1b[2K  telegram       accepted                 since 12:00:01, next at 12:15 UTC\n\r\x1b[2K  sms            pending\n"; out.String() != want {
		t.Errorf("drawn:\n%q\nwant:\n%q", out.String(), want)
	}
	out.Reset()
	b.tell(&second, at)
	if want := "\x1b[3A\r\x1b[2K001k0t9stznw7 done by telegram proof button\n\r\x1b[2K  telegram       engaged                  since 12:00:04\n\x1b[J"; out.String() != want {
		t.Errorf("drawn:\n%q\nwant:\n%q", out.String(), want)
	}
	out.Reset()
	narrow := &board{out: &out, wide: func() int { return 20 }}
	narrow.tell(&first, at)
	for line := range strings.Lines(strings.ReplaceAll(out.String(), "\r\x1b[2K", "")) {
		if cells(strings.TrimRight(line, "\n")) > 19 {
			t.Errorf("a line of a narrow terminal breaks: %q", line)
		}
	}
	out.Reset()
	plain := &board{out: &out, wide: func() int { return 0 }}
	plain.tell(&first, at)
	plain.tell(&first, at)
	plain.tell(&second, at)
	if out.String() != "waiting for proof from telegram until 12:15 UTC; Ctrl-C leaves it to the gateway\n" {
		t.Errorf("without a terminal: %q", out.String())
	}
}

func TestNumbersAsPeopleReadThem(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 18_448_384: "18.4 MB", 999_949: "999.9 kB", 999_950: "1.0 MB", 5_000_000_000_000_000: "5000.0 TB"} {
		if got := bulk(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0 messages", 1: "1 message", 2: "2 messages", 12_000: "12,000 messages"} {
		if got := plural(n, "message", "messages"); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	almost := app.Progress{Doing: "importing", Done: 999_999, Part: 0.999999}
	if got := progressParts(almost, time.Minute); got[len(got)-1] != "1s left" {
		t.Errorf("just before the end: %q", got)
	}
}

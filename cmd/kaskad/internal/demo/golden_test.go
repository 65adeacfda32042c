package demo

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file of testdata. The escape character is written as ␛ there.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "\x1b", "␛")
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update writes it anew):\n%s", name, got)
	}
}

// reading is one answer of the API to the demo, as it came in a run with the fixed customers; only its times were moved.
type reading struct {
	At       time.Time
	Customer int
	Name     string
	Said     string
	Answer   string // the owner's
	Delivery delivery
}

// morning is when the recorded bonus was asked for.
var morning = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const recorded = 120 // the speed of that run

func readings(t *testing.T) (all []reading) {
	t.Helper()
	f, err := os.Open("testdata/readings.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r reading
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// at is the board after so much of the customers' time, and what happened until then.
func at(t *testing.T, life time.Duration) (*board, snapshot, []happening) {
	t.Helper()
	b := newBoard(customers(), recorded)
	for i := range b.customers {
		b.join(i)
	}
	b.begin(morning)
	var all []happening
	now := morning.Add(life / recorded)
	for _, r := range readings(t) {
		if r.At.After(now) {
			break
		}
		if r.Said != "" {
			b.hears(r.Customer, r.Said)
		}
		if r.Answer != "" {
			all = append(all, b.answers(r.Customer, r.Answer, r.At)...)
		}
		all = append(all, b.put(r.Customer, &r.Delivery, r.At)...)
	}
	return b, b.look(now), all
}

// drawn is a frame as text, with its bounds checked.
func drawn(t *testing.T, s *snapshot, sz size, p paint) string {
	t.Helper()
	lines := frame(s, sz, p)
	if len(lines) != sz.rows {
		t.Errorf("%d lines in a terminal of %d rows", len(lines), sz.rows)
	}
	for _, l := range lines {
		bare := l
		for _, code := range colours() {
			bare = strings.ReplaceAll(bare, code, "")
		}
		if bare = strings.ReplaceAll(bare, "\x1b[0m", ""); columns(bare) > sz.columns || strings.Contains(bare, "\x1b") {
			t.Errorf("a line of %d columns in a terminal of %d: %q", columns(bare), sz.columns, l)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestFrames(t *testing.T) {
	var all strings.Builder
	for _, minute := range []time.Duration{0, 4, 9, 16, 21, 61} {
		_, s, _ := at(t, minute*time.Minute)
		fmt.Fprintf(&all, "== minute %d\n%s", minute, drawn(t, &s, size{120, 30}, nil))
	}
	golden(t, "frames-120.txt", all.String())
	_, s, _ := at(t, 16*time.Minute+30*time.Second)
	for _, sz := range []size{{80, 24}, {80, 12}, {60, 24}, {40, 24}, {40, 9}, {20, 10}} {
		golden(t, fmt.Sprintf("frame-%dx%d.txt", sz.columns, sz.rows), drawn(t, &s, sz, nil))
	}
	golden(t, "frame-80x24-colours.txt", drawn(t, &s, size{80, 24}, colours()))
}

// However small the terminal, nothing is drawn beside it.
func TestFramesFitEveryTerminal(t *testing.T) {
	for _, minute := range []time.Duration{0, 6, 16, 30} {
		_, s, _ := at(t, minute*time.Minute)
		s.customers[3].name, s.customers[4].said = "漢字カタカナ 한국어 🎁🎁🎁", strings.Repeat("Дякую 🙏🏽 ", 40)
		for columns := 1; columns < 140; columns += 3 {
			for rows := 1; rows < 30; rows += 4 {
				drawn(t, &s, size{columns, rows}, colours())
			}
		}
	}
}

func TestBeforeTheBonus(t *testing.T) {
	b := newBoard(customers(), recorded)
	b.join(2)
	s := b.look(morning)
	golden(t, "frame-before.txt", drawn(t, &s, size{80, 24}, nil))
}

func TestLines(t *testing.T) {
	_, _, all := at(t, 2*time.Hour)
	var out bytes.Buffer
	n := &narrator{out: &out, speed: recorded, began: func() time.Time { return morning }}
	n.add(all)
	if err := n.flush(time.Time{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "lines.txt", out.String())
}

func TestTable(t *testing.T) {
	for name, until := range map[string]time.Duration{"table.txt": time.Hour + time.Minute, "table-early.txt": 10 * time.Minute} {
		_, s, _ := at(t, until)
		r := newReport(&s, 1)
		var out bytes.Buffer
		if err := r.Print(&out); err != nil {
			t.Fatal(err)
		}
		raw, err := json.MarshalIndent(r, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.String())
		golden(t, strings.TrimSuffix(name, ".txt")+".json", string(raw)+"\n")
	}
}

// Late proof is too late for something: for the next message, or for nothing but the wait.
func TestWhatALateProofWasTooLateFor(t *testing.T) {
	sent := step{Channel: "whatsapp", State: "read", SentAt: morning}
	for name, c := range map[string]struct {
		steps []step
		want  string
	}{
		"an SMS had gone":        {[]step{sent, {Channel: "sms", State: "accepted", SentAt: morning}}, "the next message had gone"},
		"an SMS may have gone":   {[]step{sent, {Channel: "sms", State: "uncertain"}}, "the next message had gone"},
		"there was no phone":     {[]step{sent, {Channel: "sms", State: "skipped", Reason: noAddress}}, "nothing else had gone"},
		"the provider took none": {[]step{sent, {Channel: "sms", State: "failed"}}, "nothing else had gone"},
	} {
		r := Row{State: "done", Late: true, steps: c.steps}
		if got := r.note(); !strings.HasPrefix(got, "LATE: ") || !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

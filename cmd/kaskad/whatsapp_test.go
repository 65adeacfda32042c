package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"rsc.io/qr"

	"kaskad/cmd/kaskad/internal/app"
)

// A QR code that is drawn has the same squares as the code itself, white as full blocks: scanners read it.
func TestAQRCodeIsDrawnAsItIs(t *testing.T) {
	t.Parallel()
	text := "2@" + strings.Repeat("a8/", 40) + "," + strings.Repeat("Kk+=", 33)
	lines, err := qrLines(text)
	mustAll(t, err)
	code, err := qr.Encode(text, qr.L)
	mustAll(t, err)
	black := func(x, y int) bool {
		row := []rune(lines[(y+qrQuiet)/2])
		switch row[x+qrQuiet] {
		case ' ':
			return true
		case '▀':
			return (y+qrQuiet)%2 == 1
		case '▄':
			return (y+qrQuiet)%2 == 0
		}
		return false
	}
	wrong := 0
	for y := -1; y <= code.Size; y++ {
		for x := -1; x <= code.Size; x++ {
			if black(x, y) != code.Black(x, y) {
				wrong++
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d squares are wrong in\n%s", wrong, strings.Join(lines, "\n"))
	}
	for _, line := range lines {
		if n := len([]rune(line)); n != code.Size+2*qrQuiet {
			t.Errorf("a line has %d columns, want %d", n, code.Size+2*qrQuiet)
		}
	}
}

func TestAQRCodeIsDrawnInItsPlace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	q := &qrScreen{out: &out, size: func() (int, int) { return 100, 50 }}
	mustAll(t, q.draw("one"))
	lines, first := q.lines, out.String()
	if strings.Count(first, "\n") != lines || strings.Count(first, qrColours) != lines || strings.Count(first, noColours) != lines {
		t.Errorf("%d lines are drawn as %q", lines, first)
	}
	out.Reset()
	mustAll(t, q.draw("two"))
	if !strings.HasPrefix(out.String(), "\x1b["+strconv.Itoa(lines)+"A\r"+clearBelow) {
		t.Errorf("the next code begins with %.20q: not in the place of the first", out.String())
	}
	out.Reset()
	q.clear()
	q.clear()
	if out.String() != "\x1b["+strconv.Itoa(lines)+"A\r"+clearBelow {
		t.Errorf("clearing twice writes %q", out.String())
	}
	small := &qrScreen{out: &out, size: func() (int, int) { return 20, 50 }, instead: "--code PHONE"}
	if err := small.draw("one"); err == nil || !strings.Contains(err.Error(), "--code PHONE") || small.lines != 0 {
		t.Errorf("a window that is too small: %v", err)
	}
	out.Reset()
	pipe := &qrScreen{out: &out, size: func() (int, int) { return 0, 0 }}
	mustAll(t, pipe.draw("one"))
	pipe.clear()
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("without a terminal there are control characters in %q", out.String())
	}
}

// The picture of a QR code links whoever scans it: nobody else reads it, and it does not stay.
func TestThePictureOfAQRCodeIsItsOwners(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "qr.png")
	mustAll(t, writeQR(path, "one"))
	first, err := os.ReadFile(path)
	mustAll(t, err)
	mustAll(t, writeQR(path, "two"))
	second, err := os.ReadFile(path)
	mustAll(t, err)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || bytes.Equal(first, second) || !bytes.HasPrefix(second, []byte("\x89PNG")) {
		t.Errorf("%v, %v, %.8q", info.Mode(), err, second)
	}
	mustAll(t, removeQR(path), removeQR(path))
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := writeQR(filepath.Join(path, "no", "folder.png"), "one"); err == nil || !strings.Contains(err.Error(), "--png") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// whatsapp starts a simulated WhatsApp around a script; what the script calls from then on speaks to it.
func (s *scripted) whatsapp(ts *testscript.TestScript) {
	s.wa = newWhatsApp(s.t)
	name, value, _ := strings.Cut(whatsAppEnv(s.t, s.wa), "=")
	ts.Setenv(name, value)
	s.env = name + "=" + value
}

// pairs runs `kaskad whatsapp pair --yes --json` with the phone beside it: every QR code is scanned, every code typed.
func (s *scripted) pairs(ts *testscript.TestScript, args []string) {
	ctx, stop := context.WithTimeout(s.t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, os.Args[0], append([]string{"whatsapp", "pair", "--yes", "--json"}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "KASKAD_CONFIG="+ts.Getenv("KASKAD_CONFIG"), asWhatsApp+"="+ts.Getenv(asWhatsApp))
	cmd.Dir, cmd.Stderr = ts.Getenv("WORK"), ts.Stderr()
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var step app.WhatsAppStep
		ts.Check(json.Unmarshal(lines.Bytes(), &step))
		ts.Stdout().Write(append(lines.Bytes(), '\n'))
		switch {
		case step.QR != "":
			ts.Check(s.wa.ScanQR(ctx, step.QR, shopPhone))
		case step.Code != "":
			ts.Check(s.wa.EnterCode(ctx, shopPhone, step.Code))
		}
	}
	ts.Check(cmd.Wait())
}

// linked waits until the simulated WhatsApp has a device of ours connected, or none at all.
func (s *scripted) linked(ts *testscript.TestScript, want bool) {
	ctx, stop := context.WithTimeout(s.t.Context(), time.Minute)
	defer stop()
	for ctx.Err() == nil {
		all := s.wa.Devices(shopPhone)
		on := false
		for _, id := range all {
			on = on || id > 0 && s.wa.Connected(shopPhone, id)
		}
		if on == want && (want || len(all) <= 1) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("the shop's phone has the devices %v", s.wa.Devices(shopPhone))
}

// eachSource gives every Go file of the project, by its path.
func eachSource(t *testing.T, each func(path, text string)) {
	t.Helper()
	mustAll(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		raw, err := os.ReadFile(path)
		each(filepath.ToSlash(strings.TrimPrefix(path, root)), string(raw))
		return err
	}))
}

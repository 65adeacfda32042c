package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// onSmallDisk puts the data of a plant that does not run onto a disk of its own.
func onSmallDisk(t *testing.T, p *plant, size string) {
	t.Helper()
	before := p.data() + ".before"
	mustAll(t, os.Rename(p.data(), before), os.Mkdir(p.data(), 0o700))
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "mode=0700,size="+size, "tmpfs", p.data()).CombinedOutput(); err != nil {
		t.Skipf("no right to mount (%s); run: unshare -rm go test -run %s ./cmd/kaskad", strings.TrimSpace(string(out)), t.Name())
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", p.data()).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	if out, err := exec.Command("cp", "-a", before+"/.", p.data()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// filling has waits that a slow machine does not use up before the disk is full: who pressed after the wait was over gets the SMS, and rightly.
const (
	fillingWait = 8 * time.Second
	filling     = `
[cascades.filling]
steps = [
  { channel = "telegram", wait = "8s", until = "read" },
  { channel = "sms" },
]
quiet_hours = { from = "00:00", to = "00:00" }
`
)

// A disk that fills while everything is under way: callers are told to come again, nobody gets an SMS because of a reply that could not be
// kept, nothing goes out twice, and all goes on by itself when there is room.
func TestADiskThatFillsUp(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver})}, filling)
	onSmallDisk(t, p, "64m")
	p.start()
	const people = 20
	for i := range people {
		p.person(fmt.Sprint("C-", i), int64(100+i), fmt.Sprintf("+3805011122%02d", i), nil)
	}
	ask := func(i, n int) (string, error) {
		return p.send(map[string]any{"to": fmt.Sprint("ext:C-", i), "text": fmt.Sprintf("Full %d for %d", n, i), "purpose": "service", "cascade": "filling", "key": fmt.Sprint("full-", i, "-", n)})
	}
	taken, at := map[string]string{}, map[string]time.Time{} // and when
	for i := range people {                                  // while there is room
		id, err := ask(i, 0)
		mustAll(t, err)
		text := fmt.Sprintf("Full 0 for %d", i)
		taken[text], at[text] = id, time.Now()
	}
	filler := filepath.Join(p.data(), "filler")
	f, err := os.Create(filler)
	mustAll(t, err)
	for size := int64(64 << 20); size > 0; size /= 2 { // all the room there is
		for syscall.Fallocate(int(f.Fd()), 0, fileSize(t, f), size) == nil {
		}
	}
	mustAll(t, f.Close())

	// Small writes still fit into what the file has; then nothing does.
	refused := 0
	for n := 1; refused < people && n < 2000; n++ {
		i := n % people
		id, err := ask(i, n)
		switch {
		case err == nil:
			text := fmt.Sprintf("Full %d for %d", n, i)
			taken[text], at[text], refused = id, time.Now(), 0
		case strings.Contains(err.Error(), "503"):
			refused++
		default:
			t.Fatalf("a full disk is told as %v", err)
		}
	}
	if refused < people {
		t.Fatalf("%d deliveries fit onto a full disk", len(taken))
	}
	before, pressed, early := len(p.sms.Messages("")), map[string]bool{}, map[string]bool{}
	for i := range people { // everybody who got something reacts, and that cannot be kept
		for _, m := range p.tg.Messages(int64(100 + i)) {
			pressed[m.Text], early[m.Text] = true, time.Since(at[m.Text]) < fillingWait-3*time.Second
			if _, err := p.tg.PressButton(int64(100+i), m.ID, 0); err != nil {
				t.Error(err)
			}
		}
	}
	waitFor(t, "readyz to say so", func() bool {
		r := p.readiness()
		return r.Status == "down" && strings.Contains(r.Down["store"], "disk")
	})
	waitFor(t, "all waits to run out", func() bool {
		for _, since := range at {
			if time.Since(since) < fillingWait+time.Second {
				return false
			}
		}
		return true
	})

	lost := 0
	for text, id := range taken {
		if pressed[text] && p.stateOf(id) != "done" {
			lost++
		}
	}
	t.Logf("%d taken, %d pressed, %d of them could not be kept", len(taken), len(pressed), lost)
	if lost == 0 {
		t.Fatalf("of %d presses all could be kept: the disk was not full", len(pressed))
	}
	mustAll(t, os.Remove(filler))
	for _, id := range taken {
		p.await(id, "done", "unconfirmed")
	}
	waitFor(t, "readyz to be well", func() bool { return p.readiness().Status == "ready" })
	for _, m := range p.sms.Messages("")[before:] {
		if early[m.Text] {
			t.Errorf("an SMS to somebody who had pressed while nothing could be kept: %q", m.Text)
		}
	}
	id, err := ask(0, 9999)
	if err != nil {
		t.Fatalf("with room: %v", err)
	}
	waitFor(t, "what is asked for with room", func() bool {
		m := p.tg.Messages(100)
		return strings.Contains(m[len(m)-1].Text, "Full 9999")
	})
	p.await(id, "waiting", "done", "unconfirmed")
	for i := range people {
		seen := map[string]bool{}
		for _, m := range p.tg.Messages(int64(100 + i)) {
			if seen[m.Text] {
				t.Errorf("%q twice", m.Text)
			}
			seen[m.Text] = true
		}
	}
	seen := map[string]bool{}
	for _, m := range p.sms.Messages("") {
		if seen[m.Text] {
			t.Errorf("%q twice by SMS", m.Text)
		}
		seen[m.Text] = true
	}
	p.finish()
}

func fileSize(t *testing.T, f *os.File) int64 {
	t.Helper()
	info, err := f.Stat()
	mustAll(t, err)
	return info.Size()
}

// A disk that is mounted read-only is told in words that help, and everything is there when it can be written again.
func TestADiskThatIsReadOnly(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	onSmallDisk(t, p, "64m")
	p.start()
	p.person("C-1", 42, phone, nil)
	p.stop()
	remount := func(how string) {
		t.Helper()
		if out, err := exec.Command("mount", "-o", "remount,"+how, p.data()).CombinedOutput(); err != nil {
			t.Fatalf("remount,%s: %v: %s", how, err, out)
		}
	}
	remount("ro")
	code, _, errs := p.fails("serve")
	if code != exitFailed || !strings.Contains(errs, "read-only") || strings.Count(strings.TrimSpace(errs), "\n") > 2 {
		t.Errorf("serve on a read-only disk: exit %d\n%s", code, errs)
	}
	remount("rw")
	p.start()
	if err := p.call("GET", "/v1/contacts/ext:C-1", nil, nil); err != nil {
		t.Errorf("after it can be written again: %v", err)
	}
	p.finish()
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// brokenDisk is a file system of its own under the data of a plant, which the kernel makes read-only when an error is found in it, as most
// are mounted.
type brokenDisk struct {
	t      *testing.T
	at     string // where it is mounted
	device string // /dev/loopN
}

// onBrokenDisk puts the data of a plant that does not run onto a disk that can be broken.
func onBrokenDisk(t *testing.T, p *plant) *brokenDisk {
	t.Helper()
	skip := func(what string, err any) {
		t.Skipf("%s: %v; needs root, a loop device and ext4: sudo go test -run %s ./cmd/kaskad", what, err, t.Name())
	}
	image := filepath.Join(t.TempDir(), "disk.img")
	mustAll(t, os.WriteFile(image, nil, 0o600), os.Truncate(image, 64<<20))
	if out, err := exec.Command("mkfs.ext4", "-q", "-e", "remount-ro", image).CombinedOutput(); err != nil {
		skip("mkfs.ext4", fmt.Sprint(err, ": ", strings.TrimSpace(string(out))))
	}
	out, err := exec.Command("losetup", "--find", "--show", image).CombinedOutput()
	if err != nil {
		skip("losetup", fmt.Sprint(err, ": ", strings.TrimSpace(string(out))))
	}
	d := &brokenDisk{t: t, at: p.data(), device: strings.TrimSpace(string(out))}
	t.Cleanup(func() { _ = exec.Command("losetup", "--detach", d.device).Run() })
	before := p.data() + ".before"
	mustAll(t, os.Rename(p.data(), before), os.Mkdir(p.data(), 0o700))
	if err := d.run("mount", d.device, d.at); err != nil {
		skip("mount", err)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", d.at).Run() })
	if f, err := os.OpenFile(d.trigger(), os.O_WRONLY, 0); err != nil {
		skip("no way to break it", err)
	} else {
		mustAll(t, f.Close())
	}
	mustAll(t, os.Chmod(d.at, 0o700), d.run("cp", "-a", before+"/.", d.at))
	return d
}

func (d *brokenDisk) run(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

func (d *brokenDisk) trigger() string {
	return filepath.Join("/sys/fs/ext4", filepath.Base(d.device), "trigger_fs_error")
}

// breaks it: from here on the kernel refuses each write.
func (d *brokenDisk) breaks() {
	d.t.Helper()
	mustAll(d.t, os.WriteFile(d.trigger(), []byte("1"), 0))
	if err := os.WriteFile(filepath.Join(d.at, "probe"), []byte("x"), 0o600); err == nil {
		d.t.Fatal("the disk takes writes after it was broken")
	}
}

// mended: as an operator does who finds it so, with nothing running on it.
func (d *brokenDisk) mended() {
	d.t.Helper()
	mustAll(d.t, d.run("umount", d.at))
	if err := exec.Command("e2fsck", "-fy", d.device).Run(); err != nil { // 1: errors were mended
		if e, ok := err.(*exec.ExitError); !ok || e.ExitCode() > 1 {
			d.t.Fatalf("e2fsck: %v", err)
		}
	}
	mustAll(d.t, d.run("mount", d.device, d.at))
}

// A disk that becomes read-only under a gateway at work: nobody is told that something is kept which is not, nobody who reacts meanwhile gets
// the next step, operators are told, and when the disk is mended everything that was acknowledged is there and goes on.
func TestADiskThatBecomesReadOnly(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver})}, filling)
	disk := onBrokenDisk(t, p)
	p.start()
	const people = 10
	taken := map[int]string{}
	for i := range people {
		p.person(fmt.Sprint("C-", i), int64(100+i), fmt.Sprintf("+3805011123%02d", i), nil)
	}
	ask := func(i, n int) (string, error) {
		return p.send(map[string]any{"to": fmt.Sprint("ext:C-", i), "text": fmt.Sprintf("Broken %d for %d", n, i), "purpose": "service", "cascade": "filling", "key": fmt.Sprint("broken-", i, "-", n)})
	}
	at := time.Now()
	for i := range people {
		id, err := ask(i, 0)
		mustAll(t, err)
		taken[i] = id
	}
	waitFor(t, "all to arrive", func() bool {
		for i := range people {
			if len(p.tg.Messages(int64(100+i))) == 0 {
				return false
			}
		}
		return true
	})
	disk.breaks()
	if since := time.Since(at); since > fillingWait-time.Second {
		t.Skipf("the disk was broken %s after the first delivery, when waits run out: run it on a machine with less to do", since)
	}

	for i := range people {
		if id, err := ask(i, 1); err == nil {
			t.Errorf("a delivery is accepted as %s on a disk that takes nothing", id)
		} else if !strings.Contains(err.Error(), "503") {
			t.Errorf("a disk that takes nothing is told as %v", err)
		}
		m := p.tg.Messages(int64(100 + i))[0]
		if _, err := p.tg.PressButton(int64(100+i), m.ID, 0); err != nil {
			t.Error(err)
		}
	}
	waitFor(t, "readyz to say so", func() bool {
		r := p.readiness()
		return r.Status == "down" && strings.Contains(r.Down["store"], "cannot write")
	})
	waitFor(t, "all waits to run out", func() bool { return time.Since(at) > fillingWait+4*time.Second })
	if got := p.sms.Messages(""); len(got) != 0 {
		t.Errorf("%d SMS while nothing could be kept, %q first", len(got), got[0].Text)
	}
	p.stop()
	disk.mended()
	p.start()
	for i := range people {
		p.await(taken[i], "done")
		if got := p.tg.Messages(int64(100 + i)); len(got) != 1 {
			t.Errorf("%d messages for %d", len(got), i)
		}
	}
	if got := p.sms.Messages(""); len(got) != 0 {
		t.Errorf("%d SMS to people who had reacted, %q first", len(got), got[0].Text)
	}
	id, err := ask(0, 2)
	if err != nil {
		t.Fatalf("on a disk that was mended: %v", err)
	}
	p.await(id, "waiting", "done", "unconfirmed")
	p.finish()
}

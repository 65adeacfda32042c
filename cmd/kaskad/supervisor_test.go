package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// TestSystemdHearsOfTheLife starts the gateway as a unit of Type=notify would.
func TestSystemdHearsOfTheLife(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	place := filepath.Join(p.dir, "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: place, Net: "unixgram"})
	mustAll(t, err)
	defer l.Close()
	hears := func() string {
		t.Helper()
		mustAll(t, l.SetReadDeadline(time.Now().Add(time.Minute)))
		told := make([]byte, 1000)
		n, err := l.Read(told)
		if err != nil {
			t.Fatalf("nothing was told: %v\n%s", err, p.log)
		}
		return string(told[:n])
	}
	p.env = []string{"NOTIFY_SOCKET=" + place}
	p.start()
	if told := hears(); !strings.HasPrefix(told, "READY=1\nSTATUS=") || !strings.Contains(told, "telegram") {
		t.Errorf("after the start it was told %q", told)
	}
	answer, err := http.Get("http://" + p.admin + "/readyz")
	mustAll(t, err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("/readyz answers %d to a service that is ready", answer.StatusCode)
	}
	good, err := os.ReadFile(p.config)
	mustAll(t, err)
	mustAll(t, os.WriteFile(p.config, append(good, "[cascades.service]\nsteps = []\n"...), 0o600), p.process.Process.Signal(syscall.SIGHUP))
	if first, then := hears(), hears(); first != "RELOADING=1" || !strings.HasPrefix(then, "READY=1\n") || !strings.Contains(then, "refused") {
		t.Errorf("of a reload that is refused it was told %q, %q", first, then)
	}
	mustAll(t, os.WriteFile(p.config, good, 0o600), p.process.Process.Signal(syscall.SIGHUP))
	if first, then := hears(), hears(); first != "RELOADING=1" || !strings.HasPrefix(then, "READY=1\n") || strings.Contains(then, "refused") {
		t.Errorf("of a reload it was told %q, %q", first, then)
	}
	p.stop()
	if told := hears(); told != "STOPPING=1" {
		t.Errorf("after SIGTERM it was told %q", told)
	}
}

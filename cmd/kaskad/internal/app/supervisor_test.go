package app

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

func TestSystemdIsTold(t *testing.T) {
	t.Parallel()
	places := map[string]string{"a socket in a folder": filepath.Join(t.TempDir(), "notify")}
	if runtime.GOOS == "linux" {
		places["a socket without a name in the file system"] = "@kaskad-test-" + strconv.Itoa(os.Getpid())
	}
	for name, place := range places {
		l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: place, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if err := supervisor(place).tell(isReady, statusIs+"running"); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		heard := make([]byte, 100)
		l.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := l.Read(heard)
		if got := string(heard[:n]); err != nil || got != "READY=1\nSTATUS=running" {
			t.Errorf("%s heard %q, %v", name, got, err)
		}
	}
}

func TestNobodyHasToBeTold(t *testing.T) {
	t.Parallel()
	if err := supervisor("").tell(isReady); err != nil {
		t.Errorf("without a socket: %v", err)
	}
	if err := supervisor(filepath.Join(t.TempDir(), "gone")).tell(isReady); err == nil {
		t.Error("a socket that is not there is no fault")
	}
}

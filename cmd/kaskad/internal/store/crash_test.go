package store

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"kaskad/fallback"
)

// childDir tells a process of this test binary to be the one that is killed.
const childDir = "KASKAD_STORE_CHILD"

// TestKilled kills a process that writes, again and again: what it said was written must be there, whole, and nothing else
// may be broken.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		child(t, dir)
		return
	}
	t.Parallel()
	t.Run("while it writes", func(t *testing.T) { killedAgain(t, 3, "") })
	t.Run("while it compacts", func(t *testing.T) { killedAgain(t, 6, "compact") })
}

func killedAgain(t *testing.T, rounds int, how string) {
	dir := t.TempDir()
	total := 0
	for round := range rounds {
		lines := killed(t, dir, round, how)
		total += len(lines)
		db := openAt(t, dir, Options{Generation: 64})
		for _, line := range lines {
			acknowledged(t, db, line)
		}
		closeChecked(t, db)
	}
	if total < 100 {
		t.Errorf("only %d operations were acknowledged before the kills", total)
	}
}

// killed runs a child for a while and returns the lines it wrote before it was killed.
func killed(t *testing.T, dir string, round int, how string) (lines []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestKilled$")
	cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprint("KASKAD_STORE_ROUND=", round), "KASKAD_STORE_HOW="+how)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for scan := bufio.NewScanner(out); scan.Scan(); {
		lines = append(lines, scan.Text())
		if len(lines) == 60+40*round { // it goes on writing meanwhile
			_ = cmd.Process.Kill()
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the child ended before it was killed")
	}
	return lines
}

// acknowledged looks for what a line says.
func acknowledged(t *testing.T, db *DB, line string) {
	t.Helper()
	kind, rest, _ := strings.Cut(line, " ")
	switch kind {
	case "accepted":
		key, id, _ := strings.Cut(rest, " ")
		use, ok := keyUse(t, db, key)
		if !ok || use.Delivery.String() != id {
			t.Errorf("%s: the key means %s", line, use.Delivery)
		}
		if _, err := db.Load(t.Context(), use.Delivery); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	case "received":
		if _, err := db.Receive(t.Context(), wrote(rest, "1", "x"), rules(), world()); !errors.Is(err, fallback.ErrSeen) {
			t.Errorf("%s: Receive = %v; want ErrSeen", line, err)
		}
	}
}

func keyUse(t *testing.T, db *DB, key string) (use fallback.KeyUse, ok bool) {
	t.Helper()
	_, err := view(t.Context(), db, func(tx *tx) (int, error) {
		use, ok = tx.Key(key)
		return 0, nil
	})
	if err != nil {
		t.Error(err)
	}
	return use, ok
}

// child writes from many goroutines and says what was acknowledged, until it is killed.
func child(t *testing.T, dir string) {
	db, err := Open(dir, Options{Generation: 64})
	if err != nil {
		fmt.Println("open", err)
		os.Exit(1)
	}
	round := os.Getenv("KASKAD_STORE_ROUND")
	var mu sync.Mutex
	say := func(line string) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = os.Stdout.WriteString(line + "\n")
	}
	var wg sync.WaitGroup
	if os.Getenv("KASKAD_STORE_HOW") == "compact" {
		go func() {
			for {
				if _, err := db.Compact(t.Context()); err != nil {
					fmt.Println("compact", err)
					os.Exit(1)
				}
			}
		}()
	}
	for c := range 8 {
		wg.Go(func() {
			for n := 0; ; n++ {
				req := request(fmt.Sprintf("+38050111%02d%02d", c, n%50))
				req.Text, req.Key = fmt.Sprint(n), fmt.Sprint(round, "/", c, "/", n)
				if a, err := db.Accept(t.Context(), req, rules(), world()); err == nil {
					say("accepted " + req.Key + " " + a.ID.String())
				}
				e := wrote(fmt.Sprint("event/", round, "/", c, "/", n), fmt.Sprint(c), "hello")
				if _, err := db.Receive(t.Context(), e, rules(), world()); err == nil {
					say("received " + e.ID)
				}
			}
		})
	}
	wg.Wait()
}

package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestDamagedPageEndsTheStore: bbolt panics over a page that is not what it must be. The store fails, says so, and can be
// closed: the process has to end, not to hang.
func TestDamagedPageEndsTheStore(t *testing.T) {
	db := open(t, Options{})
	if err := db.PutSetting(t.Context(), "a", make([]byte, 64<<10)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(db.path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(db.path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	page := int64(os.Getpagesize())
	garbage := make([]byte, info.Size()-2*page) // all but the two roots
	for i := range garbage {
		garbage[i] = 0xee
	}
	if _, err := file.WriteAt(garbage, 2*page); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.PutSetting(t.Context(), "b", nil); !errors.Is(err, ErrFailed) {
		t.Errorf("PutSetting = %v; want ErrFailed", err)
	}
	if err := <-db.Failed(); !errors.Is(err, ErrFailed) {
		t.Errorf("Failed = %v", err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// TestStoreFailsWhileAnOperationIsPrepared: whoever is at work while the store fails is answered too.
func TestStoreFailsWhileAnOperationIsPrepared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var file syscallFile
		db := open(t, Options{boltOpts: file.catch})
		begun, hold := make(chan struct{}), make(chan struct{})
		var once sync.Once
		answer := make(chan error, 1)
		go func() {
			answer <- db.write(context.Background(), func(tx *tx) error {
				once.Do(func() { close(begun); <-hold })
				return setting("slow", "1")(tx)
			})
		}()
		<-begun
		file.close(t)
		if err := db.PutSetting(t.Context(), "b", nil); !errors.Is(err, ErrFailed) {
			t.Errorf("PutSetting = %v; want ErrFailed", err)
		}
		<-db.gone
		synctest.Wait()
		close(hold)
		synctest.Wait()
		select {
		case err := <-answer:
			if !errors.Is(err, ErrFailed) {
				t.Errorf("the slow one = %v; want ErrFailed", err)
			}
		default:
			t.Error("the slow one waits for ever")
			db.release() // so that the bubble can end
		}
		_ = db.Close()
	})
}

// TestFileSizeLimit: a file that the system does not let grow is a full disk, which passes.
func TestFileSizeLimit(t *testing.T) {
	if dir := os.Getenv("KASKAD_STORE_LIMITED"); dir != "" {
		limited(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestFileSizeLimit$")
	cmd.Env = append(os.Environ(), "KASKAD_STORE_LIMITED="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("under a limit: %v\n%s", err, out)
	}
}

// limited runs in a process of its own: the limit holds for all of it.
func limited(t *testing.T, dir string) {
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	db := openAt(t, dir, Options{})
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 20 << 20, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	err := error(nil)
	for n := 0; err == nil && n < 40; n++ {
		err = db.PutSetting(t.Context(), fmt.Sprint(n), make([]byte, 1<<20))
	}
	if !errors.Is(err, ErrFull) || !errors.Is(err, fallback.ErrUnavailable) {
		t.Fatalf("PutSetting = %v; want ErrFull", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err := db.PutSetting(t.Context(), "more", make([]byte, 1<<20)); err != nil {
		t.Errorf("PutSetting without the limit = %v", err)
	}
}

// TestALongViewSeesItsHeads: a view that lasts over several flushes still sees the heads that were only in memory when it
// began.
func TestALongViewSeesItsHeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{})
		ids := talks(t, db, 1)
		time.Sleep(2 * time.Second)
		turn, err := db.Receive(t.Context(), wrote("again", "100", "hello again"), rules(), world())
		if err != nil {
			t.Fatal(err)
		}
		_, err = view(t.Context(), db, func(tx *tx) (int, error) {
			for n := range 2 {
				time.Sleep(2 * time.Second)
				if _, err := db.Receive(t.Context(), wrote(fmt.Sprint("other ", n), "200", "hello"), rules(), world()); err != nil {
					return 0, err
				}
			}
			time.Sleep(2 * time.Second)
			if got := tx.Conversation(ids[0]); got != turn.Conversation {
				t.Errorf("the view sees %+v; want %+v", got, turn.Conversation)
			}
			return 0, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestWhatIsHarmless(t *testing.T) {
	at := func(op string, cause error) error { return &os.PathError{Op: op, Path: "kaskad.db", Err: cause} }
	for name, tt := range map[string]struct{ err, want error }{
		"no room for a page":                     {at("write", syscall.ENOSPC), ErrFull},
		"no quota for a page":                    {at("write", syscall.EDQUOT), ErrFull},
		"a page behind the largest size":         {at("write", syscall.EFBIG), ErrFull},
		"a disk that became read-only":           {at("write", syscall.EROFS), ErrReadOnly},
		"no room to grow the file":               {fmt.Errorf("file resize error: %s", at("truncate", syscall.ENOSPC)), ErrFull},
		"a file that cannot grow, read-only":     {fmt.Errorf("file resize error: %s", at("truncate", syscall.EROFS)), ErrReadOnly},
		"growing failed, nobody knows why":       {fmt.Errorf("file resize error: %s", at("truncate", syscall.EIO)), nil},
		"the larger size could not be synced":    {fmt.Errorf("file sync error: %s", at("sync", syscall.ENOSPC)), nil},
		"the disk does not answer":               {at("write", syscall.EIO), nil},
		"a map that could not be made":           {errors.New("mmap allocate error: cannot allocate memory"), nil},
		"an error that ends with the same words": {errors.New("somebody said: " + syscall.ENOSPC.Error()), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := harmless(tt.err); !errors.Is(got, tt.want) || got != nil && !errors.Is(got, tt.err) {
				t.Errorf("harmless(%v) = %v; want %v", tt.err, got, tt.want)
			}
		})
	}
}

// TestManyRefusedCommits fills a disk again and again, while readers keep old states: what was acknowledged stays, and no page
// of the file is used twice. It needs the right to mount, as TestFullDisk does.
func TestManyRefusedCommits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", dir).Run(); err != nil {
		t.Skip("no right to mount; run: unshare -rm go test -run TestManyRefusedCommits ./cmd/kaskad/internal/store")
	}
	defer func() { _ = exec.Command("umount", "-l", dir).Run() }()
	db := openAt(t, dir, Options{Generation: 8, boltOpts: func(o *bolt.Options) { o.InitialMmapSize = 16 << 20 }})
	random := rand.New(rand.NewPCG(1, 2))
	want, keys, refused := make(map[string]int), 0, 0
	var views []*tx
	for range 600 {
		size, key := random.IntN(200<<10), fmt.Sprint(random.IntN(12))
		err := db.write(t.Context(), func(tx *tx) error {
			tx.PutKey(fmt.Sprint("key ", keys), fallback.KeyUse{Delivery: bots.ID(keys + 1), Body: 1})
			tx.set.put(tSetting, name(key), wrapped(make([]byte, size)))
			return nil
		})
		switch {
		case err == nil:
			want[key] = size
			keys++
		case errors.Is(err, ErrFull):
			refused++
		default:
			t.Fatal(err)
		}
		if random.IntN(8) == 0 {
			tx, err := db.begin()
			if err != nil {
				t.Fatal(err)
			}
			views = append(views, tx)
		}
		if len(views) > 2 || err != nil && len(views) > 0 {
			views[0].close()
			views = views[1:]
		}
	}
	for _, tx := range views {
		tx.close()
	}
	t.Logf("%d commits, %d refused", keys, refused)
	if refused < 50 || keys < 50 {
		t.Errorf("%d commits were refused and %d not; the test wants more of both", refused, keys)
	}
	if err := exec.Command("mount", "-o", "remount,size=32m", dir).Run(); err != nil {
		t.Fatal(err)
	}
	for key, size := range want {
		if v, err := db.Setting(t.Context(), key); err != nil || len(v) != size {
			t.Errorf("Setting(%s) = %d bytes, %v; want %d", key, len(v), err, size)
		}
	}
	lookForKeys(t, db, keys, 1)
	sealAll(t, db)
	lookForKeys(t, db, keys, 1)
	closeChecked(t, db)
	db = openAt(t, dir, Options{Generation: 8})
	lookForKeys(t, db, keys, 1)
	closeChecked(t, db)
}

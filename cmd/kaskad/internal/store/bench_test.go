package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// The benchmarks run on copies of a file with a million messages in 200,000 conversations, which takes about half a minute to
// make. Set KASKAD_BENCH_DIR to keep it for the next run. Every rate is told together with how often this disk syncs 4 KiB in the same
// run, because rates alone say more about the machine than about the code:
//
//	go test -run '^$' -bench . -benchtime 5s ./cmd/kaskad/internal/store
const (
	benchMessages = 1_000_000
	benchContacts = 200_000
)

var benchFile = sync.OnceValues(func() (string, error) {
	dir := os.Getenv("KASKAD_BENCH_DIR")
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "kaskad-bench-"); err != nil {
			return "", err
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "ready")); err == nil {
		return dir, nil
	}
	if err := fill(dir, benchContacts, benchMessages); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "ready"), nil, 0o600)
})

// benchOpen opens a copy of the large file.
func benchOpen(b *testing.B, opt Options) *DB {
	b.Helper()
	dir, err := benchFile()
	if err != nil {
		b.Fatal(err)
	}
	return benchOpenFrom(b, dir, opt)
}

func benchOpenFrom(b *testing.B, dir string, opt Options) *DB {
	b.Helper()
	work := b.TempDir()
	if err := copyFile(filepath.Join(dir, FileName), filepath.Join(work, FileName)); err != nil {
		b.Fatal(err)
	}
	dir = work
	opt.Log = slog.New(slog.DiscardHandler)
	db, err := Open(dir, opt)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	warm(b, db)
	return db
}

// copyFile copies a file and waits until it is on disk, so that writing it back does not disturb what is measured.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// warm touches every page, as a process that runs for a while has.
func warm(b *testing.B, db *DB) {
	t, err := db.begin()
	if err != nil {
		b.Fatal(err)
	}
	defer t.close()
	c := &checker{ctx: b.Context(), t: t}
	for table := range tables {
		c.each(table, func(k, v []byte) {})
		if layouts[table].generations {
			t.generations(table)
		}
	}
}

func benchChat(n int) bots.Address {
	return bots.Address{Channel: bots.Telegram, ID: strconv.Itoa(100_000_000 + n)}
}

const benchText = "Вам начислено 120 бонусных баллов за покупку. Баланс: 1340 баллов. Действуют до 31 декабря, ждём вас снова!"

// fill makes a file as a shop has it: everyone has a chat and a head, every delivery went out, half of them were read.
func fill(dir string, contacts, messages int) error {
	db, err := Open(dir, Options{inWriter: true})
	if err != nil {
		return err
	}
	defer db.Close()
	ctx := context.Background()
	began := time.Now().UTC().Add(-30 * 24 * time.Hour).Truncate(time.Microsecond)
	made := bots.ID(began.UnixMicro())
	ids := make([]bots.ID, contacts)
	err = inChunks(contacts, 1000, func(from, to int) error {
		return db.write(ctx, func(t *tx) error {
			for n := from; n < to; n++ {
				ids[n] = made + bots.ID(n)
				c := &bots.Contact{ID: ids[n], ExternalID: fmt.Sprint("C-", n), Phone: benchPhone(n), Name: "Олена", Locale: "uk", Created: began, Updated: began}
				c.Set(benchChat(n), bots.Active, began)
				t.PutContact(c)
				t.PutConversation(bots.Conversation{Contact: ids[n], LastAt: began, LastUsed: bots.Telegram})
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	last, seq := make([]bots.ID, contacts), make([]uint64, contacts)
	return inChunks(messages, 2000, func(from, to int) error {
		return db.write(ctx, func(t *tx) error {
			for n := from; n < to; n++ {
				who := n * 7919 % contacts
				seq[who]++
				t.now = began.Add(time.Hour + time.Duration(n)*(27*24*time.Hour/time.Duration(messages)))
				last[who] = fillOne(t, n, ids[who], benchChat(who), last[who], seq[who])
			}
			return nil
		})
	})
}

func fillOne(t *tx, n int, contact bots.ID, chat bots.Address, prev bots.ID, seq uint64) bots.ID {
	id := bots.ID(t.now.UnixMicro())
	message := id + 1
	d := &fallback.Delivery{Plan: fallback.Plan{
		ID: id, Contact: contact, To: chat.String(), Template: "bonus", Data: []byte(`{"points":120,"balance":1340}`), Cascade: cascade(),
		Zone: "Europe/Kyiv", Created: t.now, Same: uint64(n), First: fallback.Queued,
	}}
	d.State, d.Reached, d.Proof, d.ProofAt = fallback.Done, 1, "button", t.now
	d.Route = []fallback.Leg{{Channel: bots.Telegram, Outcome: fallback.Taken, Level: bots.Engaged, Message: message, Sender: "telegram", Attempts: 1, QueuedAt: t.now, TriedAt: t.now, SentAt: t.now}, {Step: 1, Channel: bots.SMS}}
	t.PutPlan(&d.Plan)
	t.PutStatus(d)
	t.PutMessage(&bots.Message{ID: message, Contact: contact, To: chat, Channel: chat.Channel, Text: benchText, At: t.now, Delivery: id, Prev: prev, Seq: seq})
	provider := strconv.Itoa(n)
	t.PutMessageState(message, bots.MessageState{Level: bots.Engaged, Passed: bots.Read, ProviderID: provider, Sender: "telegram", Attempt: 1, ClaimedAt: t.now, SentAt: t.now, EngagedAt: t.now})
	t.PutProvider(fallback.ProviderKey{Sender: "telegram", Chat: chat.ID, ID: provider}, message)
	t.PutKey(provider, fallback.KeyUse{Delivery: id})
	t.MarkSeen("telegram:" + provider)
	t.Change(bots.Change{Type: "delivery.done", At: t.now, Contact: contact, Delivery: id, State: "done"})
	return message
}

func inChunks(n, size int, f func(from, to int) error) error {
	for from := 0; from < n; from += size {
		if err := f(from, min(from+size, n)); err != nil {
			return err
		}
	}
	return nil
}

// rawSyncs is how often a second this disk appends 4 KiB to a file that has room for them, and makes them durable.
func rawSyncs(b *testing.B, dir string) float64 {
	b.Helper()
	f, err := os.CreateTemp(dir, "sync-*")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = os.Remove(f.Name()); _ = f.Close() }()
	page := make([]byte, 4096)
	const pages = 1 << 15
	if err := reserve(f, pages*4096); err != nil {
		b.Fatal(err)
	}
	_ = f.Sync()
	n, began := 0, time.Now()
	for n < pages && time.Since(began) < 500*time.Millisecond {
		if _, err := f.WriteAt(page, int64(n)*4096); err != nil {
			b.Fatal(err)
		}
		if err := syncData(f); err != nil {
			b.Fatal(err)
		}
		n++
	}
	return float64(n) / time.Since(began).Seconds()
}

// ownCPU is the time this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// allCPU is the time all processes of the machine have used.
func allCPU() time.Duration {
	b, _ := os.ReadFile("/proc/stat")
	var user, nice, system, idle, wait, irq, soft, steal int64
	_, _ = fmt.Sscanf(string(b), "cpu %d %d %d %d %d %d %d %d", &user, &nice, &system, &idle, &wait, &irq, &soft, &steal)
	return time.Duration(user+nice+system+irq+soft+steal) * (time.Second / 100)
}

// measure runs b.N calls of f from many callers, between two measurements of the disk.
func measure(b *testing.B, db *DB, callers int, f func(n int) error) {
	b.Helper()
	raw := rawSyncs(b, dirOf(db.path))
	before, used, busy := db.Stats(), ownCPU(), allCPU()
	times := make([][]time.Duration, callers)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	began := time.Now()
	for c := range callers {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				at := time.Now()
				if err := f(int(n)); err != nil {
					b.Error(err)
					return
				}
				times[c] = append(times[c], time.Since(at))
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	b.StopTimer()
	after, used := db.Stats(), ownCPU()-used
	foreign := max(0, allCPU()-busy-used).Seconds() / took.Seconds()
	raw = (raw + rawSyncs(b, dirOf(db.path))) / 2
	all := slices.Concat(times...)
	slices.Sort(all)
	rate := float64(b.N) / took.Seconds()
	b.ReportMetric(rate, "ops/s")
	b.ReportMetric(raw, "syncs/s")
	b.ReportMetric(rate/raw, "ops/sync")
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(foreign, "foreign-cores")
	b.ReportMetric(float64(after.Pages-before.Pages)/float64(b.N), "pages/op")
	b.ReportMetric(float64(after.Ops-before.Ops)/float64(max(1, after.Batches-before.Batches)), "ops/batch")
	b.ReportMetric(100*float64(after.Again-before.Again)/float64(b.N), "%again")
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "ms-p99")
	b.ReportMetric(0, "ns/op")
}

// benchRun makes requests of different runs on one file different.
var benchRun atomic.Uint64

func init() { benchRun.Store(rand.Uint64()) }

var benchCascade = cascade()

func benchPhone(n int) string { return "+38050" + strconv.Itoa(1_000_000+n) }

func benchRequest(n int) *fallback.Request {
	run := benchRun.Add(1)
	phone := benchPhone(n * 7919 % benchContacts)
	return &fallback.Request{
		To: bots.Ref{Kind: "phone", Value: phone}, Given: phone, Purpose: fallback.Service,
		Template: "bonus", Data: []byte(`{"points":120,"balance":1340}`), Cascade: benchCascade, Key: "key/" + strconv.FormatUint(run, 36), Same: run,
	}
}

func BenchmarkAccept(b *testing.B) {
	for _, callers := range []int{1, 64, 256, 1024} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			db := benchOpen(b, Options{})
			r, w, ctx := rules(), world(), b.Context()
			measure(b, db, callers, func(n int) error {
				_, err := db.Accept(ctx, benchRequest(n), r, w)
				return err
			})
		})
	}
}

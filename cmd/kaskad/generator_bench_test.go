package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	simviber "kaskad/bots/simulator/viber"
	"kaskad/cmd/kaskad/internal/app"
)

// A generator shares its processors with what it measures, so that it does as little as it can: kept connections, requests
// written into one buffer each, answers of which it reads the status alone.

// generator calls an address from many connections at once.
type generator struct {
	address string
	callers int
	server  int // the process that answers
	dir     string
}

// write appends one request to b. Each caller has its own.
type write func(b []byte, n int64) []byte

// appendPost appends a POST with one line of header to what everybody sends.
func appendPost(b []byte, path, header, value string, body []byte) []byte {
	b = append(append(append(b, "POST "...), path...), " HTTP/1.1\r\nHost: bots.example.com\r\nContent-Type: application/json\r\n"...)
	b = append(append(append(append(b, header...), ": "...), value...), "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	return append(append(b, "\r\n\r\n"...), body...)
}

// run makes b.N calls and reports rate, times and what they cost.
func (g *generator) run(b *testing.B, fork func() write) {
	b.Helper()
	lines := make([]*line, g.callers)
	for i := range lines {
		lines[i] = dial(b, g.address, fork())
	}
	raw, busy := syncRate(b, g.dir), machineCPU()
	own, server := ownCPU(), processCPU(b, g.server)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for _, l := range lines {
		wg.Go(func() { l.work(b, &next) })
	}
	wg.Wait()
	b.StopTimer()
	own, server = ownCPU()-own, processCPU(b, g.server)-server
	foreign := max(0, machineCPU()-busy-own-server)
	raw = (raw + syncRate(b, g.dir)) / 2
	var took []time.Duration
	for _, l := range lines {
		took = append(took, l.took...)
		l.conn.Close()
	}
	g.report(b, took, own, server, foreign, raw)
}

func (g *generator) report(b *testing.B, took []time.Duration, own, server, foreign time.Duration, raw float64) {
	slices.Sort(took)
	if len(took) == 0 {
		return
	}
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(len(took)) }
	rate := float64(len(took)) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "calls/s")
	b.ReportMetric(raw, "syncs/s")
	b.ReportMetric(rate/raw, "calls/sync")
	b.ReportMetric(each(server), "server-µs/op")
	b.ReportMetric(each(own), "generator-µs/op")
	b.ReportMetric(float64(processRSS(b, g.server))/1e6, "server-MB")
	b.ReportMetric(foreign.Seconds()/b.Elapsed().Seconds(), "foreign-cores")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
	b.ReportMetric(0, "ns/op")
}

// line is one kept connection.
type line struct {
	conn    net.Conn
	write   write
	request []byte
	answer  [4096]byte
	took    []time.Duration
}

func dial(b *testing.B, address string, w write) *line {
	b.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	return &line{conn: c, write: w}
}

func (l *line) work(b *testing.B, next *atomic.Int64) {
	for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
		l.request = l.write(l.request[:0], n)
		begun := time.Now()
		if err := l.call(); err != nil {
			b.Errorf("call %d: %v", n, err)
			return
		}
		l.took = append(l.took, time.Since(begun))
	}
}

var errNoEnd = errors.New("an answer without end, or too large")

// call sends the request and reads the answer, which must be a 200 with an empty body.
func (l *line) call() error {
	if _, err := l.conn.Write(l.request); err != nil {
		return err
	}
	for n := 0; n < len(l.answer); {
		m, err := l.conn.Read(l.answer[n:])
		if err != nil {
			return err
		}
		n += m
		switch got := l.answer[:n]; {
		case !bytes.HasSuffix(got, []byte("\r\n\r\n")):
		case !bytes.HasPrefix(got, []byte("HTTP/1.1 200 ")) || !bytes.Contains(got, []byte("\r\nContent-Length: 0\r\n")):
			return fmt.Errorf("answered %q", got)
		default:
			return nil
		}
	}
	return errNoEnd
}

// ownCPU is the processor time of this process.
func ownCPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// machineCPU is the processor time of all processes of the machine.
func machineCPU() time.Duration {
	raw, _ := os.ReadFile("/proc/stat")
	var all time.Duration
	first, _, _ := strings.Cut(string(raw), "\n")
	for i, field := range strings.Fields(first) {
		if n, err := strconv.Atoi(field); err == nil && i != 4 && i != 5 && i < 9 { // without idle, waiting for a disk, guests
			all += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return all
}

// syncRate is how often a second the disk appends 4 KiB to a file that has room for them, and makes them durable.
func syncRate(b *testing.B, dir string) float64 {
	b.Helper()
	f, err := os.CreateTemp(dir, "sync-*")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { f.Close(); os.Remove(f.Name()) }()
	page, room := make([]byte, 4096), int64(16<<20)
	if err := reserve(f, room); err != nil {
		b.Skip("no room can be reserved here: ", err)
	}
	_ = f.Sync()
	n, begun := int64(0), time.Now()
	for ; n*4096 < room && time.Since(begun) < 300*time.Millisecond; n++ {
		if _, err := f.WriteAt(page, n*4096); err != nil {
			b.Fatal(err)
		}
		if err := syncData(f); err != nil {
			b.Fatal(err)
		}
	}
	return float64(n) / time.Since(begun).Seconds()
}

// benchNothing has the calls answered by a server that does nothing.
func benchNothing(b *testing.B) {
	address := freeAddress(b)
	server := exec.Command(os.Args[0], address)
	server.Env = append(os.Environ(), asNobody+"=1")
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	defer server.Wait()
	defer server.Process.Kill()
	for range 500 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	load := simviber.NewLoad(simviber.DefaultToken, 1)
	g := generator{address: address, callers: ingestCallers, server: server.Process.Pid, dir: b.TempDir()}
	g.run(b, func() write {
		load := load.Fork()
		return func(b []byte, n int64) []byte {
			s := load.Seen(viberID(int(n)), viberToken(int(n), 1), time.Now())
			return appendPost(b, "/in/viber/0123456789abcdef0123456789abcdef", "X-Viber-Content-Signature", s.Signature, s.Body)
		}
	})
}

// With asNobody the test binary answers every call 200 and looks at none. With asProfile a gateway that runs as a process of its
// own writes a CPU profile into that file.
const (
	asNobody  = "KASKAD_TEST_AS_NOBODY"
	asProfile = "KASKAD_TEST_PROFILE"
)

func nobody() {
	_ = http.ListenAndServe(os.Args[1], http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
}

// program is main, with a profile when one is wanted.
func program() {
	file := os.Getenv(asProfile)
	if file == "" || !slices.Contains(os.Args, "serve") {
		main()
	}
	f, err := os.Create(file)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		panic(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	code := run(ctx, os.Args[1:], app.Streams{Out: os.Stdout, Err: os.Stderr})
	pprof.StopCPUProfile()
	os.Exit(code)
}

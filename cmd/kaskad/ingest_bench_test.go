package main

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	simviber "kaskad/bots/simulator/viber"
	"kaskad/cmd/kaskad/internal/app"
)

// BenchmarkWebhooks measures calls of messengers, each answered 200 after it is durable, at a gateway that runs as a process of
// its own on the same machine as the 64 callers.
//
// KASKAD_BENCH_OPEN names a data_dir to copy first: the file of BenchmarkReceive in internal/store, with 200,000 people and five
// messages of ours to each of them in Viber that wait for a proof. Without it the callers are strangers and prove nothing.
//
//	nothing       calls that are answered at once, by a server that looks at none of them: what the callers cost
//	telegram      messages of people in chats where nothing of ours is open
//	viber/first   messages in chats with five open ones of ours, which each of them proves
//	viber/again   second messages in the same chats
//	seen          one seen for one of the five, which proves them all
func BenchmarkWebhooks(b *testing.B) {
	b.Run("nothing", benchNothing)
	in := newIngest(b)
	b.Run("telegram", func(b *testing.B) { in.bench(b, in.telegram) })
	b.Run("viber/first", func(b *testing.B) { in.enough(b, &in.wrote); in.bench(b, in.first) })
	b.Run("viber/again", func(b *testing.B) { in.bench(b, in.again) })
	b.Run("seen", func(b *testing.B) { in.enough(b, &in.read); in.bench(b, in.seen) })
	in.verify(b)
	in.plant.stop()
	if os.Getenv("KASKAD_BENCH_CHECK") != "" {
		in.plant.check()
	}
}

const (
	ingestCallers = 64
	ingestPeople  = 200_000 // of the loaded file
	ingestOpen    = 5       // messages to each
)

// ingest is a gateway that is called by Telegram and Viber.
type ingest struct {
	*plant
	viber    *simviber.Server
	load     *simviber.Load
	loaded   bool
	tgPath   string
	tgSecret string
	vbPath   string
	updates  atomic.Int64 // the last update_id
	wrote    atomic.Int64 // people who wrote in Viber
	more     atomic.Int64 // further messages of theirs
	read     atomic.Int64 // people who read in Viber: they begin at the other end
}

func newIngest(b *testing.B) *ingest {
	in := &ingest{}
	var err error
	if in.viber, err = simviber.New(simviber.Options{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.viber.Close() })
	in.load = simviber.NewLoad(in.viber.Token(), 1<<40)
	in.plant = newPlant(b, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, fmt.Sprintf(`
[viber]
token = %q
name = "Shop"
api_url = %q
price = { amount = "0.84", currency = "UAH" }
`, in.viber.Token(), in.viber.URL()))
	in.plant.updates("webhook")
	if from := os.Getenv("KASKAD_BENCH_OPEN"); from != "" {
		in.plant.load(from)
		in.loaded = true
	}
	in.start()
	in.address(b)
	in.settle(b)
	return in
}

// settle waits until the gateway has read what the file tells those who follow it: a tenth of a second of work in a second is
// quiet.
func (in *ingest) settle(b *testing.B) {
	for range 60 {
		before := processCPU(b, in.process.Process.Pid)
		time.Sleep(time.Second)
		if processCPU(b, in.process.Process.Pid)-before < 100*time.Millisecond {
			return
		}
	}
	b.Log("the gateway did not come to rest within a minute")
}

// address learns where the messengers were told to call.
func (in *ingest) address(b *testing.B) {
	address, secret := in.hook()
	in.tgPath, in.tgSecret = pathOf(b, address), secret
	ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
	defer cancel()
	call, err := in.viber.WaitCall(ctx, "set_webhook", 1)
	if err != nil {
		b.Fatal(err)
	}
	in.vbPath = pathOf(b, fmt.Sprint(call.Params["url"]))
}

func pathOf(b *testing.B, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		b.Fatal(err)
	}
	return u.Path
}

// enough skips when a row of new people would meet the other one.
func (in *ingest) enough(b *testing.B, used *atomic.Int64) {
	if used.Load()+int64(b.N) > ingestPeople/2 {
		b.Skip("there are not that many people: say -benchtime 90000x at most")
	}
}

func (in *ingest) bench(b *testing.B, kind func() write) {
	b.Helper()
	g := generator{address: in.public, callers: ingestCallers, server: in.process.Process.Pid, dir: in.dir}
	g.run(b, kind)
}

const benchWords = "А до якого числа діють бонуси?"

func (in *ingest) telegram() write {
	var body []byte
	return func(b []byte, n int64) []byte {
		chat := 100_000_000 + scattered(n)
		body = fmt.Appendf(body[:0], `{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Олена","language_code":"uk"},`+
			`"chat":{"id":%d,"first_name":"Олена","type":"private"},"date":%d,"text":%q}}`,
			in.updates.Add(1), n+1_000_000, chat, chat, time.Now().Unix(), benchWords)
		return appendPost(b, in.tgPath, "X-Telegram-Bot-Api-Secret-Token", in.tgSecret, body)
	}
}

func (in *ingest) first() write {
	load := in.load.Fork()
	return func(b []byte, n int64) []byte { return in.message(b, load, in.wrote.Add(1)) }
}

func (in *ingest) again() write {
	load, known := in.load.Fork(), max(1, in.wrote.Load())
	return func(b []byte, n int64) []byte {
		in.more.Add(1)
		return in.message(b, load, 1+n%known)
	}
}

func (in *ingest) message(b []byte, load *simviber.Load, who int64) []byte {
	s := load.Message(viberID(scattered(who)), benchWords, "", time.Now())
	return appendPost(b, in.vbPath, "X-Viber-Content-Signature", s.Signature, s.Body)
}

func (in *ingest) seen() write {
	load := in.load.Fork()
	return func(b []byte, n int64) []byte {
		who := scattered(ingestPeople - in.read.Add(1))
		s := load.Seen(viberID(who), viberToken(who, rand.IntN(ingestOpen)), time.Now())
		return appendPost(b, in.vbPath, "X-Viber-Content-Signature", s.Signature, s.Body)
	}
}

// scattered makes neighbours of people far from each other.
func scattered(n int64) int { return int(n * 7919 % ingestPeople) }

// viberID and viberToken are those of the loaded file.
func viberID(n int) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], uint64(n)*0x9e3779b97f4a7c15+1)
	binary.BigEndian.PutUint64(raw[8:], uint64(n))
	return base64.StdEncoding.EncodeToString(raw[:])
}

func viberToken(who, k int) uint64 {
	return 5_000_000_000_000_000_000 + uint64(who*ingestOpen+k)*0x9e3779b97f4a7c15%1_000_000_000_000_000
}

// verify looks whether what was answered 200 is really there.
func (in *ingest) verify(b *testing.B) {
	answer, err := http.Get("http://" + in.admin + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		b.Fatal(err)
	}
	for name, want := range map[string]int64{`channel="telegram",kind="wrote"`: in.updates.Load(), `channel="viber",kind="wrote"`: in.wrote.Load() + in.more.Load(), `channel="viber",kind="reported"`: in.read.Load()} {
		if got := metric(string(raw), "kaskad_events_total{"+name+"}"); got != want {
			b.Errorf("events of %s: %d are stored, %d were answered", name, got, want)
		}
	}
	if in.loaded && in.wrote.Load() > 0 {
		in.proven(b, scattered(1))
	}
	if in.loaded && in.read.Load() > 0 {
		in.proven(b, scattered(ingestPeople-1))
	}
}

func metric(page, name string) int64 {
	for line := range strings.Lines(page) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			n, _ := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			return int64(n)
		}
	}
	return 0
}

// proven looks whether a person's five deliveries are done.
func (in *ingest) proven(b *testing.B, who int) {
	var page struct{ Items []state }
	if err := in.call("GET", "/v1/deliveries?contact="+url.QueryEscape("ext:C-"+strconv.Itoa(who)), nil, &page); err != nil {
		b.Fatal(err)
	}
	done := 0
	for _, d := range page.Items {
		if d.State == "done" && d.ReachedBy == "viber" {
			done++
		}
	}
	if done != ingestOpen {
		b.Errorf("of person %d %d deliveries are done, want %d", who, done, ingestOpen)
	}
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
			s := load.Seen(viberID(scattered(n)), viberToken(int(n), 1), time.Now())
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
	if file == "" {
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

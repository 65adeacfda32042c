package main

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kaskad/bots"
	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	simviber "kaskad/bots/simulator/viber"
)

// BenchmarkWebhooks measures calls of messengers, each answered 200 after it is durable, at a gateway that runs as a process of
// its own on the same machine as the 64 callers.
//
// KASKAD_BENCH_OPEN names a data_dir to copy first: the file of BenchmarkReceive in internal/store, with 200,000 people and five
// messages of ours to each of them in Viber that wait for a proof. Without it the callers are strangers and prove nothing.
//
//	nothing         calls that are answered at once, by a server that looks at none of them: what the callers cost
//	telegram        messages of people in chats where nothing of ours is open
//	viber/first     messages in chats with five open ones of ours, which each of them proves
//	viber/again     second messages in the same chats
//	seen/scattered  one seen for one of the five, which proves them all; who reads next has nothing to do with who got a message next
//	seen/together   the same in the order in which the messages went out, so that neighbours lie on the same pages of the file
func BenchmarkWebhooks(b *testing.B) {
	b.Run("nothing", benchNothing)
	in := newIngest(b)
	b.Run("telegram", func(b *testing.B) { in.bench(b, in.telegram) })
	b.Run("viber/first", func(b *testing.B) { in.enough(b, &in.wrote); in.bench(b, in.first) })
	b.Run("viber/again", func(b *testing.B) { in.bench(b, in.again) })
	for _, read := range []*row{&in.scattered, &in.together} {
		b.Run("seen/"+read.name, func(b *testing.B) { in.enough(b, read); in.bench(b, func() write { return in.seen(read) }) })
	}
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
	more     atomic.Int64 // further messages of those who wrote

	wrote, scattered, together row // people who wrote in Viber, and who read there
}

func newIngest(b *testing.B) *ingest {
	in := &ingest{wrote: row{name: "wrote"}, scattered: row{name: "scattered", begin: ingestPeople / 4}, together: row{name: "together", begin: ingestPeople / 2, inOrder: true}}
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
	rest(b, in.plant)
	return in
}

// rest waits until the gateway has read what the file tells those who follow it: a tenth of a second of work in a second is
// quiet.
func rest(b *testing.B, p *plant) {
	for range 60 {
		before := processCPU(b, p.process.Process.Pid)
		time.Sleep(time.Second)
		if processCPU(b, p.process.Process.Pid)-before < 100*time.Millisecond {
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

// row hands out people of whom nobody has done anything yet. The rows share the people of the file: a quarter each, the last one
// a half.
type row struct {
	name    string
	begin   int64
	inOrder bool
	used    atomic.Int64
}

// person is the n-th of a row, counted from 0. The file has the messages of the m-th person that it came to side by side with
// those of the next; orders other than that take them far from each other.
func (r *row) person(n int64) int {
	m := r.begin + n
	if !r.inOrder {
		const half = ingestPeople / 2
		m = m * 31_607 % half
	}
	return int(m * 7919 % ingestPeople)
}

func (r *row) next() int { return r.person(r.used.Add(1) - 1) }

// enough skips when there are not that many people.
func (in *ingest) enough(b *testing.B, r *row) {
	if in.loaded && r.used.Load()+int64(b.N) > ingestPeople/4 {
		b.Skip("there are not that many people: say -benchtime 40000x at most")
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
		chat := 100_000_000 + n*104_729%ingestPeople
		body = fmt.Appendf(body[:0], `{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Олена","language_code":"uk"},`+
			`"chat":{"id":%d,"first_name":"Олена","type":"private"},"date":%d,"text":%q}}`,
			in.updates.Add(1), n+1_000_000, chat, chat, time.Now().Unix(), benchWords)
		return appendPost(b, in.tgPath, "X-Telegram-Bot-Api-Secret-Token", in.tgSecret, body)
	}
}

func (in *ingest) first() write {
	load := in.load.Fork()
	return func(b []byte, n int64) []byte { return in.message(b, load, in.wrote.next()) }
}

func (in *ingest) again() write {
	load, known := in.load.Fork(), max(1, in.wrote.used.Load())
	return func(b []byte, n int64) []byte {
		in.more.Add(1)
		return in.message(b, load, in.wrote.person(n%known))
	}
}

func (in *ingest) message(b []byte, load *simviber.Load, who int) []byte {
	s := load.Message(viberID(who), benchWords, "", time.Now())
	return appendPost(b, in.vbPath, "X-Viber-Content-Signature", s.Signature, s.Body)
}

func (in *ingest) seen(r *row) write {
	load := in.load.Fork()
	return func(b []byte, n int64) []byte {
		who := r.next()
		s := load.Seen(viberID(who), viberToken(who, rand.IntN(ingestOpen)), time.Now())
		return appendPost(b, in.vbPath, "X-Viber-Content-Signature", s.Signature, s.Body)
	}
}

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
	said, read := in.wrote.used.Load()+in.more.Load(), in.scattered.used.Load()+in.together.used.Load()
	for name, want := range map[string]int64{`channel="telegram",kind="wrote"`: in.updates.Load(), `channel="viber",kind="wrote"`: said, `channel="viber",kind="reported"`: read} {
		if got := metric(string(raw), "kaskad_events_total{"+name+"}"); got != want {
			b.Errorf("events of %s: %d are stored, %d were answered", name, got, want)
		}
	}
	for _, r := range []*row{&in.wrote, &in.scattered, &in.together} {
		if n := r.used.Load(); in.loaded && n > 0 {
			proven(b, in.plant, r.person(0), bots.Viber)
			proven(b, in.plant, r.person(n-1), bots.Viber)
		}
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
func proven(b *testing.B, p *plant, who int, channel string) {
	var page struct{ Items []state }
	if err := p.call("GET", "/v1/deliveries?contact="+url.QueryEscape("ext:C-"+strconv.Itoa(who)), nil, &page); err != nil {
		b.Fatal(err)
	}
	done := 0
	for _, d := range page.Items {
		if d.State == "done" && d.ReachedBy == channel {
			done++
		}
	}
	if done != ingestOpen {
		b.Errorf("of person %d %d deliveries are done, want %d", who, done, ingestOpen)
	}
}

package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/simulator/graph"
	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// BenchmarkCloudStatuses measures statuses "read" of WhatsApp's Business Platform, each durable before its call is answered 200, at a
// gateway that runs as a process of its own on the same machine as the 64 callers.
//
// KASKAD_BENCH_CLOUD names a data_dir to copy first: the file of BenchmarkReceiveRead in internal/store, with 200,000 people and five
// messages of ours to each of them that wait for a proof. Without it the statuses are of messages that nobody knows, and are kept as
// orphans.
//
//	one/newest  a call with one status, of the newest of a person's five messages, which proves all five
//	one/each    a call with one status; a person's five messages one after the other
//	hundred     calls of a hundred statuses: the five messages of twenty people, as when they open their chats
//
// People read in the order in which the messages went out, so that neighbours lie on the same pages of the file; but hundred/scattered,
// where who reads next has nothing to do with who got a message next.
func BenchmarkCloudStatuses(b *testing.B) {
	in := newCloudIngest(b)
	for _, kind := range []cloudKind{
		{name: "one/newest", each: 1, about: func(n int64, _ int) (int64, int) { return n, ingestOpen - 1 }},
		{name: "one/each", each: 1, about: func(n int64, _ int) (int64, int) { return n / ingestOpen, int(n % ingestOpen) }},
		{name: "hundred/together", each: cloudBatch, about: openedChats},
		{name: "hundred/scattered", each: cloudBatch, about: openedChats, scattered: true},
	} {
		b.Run(kind.name, func(b *testing.B) { in.bench(b, &kind) })
	}
	in.verify(b)
	in.plant.stop()
	if os.Getenv("KASKAD_BENCH_CHECK") != "" {
		in.plant.check()
	}
}

const (
	cloudBatch  = 100
	cloudNumber = "106540352242922"
	cloudSecret = "kaskad_bench_app_secret"
	cloudPeople = ingestPeople / 2 // who read in the order of sending; the others read in any
)

// cloudKind is a kind of call.
type cloudKind struct {
	name      string
	each      int                                        // statuses in a call
	about     func(n int64, i int) (person int64, k int) // what the i-th status of the n-th call is about, counted from 0
	scattered bool
}

// openedChats is a call about people who openedChats their chats: all five messages of each.
func openedChats(n int64, i int) (person int64, k int) {
	return n*(cloudBatch/ingestOpen) + int64(i/ingestOpen), i % ingestOpen
}

// cloudIngest is a gateway that is called by Meta.
type cloudIngest struct {
	*plant
	load  *graph.Load
	began time.Time      // of the loaded file; zero: there is none
	used  map[bool]int64 // people who have read, by whether their order is scattered
	told  int64          // statuses
	last  []int          // people whose deliveries must be done
}

func newCloudIngest(b *testing.B) *cloudIngest {
	in := &cloudIngest{load: graph.NewLoad(graph.Options{PhoneID: cloudNumber, AppSecret: cloudSecret}), used: map[bool]int64{}}
	in.plant = newPlant(b, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, fmt.Sprintf(`
[whatsapp_cloud]
phone_number_id = %q
token = "EAAkaskadbench"
app_secret = %q
verify_token = "kaskad-bench-word"
api_url = "http://127.0.0.1:9/v23.0"
price = { amount = "1.10", currency = "UAH" }
`, cloudNumber, cloudSecret))
	if from := os.Getenv("KASKAD_BENCH_CLOUD"); from != "" {
		in.plant.load(from)
		in.began = began(b, from)
	}
	in.start()
	rest(b, in.plant)
	return in
}

// began is when the loaded file began: the ids of its messages follow from it.
func began(b *testing.B, dir string) time.Time {
	raw, err := os.ReadFile(filepath.Join(dir, "ready"))
	if err != nil {
		b.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339Nano, string(raw))
	if err != nil {
		b.Fatal(err)
	}
	return at
}

func (in *cloudIngest) bench(b *testing.B, kind *cloudKind) {
	base := in.used[kind.scattered]
	final, _ := kind.about(int64(b.N)-1, kind.each-1)
	if in.used[kind.scattered] += final + 1; !in.began.IsZero() && in.used[kind.scattered] > cloudPeople {
		b.Skip("there are not that many people: a call of hundred statuses needs twenty; say -benchtime 4000x at most")
	}
	g := generator{address: in.public, callers: ingestCallers, server: in.process.Process.Pid, dir: in.dir}
	var answered atomic.Int64
	g.run(b, func() write {
		load, about := in.load.Fork(), make([]graph.Receipt, kind.each)
		return func(b []byte, n int64) []byte {
			for i := range about {
				person, k := kind.about(n-1, i)
				about[i] = in.receipt(kind.place(base+person), k)
			}
			answered.Add(int64(kind.each))
			s := load.Statuses("read", about, time.Now())
			return appendPost(b, "/in/whatsapp_cloud", "X-Hub-Signature-256", s.Signature, s.Body)
		}
	})
	in.told += answered.Load()
	b.ReportMetric(float64(answered.Load())/b.Elapsed().Seconds(), "statuses/s")
	if final > 0 { // of the last one not all may be told
		in.last = append(in.last, whoGot(kind.place(base)), whoGot(kind.place(base+final-1)))
	}
}

// place is which of the people, in the order in which messages went out to them, the n-th one is who reads.
func (kind *cloudKind) place(n int64) int64 {
	if kind.scattered {
		return cloudPeople + n*31_607%cloudPeople
	}
	return n
}

// whoGot is who got the n-th message of the file.
func whoGot(n int64) int { return int(n * 7919 % ingestPeople) }

// receipt is about the k-th message that went out to the n-th of the people.
func (in *cloudIngest) receipt(n int64, k int) graph.Receipt {
	who := whoGot(n)
	phone := "38050" + strconv.Itoa(1_000_000+who)
	about := graph.Receipt{ID: wamid(phone, who, k), Phone: phone}
	if !in.began.IsZero() {
		sent := in.began.Add(time.Minute + time.Duration(n+int64(k)*ingestPeople)*(time.Hour/(ingestPeople*ingestOpen)))
		about.Data = bots.ID(sent.UnixMicro() + 1).String()
	}
	return about
}

// wamid is Meta's id of a message, as the loaded file has it.
func wamid(phone string, who, k int) string {
	raw := fmt.Sprintf("\x1c\x18\x0c%s\x15\x02\x00\x11\x18\x12%018X\x00", phone, uint64(who*ingestOpen+k)*0x9e3779b97f4a7c15)
	return "wamid." + base64.StdEncoding.EncodeToString([]byte(raw))
}

// verify looks whether what was answered 200 is really there, and proved what it says.
func (in *cloudIngest) verify(b *testing.B) {
	answer, err := http.Get("http://" + in.admin + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		b.Fatal(err)
	}
	if got := metric(string(raw), `kaskad_events_total{channel="whatsapp_cloud",kind="reported"}`); got != in.told {
		b.Errorf("%d statuses are stored, %d were answered", got, in.told)
	}
	for _, who := range in.last {
		if !in.began.IsZero() {
			proven(b, in.plant, who, bots.WhatsAppCloud)
		}
	}
}

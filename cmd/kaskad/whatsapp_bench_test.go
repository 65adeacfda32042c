package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

const fastPhoneText = `
[whatsapp]
enabled = true
pace = 0
jitter = 0
daily = { first = 0 }
[cascades.chat]
steps = [{ channel = "whatsapp", until = "accepted" }, { channel = "sms" }]
quiet_hours = { from = "00:00", to = "00:00" }
`

// race is a gateway with a paired phone, the library alone beside it, and 20 people who know both. The gateway is a process of its
// own; the people's phones and the library are in the test's, on the same machine.
type race struct {
	*plant
	wa   *simwhatsapp.Server
	bare *whatsmeow.Client
	sent int // by the gateway
}

const (
	racePeople = 20
	barePhone  = "+380441112244"
)

func racePhone(n int) string { return fmt.Sprintf("+38050333%04d", n%racePeople) }

func newRace(b *testing.B) *race {
	wa := newWhatsApp(b)
	s := &race{wa: wa, plant: newPlant(b, simtelegram.Options{}, simsms.Options{}, fastPhoneText)}
	mustAll(b, wa.AddAccount(barePhone, "900011"))
	db, container := phoneStore(b, filepath.Join(s.dir, "data", "whatsapp.db"))
	_, err := wa.Provision(b.Context(), container, shopPhone, 1)
	mustAll(b, err, db.Close())
	s.env = []string{whatsAppEnv(b, wa)}
	s.start()
	s.connected()
	s.openBare(b)
	for n := range racePeople {
		c, err := wa.AddCustomer(b.Context(), simwhatsapp.Person{Phone: racePhone(n), LID: fmt.Sprintf("9200%02d", n)})
		mustAll(b, err)
		for _, to := range []string{shopPhone, barePhone} {
			_, err := c.Say(b.Context(), to, "вітаю")
			mustAll(b, err)
		}
	}
	mustAll(b, wa.WaitTaken(b.Context(), shopPhone, 1), wa.WaitTaken(b.Context(), barePhone, 1))
	s.byGateway(b, 3*racePeople) // answers: from now on both sides use the session that stays
	s.byBare(b, 3*racePeople)
	return s
}

// phoneStore is a store of the library's, with the settings of the gateway's.
func phoneStore(b *testing.B, path string) (*sql.DB, *sqlstore.Container) {
	mustAll(b, os.MkdirAll(filepath.Dir(path), 0o700))
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)")
	mustAll(b, err)
	db.SetMaxOpenConns(1)
	container := sqlstore.NewWithDB(db, "sqlite3", waLog.Noop)
	mustAll(b, container.Upgrade(b.Context()))
	return db, container
}

func (s *race) openBare(b *testing.B) {
	db, container := phoneStore(b, filepath.Join(b.TempDir(), "bare.db"))
	b.Cleanup(func() { mustAll(b, db.Close()) })
	dev, err := s.wa.Provision(b.Context(), container, barePhone, 1)
	mustAll(b, err)
	s.bare = whatsmeow.NewClient(dev, waLog.Noop)
	s.bare.SetWebsocketHTTPClient(s.wa.Client())
	mustAll(b, s.bare.ConnectContext(context.WithoutCancel(b.Context())))
	b.Cleanup(s.bare.Disconnect)
	mustAll(b, s.wa.WaitConnected(b.Context(), barePhone, 1, true))
}

// byBare sends messages by the library alone, one after another, and is how long that took.
func (s *race) byBare(b *testing.B, many int) time.Duration {
	begun := time.Now()
	for n := range many {
		_, err := s.bare.SendMessage(b.Context(), types.NewJID(racePhone(n)[1:], types.DefaultUserServer), &waE2E.Message{Conversation: proto.String("Нараховано 120 бонусних балів")})
		mustAll(b, err)
	}
	return time.Since(begun)
}

// byGateway hands deliveries to the gateway, and is how long it took until WhatsApp had them all, from the first on.
func (s *race) byGateway(b *testing.B, many int) time.Duration {
	before := s.wa.Totals().Messages
	begun := time.Now()
	for done := 0; done < many; done += 1000 {
		var ask struct {
			Deliveries []map[string]any `json:"deliveries"`
		}
		for range min(1000, many-done) {
			s.sent++
			ask.Deliveries = append(ask.Deliveries, map[string]any{
				"to": "whatsapp:" + racePhone(s.sent), "text": fmt.Sprint("Нараховано бонусних балів: ", s.sent), "purpose": "service", "cascade": "chat",
			})
		}
		var answer struct {
			Results []struct{ State, Reason string }
		}
		mustAll(b, s.call(http.MethodPost, "/v1/deliveries:batch", ask, &answer))
		for _, r := range answer.Results {
			if r.State == "" || r.State == "skipped" {
				b.Fatalf("a delivery was not accepted: %+v", r)
			}
		}
	}
	for last, at := 0, time.Now(); ; time.Sleep(2 * time.Millisecond) {
		n := s.wa.Totals().Messages - before
		switch {
		case n >= many:
			return time.Since(begun)
		case n > last:
			last, at = n, time.Now()
		case time.Since(at) > time.Minute:
			b.Fatalf("%d of %d messages went out, and no more for a minute", n, many)
		}
	}
}

// BenchmarkWhatsApp sends by the whole gateway and by the library alone in turns, to 20 people who know both.
//
// KASKAD_BENCH_SOAK=20000 sends so many besides, and tells the gateway's memory after a tenth of them and after all.
func BenchmarkWhatsApp(b *testing.B) {
	const turn = 500
	s := newRace(b)
	var bare, gateway time.Duration
	before := processCPU(b, s.process.Process.Pid)
	b.ResetTimer()
	for done := 0; done < b.N; done += turn {
		many := min(turn, b.N-done)
		bare += s.byBare(b, many)
		gateway += s.byGateway(b, many)
	}
	b.StopTimer()
	cpu := processCPU(b, s.process.Process.Pid) - before
	b.ReportMetric(float64(b.N)/bare.Seconds(), "bare/s")
	b.ReportMetric(float64(b.N)/gateway.Seconds(), "gateway/s")
	b.ReportMetric(bare.Seconds()/gateway.Seconds(), "ratio")
	b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "gateway-cpu-us/op")
	s.soak(b)
}

// soak tells the gateway's memory after a tenth of many messages and after all.
func (s *race) soak(b *testing.B) {
	many, err := strconv.Atoi(os.Getenv("KASKAD_BENCH_SOAK"))
	if err != nil {
		return
	}
	for n, name := range []string{"MB-tenth", "MB-all"} {
		s.byGateway(b, many/10*(1+8*n))
		b.ReportMetric(float64(processRSS(b, s.process.Process.Pid))/1e6, name)
	}
}

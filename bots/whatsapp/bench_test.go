package whatsapp

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
	"modernc.org/sqlite"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

// loadPeople is to how many people a load is sent.
const loadPeople = 20

// load is a bot and, beside it, the library alone: two shops at one WhatsApp, which write to the same people. What the people's phones
// cost is in both.
type load struct {
	s    *simulator.Server
	bot  *Bot
	got  *tally
	bare *whatsmeow.Client
	db   *sql.DB // of the library alone
	step bots.ID
	stop func() // ends the bot's Run
}

const otherShop = "+380441112244"

func nth(n int) string { return fmt.Sprintf("+38050333%04d", n) }

// tally is a program that counts what it is given and keeps nothing.
type tally struct{ events, groups atomic.Int64 }

func (c *tally) receive(_ context.Context, b bots.Batch) error {
	if n := len(b.Events); n > 0 {
		c.events.Add(int64(n))
		c.groups.Add(1)
	}
	return nil
}

func newLoad(t testing.TB) *load {
	t.Helper()
	needsTB(t, simulator.Trust())
	s, err := simulator.New(simulator.Options{Keep: 50})
	needsTB(t, err)
	t.Cleanup(func() { needsTB(t, s.Close()) })
	l := &load{s: s, got: &tally{}}
	needsTB(t, s.AddAccount(shop, "900001"))
	needsTB(t, s.AddAccount(otherShop, "900011"))
	l.openBot(t)
	l.openBare(t)
	for n := range loadPeople {
		c, err := s.AddCustomer(t.Context(), simulator.Person{Phone: nth(n), LID: fmt.Sprintf("9200%02d", n)})
		needsTB(t, err)
		for _, to := range []string{shop, otherShop} {
			_, err := c.Say(t.Context(), to, "вітаю")
			needsTB(t, err)
		}
	}
	needsTB(t, s.WaitTaken(t.Context(), shop, 1))
	needsTB(t, s.WaitTaken(t.Context(), otherShop, 1))
	for n := range 3 * loadPeople { // answers: from now on both sides use the session that stays
		needsTB(t, l.byBot(t.Context(), n))
		needsTB(t, l.byBare(t.Context(), n))
	}
	return l
}

func needsTB(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (l *load) openBot(t testing.TB) {
	t.Helper()
	var err error
	l.bot, err = Open(t.Context(), DefaultConfig(), Options{Dir: t.TempDir(), Client: l.s.Client(), Name: "Крамниця", IDs: "key"})
	needsTB(t, err)
	t.Cleanup(func() { needsTB(t, l.bot.Close()) })
	dev, err := l.s.Provision(t.Context(), l.bot.container, shop, 1)
	needsTB(t, err)
	needsTB(t, l.bot.know(t.Context(), dev))
	l.run(t)
	for s, changed := l.bot.state(); s.State != Connected; s, changed = l.bot.state() {
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatalf("the session is %s", s.State)
		}
	}
}

// run starts Run, until stop or the end of the test.
func (l *load) run(t testing.TB) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- l.bot.Run(ctx, l.got.receive) }()
	l.stop = sync.OnceFunc(func() { stop(); needsTB(t, <-ended) })
	t.Cleanup(l.stop)
}

// openBare is the library as it comes, on a store with the settings of ours.
func (l *load) openBare(t testing.TB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), FileName)
	var err error
	l.db, err = sql.Open("sqlite", address(path))
	needsTB(t, err)
	t.Cleanup(func() { needsTB(t, l.db.Close()) })
	l.db.SetMaxOpenConns(1)
	container := sqlstore.NewWithDB(l.db, "sqlite3", waLog.Noop)
	needsTB(t, container.Upgrade(t.Context()))
	dev, err := l.s.Provision(t.Context(), container, otherShop, 1)
	needsTB(t, err)
	l.bare = whatsmeow.NewClient(dev, waLog.Noop)
	l.bare.SetWebsocketHTTPClient(l.s.Client())
	l.bare.SetMediaHTTPClient(l.s.Client())
	needsTB(t, l.bare.ConnectContext(context.WithoutCancel(t.Context())))
	t.Cleanup(l.bare.Disconnect)
	needsTB(t, l.s.WaitConnected(t.Context(), otherShop, 1, true))
}

func (l *load) byBot(ctx context.Context, n int) error {
	l.step++
	to := bots.Address{Channel: bots.WhatsApp, ID: nth(n % loadPeople)}
	_, err := l.bot.Send(ctx, bots.Outgoing{To: to, Step: l.step, Text: "Нараховано 120 бонусних балів"})
	return err
}

func (l *load) byBare(ctx context.Context, n int) error {
	to := types.NewJID(nth(n % loadPeople)[1:], types.DefaultUserServer)
	_, err := l.bare.SendMessage(ctx, to, &waE2E.Message{Conversation: proto.String("Нараховано 120 бонусних балів")})
	return err
}

// commits counts the commits of a store from now on.
func commits(t testing.TB, db *sql.DB) *atomic.Int64 {
	t.Helper()
	n := new(atomic.Int64)
	conn, err := db.Conn(t.Context())
	needsTB(t, err)
	defer conn.Close()
	needsTB(t, conn.Raw(func(c any) error {
		c.(sqlite.HookRegisterer).RegisterCommitHook(func() int32 { n.Add(1); return 0 })
		return nil
	}))
	return n
}

// BenchmarkSend sends by the bot and by the library alone in turns, a hundred messages each, to 20 people who know both.
func BenchmarkSend(b *testing.B) {
	const turn = 100
	l := newLoad(b)
	ours, theirs := commits(b, l.bot.db), commits(b, l.db)
	var took [2]time.Duration
	b.ResetTimer()
	for done := 0; done < b.N; done += turn {
		for who, send := range []func(context.Context, int) error{l.byBare, l.byBot} {
			begun := time.Now()
			for n := range min(turn, b.N-done) {
				if err := send(b.Context(), n); err != nil {
					b.Fatal(err)
				}
			}
			took[who] += time.Since(begun)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/took[0].Seconds(), "bare/s")
	b.ReportMetric(float64(b.N)/took[1].Seconds(), "bot/s")
	b.ReportMetric(took[0].Seconds()/took[1].Seconds(), "ratio")
	b.ReportMetric(float64(theirs.Load())/float64(b.N), "bare-commits/op")
	b.ReportMetric(float64(ours.Load())/float64(b.N), "bot-commits/op")
}

package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite"
)

const (
	shop = "+380441112233"
	anna = "+380501112233"
)

// patience is how long anything may take before a test gives up; nothing waits that long unless it is broken.
const patience = 20 * time.Second

func start(t *testing.T, opt Options) *Server {
	t.Helper()
	if raced && os.Getenv("KASKAD_RACE_WHATSAPP") == "" {
		t.Skip("whatsmeow races with itself when a connection ends; .ci/whatsapp-races tells its races from ours")
	}
	must(t, Trust())
	s, err := New(opt)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	must(t, s.AddAccount(shop, "900001"))
	must(t, s.AddAccount(anna, "900002"))
	must(t, s.Alter(shop, func(a *Traits) { a.Name, a.FewKeys = "Shop", true }))
	must(t, s.Alter(anna, func(a *Traits) { a.FewKeys = true }))
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// soon is a context that ends when something is broken.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func newStore(t *testing.T) *sqlstore.Container {
	t.Helper()
	db, err := sql.Open("sqlite", "file::memory:?_pragma=foreign_keys(1)")
	must(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { must(t, db.Close()) })
	c := sqlstore.NewWithDB(db, "sqlite3", nil)
	must(t, c.Upgrade(t.Context()))
	return c
}

// peer is a bare whatsmeow client that writes down its events.
type peer struct {
	*whatsmeow.Client
	t  *testing.T
	id types.JID // the store's own is no business of other goroutines

	mu      sync.Mutex
	seen    []any
	changed chan struct{}
	fails   int // events that the handler gives back
}

// provisioned is a client of a device that is paired already; it is not connected yet.
func provisioned(t *testing.T, s *Server, phone string, id uint16) *peer {
	t.Helper()
	dev, err := s.Provision(t.Context(), newStore(t), phone, id)
	must(t, err)
	return open(t, s, dev)
}

func open(t *testing.T, s *Server, dev *store.Device) *peer {
	t.Helper()
	p := &peer{Client: whatsmeow.NewClient(dev, nil), t: t, changed: make(chan struct{})}
	if dev.ID != nil {
		p.id = *dev.ID
	}
	p.SetWebsocketHTTPClient(s.Client())
	p.SetPreLoginHTTPClient(s.Client())
	p.SetMediaHTTPClient(s.Client())
	p.SynchronousAck, p.EnableDecryptedEventBuffer = true, true
	p.AddEventHandlerWithSuccessStatus(p.hear)
	t.Cleanup(p.Disconnect)
	return p
}

func (p *peer) hear(event any) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := event.(*events.Message); ok && p.fails > 0 {
		p.fails--
		return false
	}
	p.seen = append(p.seen, event)
	close(p.changed)
	p.changed = make(chan struct{})
	return true
}

// login connects and waits until what was waiting has come.
func (p *peer) login() *peer {
	p.t.Helper()
	must(p.t, p.Connect())
	wait[*events.OfflineSyncCompleted](p, 1, nil)
	return p
}

// all are the events of a type that match.
func all[T any](p *peer, match func(T) bool) []T {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []T
	for _, e := range p.seen {
		if v, ok := e.(T); ok && (match == nil || match(v)) {
			out = append(out, v)
		}
	}
	return out
}

// wait is the n-th event of a type that matches, counted from 1.
func wait[T any](p *peer, n int, match func(T) bool) T {
	p.t.Helper()
	ctx := soon(p.t)
	for {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		if got := all(p, match); len(got) >= n {
			return got[n-1]
		}
		select {
		case <-changed:
		case <-ctx.Done():
			var zero T
			p.t.Fatalf("there is no %T #%d among %d events", zero, n, len(p.seen))
		}
	}
}

func plain(text string) *waE2E.Message { return &waE2E.Message{Conversation: proto.String(text)} }

// write sends a text and is its id.
func (p *peer) write(to types.JID, text string) string {
	p.t.Helper()
	sent, err := p.SendMessage(soon(p.t), to, plain(text))
	if err != nil {
		p.t.Fatalf("send %q: %v", text, err)
	}
	return sent.ID
}

func number(phone string) types.JID { return types.NewJID(digits(phone), types.DefaultUserServer) }

// heard waits for a message with a text.
func (p *peer) heard(text string) *events.Message {
	p.t.Helper()
	return wait(p, 1, func(m *events.Message) bool { return said(m) == text })
}

func said(m *events.Message) string {
	return m.Message.GetConversation() + m.Message.GetExtendedTextMessage().GetText()
}

// receiptOf finds a receipt. A phone whose owner was not said to be there yet says "inactive" where it else says that a message is there.
func receiptOf(id string, kind types.ReceiptType) func(*events.Receipt) bool {
	return func(r *events.Receipt) bool {
		for _, one := range r.MessageIDs {
			if one == id && (r.Type == kind || kind == types.ReceiptTypeDelivered && r.Type == types.ReceiptTypeInactive) {
				return true
			}
		}
		return false
	}
}

// want compares errors by what they are.
func want(t *testing.T, got, target error) {
	t.Helper()
	if !errors.Is(got, target) {
		t.Errorf("got %v, want %v", got, target)
	}
}

func texts(got []*events.Message) string {
	var out []string
	for _, m := range got {
		out = append(out, said(m))
	}
	return fmt.Sprint(out)
}

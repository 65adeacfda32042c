package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	_ "modernc.org/sqlite" // the customers' stores, in memory
)

// Person is somebody with a phone.
type Person struct {
	Phone  string
	LID    string // "" when the account is there already
	Name   string // that others see; "" = the account's
	Traits func(*Traits)
	Habits Habits // what they do with a message; nil = ignore it
	Away   bool   // never looks: what arrives is told as "inactive", until Available
}

// Customer is a person at their phone (device 0 of the account): a whatsmeow client of its own, with a store in memory, so that what
// it reads was encrypted for it.
type Customer struct {
	s      *Server
	phone  string
	cli    *whatsmeow.Client
	db     *sql.DB
	habits Habits
	send   sync.Mutex // held while a message is encrypted and sent, and while one is decrypted: both change the same session

	mu     sync.Mutex
	away   bool
	closed bool
	known  map[types.JID]bool        // whose LID was asked for
	sent   map[string]*waE2E.Message // what may have to be encrypted again
	recent []string                  // keys of sent, oldest first
	shown  []*Shown                  // the newest, oldest first
	index  map[bubble]*Shown         // by what a phone tells messages apart with
	ready  chan struct{}             // closed when the first login is over
	heard  int                       // bubbles of the other side, ever
}

// AddCustomer starts a person's phone and logs it in. The account is made if it is not there.
func (s *Server) AddCustomer(ctx context.Context, p Person) (*Customer, error) {
	c, err := s.newCustomer(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("whatsapp simulator: customer: %w", err)
	}
	if err := c.GoOnline(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stage.Closing() {
		return nil, errors.Join(errors.New("whatsapp simulator: the server is closed"), c.Close())
	}
	s.customers = append(s.customers, c)
	return c, nil
}

func (s *Server) newCustomer(ctx context.Context, p Person) (*Customer, error) {
	if err := s.settleIn(p); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file::memory:?_pragma=foreign_keys(1)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // a second connection would see another, empty database
	container := sqlstore.NewWithDB(db, "sqlite3", nil)
	if err := container.Upgrade(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	dev, err := s.provision(ctx, container, p.Phone, 0)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.mu.Lock()
	s.accounts[digits(p.Phone)].devices[0].few = true
	s.mu.Unlock()
	c := &Customer{
		s: s, phone: "+" + digits(p.Phone), db: db, habits: p.Habits, away: p.Away,
		known: map[types.JID]bool{}, sent: map[string]*waE2E.Message{}, index: map[bubble]*Shown{}, ready: make(chan struct{}),
	}
	c.begin(dev)
	return c, nil
}

// settleIn makes the account of a person, or finds it.
func (s *Server) settleIn(p Person) error {
	s.mu.Lock()
	known := s.accounts[digits(p.Phone)] != nil
	s.mu.Unlock()
	if !known {
		if err := s.AddAccount(p.Phone, p.LID); err != nil {
			return err
		}
	}
	return s.Alter(p.Phone, func(t *Traits) {
		if p.Name != "" {
			t.Name = p.Name
		}
		if p.Traits != nil {
			p.Traits(t)
		}
	})
}

// begin makes the client, set up so that fast traffic both ways loses nothing.
func (c *Customer) begin(dev *store.Device) {
	dev.EventBuffer = lockedBuffer{dev.EventBuffer, &c.send}
	c.cli = whatsmeow.NewClient(dev, clientLog(c.s.opt.Log))
	client := c.s.Client()
	c.cli.SetWebsocketHTTPClient(client)
	c.cli.SetPreLoginHTTPClient(client)
	c.cli.SetMediaHTTPClient(client)
	c.cli.EnableDecryptedEventBuffer = true
	c.cli.GetMessageForRetry = func(_, _ types.JID, id types.MessageID) *waE2E.Message {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.sent[id]
	}
	c.cli.AddEventHandler(c.hear)
}

// lockedBuffer keeps decryption and sending apart: the library loads, changes and stores a session in both, with no lock between.
type lockedBuffer struct {
	store.EventBuffer
	mu *sync.Mutex
}

func (b lockedBuffer) DoDecryptionTxn(ctx context.Context, do func(context.Context) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.EventBuffer.DoDecryptionTxn(ctx, do)
}

// Phone is the person's number.
func (c *Customer) Phone() string { return c.phone }

// GoOnline switches the phone on and waits until what was waiting has come.
func (c *Customer) GoOnline(ctx context.Context) error {
	c.mu.Lock()
	ready := make(chan struct{})
	c.ready = ready
	c.mu.Unlock()
	if err := c.cli.Connect(); err != nil { // a context would be kept for as long as it is connected
		return fmt.Errorf("whatsapp simulator: customer: %w", err)
	}
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("whatsapp simulator: customer: log in: %w", ctx.Err())
	case <-c.s.acting.Done():
		return errors.New("whatsapp simulator: customer: the server is closed")
	}
}

// GoOffline switches the phone off. What is for it waits.
func (c *Customer) GoOffline() { c.cli.Disconnect() }

// Available says that the person looks: what arrives is "delivered" from now on.
func (c *Customer) Available(ctx context.Context) error {
	c.mu.Lock()
	c.away = false
	c.mu.Unlock()
	return c.cli.SendPresence(ctx, types.PresenceAvailable)
}

// Unavailable says that the person does not look: what arrives is "inactive" from now on.
func (c *Customer) Unavailable(ctx context.Context) error {
	c.mu.Lock()
	c.away = true
	c.mu.Unlock()
	return c.cli.SendPresence(ctx, types.PresenceUnavailable)
}

// Close ends the client and its store. The account stays, as a phone that is off.
func (c *Customer) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	c.mu.Unlock()
	c.cli.RemoveEventHandlers()
	c.cli.Disconnect()
	c.send.Lock() // nothing is half-way through the store
	defer c.send.Unlock()
	return c.db.Close()
}

// hear is the client's event handler.
func (c *Customer) hear(event any) {
	switch e := event.(type) {
	case *events.Message:
		c.show(e)
	case *events.Connected:
		c.mu.Lock()
		away := c.away
		c.mu.Unlock()
		if !away {
			_ = c.cli.SendPresence(c.s.acting, types.PresenceAvailable) // gone again: the next login says it
		}
	case *events.OfflineSyncCompleted:
		c.mu.Lock()
		defer c.mu.Unlock()
		select {
		case <-c.ready:
		default:
			close(c.ready)
		}
	}
}

// jidOf is an address: +380501112233, 900001@lid, or one of a crowd.
func jidOf(who string) types.JID {
	if crowd, ok := crowdOf(who); ok {
		return crowd
	}
	if user, ok := strings.CutSuffix(who, "@"+types.HiddenUserServer); ok {
		return types.NewJID(user, types.HiddenUserServer)
	}
	return types.NewJID(digits(who), types.DefaultUserServer)
}

// clientLog is a whatsmeow log that goes to slog.
func clientLog(log *slog.Logger) waLog.Logger {
	if log == nil {
		return waLog.Noop
	}
	return slogged{log}
}

type slogged struct{ *slog.Logger }

func (l slogged) Errorf(msg string, args ...any) { l.Error(fmt.Sprintf(msg, args...)) }
func (l slogged) Warnf(msg string, args ...any)  { l.Warn(fmt.Sprintf(msg, args...)) }
func (l slogged) Infof(msg string, args ...any)  { l.Info(fmt.Sprintf(msg, args...)) }
func (l slogged) Debugf(msg string, args ...any) { l.Debug(fmt.Sprintf(msg, args...)) }
func (l slogged) Sub(module string) waLog.Logger { return slogged{l.With("module", module)} }

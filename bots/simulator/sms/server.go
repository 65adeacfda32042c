package sms

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// DefaultToken opens the API when Options.Token is empty.
const DefaultToken = "simulated-sms-token"

// DefaultLogin and DefaultPassword do the same with providers that want both.
const (
	DefaultLogin    = "simulated-login"
	DefaultPassword = "simulated-password"
)

// Money counts hundredths of the currency.
type Money int64

func (m Money) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Sprintf("%s%d.%02d", sign, m/100, m%100)
}

// Options say what provider to start. The zero value is a rich account on a free port, without a report address.
type Options struct {
	Addr  string // address to listen on; "" = 127.0.0.1:0
	Token string // "" = DefaultToken

	// Provider makes it speak as a real one does: see Providers. "" = its own way, described above.
	Provider string
	Login    string // of providers that want one; "" = DefaultLogin
	Password string // "" = DefaultPassword
	Secret   string // what reports are signed with, where the account sets it (TurboSMS)

	Balance  Money  // at the start; 0 = 1000.00, negative = none
	Price    Money  // of a part; 0 = 0.50, negative = free
	Currency string // "" = UAH
	MaxParts int    // 0 = 8

	ErrorStatus map[string]int // HTTP status by error code, where it is not the usual one

	FirstMessage int // the number of the first message, and of the first answer; 0 = 1
	Keep         int // of calls, messages and reports about so many are kept, the newest; 0 = all

	ReportURL    string // where reports and answers go; see SetReportURL
	ReportAnswer string // the body that ends a report; "" = OK
	ReportTries  int    // 0 = 20
	Duplicates   int    // how often a report is sent once more although it was taken
	Reorder      bool   // reports overtake each other in pairs

	Habits   Habits // of phones nobody added; nil = delivered after 2 s
	AutoStop bool   // an answer of STOP puts the number on the stop list

	Speed float64          // delays are divided by it; 0 = 1
	Seed  uint64           // of the dice: the same seed, the same choices
	Now   func() time.Time // nil = time.Now
}

// Server is a running provider.
type Server struct {
	opt      Options
	dialect  *dialect // nil: its own way
	listener net.Listener
	http     *http.Server
	client   *http.Client // brings reports
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup // handlers, reports, habits

	mu        sync.Mutex
	closed    bool
	changed   chan struct{} // closed and replaced whenever anything changes
	dice      *rand.Rand
	balance   Money
	reportURL string

	phones    map[string]*phone
	messages  []*Message
	calls     []*Call
	strangers int // calls with a wrong token
	reports   []*Report
	faults    []*Fault
	accepted  int     // the number of the last message
	inbound   int     // of the last answer
	held      *Report // waits to be overtaken
}

// New starts a provider. Close ends it.
func New(opt Options) (*Server, error) {
	fillIn(&opt)
	if err := checkReportURL(opt.ReportURL); err != nil {
		return nil, err
	}
	speaks, err := dialectOf(opt.Provider)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", opt.Addr)
	if err != nil {
		return nil, fmt.Errorf("sms simulator: %w", err)
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("sms simulator: %s is not a loopback address", opt.Addr), listener.Close())
	}
	s := &Server{
		opt:       opt,
		dialect:   speaks,
		listener:  listener,
		client:    newReportClient(),
		changed:   make(chan struct{}),
		dice:      rand.New(rand.NewPCG(opt.Seed, 1)),
		balance:   max(opt.Balance, 0),
		reportURL: opt.ReportURL,
		phones:    map[string]*phone{},
		accepted:  opt.FirstMessage - 1,
		inbound:   opt.FirstMessage - 1,
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: time.Minute, MaxHeaderBytes: maxHeader}
	s.running.Go(func() { _ = s.http.Serve(listener) }) // its error only says that we closed it
	return s, nil
}

func fillIn(opt *Options) {
	setDefault(&opt.Addr, "127.0.0.1:0")
	setDefault(&opt.Token, DefaultToken)
	setDefault(&opt.Login, DefaultLogin)
	setDefault(&opt.Password, DefaultPassword)
	setDefault(&opt.Balance, 1000_00)
	setDefault(&opt.Price, 50)
	setDefault(&opt.Currency, "UAH")
	setDefault(&opt.MaxParts, 8)
	setDefault(&opt.FirstMessage, 1)
	setDefault(&opt.ReportAnswer, "OK")
	setDefault(&opt.ReportTries, 20)
	setDefault(&opt.Speed, 1)
	opt.Price = max(opt.Price, 0)
	if opt.Habits == nil {
		opt.Habits = Always(Act{Do: Deliver, After: 2 * time.Second})
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// newest is a list cut down to its newest elements once it is twice as long as wanted; keep 0 cuts nothing.
func newest[T any](all []T, keep int) []T {
	if keep <= 0 || len(all) <= 2*keep {
		return all
	}
	return slices.Clone(all[len(all)-keep:])
}

// URL is the root of the API, without a slash at the end: URL() + "/send".
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Token opens the API.
func (s *Server) Token() string { return s.opt.Token }

// Close ends the provider, all open calls and all reports. It returns when nothing runs any more.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	err := s.http.Close()
	s.running.Wait()
	s.client.CloseIdleConnections()
	return err
}

// enter counts a piece of work that Close waits for. It is false when the server is closing.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

// background runs f until it returns; f must watch s.ctx. The caller holds s.mu.
func (s *Server) background(f func()) {
	if !s.closed {
		s.running.Go(f)
	}
}

// sleep waits for d divided by Speed. It is false when ctx or the server ended first.
func (s *Server) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(time.Duration(float64(d) / s.opt.Speed))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-s.ctx.Done():
		return false
	}
}

// notify wakes everyone who waits for a change. The caller holds s.mu.
func (s *Server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

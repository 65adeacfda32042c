package sms

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"kaskad/bots/simulator/internal/stage"
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
	opt     Options
	dialect *dialect      // nil: its own way
	client  *stage.Client // brings reports
	stage   *stage.Stage  // handlers, reports, habits

	mu        sync.Mutex
	dice      *rand.Rand
	balance   Money
	reportURL string

	phones    map[string]*phone
	messages  []*Message
	calls     []*Call
	strangers int // calls with a wrong token
	reports   []*Report
	faults    stage.Faults[Fault]
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
	s := &Server{
		opt:       opt,
		dialect:   speaks,
		client:    stage.NewClient(0, reportTimeout),
		dice:      rand.New(rand.NewPCG(opt.Seed, 1)),
		balance:   max(opt.Balance, 0),
		reportURL: opt.ReportURL,
		phones:    map[string]*phone{},
		accepted:  opt.FirstMessage - 1,
		inbound:   opt.FirstMessage - 1,
	}
	s.stage = stage.New(&s.mu, "sms simulator", opt.Speed)
	if err := s.stage.Open(opt.Addr, &http.Server{Handler: http.HandlerFunc(s.serve), MaxHeaderBytes: maxHeader}); err != nil {
		return nil, err
	}
	return s, nil
}

func fillIn(opt *Options) {
	opt.Token = cmp.Or(opt.Token, DefaultToken)
	opt.Login = cmp.Or(opt.Login, DefaultLogin)
	opt.Password = cmp.Or(opt.Password, DefaultPassword)
	opt.Balance = cmp.Or(opt.Balance, 1000_00)
	opt.Price = cmp.Or(opt.Price, 50)
	opt.Currency = cmp.Or(opt.Currency, "UAH")
	opt.MaxParts = cmp.Or(opt.MaxParts, 8)
	opt.FirstMessage = cmp.Or(opt.FirstMessage, 1)
	opt.ReportAnswer = cmp.Or(opt.ReportAnswer, "OK")
	opt.ReportTries = cmp.Or(opt.ReportTries, 20)
	opt.Speed = cmp.Or(opt.Speed, 1)
	opt.Price = max(opt.Price, 0)
	if opt.Habits == nil {
		opt.Habits = Always(Act{Do: Deliver, After: 2 * time.Second})
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
}

// URL is the root of the API, without a slash at the end: URL() + "/send".
func (s *Server) URL() string { return s.stage.URL() }

// Token opens the API.
func (s *Server) Token() string { return s.opt.Token }

// Close ends the provider, all open calls and all reports. It returns when nothing runs any more.
func (s *Server) Close() error {
	err := s.stage.Close()
	s.client.Close()
	return err
}

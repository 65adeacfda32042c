package graph

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

// What a server has when Options say nothing.
const (
	DefaultToken       = "EAAG-simulated-opens-nothing"
	DefaultAppSecret   = "app_secret"
	DefaultVerifyToken = "verify-simulated"
	DefaultPhoneID     = "106540352242922"
	DefaultPhone       = "15550783881"
	DefaultWABA        = "102290129340398"
)

// Options say what server to start. The zero value is a healthy number without limits of rate on a free port.
type Options struct {
	Addr string // address to listen on; "" = 127.0.0.1:0

	Token       string // access token; "" = DefaultToken
	AppSecret   string // signs webhooks; "" = DefaultAppSecret
	VerifyToken string // of the subscription; "" = DefaultVerifyToken
	PhoneID     string // of the business number; "" = DefaultPhoneID
	Phone       string // the business number, digits; "" = DefaultPhone
	WABA        string // WhatsApp Business Account; "" = DefaultWABA
	Name        string // verified name; "" = Kaskad

	Speed float64          // delays are divided by it; 0 = 1
	Seed  uint64           // of the people's dice and of shuffling: the same seed, the same choices
	Now   func() time.Time // Meta's clock, asked from many goroutines; nil = time.Now
	First uint64           // where the row of message ids begins, for a server that stands in for an earlier one; 0 = 1
	Keep  int              // of calls, posts, and messages of a chat about so many are kept, the newest; 0 = all

	Arrival time.Duration // from acceptance to "sent" and the phone; 0 = before the answer to the call is written

	// Sync are the codes of failures that are told with the answer (400). All others of those that are about a person come
	// as a status: 131047 (window), 131026, 131049, 131050, 130472.
	Sync []int
	// PlainPhones leaves out what came in 2026: user_id, from_user_id, recipient_user_id, and contacts beside statuses.
	PlainPhones bool

	Throughput int // messages in a second, then 130429; 0 = no limit
	Pair       int // messages to one person at once, one more after each 6 s, then 131056; 0 = no limit

	Posts   int             // webhook calls at once; 0 = 25
	Batch   int             // notices in one webhook call, in several entries and changes; 0 = 1
	Gather  time.Duration   // how long a webhook call waits for more notices; divided by Speed
	Shuffle time.Duration   // webhook calls are held back for up to this and do not wait for one another; notices of one call are shuffled, too
	Twice   int             // each so-manieth webhook call comes twice; 0 = none
	Repeats []time.Duration // waits before each repeat of a webhook call that got no 200; nil = twelve within a week, empty = none
}

// Server is a running Graph API.
type Server struct {
	opt      Options
	listener net.Listener
	http     *http.Server
	client   *http.Client // calls the webhook
	slots    chan struct{}
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup // handlers, pumps, habits

	mu        sync.Mutex
	closed    bool
	changed   chan struct{} // closed and replaced whenever anything changes
	dice      *rand.Rand
	people    map[string]*person // by digits of the phone
	users     map[string]*person // by business-scoped user id
	byID      map[string]*Message
	held      []func(good bool)    // messages of held templates
	templates map[string]*Template // by name and language
	media     map[string]*medium
	mediaRow  []string // their ids, the oldest first
	calls     []*Call
	count     Count
	strangers int // calls with a wrong token
	faults    []*Fault
	oddities  []Oddity
	rate      rate
	numbers   uint64 // of ids
	health    health

	hook     string
	posts    []*Post
	lanes    map[string]*lane
	gathered []notice
	gather   int // how often the gathered were sent
	open     int // notices and webhook calls that are neither answered nor given up
	posted   int
}

// New starts a server. Close ends it.
func New(opt Options) (*Server, error) {
	fillIn(&opt)
	listener, err := net.Listen("tcp", opt.Addr)
	if err != nil {
		return nil, fmt.Errorf("graph simulator: %w", err)
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("graph simulator: %s is not a loopback address", opt.Addr), listener.Close())
	}
	s := &Server{
		opt:       opt,
		listener:  listener,
		client:    newHookClient(opt.Posts),
		slots:     make(chan struct{}, opt.Posts),
		changed:   make(chan struct{}),
		dice:      rand.New(rand.NewPCG(opt.Seed, 3)),
		people:    map[string]*person{},
		users:     map[string]*person{},
		byID:      map[string]*Message{},
		templates: map[string]*Template{},
		media:     map[string]*medium{},
		lanes:     map[string]*lane{},
		numbers:   opt.First,
		health:    health{Status: "CONNECTED", Quality: "GREEN"},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: time.Minute, MaxHeaderBytes: maxHeader}
	s.running.Go(func() { _ = s.http.Serve(listener) }) // its error only says that we closed it
	return s, nil
}

func fillIn(opt *Options) {
	setDefault(&opt.Addr, "127.0.0.1:0")
	setDefault(&opt.Token, DefaultToken)
	setDefault(&opt.AppSecret, DefaultAppSecret)
	setDefault(&opt.VerifyToken, DefaultVerifyToken)
	setDefault(&opt.PhoneID, DefaultPhoneID)
	setDefault(&opt.Phone, DefaultPhone)
	setDefault(&opt.WABA, DefaultWABA)
	setDefault(&opt.Name, "Kaskad")
	setDefault(&opt.Speed, 1)
	setDefault(&opt.First, 1)
	setDefault(&opt.Posts, 25)
	setDefault(&opt.Batch, 1)
	if opt.Repeats == nil {
		opt.Repeats = []time.Duration{ // a week in all
			10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour,
			24 * time.Hour, 24 * time.Hour, 24 * time.Hour, 36 * time.Hour, 36 * time.Hour,
		}
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

// URL is the root of the API, without a version or a slash at the end: URL() + "/v23.0/" + PhoneID() + "/messages".
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Token is the access token that the server takes.
func (s *Server) Token() string { return s.opt.Token }

// AppSecret signs the webhook calls.
func (s *Server) AppSecret() string { return s.opt.AppSecret }

// VerifyToken is what the challenge carries.
func (s *Server) VerifyToken() string { return s.opt.VerifyToken }

// PhoneID is the id of the business number.
func (s *Server) PhoneID() string { return s.opt.PhoneID }

// WABA is the id of the WhatsApp Business Account.
func (s *Server) WABA() string { return s.opt.WABA }

// Close ends the server, all open calls and all that people were about to do. It returns when nothing runs any more.
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

// later does something, with s.mu held, after d divided by Speed; at once when d is 0. The caller holds s.mu.
func (s *Server) later(d time.Duration, do func()) {
	if d <= 0 {
		do()
		return
	}
	s.background(func() {
		if s.sleep(s.ctx, d) {
			s.mu.Lock()
			defer s.mu.Unlock()
			do()
			s.notify()
		}
	})
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

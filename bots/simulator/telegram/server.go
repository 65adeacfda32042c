package telegram

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// DefaultToken is the bot's token when Options.Token is empty.
const DefaultToken = "7000000001:AAsimulatedTokenThatOpensNothing0123"

// Options say what server to start. The zero value is one with real limits on a free port.
type Options struct {
	Addr     string // address to listen on; "" = 127.0.0.1:0
	Token    string // "" = DefaultToken
	Username string // of the bot; "" = kaskad_demo_bot
	Name     string // first name of the bot; "" = Kaskad

	Rate      float64 // messages a second over all chats; 0 = 30, negative = no limit (nor on setWebhook)
	ChatRate  float64 // messages a second to one chat after the burst; 0 = 1, negative = no limit
	ChatBurst int     // messages to one chat at once; 0 = 5
	GroupRate float64 // messages a minute to one group; 0 = 20, negative = no limit

	HearsAll bool // privacy mode is off: the bot hears everything in its groups

	Speed         float64          // delays are divided by it; 0 = 1
	Seed          uint64           // of the people's dice: the same seed, the same choices
	Now           func() time.Time // clock of dates, rates and expiry; nil = time.Now
	FirstUpdateID int              // 0 = 100000001
	Keep          int              // of calls, presses, and messages of a chat about so many are kept, the newest; 0 = all

	// LaxEntities accepts unknown named HTML entities and shows them as they stand, as the real server does.
	// By default they are refused: nobody wants a customer to read "&nbsp;".
	LaxEntities bool
}

// Server is a running Telegram.
type Server struct {
	opt      Options
	botID    int64
	listener net.Listener
	http     *http.Server
	client   *http.Client // calls the bot's webhook
	methods  map[string]method
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup // handlers, pumps, habits

	mu      sync.Mutex
	closed  bool
	changed chan struct{} // closed and replaced whenever anything changes
	dice    *rand.Rand

	people    map[int64]*person
	calls     []*Call
	strangers int // calls with a wrong token
	callbacks []*Callback
	presses   int
	faults    []*Fault
	commands  []Command
	files     map[string]bool // file ids we gave out

	allCalls *bucket
	queue    updates
	poll     longPoll
	hook     webhook
}

// New starts a server. Close ends it.
func New(opt Options) (*Server, error) {
	fillIn(&opt)
	botID, err := botIDOf(opt.Token)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", opt.Addr)
	if err != nil {
		return nil, fmt.Errorf("telegram simulator: %w", err)
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("telegram simulator: %s is not a loopback address", opt.Addr), listener.Close())
	}
	s := &Server{
		opt:      opt,
		botID:    botID,
		listener: listener,
		client:   newHookClient(),
		methods:  methods(),
		changed:  make(chan struct{}),
		dice:     rand.New(rand.NewPCG(opt.Seed, 1)),
		people:   map[int64]*person{},
		files:    map[string]bool{},
		allCalls: newBucket(opt.Rate, opt.Rate),
		queue:    updates{next: opt.FirstUpdateID, allowed: defaultAllowed()},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: time.Minute, MaxHeaderBytes: maxHeader}
	s.running.Go(func() { _ = s.http.Serve(listener) }) // its error only says that we closed it
	return s, nil
}

func fillIn(opt *Options) {
	setDefault(&opt.Addr, "127.0.0.1:0")
	setDefault(&opt.Token, DefaultToken)
	setDefault(&opt.Username, "kaskad_demo_bot")
	setDefault(&opt.Name, "Kaskad")
	setDefault(&opt.Rate, 30)
	setDefault(&opt.ChatRate, 1)
	setDefault(&opt.ChatBurst, 5)
	setDefault(&opt.GroupRate, 20)
	setDefault(&opt.Speed, 1)
	setDefault(&opt.FirstUpdateID, 100000001)
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

// URL is the root of the API, without a slash at the end: URL() + "/bot" + Token() + "/getMe".
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Token is the bot's token.
func (s *Server) Token() string { return s.opt.Token }

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

// sleep waits for d divided by Speed. It is false when ctx or the server ended first.
func (s *Server) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(s.scale(d))
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

func (s *Server) scale(d time.Duration) time.Duration {
	return time.Duration(float64(d) / s.opt.Speed)
}

// notify wakes everyone who waits for a change. The caller holds s.mu.
func (s *Server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// botIDOf applies the real server's rules for what a token may look like.
func botIDOf(token string) (int64, error) {
	var id int64
	digits, _, found := strings.Cut(token, ":")
	if !found || len(token) > 80 || strings.HasPrefix(token, "0") || strings.Contains(token, "/") {
		return 0, fmt.Errorf("telegram simulator: a token looks like 7000000001:AA…, not %d bytes of something else", len(token))
	}
	if _, err := fmt.Sscanf(digits, "%d", &id); err != nil || id <= 0 {
		return 0, errors.New("telegram simulator: a token starts with the bot's id and a colon")
	}
	return id, nil
}

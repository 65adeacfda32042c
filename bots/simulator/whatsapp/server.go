package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
)

// Options say what server to start. The zero value is one on a free port.
type Options struct {
	Addr  string           // address to listen on; "" = 127.0.0.1:0
	Now   func() time.Time // WhatsApp's clock, asked from many goroutines; nil = time.Now
	Speed float64          // delays of habits and faults are divided by it; 0 = 1
	Seed  uint64           // of the people's dice
	Keep  int              // of messages, other stanzas, files, and bubbles on a phone about so many are kept, the newest; 0 = 5000, negative = all
	Log   *slog.Logger     // for the customers' clients; nil = none

	// BareUnknown leaves the address out when somebody asks for a number that nobody has; clients skip such an answer.
	BareUnknown bool
}

// Server is a running WhatsApp.
type Server struct {
	opt         Options
	listener    net.Listener
	http        *http.Server
	static      *keys.KeyPair // of the Noise handshake
	certificate []byte
	ctx         context.Context
	cancel      context.CancelFunc
	acting      context.Context // what people do; ends before the connections, so that no client waits for another one
	stopActing  context.CancelFunc
	running     sync.WaitGroup // connections, delays, habits

	mu        sync.Mutex
	closed    bool
	changed   chan struct{} // closed and replaced whenever anything changes
	dice      *rand.Rand
	accounts  map[string]*account // by number
	lids      map[string]*account // by the user part of the LID
	groups    map[types.JID][]*account
	refs      map[string]*pairing // by what a QR code or a pairing begins with
	faults    []*Fault
	down      bool
	outage    []*Outage
	stanzas   []*Stanza
	messages  map[string]*Message // by id
	order     []string            // of messages, oldest first
	oddities  []string
	totals    Totals
	media     map[string][]byte // by path
	files     []string          // paths of media, oldest first
	customers []*Customer
	serial    uint64 // of ids of our own
	proxy     *proxy // nil until it is asked for
}

// New starts a server. Close ends it. Clients accept it once Trust was called.
func New(opt Options) (*Server, error) {
	fillIn(&opt)
	s := &Server{
		opt:      opt,
		static:   keys.NewKeyPair(),
		changed:  make(chan struct{}),
		dice:     rand.New(rand.NewPCG(opt.Seed, 4)),
		accounts: map[string]*account{},
		lids:     map[string]*account{},
		groups:   map[types.JID][]*account{},
		refs:     map[string]*pairing{},
		messages: map[string]*Message{},
		media:    map[string][]byte{},
	}
	var err error
	if s.certificate, err = certify(s.static); err != nil {
		return nil, fmt.Errorf("whatsapp simulator: %w", err)
	}
	if s.listener, err = listen(opt.Addr); err != nil {
		return nil, fmt.Errorf("whatsapp simulator: %w", err)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.acting, s.stopActing = context.WithCancel(s.ctx)
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: time.Minute}
	s.running.Go(func() { _ = s.http.Serve(s.listener) }) // its error only says that we closed it
	return s, nil
}

func fillIn(opt *Options) {
	setDefault(&opt.Addr, "127.0.0.1:0")
	setDefault(&opt.Speed, 1)
	setDefault(&opt.Keep, 5000)
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

func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("%s is not a loopback address", addr), listener.Close())
	}
	return listener, nil
}

// newest is a list cut down to its newest elements once it is twice as long as wanted; keep < 0 cuts nothing.
func newest[T any](all []T, keep int) []T {
	if keep < 0 || len(all) <= 2*keep {
		return all
	}
	return slices.Clone(all[len(all)-keep:])
}

// Close ends the server, the customers, all connections and all that people were about to do. It returns when nothing runs any more.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	customers, proxy := s.customers, s.proxy
	s.mu.Unlock()
	s.stopActing()
	var errs []error
	for _, c := range customers {
		errs = append(errs, c.Close())
	}
	s.cancel()
	if proxy != nil {
		proxy.close()
	}
	errs = append(errs, s.http.Close())
	s.running.Wait()
	return errors.Join(errs...)
}

// Client is an HTTP client whose connections all end here, for whatsmeow's SetWebsocketHTTPClient, SetPreLoginHTTPClient and
// SetMediaHTTPClient. It speaks plain TCP: Go takes what DialTLSContext gives as encrypted already.
func (s *Server) Client() *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", s.listener.Addr().String())
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, DialTLSContext: dial, MaxIdleConnsPerHost: 4}}
}

// serve is the whole HTTP surface: the websocket, and media.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.running.Done()
	if r.URL.Path == "/ws/chat" {
		s.connect(w, r)
		return
	}
	s.serveMedia(w, r)
}

// enter counts a piece of work that Close waits for. It is false when the server is closing, and drops connections while it is down.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.down {
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

// newID makes an id for a stanza of ours. The caller holds s.mu.
func (s *Server) newID(prefix string) string {
	s.serial++
	return fmt.Sprintf("%s%08X", prefix, s.serial)
}

func (s *Server) oddity(what string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return
	}
	s.oddities = newest(append(s.oddities, fmt.Sprintf("%s: %v", what, err)), s.opt.Keep)
	s.notify()
}

// serverJID is how WhatsApp itself is addressed.
var serverJID = types.ServerJID

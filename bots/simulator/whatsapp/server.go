package whatsapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"

	"kaskad/bots/simulator/internal/stage"
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
	static      *keys.KeyPair // of the Noise handshake
	certificate []byte
	stage       *stage.Stage    // connections, delays, habits
	acting      context.Context // what people do; ends before the connections, so that no client waits for another one
	stopActing  context.CancelFunc

	mu        sync.Mutex
	dice      *rand.Rand
	accounts  map[string]*account // by number
	lids      map[string]*account // by the user part of the LID
	groups    map[types.JID][]*account
	refs      map[string]*pairing // by what a QR code or a pairing begins with
	faults    stage.Faults[Fault]
	down      bool
	outages   stage.Faults[Outage]
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
	s.stage = stage.New(&s.mu, "whatsapp simulator", opt.Speed)
	s.acting, s.stopActing = context.WithCancel(s.stage.Context())
	if err := s.stage.Open(opt.Addr, &http.Server{Handler: http.HandlerFunc(s.serve)}); err != nil {
		s.stopActing()
		return nil, err
	}
	return s, nil
}

func fillIn(opt *Options) {
	opt.Speed = cmp.Or(opt.Speed, 1)
	opt.Keep = cmp.Or(opt.Keep, 5000)
	if opt.Now == nil {
		opt.Now = time.Now
	}
}

// Close ends the server, the customers, all connections and all that people were about to do. It returns when nothing runs any more.
func (s *Server) Close() error {
	if !s.stage.Shut() {
		return nil
	}
	s.stopActing()
	s.mu.Lock()
	customers := s.customers
	s.mu.Unlock()
	var errs []error
	for _, c := range customers {
		errs = append(errs, c.Close())
	}
	return errors.Join(append(errs, s.stage.Close())...)
}

// Client is an HTTP client whose connections all end here, for whatsmeow's SetWebsocketHTTPClient, SetPreLoginHTTPClient and
// SetMediaHTTPClient. It speaks plain TCP: Go takes what DialTLSContext gives as encrypted already.
func (s *Server) Client() *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", s.stage.Addr())
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, DialTLSContext: dial, MaxIdleConnsPerHost: 4}}
}

// serve is the whole HTTP surface: the websocket, and media. While it is down, connections are dropped.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if s.isDown() {
		stage.Cut()
	}
	if r.URL.Path == "/ws/chat" {
		s.connect(w, r)
		return
	}
	s.serveMedia(w, r)
}

func (s *Server) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

// newID makes an id for a stanza of ours. The caller holds s.mu.
func (s *Server) newID(prefix string) string {
	s.serial++
	return fmt.Sprintf("%s%08X", prefix, s.serial)
}

func (s *Server) oddity(what string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stage.Context().Err() != nil {
		return
	}
	s.oddities = stage.Newest(append(s.oddities, fmt.Sprintf("%s: %v", what, err)), s.opt.Keep)
	s.stage.Notify()
}

// serverJID is how WhatsApp itself is addressed.
var serverJID = types.ServerJID

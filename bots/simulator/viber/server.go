package viber

import (
	"cmp"
	"encoding/base64"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// DefaultToken is the bot's token when Options.Token is empty.
const DefaultToken = "445da6az1s345z78-simulated-opens-nothing0"

// Options say what server to start. The zero value is a billable bot with the real limits on a free port.
type Options struct {
	Addr  string // address to listen on; "" = 127.0.0.1:0
	Token string // "" = DefaultToken
	Name  string // of the bot; "" = Kaskad
	URI   string // of the bot, for deep links; "" = kaskaddemo

	Speed      float64          // delays are divided by it; 0 = 1
	Seed       uint64           // of the people's dice and of shuffling: the same seed, the same choices
	Now        func() time.Time // Viber's clock, asked from many goroutines; nil = time.Now
	FirstToken uint64           // where the row of message tokens begins, for a server that stands in for an earlier one; 0 = 1

	Arrival    time.Duration // from acceptance to the first device; 0 = before the answer to the call is written
	DeviceLag  time.Duration // from one device to the next
	Unanswered int           // messages in an hour that may stay without a reply; 0 = 100, negative = no limit

	Keep int // of calls, callbacks, and messages of a chat about so many are kept, the newest; 0 = all

	Repeats []time.Duration // waits before each repeat of a callback that got no 200; nil = seven within an hour, empty = none
	Shuffle time.Duration   // callbacks are held back for up to this and do not wait for one another; 0 = in order per person

	// UnknownReceiver is the status for a user id that nobody has; 0 = 5, receiverNotRegistered. The other candidate is 6.
	UnknownReceiver int
	// SeenNamesOldest lets a seen callback name the oldest of the messages that were read instead of the newest.
	SeenNamesOldest bool
	// BareFailed leaves the desc out of failed callbacks, as the real server was seen to do (antonmyronyuk/aioviberbot #12).
	BareFailed bool

	OldBot          bool // from before February 2024: 10,000 free messages a month outside sessions, then status 23
	Free            int  // messages outside sessions in a month that cost nothing; 0 = 10,000 for an old bot, none for another
	Balance         int  // messages that the money lasts for, then status 24; 0 = no end, negative = none
	SessionFromLast bool // a session runs 24 h from the person's last message instead of the one that opened it
	BillingAsString bool // billing_status is "2" instead of 2: the documentation has both
}

// Server is a running Viber.
type Server struct {
	opt    Options
	client *stage.Client // calls the bot's webhook
	stage  *stage.Stage  // handlers, pumps, habits

	mu          sync.Mutex
	dice        *rand.Rand
	connections int

	people    map[string]*person
	calls     []*Call
	strangers int // calls with a wrong token
	faults    stage.Faults[Fault]
	oddities  []Oddity
	callbacks []*Callback
	lanes     *stage.Lanes[*Callback]
	open      int // callbacks that are neither answered nor given up
	tokens    uint64
	hook      hook
	purse     purse
}

// New starts a server. Close ends it.
func New(opt Options) (*Server, error) {
	fillIn(&opt)
	s := &Server{
		opt:    opt,
		client: stage.NewClient(maxPosts, postTimeout),
		dice:   rand.New(rand.NewPCG(opt.Seed, 2)),
		people: map[string]*person{},
		tokens: opt.FirstToken,
	}
	s.stage = stage.New(&s.mu, "viber simulator", opt.Speed)
	s.lanes = stage.NewLanes(s.stage, s.bring)
	if err := s.stage.Open(opt.Addr, &http.Server{Handler: http.HandlerFunc(s.serve), MaxHeaderBytes: maxHeader, ConnState: s.count}); err != nil {
		return nil, err
	}
	return s, nil
}

func fillIn(opt *Options) {
	opt.Token = cmp.Or(opt.Token, DefaultToken)
	opt.Name = cmp.Or(opt.Name, "Kaskad")
	opt.URI = cmp.Or(opt.URI, "kaskaddemo")
	opt.Speed = cmp.Or(opt.Speed, 1)
	opt.FirstToken = cmp.Or(opt.FirstToken, 1)
	opt.Unanswered = cmp.Or(opt.Unanswered, 100)
	opt.UnknownReceiver = cmp.Or(opt.UnknownReceiver, notRegistered)
	if opt.OldBot {
		opt.Free = cmp.Or(opt.Free, 10_000)
	}
	if opt.Repeats == nil {
		opt.Repeats = []time.Duration{ // an hour in all
			10 * time.Second, 50 * time.Second, 4 * time.Minute, 10 * time.Minute, 10 * time.Minute, 15 * time.Minute, 20 * time.Minute,
		}
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
}

// URL is the root of the API, without a slash at the end: URL() + "/pa/send_message".
func (s *Server) URL() string { return s.stage.URL() }

// Token is the bot's token.
func (s *Server) Token() string { return s.opt.Token }

// Close ends the server, all open calls and all that people were about to do. It returns when nothing runs any more.
func (s *Server) Close() error {
	err := s.stage.Close()
	s.client.Close()
	return err
}

func (s *Server) count(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.connections++
	}
}

// newToken is a message token as Viber's look: over 2^62, and in no order. The caller holds s.mu.
func (s *Server) newToken() uint64 {
	token := scramble(s.tokens)
	s.tokens++
	return token
}

// scramble maps different numbers below 2^60 to different tokens: to multiply by an odd number loses nothing.
func scramble(n uint64) uint64 {
	const low60 = 1<<60 - 1
	return 1<<62 | n*0x9E3779B97F4A7C15&low60
}

// UserID makes a user id that looks like Viber's: 16 bytes in base64, the same for the same number.
func UserID(n int) string {
	dice := rand.New(rand.NewPCG(uint64(n), 1<<32))
	var id [16]byte
	for i := range id {
		id[i] = byte(dice.Uint32())
	}
	return base64.StdEncoding.EncodeToString(id[:])
}

func isUserID(id string) bool {
	raw, err := base64.StdEncoding.DecodeString(id)
	return err == nil && len(raw) == 16
}

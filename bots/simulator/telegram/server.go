package telegram

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"kaskad/bots/simulator/internal/stage"
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

	// GroupStrict bounds each group to GroupRate of messages, edits and new topics in any 60 seconds, where otherwise that many
	// messages and new topics are a bucket that fills up again. Reactions, deletions, pins and answers to buttons are free.
	GroupStrict bool

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
	opt     Options
	botID   int64
	client  *stage.Client // calls the bot's webhook
	methods map[string]method
	stage   *stage.Stage // handlers, pumps, habits

	mu   sync.Mutex
	dice *rand.Rand

	people    map[int64]*person
	calls     []*Call
	strangers int // calls with a wrong token
	callbacks []*Callback
	presses   int
	pins      int
	faults    stage.Faults[Fault]
	commands  []Command
	albums    int
	files     map[string]*file // by id
	fileCount int
	contents  []*file  // those whose content is kept, oldest first
	downloads []string // ids of the files that were downloaded

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
	s := &Server{
		opt:      opt,
		botID:    botID,
		client:   stage.NewClient(maxConnections, hookTimeout),
		methods:  methods(),
		dice:     rand.New(rand.NewPCG(opt.Seed, 1)),
		people:   map[int64]*person{},
		files:    map[string]*file{},
		allCalls: newBucket(opt.Rate, opt.Rate),
		queue:    updates{next: opt.FirstUpdateID, allowed: defaultAllowed()},
	}
	s.stage = stage.New(&s.mu, "telegram simulator", opt.Speed)
	if err := s.stage.Open(opt.Addr, &http.Server{Handler: http.HandlerFunc(s.serve), MaxHeaderBytes: maxHeader}); err != nil {
		return nil, err
	}
	return s, nil
}

func fillIn(opt *Options) {
	opt.Token = cmp.Or(opt.Token, DefaultToken)
	opt.Username = cmp.Or(opt.Username, "kaskad_demo_bot")
	opt.Name = cmp.Or(opt.Name, "Kaskad")
	opt.Rate = cmp.Or(opt.Rate, 30)
	opt.ChatRate = cmp.Or(opt.ChatRate, 1)
	opt.ChatBurst = cmp.Or(opt.ChatBurst, 5)
	opt.GroupRate = cmp.Or(opt.GroupRate, 20)
	opt.Speed = cmp.Or(opt.Speed, 1)
	opt.FirstUpdateID = cmp.Or(opt.FirstUpdateID, 100000001)
	if opt.Now == nil {
		opt.Now = time.Now
	}
}

// URL is the root of the API, without a slash at the end: URL() + "/bot" + Token() + "/getMe".
func (s *Server) URL() string { return s.stage.URL() }

// Token is the bot's token.
func (s *Server) Token() string { return s.opt.Token }

// Close ends the server, all open calls and all that people were about to do. It returns when nothing runs any more.
func (s *Server) Close() error {
	err := s.stage.Close()
	s.client.Close()
	return err
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

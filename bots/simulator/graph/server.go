package graph

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"kaskad/bots/simulator/internal/stage"
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
	opt    Options
	client *stage.Client // calls the webhook
	stage  *stage.Stage  // handlers, pumps, habits

	mu        sync.Mutex
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
	faults    stage.Faults[Fault]
	oddities  []Oddity
	rate      rate
	numbers   uint64 // of ids
	health    health

	hook     string
	posts    []*Post
	lanes    *stage.Lanes[*Post]
	gathered []notice
	gather   int // how often the gathered were sent
	open     int // notices and webhook calls that are neither answered nor given up
	posted   int
}

// New starts a server. Close ends it.
func New(opt Options) (*Server, error) {
	fillIn(&opt)
	s := &Server{
		opt:       opt,
		client:    stage.NewClient(opt.Posts, postTimeout),
		dice:      rand.New(rand.NewPCG(opt.Seed, 3)),
		people:    map[string]*person{},
		users:     map[string]*person{},
		byID:      map[string]*Message{},
		templates: map[string]*Template{},
		media:     map[string]*medium{},
		numbers:   opt.First,
		health:    health{Status: "CONNECTED", Quality: "GREEN"},
	}
	s.stage = stage.New(&s.mu, "graph simulator", opt.Speed)
	s.lanes = stage.NewLanes(s.stage, s.bring)
	if err := s.stage.Open(opt.Addr, &http.Server{Handler: http.HandlerFunc(s.serve), MaxHeaderBytes: maxHeader}); err != nil {
		return nil, err
	}
	return s, nil
}

func fillIn(opt *Options) {
	opt.Token = cmp.Or(opt.Token, DefaultToken)
	opt.AppSecret = cmp.Or(opt.AppSecret, DefaultAppSecret)
	opt.VerifyToken = cmp.Or(opt.VerifyToken, DefaultVerifyToken)
	opt.PhoneID = cmp.Or(opt.PhoneID, DefaultPhoneID)
	opt.Phone = cmp.Or(opt.Phone, DefaultPhone)
	opt.WABA = cmp.Or(opt.WABA, DefaultWABA)
	opt.Name = cmp.Or(opt.Name, "Kaskad")
	opt.Speed = cmp.Or(opt.Speed, 1)
	opt.First = cmp.Or(opt.First, 1)
	opt.Posts = cmp.Or(opt.Posts, 25)
	opt.Batch = cmp.Or(opt.Batch, 1)
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

// URL is the root of the API, without a version or a slash at the end: URL() + "/v23.0/" + PhoneID() + "/messages".
func (s *Server) URL() string { return s.stage.URL() }

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
	err := s.stage.Close()
	s.client.Close()
	return err
}

package telegram

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// webhook is where the bot wants its updates, and the state of bringing them there.
type webhook struct {
	url            string
	secret         string
	maxConnections int
	setAt          time.Time
	lastError      string
	lastErrorAt    time.Time

	ctx    context.Context // ends when this webhook is replaced or removed
	cancel context.CancelFunc
	slots  chan struct{}   // one per connection
	busy   map[string]bool // lanes that somebody empties
}

func (s *Server) setWebhook(req *request) (any, *failure) {
	address := req.Params["url"]
	if address == "" {
		return s.deleteWebhook(req)
	}
	if s.opt.Rate >= 0 && s.opt.Now().Sub(s.hook.setAt) < time.Second {
		return nil, tooMany(1)
	}
	s.hook.setAt = s.opt.Now()
	if fail := checkHook(address, req.Params["secret_token"]); fail != nil {
		return nil, fail
	}
	connections := req.number("max_connections", 40, 1, maxConnections)
	drop := req.flag("drop_pending_updates")
	s.queue.setAllowed(req.Params["allowed_updates"])
	same := s.hook.url == address && s.hook.secret == req.Params["secret_token"] && s.hook.maxConnections == connections
	if same && !drop {
		return described{true, "Webhook is already set"}, nil
	}
	s.poll.stop(errHookSet)
	s.removeHook(drop)
	s.hook.install(s, address, req.Params["secret_token"], connections)
	return described{true, "Webhook was set"}, nil
}

func checkHook(address, secret string) *failure {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return badRequest("invalid webhook URL specified")
	}
	if !stage.Local(u.Hostname()) {
		return badRequest("bad webhook: the simulator calls loopback addresses only")
	}
	if len(secret) > 256 {
		return badRequest("secret token is too long")
	}
	if strings.Trim(secret, letters+"_-") != "" {
		return badRequest("secret token contains unallowed characters")
	}
	return nil
}

func (s *Server) deleteWebhook(req *request) (any, *failure) {
	text := "Webhook is already deleted"
	if s.hook.url != "" {
		text = "Webhook was deleted"
	}
	s.removeHook(req.flag("drop_pending_updates"))
	return described{true, text}, nil
}

// removeHook ends the deliveries that are under way; their updates stay in the queue unless drop says otherwise.
func (s *Server) removeHook(drop bool) {
	if s.hook.cancel != nil {
		s.hook.cancel()
	}
	s.hook = webhook{setAt: s.hook.setAt}
	if drop {
		s.queue.pending = nil
	}
}

func (h *webhook) install(s *Server, address, secret string, connections int) {
	h.url, h.secret, h.maxConnections = address, secret, connections
	h.ctx, h.cancel = context.WithCancel(s.stage.Context())
	h.slots = make(chan struct{}, connections)
	h.busy = map[string]bool{}
	h.kick(s)
}

// kick starts one pump per lane that has updates and none yet. The caller holds s.mu.
func (h *webhook) kick(s *Server) {
	if h.url == "" {
		return
	}
	for _, u := range s.queue.pending {
		if !h.busy[u.lane] {
			h.busy[u.lane] = true
			run := *h // the pump belongs to this webhook, even when the next one is set
			s.stage.Go(func() { s.pump(run, u.lane) })
		}
	}
}

type webhookInfo struct {
	URL                  string   `json:"url"`
	HasCustomCertificate bool     `json:"has_custom_certificate"`
	PendingUpdateCount   int      `json:"pending_update_count"`
	LastErrorDate        int64    `json:"last_error_date,omitempty"`
	LastErrorMessage     string   `json:"last_error_message,omitempty"`
	MaxConnections       int      `json:"max_connections,omitempty"`
	IPAddress            string   `json:"ip_address,omitempty"`
	AllowedUpdates       []string `json:"allowed_updates,omitempty"`
}

func (s *Server) getWebhookInfo(*request) (any, *failure) {
	s.queue.expire(s.opt.Now())
	info := webhookInfo{
		URL: s.hook.url, PendingUpdateCount: len(s.queue.pending), MaxConnections: s.hook.maxConnections,
		LastErrorMessage: s.hook.lastError,
	}
	if s.hook.lastError != "" {
		info.LastErrorDate = s.hook.lastErrorAt.Unix()
	}
	if s.hook.url != "" {
		info.IPAddress = "127.0.0.1"
	}
	if !slices.Equal(s.queue.allowed, defaultAllowed()) {
		info.AllowedUpdates = s.queue.allowed
	}
	return info, nil
}

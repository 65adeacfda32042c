package bots

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Hook is one way in: /in/{Path}/{Secret}.
type Hook struct {
	Path    string   // "viber", "sms/main"
	Channel string   // for quarantine and logs; empty: Path
	Secret  Secret   // the last part of the path; letters, digits, - _ . ~ only
	Bare    bool     // /in/{Path} alone is a way in too: Parse checks a signature
	Methods []string // none: POST only
	Webhook Webhook
	MaxBody int64 // 0: 1 MiB
}

// Hooks is what the handler behind /in/ is built from.
type Hooks struct {
	Table []Hook
	// Receive makes a batch durable and gives the answer. The call is answered 200 only after it returned no error.
	Receive func(context.Context, Batch) (Answer, error)
	// Quarantine keeps a call that could not be understood through a fault of ours: a KeptCall as JSON.
	Quarantine func(ctx context.Context, channel string, raw []byte, reason string) error
	Log        *slog.Logger     // nil: the default one
	Now        func() time.Time // nil: time.Now
}

// Registration is what a channel says of its calls to us.
type Registration struct {
	Ours     bool      // it calls the address that we gave it
	Host     string    // of the address that it calls, never more of it; empty: it calls nobody
	Pending  int       // events that it still keeps for us; -1: it does not say
	FailedAt time.Time // when a call of it failed last; zero: none that it knows of
	Failure  string    // how
}

// Inspector is a Registrar that can be asked how its calls go.
type Inspector interface {
	Registrar
	// Inspect asks the channel where it calls, and how that goes. url is what Register was given.
	Inspect(ctx context.Context, url Secret) (Registration, error)
}

const (
	maxHookBody   = 1 << 20
	smallBody     = 64 << 10 // more than a messenger's call normally has
	maxLarge      = 64 << 20 // bytes of larger bodies that are held at once: who sends more comes again
	maxHookHeader = 32 << 10
	hookReadTime  = 15 * time.Second // for the body to arrive
	hookWorkTime  = 25 * time.Second // for the batch to become durable
	hookLogEvery  = time.Minute      // per way in and reason
)

// NewHookHandler returns the one handler for everything that messengers and providers call.
//
// It writes first and answers after: a batch that could not be stored is answered 503, so that the caller comes again. A
// call that makes Parse fail in an unforeseen way, or panic, is kept in quarantine and acknowledged: one poison call must
// not block a channel. Whoever does not know the secret learns nothing, not even which channels exist; of a Bare one only
// that it exists. Every refusal is a 4xx, is logged at most once a minute for each way in, and changes nothing. Nothing that a
// caller or a proxy says of the caller's own address is believed or kept.
func NewHookHandler(h Hooks) (http.Handler, error) {
	if h.Receive == nil || h.Quarantine == nil {
		return nil, errors.New("hooks: Receive and Quarantine are needed")
	}
	if h.Log == nil {
		h.Log = slog.Default()
	}
	if h.Now == nil {
		h.Now = time.Now
	}
	handler := &hookHandler{Hooks: h, doors: make(map[string]*door), said: make(map[string]*saying)}
	for _, hook := range h.Table {
		if err := handler.add(hook); err != nil {
			return nil, fmt.Errorf("hook /in/%s: %w", hook.Path, err)
		}
	}
	return handler, nil
}

type hookHandler struct {
	Hooks
	doors map[string]*door

	large atomic.Int64 // bytes beyond smallBody that are held now

	mu   sync.Mutex
	said map[string]*saying
}

// door is a Hook with its secret hashed: hashes have one length, so comparing them takes one time.
type door struct {
	Hook
	key [sha256.Size]byte
}

// saying is a sentence of the log, and how often it was held back.
type saying struct {
	at   time.Time
	held int
}

func (h *hookHandler) add(hook Hook) error {
	secret := hook.Secret.Reveal()
	switch {
	case hook.Path == "" || strings.Trim(hook.Path, "/") != hook.Path:
		return errors.New("its path is not a name such as sms/main")
	case h.doors[hook.Path] != nil:
		return errors.New("there are two of that name; rename one")
	case secret == "" && !hook.Bare:
		return errors.New("it has no secret")
	case url.PathEscape(secret) != secret || strings.ContainsAny(secret, "/:@&=+$"):
		return errors.New("its secret cannot stand in a path; use letters, digits, - and _")
	case hook.Webhook == nil:
		return errors.New("nobody parses it")
	}
	if hook.Channel == "" {
		hook.Channel = hook.Path
	}
	if len(hook.Methods) == 0 {
		hook.Methods = []string{http.MethodPost}
	}
	if hook.MaxBody <= 0 {
		hook.MaxBody = maxHookBody
	}
	h.doors[hook.Path] = &door{Hook: hook, key: sha256.Sum256([]byte(secret))}
	return nil
}

func (h *hookHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d := h.find(r.URL)
	if d == nil {
		refuse(w, http.StatusNotFound, "404 page not found")
		return
	}
	if !slices.Contains(d.Methods, r.Method) {
		h.say(d, "webhook call with a method that the channel does not use")
		w.Header().Set("Allow", strings.Join(d.Methods, ", "))
		refuse(w, http.StatusMethodNotAllowed, "method not allowed")
		return
	}
	call, status := h.read(w, r, d)
	defer h.release(len(call.Body))
	if status != 0 {
		h.say(d, "webhook call too large, too slow or broken off", "status", status)
		refuse(w, status, http.StatusText(status))
		return
	}
	// The caller may hang up; what it told us is stored all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), hookWorkTime)
	defer cancel()
	h.take(ctx, w, d, call)
}

// find returns the door that a path opens, nil for none. Every path costs one comparison. Ours are written in one way only:
// one with an escape in it comes from somebody who tries.
func (h *hookHandler) find(at *url.URL) *door {
	rest, ok := strings.CutPrefix(at.Path, "/in/")
	if !ok || at.RawPath != "" {
		return nil
	}
	if d := h.doors[rest]; d != nil && d.Bare {
		return d
	}
	name, secret := rest, ""
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		name, secret = rest[:i], rest[i+1:]
	}
	d, known := h.doors[name]
	if !known {
		d = &door{Hook: Hook{Path: "unknown", Channel: "unknown"}}
	}
	given := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(given[:], d.key[:]) != 1 || !known || secret == "" {
		h.say(d, "webhook call to a wrong address; the one set at the provider may be old")
		return nil
	}
	return d
}

// take parses a call, makes it durable and answers.
func (h *hookHandler) take(ctx context.Context, w http.ResponseWriter, d *door, call Call) {
	batch, err := parse(d.Webhook, call)
	var answer Answer
	switch {
	case err == nil:
		answer, err = receive(ctx, h.Receive, batch)
	case errors.Is(err, ErrForged):
		h.say(d, "webhook call refused", "err", err)
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	case errors.Is(err, ErrMalformed):
		h.say(d, "webhook call cannot be read", "err", err)
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	default: // a fault of ours: keep the call, let the channel go on
		h.say(d, "webhook call put into quarantine", "err", err)
		err = h.quarantine(ctx, d, call, err)
	}
	if err != nil {
		h.say(d, "webhook call not stored; the channel is asked to come again", "err", err)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	if batch.Unread != "" {
		h.say(d, "webhook call has nothing in it that the description looks for", "fields", batch.Unread)
	}
	reply(w, answer)
}

func (h *hookHandler) quarantine(ctx context.Context, d *door, call Call, reason error) error {
	raw, err := json.Marshal(KeptCall{Hook: d.Path, Call: call})
	if err != nil {
		return err
	}
	return h.Quarantine(ctx, d.Channel, raw, reason.Error())
}

func reply(w http.ResponseWriter, a Answer) {
	if a.Type == "" {
		a.Type = "text/plain; charset=utf-8"
	}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	w.Header().Set("Content-Type", a.Type)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a caller that hung up comes again and is told the same
}

// say logs a sentence at most once a minute for each way in; the next one tells how many were held back.
func (h *hookHandler) say(d *door, sentence string, fields ...any) {
	now := h.Now()
	h.mu.Lock()
	key := d.Path + "\x00" + sentence
	s := h.said[key]
	if s == nil {
		s = &saying{}
		h.said[key] = s
	}
	if !s.at.IsZero() && now.Sub(s.at) < hookLogEvery {
		s.held++
		h.mu.Unlock()
		return
	}
	held := s.held
	s.at, s.held = now, 0
	h.mu.Unlock()
	fields = append([]any{"channel", d.Channel, "hook", d.Path}, fields...)
	if held > 0 {
		fields = append(fields, "held_back", held)
	}
	h.Log.Warn(sentence, fields...)
}

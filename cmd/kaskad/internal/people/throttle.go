package people

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"kaskad/bots"
)

// Throttle slows down whoever tries passwords. What was tried is counted before it is looked at, by account, by account and network, and by
// network; past a few tries each further one has to wait, longer every time.
//
// An account is never shut for long: anybody could shut an admin out so. Tries at one account from everywhere wait a minute at most; and a
// browser in which the person has signed in before is counted by itself, so that whatever others do, its owner comes in.
//
// It is kept in memory, bounded, and written every few seconds, so that whoever makes the program start again gains nothing.
type Throttle struct {
	store  Store
	secret bots.Secret
	log    *slog.Logger

	mu    sync.Mutex
	tries map[string]tries
	dirty bool
}

type tries struct {
	N     int       `json:"n"`
	Last  time.Time `json:"last"`
	Until time.Time `json:"until,omitzero"`
}

// rule is how many tries are free, and how long one waits at most after them.
type rule struct {
	free int
	most time.Duration
}

var throttleRules = map[string]rule{
	"account": {10, time.Minute},      // one account, from everywhere
	"pair":    {5, 15 * time.Minute},  // one account, from one network
	"net":     {30, 15 * time.Minute}, // one network, whatever account
	"browser": {5, 15 * time.Minute},  // a browser in which the account has signed in before
	"back":    {30, 15 * time.Minute}, // one network, that comes back from the provider: each time the provider is asked
	"code":    {5, time.Hour},         // codes of one account, from everywhere: whoever tries them knows the password
}

const (
	mostTries   = 20_000 // kept in memory
	writtenTrie = 1_000  // and written
	triesLife   = 24 * time.Hour
	triesEvery  = 2 * time.Second
	// ThrottleRecords is the kind of record that tries are kept as.
	ThrottleRecords = "sign-in tries"
)

// Late is a try that comes too early.
type Late struct{ Wait time.Duration }

func (e *Late) Error() string {
	return fmt.Sprintf("too many tries; wait %s", e.Wait.Round(time.Second))
}

// OpenThrottle reads what was tried lately. The secret marks the browsers in which somebody has signed in.
func OpenThrottle(ctx context.Context, store Store, secret bots.Secret, log *slog.Logger) (*Throttle, error) {
	t := &Throttle{store: store, secret: secret, log: log, tries: map[string]tries{}}
	records, err := store.Records(ctx, ThrottleRecords)
	if err != nil {
		return nil, err
	}
	if raw, ok := records["all"]; ok {
		if err := json.Unmarshal(raw, &t.tries); err != nil {
			return nil, fmt.Errorf("the record of sign-in tries cannot be read: %w", err)
		}
	}
	return t, nil
}

// Try is one try to sign in: by which it is counted.
type Try struct{ keys []string }

// Begin counts a try at an account, or says how long it has to wait: then it is not looked at. Known is the mark of the browser, if it has
// one of this account.
func (t *Throttle) Begin(now time.Time, account, from, known string) (Try, error) {
	return t.begin(now, t.keys(account, from, known))
}

// BeginCode counts a try of a code of the second factor, as Begin does one of a password. The two are counted apart: a right password
// gives nobody more codes to try.
func (t *Throttle) BeginCode(now time.Time, person, known string) (Try, error) {
	if known != "" {
		return t.begin(now, []string{"browser " + known + " code"})
	}
	return t.begin(now, []string{"code " + person})
}

// BeginBack counts somebody who comes back from the provider, as Begin does a try of a password: what was brought is not looked at here, and the
// provider refuses a client that asks it too often, and with it everybody.
func (t *Throttle) BeginBack(now time.Time, from string) (Try, error) {
	if network := networkOf(from); network != "" {
		return t.begin(now, []string{"back " + network})
	}
	return Try{}, nil
}

func (t *Throttle) begin(now time.Time, keys []string) (Try, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var wait time.Duration
	for _, k := range keys {
		wait = max(wait, t.tries[k].Until.Sub(now))
	}
	if wait > 0 {
		return Try{}, &Late{wait}
	}
	for _, k := range keys {
		t.count(k, now)
	}
	t.dirty = true
	return Try{keys}, nil
}

func (t *Throttle) keys(account, from, known string) []string {
	sum := sha256.Sum256([]byte(normal(account)))
	name, network := hex.EncodeToString(sum[:12]), networkOf(from)
	if known != "" {
		return []string{"browser " + known}
	}
	keys := []string{"account " + name}
	if network != "" {
		keys = append(keys, "pair "+name+" "+network, "net "+network)
	}
	return keys
}

// count counts one more. The caller holds mu.
func (t *Throttle) count(key string, now time.Time) {
	kind, _, _ := strings.Cut(key, " ")
	r, was := throttleRules[kind], t.tries[key]
	if now.Sub(was.Last) > triesLife {
		was = tries{}
	}
	if _, known := t.tries[key]; !known && len(t.tries) >= mostTries {
		t.forgetOne(now)
	}
	was.N, was.Last = was.N+1, now.UTC()
	if over := was.N - r.free; over >= 0 {
		was.Until = was.Last.Add(min(r.most, time.Second<<min(over, 20)))
	}
	t.tries[key] = was
}

// forgetOne makes room: of some, that which says least.
func (t *Throttle) forgetOne(now time.Time) {
	worst, least, seen := "", tries{}, 0
	for k, one := range t.tries {
		if now.Sub(one.Last) > triesLife {
			delete(t.tries, k)
			return
		}
		if worst == "" || one.N < least.N || one.N == least.N && one.Last.Before(least.Last) {
			worst, least = k, one
		}
		if seen++; seen == 50 {
			break
		}
	}
	delete(t.tries, worst)
}

// Right takes back what a try was counted by: it was the person. What the network did before stays counted.
func (t *Throttle) Right(y Try) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range y.keys {
		if strings.HasPrefix(k, "net ") || strings.HasPrefix(k, "back ") {
			one := t.tries[k]
			one.N = max(0, one.N-1)
			t.tries[k] = one
			continue
		}
		delete(t.tries, k)
	}
	t.dirty = true
}

// Undone takes one try back that was not looked at.
func (t *Throttle) Undone(y Try) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range y.keys {
		if one, ok := t.tries[k]; ok {
			one.N, one.Until = max(0, one.N-1), time.Time{}
			t.tries[k] = one
		}
	}
}

// Mark is what a browser keeps in which somebody has signed in: it opens nothing, it is only counted by itself.
func (t *Throttle) Mark(person string) bots.Secret {
	text, _ := newSecret()
	name := person + "." + text.Reveal()[:16]
	return bots.Secret(name + "." + t.sign(name))
}

func (t *Throttle) sign(name string) string {
	m := hmac.New(sha256.New, []byte(t.secret.Reveal()))
	m.Write([]byte("browser " + name))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:18])
}

// Known is the name of a browser by its mark, if it is one of this person; empty: it is not.
func (t *Throttle) Known(mark bots.Secret, person string) string {
	text := mark.Reveal()
	i := strings.LastIndexByte(text, '.')
	if i < 0 || person == "" || !strings.HasPrefix(text, person+".") || !hmac.Equal([]byte(t.sign(text[:i])), []byte(text[i+1:])) {
		return ""
	}
	return text[:i]
}

// networkOf is who tries: an address, or the network that one household has of the newer kind. Behind an address of this machine or of a
// private network stands a proxy, and so everybody: nobody is told apart there, and nobody is refused for another.
func networkOf(from string) string {
	ip, err := netip.ParseAddr(from)
	if err != nil {
		return ""
	}
	if ip = ip.Unmap().WithZone(""); ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() {
		return ""
	}
	if ip.Is4() {
		return ip.String()
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return ""
	}
	return p.String()
}

// Run writes what was tried, every few seconds and at the end.
func (t *Throttle) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			t.save(context.WithoutCancel(ctx), time.Now())
			return nil
		case now := <-time.After(triesEvery):
			t.save(ctx, now)
		}
	}
}

func (t *Throttle) save(ctx context.Context, now time.Time) {
	raw, changed, err := t.picture(now)
	if changed && err == nil {
		err = t.store.Write(ctx, Record{ThrottleRecords, "all", raw})
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		t.log.Error("sign-in tries were not written: a new start forgets them", "err", err)
	}
}

// picture is what is written: those who tried most.
func (t *Throttle) picture(now time.Time) (raw []byte, changed bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.dirty {
		return nil, false, nil
	}
	t.dirty = false
	var keys []string
	for k, one := range t.tries {
		if now.Sub(one.Last) > triesLife {
			delete(t.tries, k)
			continue
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return t.tries[b].N - t.tries[a].N })
	kept := map[string]tries{}
	for _, k := range keys[:min(len(keys), writtenTrie)] {
		kept[k] = t.tries[k]
	}
	raw, err = json.Marshal(kept)
	return raw, true, err
}

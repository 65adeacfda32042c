package dialogue

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Lookup asks the retailer's system for a person's balance; ErrNothing: the system answered, and knows no such person.
type Lookup func(ctx context.Context, card, phone string) (string, error)

// Balances asks with care: not longer than a time, not for what was answered a moment ago, few at once, and not a system that does not
// answer.
type Balances struct {
	Ask     Lookup
	Card    bool // the call names the card, and the phone
	Phone   bool
	Timeout time.Duration
	Keep    time.Duration
	Log     *slog.Logger

	slots  chan struct{}
	mu     sync.Mutex
	kept   map[bots.ID]kept
	misses int
	shut   time.Time // not asked before
}

type kept struct {
	card, phone, value string
	nothing            error // why there is no value
	at                 time.Time
}

const (
	maxKept    = 10_000
	maxMisses  = 5 // in a row: then the system is left alone
	shutFor    = 30 * time.Second
	maxPending = 256 // answers that wait for the system
)

// ErrNothing: the retailer's system works, and has nothing for this person. Nobody else is the worse for it.
var ErrNothing = errors.New("the system has nothing for the person")

// ErrUnread: the retailer's system answered, and not with a value: that is no zero. It works for others, or may.
var ErrUnread = errors.New("the system's answer has no value")

var errShut = errors.New("the system has not answered several times: it is left alone for a moment")

// NewBalances bounds the calls to so many at once.
func NewBalances(b *Balances, atOnce int) *Balances {
	b.slots, b.kept = make(chan struct{}, atOnce), map[bots.ID]kept{}
	return b
}

// can reports whether the person can be asked about: nobody is, before the chat is theirs.
func (b *Balances) can(c *bots.Contact) bool {
	return b != nil && c.Verified() && (!b.Card || c.ExternalID != "") && (!b.Phone || proven(c) != "")
}

// proven is the person's phone, unless it is the person's word alone, or the retailer knows somebody else by it.
func proven(c *bots.Contact) string {
	if c.PhoneClaimed || c.Disowns() {
		return ""
	}
	return c.Phone
}

// of is the person's balance.
func (b *Balances) of(ctx context.Context, c *bots.Contact) (string, error) {
	card, phone := c.ExternalID, proven(c)
	if k, ok := b.remembered(c.ID, card, phone); ok {
		return k.value, k.nothing
	}
	if b.isShut() {
		return "", errShut
	}
	ctx, cancel := context.WithTimeout(ctx, b.Timeout)
	defer cancel()
	select {
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	case <-ctx.Done():
		return "", errors.New("too many are asked for at once")
	}
	value, err := b.Ask(ctx, card, phone)
	b.learn(c.ID, kept{card: card, phone: phone, value: value, at: time.Now()}, err)
	return value, err
}

func (b *Balances) remembered(id bots.ID, card, phone string) (kept, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k, ok := b.kept[id]
	return k, ok && k.card == card && k.phone == phone && time.Since(k.at) < b.Keep
}

func (b *Balances) isShut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Before(b.shut)
}

// learn keeps an answer; a system that fails again and again is left alone, and then tried once more.
func (b *Balances) learn(id bots.ID, k kept, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.Log.Warn("the balance could not be looked up", "err", err)
	}
	for _, answer := range []error{ErrNothing, ErrUnread} {
		if errors.Is(err, answer) {
			k.nothing, err = answer, nil
		}
	}
	if err != nil {
		if b.misses++; b.misses >= maxMisses {
			b.shut = time.Now().Add(shutFor)
			b.Log.Warn("the system for balances is left alone", "failed_in_a_row", b.misses, "for", shutFor)
		}
		return
	}
	b.misses, b.shut = 0, time.Time{}
	if len(b.kept) >= maxKept {
		clear(b.kept)
	}
	b.kept[id] = k
}

// waiting are the answers that wait for the retailer's system, by the change that asked: the place in the changes stays before them.
type waiting struct {
	mu  sync.Mutex
	all map[uint64]bool
	wg  sync.WaitGroup
}

// add notes one more; false: there are too many.
func (w *waiting) add(change uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[uint64]bool{}
	}
	if len(w.all) >= maxPending {
		return false
	}
	w.all[change] = true
	return true
}

func (w *waiting) done(change uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.all, change)
}

// before is the last place with nothing unanswered up to it.
func (w *waiting) before(at uint64) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	for change := range w.all {
		at = min(at, change-1)
	}
	return at
}

// lookUp answers with the balance beside the loop: nobody else waits for the retailer's system.
func (d *Dialogue) lookUp(ctx context.Context, c bots.Change) error {
	contact, err := d.Feed.Contact(ctx, c.Contact)
	if err != nil {
		return err
	}
	if contact == nil || !d.Balances.can(contact) {
		return d.tell(ctx, &c, (*turn).unverified)
	}
	if !d.waits.add(c.ID) {
		return d.tell(ctx, &c, func(t *turn) error { return t.balance(contact, "", nil) })
	}
	d.waits.wg.Go(func() {
		value, why := d.Balances.of(ctx, contact) // it is logged once, without the person
		for ctx.Err() == nil {
			err := d.tell(ctx, &c, func(t *turn) error { return t.balance(contact, value, why) })
			if err == nil || ctx.Err() == nil && !errors.Is(err, fallback.ErrUnavailable) {
				d.waits.done(c.ID) // one that is broken off is answered after the next start
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(retryAfter):
			}
		}
	})
	return nil
}

// balance tells what was looked up for somebody, if the chat is still theirs; why not, else.
func (t *turn) balance(of *bots.Contact, value string, why error) error {
	same := t.contact.ExternalID == of.ExternalID && proven(t.contact) == proven(of)
	mine := same && t.contact.Verified()
	if mine && errors.Is(why, ErrNothing) {
		return t.tell(ask{template: "balance_none", choices: t.beside()})
	}
	if mine && errors.Is(why, ErrUnread) {
		return t.tell(ask{template: "balance_unread", choices: t.beside()})
	}
	if value == "" || !mine {
		return t.tell(ask{template: "balance_down", choices: t.beside()})
	}
	if err := t.tell(ask{template: "balance", data: map[string]any{"balance": value}, choices: t.beside()}); err != nil {
		return err
	}
	return t.afterwards()
}

// card shows the number of the card, as a picture where there is one.
func (t *turn) card() error {
	if !t.contact.Verified() || t.contact.ExternalID == "" {
		return t.unverified()
	}
	a := ask{template: "card_number", data: map[string]any{"card": t.contact.ExternalID}, choices: t.beside()}
	if t.d.Picture != nil {
		if url := t.d.Picture(t.contact, t.tx.Now()); url != "" {
			a.template, a.data["picture"] = "card", url
		}
	}
	if err := t.tell(a); err != nil {
		return err
	}
	return t.afterwards()
}

// unverified says that nothing is shown before the chat is somebody's, and how it becomes so.
func (t *turn) unverified() error {
	if t.contact.Phone == "" && t.talk.Bot.Claim.Phone == "" && t.canShare() {
		t.talk.Bot.AskedPhone = t.tx.Now()
		return t.tell(ask{template: "ask_phone", phone: true, choices: []bots.Button{t.button(bots.WantsLater)}})
	}
	return t.tell(ask{template: "not_linked", choices: t.beside()})
}

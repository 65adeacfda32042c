package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kaskad/bots"
	"kaskad/bots/telegram"
)

// telegramHook opens the way in for a bot that is called instead of asking: its path cannot be guessed, and every call carries a
// second secret, which no proxy writes into its log.
func telegramHook(cfg *Config, d deps, opt *telegram.Options) (path bots.Secret, err error) {
	if cfg.Telegram.Updates != telegram.Hooks || d.secret == nil {
		return "", nil
	}
	if opt.HookSecret, err = d.secret("hook_token/" + bots.Telegram); err != nil {
		return "", err
	}
	return d.secret("hook_secret/" + bots.Telegram)
}

// doorman knows which channels that call us can do so: the listener is up, and the channel was told where we are. He keeps what
// somebody has to do about those that cannot.
type doorman struct {
	listens func(channel string, can bool) // the engine's

	mu     sync.Mutex
	down   bool            // the listener takes nobody in
	lost   map[string]bool // channels that do not know where we are, or cannot reach it
	callMe map[string]bool // all that call us
	advice map[string]string
}

func newDoorman(listens func(string, bool)) *doorman {
	return &doorman{listens: listens, lost: map[string]bool{}, callMe: map[string]bool{}, advice: map[string]string{}}
}

// set notes whether a channel knows where we are.
func (d *doorman) set(channel string, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.callMe[channel], d.lost[channel] = true, !known
	d.listens(channel, known && !d.down)
}

// open notes whether the listener takes anybody in.
func (d *doorman) open(up bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down == !up {
		return
	}
	d.down = !up
	for channel := range d.callMe {
		d.listens(channel, up && !d.lost[channel])
	}
}

// say keeps what somebody has to do about a channel; empty: nothing. It reports whether that is news.
func (d *doorman) say(channel, advice string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.advice[channel]
	if advice == "" {
		delete(d.advice, channel)
	} else {
		d.advice[channel] = advice
	}
	return was != advice
}

// todo is what somebody has to do, by channel.
func (d *doorman) todo() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.advice)
}

// caller is one channel that has to be told where we are, and goes on being asked whether it still knows.
type caller struct {
	channel string
	url     bots.Secret
	to      bots.Registrar
	door    *doorman
	heard   func(ctx context.Context, caughtUp bool, asked time.Time) // what it keeps for us is known
	deaf    func() bool
	log     *slog.Logger

	called atomic.Int64 // unix nanoseconds of the last call that was really the channel's
	known  atomic.Bool  // it can call us

	registered time.Time // zero: it has to be told
	failures   int
	losses     int
	lostAt     time.Time
}

const (
	registerTime  = time.Minute // a channel may call back before it answers
	inspectTime   = 20 * time.Second
	inspectEvery  = 5 * time.Minute
	inspectSoon   = 5 * time.Second // while waits are held for what it keeps
	longestRetry  = 5 * time.Minute
	failureCounts = 5 * time.Minute // a failed call longer ago is history
	lossCounts    = time.Hour
)

// run works until ctx ends.
func (c *caller) run(ctx context.Context) error {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(c.round(ctx)):
		}
	}
	return nil
}

// round tells the channel where we are, if it has to be told, or asks whether it still knows. It returns when to come again.
func (c *caller) round(ctx context.Context) time.Duration {
	if c.registered.IsZero() {
		if err := c.register(ctx); err != nil {
			return c.again(ctx, err)
		}
	}
	return c.inspect(ctx)
}

func (c *caller) register(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, registerTime)
	defer cancel()
	if err := c.to.Register(ctx, c.url); err != nil {
		return err
	}
	c.registered, c.failures = time.Now(), 0
	c.know(true)
	if c.losses == 0 {
		c.door.say(c.channel, "")
	}
	c.log.Info("the channel knows where we are", "channel", c.channel)
	return nil
}

// again is when to try once more.
func (c *caller) again(ctx context.Context, err error) time.Duration {
	if ctx.Err() != nil {
		return 0
	}
	wait := min(time.Second<<min(c.failures, 10), longestRetry)
	c.failures++
	if e, ok := errors.AsType[*bots.SendError](err); ok {
		wait = max(wait, min(e.RetryAfter, longestRetry))
	}
	advice := c.quiet(fmt.Sprintf("%s could not be told where to call us: %v; it is tried again", c.channel, err))
	if c.door.say(c.channel, advice) {
		c.log.Warn("webhook not registered", "channel", c.channel, "todo", advice)
	}
	return wait
}

// inspect asks a channel that can tell how its calls go.
func (c *caller) inspect(ctx context.Context) time.Duration {
	to, can := c.to.(bots.Inspector)
	if !can {
		return inspectEvery
	}
	asked := time.Now()
	ask, cancel := context.WithTimeout(ctx, inspectTime)
	r, err := to.Inspect(ask, c.url)
	cancel()
	switch {
	case err != nil:
		c.log.Debug("webhook cannot be looked at", "channel", c.channel, "err", c.quiet(err.Error()))
	case !r.Ours:
		return c.lose(&r, asked)
	default:
		c.judge(ctx, &r, asked)
	}
	if c.deaf() || !c.known.Load() {
		return inspectSoon
	}
	return inspectEvery
}

// lose takes the calls back from somebody else: at once, and slower when that repeats, for then two programs use one token.
func (c *caller) lose(r *bots.Registration, now time.Time) time.Duration {
	if now.Sub(c.lostAt) > lossCounts {
		c.losses = 0
	}
	c.losses++
	c.registered, c.lostAt = time.Time{}, now
	c.know(false)
	advice := c.channel + " had forgotten where to call us; it was told again"
	if r.Host != "" {
		advice = fmt.Sprintf("%s called another program at %s: the calls were taken back; stop the other program, or give it a token of its own", c.channel, r.Host)
	}
	c.door.say(c.channel, advice)
	c.log.Warn("webhook lost", "channel", c.channel, "todo", advice, "times", c.losses)
	if c.losses == 1 {
		return 0
	}
	return time.Minute
}

// judge draws the conclusions from what the channel says.
func (c *caller) judge(ctx context.Context, r *bots.Registration, asked time.Time) {
	fails := r.Pending > 0 && r.FailedAt.After(c.registered) && asked.Sub(r.FailedAt) < failureCounts
	reached := time.Unix(0, c.called.Load()).After(r.FailedAt.Add(-time.Second)) // dates of failures are whole seconds
	c.know(!fails || reached)
	if !fails {
		c.heard(ctx, r.Pending == 0, asked)
		if c.losses > 0 && asked.Sub(c.lostAt) < lossCounts {
			return // what was said about the loss still stands
		}
	}
	c.losses = 0
	c.tell(c.quiet(complaint(c.channel, r, fails, reached)))
}

// complaint says what is wrong with the calls and what to do; empty: nothing.
func complaint(channel string, r *bots.Registration, fails, reached bool) string {
	switch {
	case fails && reached:
		return fmt.Sprintf("some calls of %s fail (%s), %d wait: our own log says why", channel, r.Failure, r.Pending)
	case fails:
		return fmt.Sprintf("%s cannot reach us at %s (%s), %d calls wait: look at the name, the certificate, the proxy and the firewall", channel, r.Host, r.Failure, r.Pending)
	}
	return ""
}

// tell keeps and logs what is to be done when that is news.
func (c *caller) tell(todo string) {
	switch news := c.door.say(c.channel, todo); {
	case !news:
	case todo == "":
		c.log.Info("webhook calls arrive again", "channel", c.channel)
	default:
		c.log.Warn("webhook calls fail", "channel", c.channel, "todo", todo)
	}
}

// know notes whether the channel can call us.
func (c *caller) know(can bool) {
	c.known.Store(can)
	c.door.set(c.channel, can)
}

// quiet takes the address, which is a secret, out of words from outside.
func (c *caller) quiet(s string) string {
	place := c.url.Reveal()
	s = strings.ReplaceAll(s, place, c.url.String())
	return strings.ReplaceAll(s, place[strings.LastIndexByte(place, '/')+1:], c.url.String())
}

// watched is a way in that notes when it was really the channel that called: then the channel knows where we are, whatever else
// we could learn.
type watched struct {
	bots.Webhook
	by *caller
}

func (w watched) Parse(r bots.Call) (bots.Batch, error) {
	batch, err := w.Webhook.Parse(r)
	if err == nil {
		w.by.called.Store(r.At.UnixNano())
		if !w.by.known.Load() && w.by.known.CompareAndSwap(false, true) {
			w.by.door.set(w.by.channel, true)
		}
	}
	return batch, err
}

package whatsapp

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"

	"kaskad/bots"
)

// pauses are the times of a session. Tests shorten them.
type pauses struct {
	connect time.Duration // from dialling to Connected
	quiet   time.Duration // connected, and nothing comes: WhatsApp has told all it kept, whether it says so or not
	beat    time.Duration // between two marks of how far we have heard
	lag     time.Duration // a sign of life is that old at most while the library has not missed one
	dead    time.Duration // without a sign of life
	stuck   time.Duration // writing to the connection, beyond all that a send may take
	first   time.Duration // rest after a lost connection; doubles
	most    time.Duration
	refused time.Duration // rest after being turned away; doubles
	rarest  time.Duration
	code    time.Duration // how long WhatsApp takes the first QR code
	codes   time.Duration // and each of the others
}

func usualPauses() pauses {
	return pauses{
		connect: time.Minute, quiet: 30 * time.Second, beat: 25 * time.Second, lag: 40 * time.Second, dead: 3 * time.Minute, stuck: sendTime + 15*time.Second,
		first: time.Second, most: time.Minute, refused: 5 * time.Minute, rarest: 2 * time.Hour,
		code: time.Minute, codes: 20 * time.Second,
	}
}

// session is one connection: a client of its own and what came through it.
type session struct {
	bot    *Bot
	born   time.Time
	cli    *whatsmeow.Client
	buf    *buffer
	inbox  *inbox
	ctx    context.Context // of the connection
	cancel context.CancelFunc
	ends   chan ending // the first one counts

	over    atomic.Bool
	online  atomic.Bool  // logged in
	level   atomic.Bool  // everything that was kept for us has been told: sends may begin
	mute    atomic.Bool  // a sign of life was missed
	moved   atomic.Int64 // when something came last, from born: a clock that is set must not look like silence
	once    sync.Once
	logged  chan struct{}       // closed when it is online
	leaving atomic.Bool         // we log out: WhatsApp tells that as if somebody else had
	word    atomic.Pointer[any] // the last that WhatsApp said before it ended the connection
	hurried atomic.Bool

	repeating repeating
	aside     aside
}

// newSession makes a client for a device. Receive is nil where nothing is taken: then everything stays with WhatsApp.
func (b *Bot) newSession(ctx context.Context, dev *store.Device, receive func(context.Context, bots.Batch) error) *session {
	s := &session{bot: b, born: time.Now(), ends: make(chan ending, 1), logged: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.WithValue(ctx, handling{}, true))
	dev.PreKeys = preKeys{dev.PreKeys, dev.EventBuffer}
	s.buf = &buffer{EventBuffer: dev.EventBuffer, keys: b.keys, ending: s.over.Load, skips: s.aside.skips, broken: s.broken, purged: time.Now()}
	dev.EventBuffer = s.buf
	dev.LIDs = lids{dev.LIDs, &s.aside, dev.GetJID().ToNonAD()}
	s.cli = b.client(dev, s.told)
	s.cli.BackgroundEventCtx = s.ctx
	s.cli.PreRetryCallback = s.mayRepeat
	s.cli.AddEventHandlerWithSuccessStatus(s.handle)
	if receive != nil {
		s.inbox = &inbox{
			bot: b, receive: receive, forget: s.buf.clear, broken: s.broken,
			syncing: func() bool { return !s.level.Load() }, some: newBell(), room: newBell(),
		}
	}
	return s
}

// run holds the connection until it ends. What it was giving to the program is finished then, and nothing of it is left running that
// could touch the keys of a chat.
func (s *session) run(ctx context.Context) ending {
	var work sync.WaitGroup
	if s.inbox != nil {
		work.Go(func() { s.inbox.run(s.ctx, context.WithoutCancel(ctx)) })
	}
	work.Go(s.connect)
	end := s.wait(ctx)
	s.close()
	work.Wait()
	s.settle()
	return end
}

func (s *session) connect() {
	if err := dial(s.ctx, s.cli); err != nil {
		s.end(ending{Standing: bots.Standing{State: Connecting, Advice: connectAdvice(err)}, kind: lost})
	}
}

// dial connects a client, or gives up with ctx. The library waits 20 s for the answer to its handshake, whatever becomes of ctx; nobody
// who stops the program should. It is left waiting on a socket that is cut, and touches no chat's keys before it has logged in.
func dial(ctx context.Context, cli *whatsmeow.Client) error {
	done := make(chan error, 1)
	go func() { done <- cli.ConnectContext(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// connectAdvice says why there is no connection, as far as that helps.
func connectAdvice(err error) string {
	return "WhatsApp cannot be reached: " + scrub(err.Error()) + "; if it lasts, look at the network and the proxy"
}

// wait watches the connection, and tells the program how far we have heard.
func (s *session) wait(ctx context.Context) ending {
	late := time.NewTimer(s.bot.pauses.connect)
	defer late.Stop()
	beat := time.NewTicker(s.bot.pauses.beat)
	defer beat.Stop()
	quiet := time.NewTicker(max(s.bot.pauses.quiet/4, time.Millisecond))
	defer quiet.Stop()
	for {
		select {
		case end := <-s.ends:
			return end
		case <-ctx.Done():
			return ending{Standing: bots.Standing{State: Connecting}, kind: finished}
		case <-late.C:
			if !s.online.Load() {
				return ending{Standing: bots.Standing{State: Connecting, Advice: "WhatsApp did not answer in time; if it lasts, look at the network"}, kind: lost}
			}
		case <-quiet.C:
			s.levelInSilence(time.Now())
		case now := <-beat.C:
			s.tick(now)
		}
	}
}

// tick marks how far we have heard.
func (s *session) tick(now time.Time) {
	if s.inbox != nil && s.level.Load() && !s.mute.Load() {
		s.inbox.add(item{heard: now.Add(-s.bot.pauses.lag), caught: true}) // a full inbox is mark enough
		ring(s.inbox.some)
	}
}

// end ends the connection; the first reason counts.
func (s *session) end(e ending) {
	s.once.Do(func() { s.ends <- e })
}

// drop ends the connection, and nothing is made of its end.
func (s *session) drop() { s.end(ending{Standing: bots.Standing{State: Connecting}, kind: finished}) }

// broken ends the connection because something could not be stored. It is cut at once: what was not stored must not be acknowledged
// by anything that still runs.
func (s *session) broken(err error) {
	if s.over.Load() {
		return
	}
	s.bot.opt.Log.Error("whatsapp: what came could not be stored and was not acknowledged; the connection is made again", "err", scrub(err.Error()))
	s.end(ending{Standing: bots.Standing{State: Storing, Advice: storeAdvice}, kind: failed})
	s.close()
}

// close cuts the connection. From its return nothing is decrypted for it, and the library acknowledges nothing through it.
func (s *session) close() {
	s.over.Store(true)
	s.online.Store(false)
	s.level.Store(false)
	hangUp(s.cli, s.cancel)
}

// hangUp ends a client's connection, whose context cancel ends: the library then takes itself down in order, where its own Disconnect
// works on the socket beside the goroutine that reads from it. A send that waits for another connection is told that none comes.
func hangUp(cli *whatsmeow.Client, cancel context.CancelFunc) {
	cancel()
	//lint:ignore SA1019 the only way to end a connection that the library takes down in order
	cli.DangerousInternals().ExpectDisconnect()
}

// settle waits until nothing works on the keys for this connection any more.
func (s *session) settle() {
	s.bot.keys <- struct{}{}
	defer s.bot.keys.release()
	if s.hurried.Load() {
		s.durable()
	}
}

// durable reports whether the store is as careful again as sends need it.
func (s *session) durable() bool {
	if err := s.bot.durable(context.WithoutCancel(s.ctx)); err != nil {
		s.bot.opt.Log.Error("whatsapp.db could not be written to disk", "err", err)
		return false
	}
	s.hurried.Store(false)
	return true
}

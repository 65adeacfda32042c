package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

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
	cli    *whatsmeow.Client
	buf    *buffer
	inbox  *inbox
	ctx    context.Context // of the connection
	cancel context.CancelFunc
	ends   chan ending // the first one counts

	over    atomic.Bool
	online  atomic.Bool // logged in
	level   atomic.Bool // everything that was kept for us has been told: sends may begin
	mute    atomic.Bool // a sign of life was missed
	moved   atomic.Int64
	once    sync.Once
	logged  chan struct{}       // closed when it is online
	leaving atomic.Bool         // we log out: WhatsApp tells that as if somebody else had
	word    atomic.Pointer[any] // the last that WhatsApp said before it ended the connection
	hurried atomic.Bool
}

// newSession makes a client for a device. Receive is nil where nothing is taken: then everything stays with WhatsApp.
func (b *Bot) newSession(ctx context.Context, dev *store.Device, receive func(context.Context, bots.Batch) error) *session {
	s := &session{bot: b, ends: make(chan ending, 1), logged: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(ctx)
	dev.PreKeys = preKeys{dev.PreKeys, dev.EventBuffer}
	s.buf = &buffer{EventBuffer: dev.EventBuffer, keys: b.keys, ending: s.over.Load, broken: s.broken, purged: time.Now()}
	dev.EventBuffer = s.buf
	s.cli = b.client(dev, s.told)
	s.cli.BackgroundEventCtx = s.ctx
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
	if err := s.cli.ConnectContext(s.ctx); err != nil {
		s.end(ending{Standing: bots.Standing{State: Connecting, Advice: connectAdvice(err)}, kind: lost})
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

// handle takes everything that the library tells. False: do not acknowledge.
func (s *session) handle(evt any) bool {
	s.moved.Store(time.Now().UnixNano())
	if s.over.Load() {
		return false
	}
	if end, is := turnedAway(evt, time.Now()); is {
		if s.leaving.Load() && end.kind == gone {
			end = loggedOff
		}
		s.end(end)
		return true
	}
	switch e := evt.(type) {
	case *events.Message, *events.Receipt:
		return s.take(e)
	case *events.Connected:
		s.connected()
	case *events.OfflineSyncPreview:
		s.preview(e.Total)
	case *events.OfflineSyncCompleted:
		s.caughtUp()
	case *events.KeepAliveTimeout:
		s.silent(e.LastSuccess)
	case *events.KeepAliveRestored:
		s.heardAgain()
	case *events.UndecryptableMessage:
		if once(e) != nil {
			return s.take(e) // it is acknowledged already: the library does that first
		}
		s.bot.opt.Log.Warn("whatsapp: a message could not be decrypted; the library asked for it again", "unavailable", e.IsUnavailable)
	case *events.Disconnected:
		s.disconnected()
	case *events.ManualLoginReconnect:
		s.end(ending{Standing: bots.Standing{State: Connecting}, kind: asked})
	}
	return true
}

// disconnected notes the end of a connection, with what was said before it.
func (s *session) disconnected() {
	word := s.word.Load()
	if word == nil {
		s.end(ending{Standing: bots.Standing{State: Connecting}, kind: lost})
		return
	}
	s.handle(*word)
}

// connected notes the login. Delivery receipts look like those of a phone that is on only when we say that we are there.
func (s *session) connected() {
	if !s.online.Swap(true) {
		close(s.logged)
	}
	if !s.level.Load() {
		s.bot.set(bots.Standing{State: Syncing})
	}
	if err := s.cli.SendPresence(s.ctx, types.PresenceAvailable); err != nil {
		s.bot.opt.Log.Debug("whatsapp: presence not told", "err", scrub(err.Error()))
	}
	s.ready()
}

// backlog is how many kept events are worth a hurry.
const backlog = 20

func (s *session) preview(total int) {
	if total < backlog {
		return
	}
	s.hurried.Store(true)
	if err := s.bot.hurry(s.ctx); err != nil {
		s.bot.opt.Log.Warn("whatsapp.db stays slow while the backlog is read", "err", err)
	}
}

// caughtUp marks that all that was kept for us stands before.
func (s *session) caughtUp() {
	if s.hurried.Load() && !s.durable() {
		s.end(ending{Standing: bots.Standing{State: Storing, Advice: storeAdvice}, kind: failed})
		return
	}
	if s.level.Swap(true) {
		return
	}
	if s.inbox != nil {
		s.inbox.put(s.ctx, item{heard: time.Now(), caught: true})
	}
	s.ready()
}

// levelInSilence is for a WhatsApp that does not say when it has told everything.
func (s *session) levelInSilence(now time.Time) {
	if s.online.Load() && !s.level.Load() && now.UnixNano()-s.moved.Load() > int64(s.bot.pauses.quiet) && !s.busy() {
		s.caughtUp()
	}
}

// busy reports whether something waits to be stored: then it is the store that is slow, and WhatsApp may have more.
func (s *session) busy() bool { return s.inbox != nil && s.inbox.waits() }

// ready opens the way for sends once we are logged in and level, in whichever order that was told.
func (s *session) ready() {
	if s.online.Load() && s.level.Load() && !s.over.Load() {
		s.bot.tries.well(time.Now())
		s.bot.set(bots.Standing{State: Connected})
	}
}

// silent notes a sign of life that did not come. A dead connection is cut: what was sent into it comes back as uncertain.
func (s *session) silent(last time.Time) {
	s.mute.Store(true)
	if time.Since(last) > s.bot.pauses.dead {
		s.end(ending{Standing: bots.Standing{State: Connecting, Advice: silentAdvice}, kind: lost})
		return
	}
	s.bot.set(bots.Standing{State: Silent, Advice: silentAdvice})
}

func (s *session) heardAgain() {
	s.mute.Store(false)
	s.ready()
}

// told listens to what the library only logs.
func (s *session) told(format string, args []any) {
	if asksPasskey(format, args) {
		s.end(ending{Standing: bots.Standing{State: Passkey, Advice: passkeyAdvice}, kind: turned})
	}
	if word := lastWord(format, args); word != nil {
		s.word.Store(&word)
	}
	s.bot.leftOutOf(format, args)
}

// asksPasskey recognises a notification that this version of the library does not know: WhatsApp asks for a passkey. Later versions
// call it PairPasskeyRequest (tulir/whatsmeow pull request 1186).
func asksPasskey(format string, args []any) bool {
	if format != "Unhandled notification with type %s" || len(args) != 1 {
		return false
	}
	return args[0] == "passkey_prologue_request" || args[0] == "crsc_continuation"
}

// sending calls do with the client, holding the lock that decryption takes too. It is for everything that writes to people or
// changes the keys of a chat. Not connected, logged in and caught up: a *bots.SendError that says what it means for the step.
func (b *Bot) sending(ctx context.Context, do func(*whatsmeow.Client) error) error {
	s := b.current.Load()
	if s == nil || !s.sendable() {
		return b.unable()
	}
	if err := b.keys.take(ctx); err != nil {
		return &bots.SendError{Fault: bots.Temporary, Code: "busy", Err: fmt.Errorf("whatsapp: another message was under way for too long: %w", err)}
	}
	defer b.keys.release()
	if !s.sendable() {
		return b.unable()
	}
	defer time.AfterFunc(b.pauses.stuck, s.stuck).Stop()
	return do(s.cli)
}

// stuck cuts a connection that takes nothing: the library writes to it without an end, whatever its context says, and nothing is
// decrypted meanwhile.
func (s *session) stuck() {
	s.end(ending{Standing: bots.Standing{State: Connecting, Advice: silentAdvice}, kind: lost})
}

func (s *session) sendable() bool { return s.online.Load() && s.level.Load() && !s.over.Load() }

// again is how soon a send is worth another try while the session comes back.
const again = 5 * time.Second

// unable says why nothing can be sent, and what that means.
func (b *Bot) unable() error {
	now, _ := b.state()
	if now.Shut {
		return &bots.SendError{Fault: bots.Rejected, Code: now.State, Err: errors.New("whatsapp: " + now.Advice)}
	}
	return &bots.SendError{Fault: bots.Temporary, RetryAfter: again, Code: now.State, Err: errors.New("whatsapp: not connected yet")}
}

package whatsapp

import (
	"time"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"kaskad/bots"
)

// handle takes everything that the library tells. False: do not acknowledge.
func (s *session) handle(evt any) bool {
	s.moved.Store(int64(time.Since(s.born)))
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
	if s.online.Load() && !s.level.Load() && now.Sub(s.born)-time.Duration(s.moved.Load()) > s.bot.pauses.quiet && !s.busy() {
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
	s.repeatedBy(format, args)
	s.setAside(format, args)
}

// asksPasskey recognises a notification that this version of the library does not know: WhatsApp asks for a passkey. Later versions
// call it PairPasskeyRequest (tulir/whatsmeow pull request 1186).
func asksPasskey(format string, args []any) bool {
	if format != "Unhandled notification with type %s" || len(args) != 1 {
		return false
	}
	return args[0] == "passkey_prologue_request" || args[0] == "crsc_continuation"
}

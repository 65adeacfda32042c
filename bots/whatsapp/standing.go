package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"kaskad/bots"
)

// The states of a session. docs/whatsapp.md explains each.
const (
	Unpaired   = "unpaired"   // no phone
	Connecting = "connecting" // on the way, or coming back
	Syncing    = "syncing"    // connected; WhatsApp tells what it kept for us
	Connected  = "connected"
	Silent     = "silent"       // connected, but WhatsApp answers no sign of life
	Storing    = "store_failed" // what came could not be stored: not acknowledged, and asked for again
	LoggedOut  = "logged_out"
	Replaced   = "replaced" // another program took the session over
	Outdated   = "outdated" // WhatsApp refuses this version
	Passkey    = "passkey"  // the account links devices with a passkey only
	Banned     = "banned"   // for a time
	Refusing   = "refused"  // turned away with a code that has no state of its own
	OldCopy    = "old_copy" // whatsapp.db was put back from an old copy: it is not connected
)

const (
	pairAdvice     = "pair the phone: kaskad whatsapp pair"
	loggedOut      = "the device was unlinked from the phone: " + pairAdvice
	lockedOut      = "the phone's own account is signed out or locked: open WhatsApp on the phone, follow what it says, then pair again: kaskad whatsapp pair"
	banishedAdvice = "WhatsApp has shut this account out: open WhatsApp on the phone and ask for a review; another number has to be paired meanwhile"
	replacedAdvice = "another program uses the keys of this session, a copy of whatsapp.db perhaps: stop it; or kaskad whatsapp logout, then pair again; we come back in a while and do not fight"
	outdatedAdvice = "WhatsApp refuses this version of its client: update kaskad, or write the current one into [whatsapp] client_version (web.whatsapp.com > Settings > Help shows it)"
	passkeyAdvice  = "this account links devices with a passkey, which this version cannot: take the passkey off the account on the phone, pair another number, or use whatsapp_cloud"
	storeAdvice    = "nothing is acknowledged until it can be stored: look at the log, at the disk's space and at its rights"
	oldCopyAdvice  = "whatsapp.db is older than the store: an old copy was put back, and what is sent with its keys would be lost; stop kaskad and put the newest one back, or: kaskad whatsapp logout, then pair again"
	silentAdvice   = "WhatsApp answers no sign of life: if it lasts, look at the network"
)

// shut states are those in which nothing can be sent until somebody does something, or a long time passes.
func shut(state string) bool {
	switch state {
	case Unpaired, LoggedOut, Replaced, Outdated, Passkey, Banned, Refusing, OldCopy:
		return true
	}
	return false
}

// stand is how the session stands, and whose it is.
type stand struct {
	mu      sync.Mutex
	now     bots.Standing
	paired  bool
	account Account
	pn, lid types.JID
	changed chan struct{} // closed at the next change
}

// set changes the state and logs it, once per change.
func (b *Bot) set(s bots.Standing) {
	s.Shut = shut(s.State)
	b.stand.mu.Lock()
	was := b.stand.now
	same := was.State == s.State && was.Advice == s.Advice && was.Until.Equal(s.Until)
	if !same {
		s.Since = time.Now()
		if was.State == s.State {
			s.Since = was.Since
		}
		b.stand.now = s
		close(b.stand.changed)
		b.stand.changed = make(chan struct{})
	}
	b.stand.mu.Unlock()
	if !same {
		b.logState(s)
	}
}

func (b *Bot) logState(s bots.Standing) {
	args := []any{"state", s.State}
	if s.Advice != "" {
		args = append(args, "do", s.Advice)
	}
	if !s.Until.IsZero() {
		args = append(args, "until", s.Until)
	}
	if s.Advice != "" {
		b.opt.Log.Warn("whatsapp session", args...)
		return
	}
	b.opt.Log.Info("whatsapp session", args...)
}

// state is the standing and a channel that closes when it changes.
func (b *Bot) state() (bots.Standing, <-chan struct{}) {
	b.stand.mu.Lock()
	defer b.stand.mu.Unlock()
	return b.stand.now, b.stand.changed
}

// Standing says how the session stands; a breaker's limits count where the session itself is well, and on its way there: what waits must
// not slip out in the moment after.
func (b *Bot) Standing() bots.Standing {
	s, _ := b.state()
	if s.Shut || b.parts.limited == nil {
		return s
	}
	limit, limited := b.parts.limited(time.Now())
	if limited && s.State == Connected {
		return limit
	}
	s.Limited = limited
	return s
}

// Account says which account is paired; false: none.
func (b *Bot) Account() (Account, bool) {
	b.stand.mu.Lock()
	defer b.stand.mu.Unlock()
	return b.stand.account, b.stand.paired
}

// me is our own number and hidden id, without device; empty when no phone is paired. It is a copy: the library changes its own without
// a lock when the device is unlinked.
func (b *Bot) me() (pn, lid types.JID) {
	b.stand.mu.Lock()
	defer b.stand.mu.Unlock()
	return b.stand.pn, b.stand.lid
}

// Number is the number that people write to, in digits.
func (b *Bot) Number(context.Context) (string, error) {
	account, paired := b.Account()
	if !paired || account.Phone == "" {
		return "", errors.New("whatsapp: no phone is paired: kaskad whatsapp pair")
	}
	return strings.TrimPrefix(account.Phone, "+"), nil
}

// Check says who we are, or why we are nobody and what to do. It connects to nothing: a second connection would take the session
// from the first.
func (b *Bot) Check(ctx context.Context) (bots.Identity, error) {
	account, paired := b.Account()
	s := b.Standing()
	if !paired || s.Shut {
		return bots.Identity{}, &bots.SendError{Fault: bots.Misconfigured, Code: s.State, Err: errors.New(s.Advice)}
	}
	id := bots.Identity{Name: account.String()}
	if s.Advice != "" {
		id.Warnings = append(id.Warnings, s.Advice)
	}
	switch {
	case !b.running():
		id.Warnings = append(id.Warnings, "not connected: only the running gateway holds the connection")
	case s.State != Connected && !s.Limited:
		return id, &bots.SendError{Fault: bots.Temporary, Code: s.State, Err: fmt.Errorf("not connected since %s", s.Since.Format(time.DateTime))}
	}
	return id, nil
}

func (a Account) String() string {
	if a.Name == "" {
		return a.Phone
	}
	return a.Name + " (" + a.Phone + ")"
}

// ending is how a connection ended: the state that follows, and how long to rest. A negative rest: as the tries before say.
type ending struct {
	bots.Standing
	rest time.Duration
	kind kind
}

// kind tells what is counted for the rest.
type kind uint8

const (
	lost     kind = iota // the connection broke: tried again soon
	asked                // WhatsApp asked for a new connection: at once
	failed               // what came could not be stored
	turned               // turned away: tried again rarely
	gone                 // no device any more
	finished             // we ended it
)

// turnedAway reads the events by which WhatsApp refuses a session; false: it is none of them.
func turnedAway(evt any, now time.Time) (ending, bool) {
	refuse := func(state, advice string) (ending, bool) {
		return ending{Standing: bots.Standing{State: state, Advice: advice}, kind: turned}, true
	}
	switch e := evt.(type) {
	case *events.LoggedOut:
		return ending{Standing: bots.Standing{State: LoggedOut, Advice: logoutAdvice(e)}, kind: gone}, true
	case *events.StreamReplaced:
		return refuse(Replaced, replacedAdvice)
	case *events.ClientOutdated:
		return refuse(Outdated, outdatedAdvice)
	case *events.TemporaryBan:
		return banned(e, now), true
	case *events.ConnectFailure:
		return refuse(Refusing, fmt.Sprintf("WhatsApp turned us away with code %d: if it lasts, update kaskad", int(e.Reason)))
	case *events.StreamError:
		return ending{Standing: bots.Standing{State: Connecting, Advice: fmt.Sprintf("WhatsApp ended the connection with code %s", scrub(e.Code))}, kind: lost}, true
	}
	return ending{}, false
}

func logoutAdvice(e *events.LoggedOut) string {
	switch {
	case e.OnConnect && e.Reason == events.ConnectFailureMainDeviceGone:
		return lockedOut
	case e.OnConnect && e.Reason == events.ConnectFailureUnknownLogout:
		return banishedAdvice
	}
	return loggedOut
}

const (
	unknownBan = time.Hour           // how long a ban is taken to last that names no end
	longestBan = 31 * 24 * time.Hour // an end after it is taken for none
	banTry     = 24 * time.Hour      // one try a day tells of a ban that was lifted, or lasts longer
)

func banned(e *events.TemporaryBan, now time.Time) ending {
	s := bots.Standing{State: Banned, Advice: fmt.Sprintf("WhatsApp banned the number for a time (code %d: %s); write to fewer people who do not know you, and more slowly; for another number meanwhile: kaskad whatsapp logout, then pair it", int(e.Code), banReason(e.Code))}
	rest := unknownBan
	switch {
	case e.Expire > longestBan:
		rest = banTry
	case e.Expire > 0:
		rest = min(e.Expire, banTry)
		s.Until = now.Add(e.Expire)
	}
	return ending{Standing: s, kind: turned, rest: rest}
}

// banReason says what WhatsApp punishes.
func banReason(code events.TempBanReason) string {
	switch code {
	case events.TempBanSentToTooManyPeople:
		return "too many messages to people who have not saved the number"
	case events.TempBanBlockedByUsers:
		return "too many people blocked the number"
	case events.TempBanCreatedTooManyGroups:
		return "too many groups were made"
	case events.TempBanSentTooManySameMessage:
		return "the same message to too many people"
	case events.TempBanBroadcastList:
		return "too many messages to a broadcast list"
	}
	return "no reason that we know"
}

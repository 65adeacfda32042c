package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow"

	"kaskad/bots"
)

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

package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kaskad/bots"
)

var _ bots.Marker = (*Bot)(nil)

const (
	// markTime bounds a mark: it is worth little, and others wait behind it.
	markTime = 5 * time.Second
	// mostMarked is how many messages one receipt names.
	mostMarked = 100
)

// MarkRead lets a person's phone show two blue ticks under what they wrote. What the owner of our phone wishes wins: with read receipts
// switched off there, only our own devices are told. It waits for no answer and touches no keys, so that no message stands behind it.
func (b *Bot) MarkRead(ctx context.Context, chat bots.Address, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if err := b.markRead(ctx, chat, ids[max(0, len(ids)-mostMarked):]); err != nil {
		return fmt.Errorf("whatsapp: mark as read: %w", err)
	}
	return nil
}

func (b *Bot) markRead(ctx context.Context, chat bots.Address, ids []string) error {
	to, err := b.where(ctx, chat)
	if err != nil {
		return err
	}
	s := b.current.Load()
	if s == nil || !s.sendable() {
		return b.unable()
	}
	ctx, cancel := context.WithTimeout(ctx, markTime)
	defer cancel()
	// The library asks for the wishes by itself, and marks all the same when it hears nothing.
	if _, err := s.cli.TryFetchPrivacySettings(ctx, false); err != nil {
		return &bots.SendError{Fault: bots.Temporary, Err: errors.New("whatsapp did not say whether its owner lets reading be told")}
	}
	defer time.AfterFunc(b.pauses.stuck, s.stuck).Stop()
	if err := s.cli.MarkRead(ctx, ids, time.Now(), to, to); err != nil {
		return &bots.SendError{Fault: bots.Temporary, Err: errors.New(scrub(err.Error()))}
	}
	return nil
}

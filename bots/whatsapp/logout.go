package whatsapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"kaskad/bots"
)

var (
	errNotPaired = errors.New("whatsapp: no phone is paired")
	errRemove    = errors.New("remove the device on the phone (WhatsApp > Linked devices)")
)

// loggedOff is the end of a session that we logged out.
var loggedOff = ending{Standing: bots.Standing{State: Unpaired, Advice: pairAdvice}, kind: gone}

// ErrNotTold is what Logout returns when it forgot the keys and WhatsApp, which turns us away, could not be told.
var ErrNotTold = errors.New("whatsapp: the keys are forgotten here, but WhatsApp could not be told: remove the device on the phone (WhatsApp > Linked devices)")

// Logout unlinks the device at WhatsApp and forgets its keys. Without a connection it does neither, unless WhatsApp turns us away or the
// keys are an old copy's: then another phone could never be paired.
func (b *Bot) Logout(ctx context.Context) error {
	dev, err := b.device(ctx)
	if err != nil {
		return err
	}
	if dev == nil {
		return errNotPaired
	}
	before, _ := b.state()
	old := before.State == OldCopy // Run waits, and connects nothing
	if old {
		defer ring(b.wake)
	}
	if err := b.visiting.take(ctx); err != nil {
		return err
	}
	defer b.visiting.release()
	if !b.running() || old {
		err = b.visit(ctx, func(s *session) error { return s.unlink(ctx) })
	} else if s := b.current.Load(); s != nil && s.online.Load() {
		err = s.unlink(ctx)
	} else {
		err = errors.New("the session is not connected")
	}
	if err != nil {
		if now, _ := b.state(); !now.Shut && !old {
			return fmt.Errorf("whatsapp: not logged out: %w; %w", err, errRemove)
		}
		if err := b.forget(ctx); err != nil {
			return fmt.Errorf("whatsapp: not logged out: %w", err)
		}
		if s := b.current.Load(); s != nil {
			s.drop() // it was on its way, and could be let in with keys that are forgotten
		}
		err = ErrNotTold
	}
	b.unknow()
	b.set(loggedOff.Standing)
	ring(b.wake)
	return err
}

// unlink logs a connected session out. WhatsApp answers, and tells the end of the device as well: whichever the library reads first
// removes the keys, and the other one finds none.
func (s *session) unlink(ctx context.Context) error {
	if err := s.bot.keys.take(ctx); err != nil {
		return err
	}
	defer s.bot.keys.release()
	s.leaving.Store(true)
	err := s.cli.Logout(ctx)
	if err != nil {
		if dev, gone := s.bot.device(ctx); gone != nil || dev != nil {
			s.leaving.Store(false)
			return errors.New(scrub(err.Error()))
		}
	}
	s.end(loggedOff)
	return nil
}

// visits is how often a connection is tried for something that somebody waits for.
const visits = 3

// visit connects without taking anything in, where Run does not run, and does something there.
func (b *Bot) visit(ctx context.Context, do func(*session) error) (err error) {
	for range visits {
		var end ending
		if end, err = b.visitOnce(ctx, do); end.kind != lost && end.kind != asked || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func (b *Bot) visitOnce(ctx context.Context, do func(*session) error) (ending, error) {
	dev, err := b.device(ctx)
	if err != nil || dev == nil {
		return ending{kind: finished}, errors.Join(err, when(dev == nil, errNotPaired))
	}
	conn, stop := context.WithCancel(ctx)
	s := b.newSession(conn, dev, nil)
	ended := make(chan ending, 1)
	go func() { ended <- s.run(conn) }()
	select {
	case <-s.logged:
		err = do(s)
		stop()
		b.settled(ctx, <-ended)
		return ending{kind: finished}, err
	case end := <-ended:
		stop()
		b.settled(ctx, end)
		if ctx.Err() != nil {
			return end, ctx.Err()
		}
		return end, errors.New(cmp.Or(end.Advice, "the connection broke"))
	}
}

// settled notes how a visit ended.
func (b *Bot) settled(ctx context.Context, end ending) {
	ctx = context.WithoutCancel(ctx)
	switch end.kind {
	case finished:
		b.set(bots.Standing{State: Connecting})
		return
	case gone:
		if err := b.forget(ctx); err != nil {
			b.opt.Log.Error("whatsapp.db: the session that is over could not be removed", "err", err)
		}
	}
	b.set(end.Standing)
}

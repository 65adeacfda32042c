package fallback

import (
	"context"
	"errors"
	"time"

	"kaskad/bots"
)

// leave lets steps go on to their next channel that do not wait for theirs: a fault has held its lane for too long, or somebody has switched
// it off.
func (l *sendLoop) leave(ctx context.Context, lane Lane, now time.Time) error {
	var left []Entry
	after := Entry{}
	for range sendPages {
		entries, err := l.e.Store.Due(ctx, lane, after, now, sendPage)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			gone, err := l.leaveOne(ctx, lane, entry, now)
			if err != nil {
				return err
			}
			if gone {
				left = append(left, entry)
			}
		}
		if len(entries) < sendPage {
			break
		}
		after = entries[len(entries)-1]
	}
	return l.drop(ctx, lane, &left)
}

// leaveOne moves one step out of a held lane if its time has come and the ramp has a place; it reports whether the entry has been
// left behind.
func (l *sendLoop) leaveOne(ctx context.Context, lane Lane, entry Entry, now time.Time) (gone bool, err error) {
	if l.stuck.skip(entry.ID, now) {
		return false, nil
	}
	have, err := l.e.Store.Load(ctx, entry.ID)
	if errors.Is(err, ErrUnknownDelivery) {
		return true, nil
	}
	if err != nil {
		return false, l.setAside(ctx, entry.ID, err)
	}
	d := have.Delivery
	if !d.Stands(lane, entry) {
		return true, nil
	}
	probe := &Env{Rules: l.e.Rules, World: l.e.paused(), Contact: have.Contact, talk: read[bots.Conversation]{value: have.Talk}}
	if !d.GiveUpLane(probe, now) || !d.State.Final() && !l.e.skippedNow(l.channel) && !l.escape.AllowN(now, 1) {
		return false, nil // what is over sends nothing more and needs no place in the ramp, nor does what somebody has switched off
	}
	l.e.wake()
	return false, l.e.Store.GiveUpLane(ctx, entry.ID, l.e.Rules, l.e.world())
}

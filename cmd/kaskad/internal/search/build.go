package search

import (
	"context"
	"time"

	"kaskad/bots"
)

// walk is how far everything that the store had before the file was made has been read: people first, then messages, by id. What is
// done to them meanwhile comes in by the changes: each text is written as it is in the store at that moment, so that nothing depends on
// which of the two comes first.
type walk struct {
	phase string
	after bots.ID
	first bots.ID // of the phase; 0: not met yet
}

// The phases of a walk; they are in the file.
const (
	walkPeople   = "people"
	walkMessages = "messages"
	walkDone     = "done"
)

// stride is how many records a step of the walk reads.
const stride = 500

// build makes a step of the walk; it reports whether there is more.
func (k *keeper) build(ctx context.Context) (more bool, err error) {
	w := k.f.walk.Load()
	if w.phase == walkDone {
		return false, nil
	}
	list := k.x.Store.ContactIDs
	if w.phase == walkMessages {
		list = k.x.Store.MessageIDs
	}
	ids, err := list(ctx, w.after, stride)
	if err != nil {
		return false, err
	}
	next := w.step(ids)
	var people, messages []bots.ID
	if w.phase == walkPeople {
		people = ids
	} else {
		messages = ids
	}
	b, err := k.read(ctx, people, messages)
	if err != nil {
		return false, err
	}
	b.walk = &next
	if err := k.apply(ctx, b); err != nil {
		return false, err
	}
	if next.phase == walkDone {
		k.x.Log.Info("people and messages can be searched: the index is built")
		k.x.opened()
	}
	return next.phase != walkDone, nil
}

// step is the walk behind some ids.
func (w *walk) step(ids []bots.ID) walk {
	next := *w
	if len(ids) > 0 {
		next.after = ids[len(ids)-1]
		if next.first == 0 {
			next.first = ids[0]
		}
	}
	if len(ids) == stride {
		return next
	}
	if w.phase == walkPeople {
		return walk{phase: walkMessages}
	}
	return walk{phase: walkDone}
}

// progress is about how much of the walk is behind. Ids are times, so it goes by when things happened.
func (f *file) progress() float64 {
	w := f.walk.Load()
	done := 0.0
	if first, now := w.first.Time(), time.Now(); w.first != 0 && now.After(first) {
		done = float64(w.after.Time().Sub(first)) / float64(now.Sub(first))
	}
	switch w.phase {
	case walkPeople:
		return min(done, 1) / 2
	case walkMessages:
		return 0.5 + min(done, 1)/2
	}
	return 1
}

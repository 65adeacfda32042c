package desk

import (
	"cmp"
	"slices"
	"time"

	"kaskad/bots"
)

// Who wrote first comes first, also of those whose messages came in one call: their chats are stored side by side, in no order, so that a
// line waits until what was being stored with it has been read.

const (
	storeTime = time.Second           // how long a line waits at most for others of its call
	storeLook = 20 * time.Millisecond // how soon it is looked again whether they are there
)

// whole is up to when everything that was stored can be read now.
func (d *Desk) whole(now time.Time) time.Time {
	if d.Storing != nil {
		if since := d.Storing(); !since.IsZero() {
			return since
		}
	}
	return now
}

// early reports whether lines are shown later, as others may still come that were written before them.
func (t *turn) early(w *waiting) bool {
	at := w.Lines[0].Time()
	// Ids of one moment are pushed forward; one that is far ahead tells of a clock that was set back.
	if at.Before(t.k.whole) || t.now.Sub(at) >= storeTime || at.Sub(t.now) >= storeTime {
		return false
	}
	t.waits, t.later = true, soonest(t.later, t.now.Add(storeLook))
	return true
}

// wait puts lines, of which m is the first, behind those of whoever wrote before.
func (k *keeper) wait(w waiting, m *bots.Message) {
	w.Came = m.Came
	if w.Came.IsZero() {
		w.Came = m.At
	}
	if w.At = m.At; w.At.After(w.Came) { // a clock that is ahead of ours must make nobody wait
		w.At = w.Came
	}
	i := len(k.Waiting)
	for i > 0 && k.Waiting[i-1].wroteAfter(&w) {
		i--
	}
	k.Waiting = slices.Insert(k.Waiting, i, w)
}

func (w *waiting) wroteAfter(other *waiting) bool {
	return cmp.Or(w.At.Compare(other.At), w.Came.Compare(other.Came)) > 0
}

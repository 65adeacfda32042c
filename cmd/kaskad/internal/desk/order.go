package desk

import (
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// Who wrote first comes first, also of those whose messages came in one call: their chats are stored side by side, in no order, so that a
// line waits until what was being stored with it has been read.

// early reports whether lines are shown later, as others may still come that were written before them.
func (t *turn) early(w *waiting) bool {
	if !fallback.Early(w.Lines[0], t.k.whole, t.now) {
		return false
	}
	t.waits, t.later = true, soonest(t.later, t.now.Add(fallback.StoreLook))
	return true
}

// wait puts lines, of which m is the first, behind those of whoever wrote before.
func (k *keeper) wait(w waiting, m *bots.Message) {
	w.Wrote = fallback.WroteOf(m)
	i := len(k.Waiting)
	for i > 0 && k.Waiting[i-1].After(w.Wrote) {
		i--
	}
	k.Waiting = slices.Insert(k.Waiting, i, w)
}

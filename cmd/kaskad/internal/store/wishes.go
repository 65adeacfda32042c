package store

import "kaskad/bots"

// wishes writes what a person asked for on the preference page. Channels are records of their own: an empty one has its place.
func (e *encoder) wishes(w *bots.Wishes) {
	e.bool(1, w.Chosen)
	for _, channel := range w.NotOn {
		e.msg(2, func(e *encoder) { e.str(1, channel) })
	}
	for _, h := range w.Hours {
		e.msg(3, func(e *encoder) {
			e.int(1, int64(h.From))
			e.int(2, int64(h.To))
			e.time(3, h.Since)
			e.time(4, h.Until)
		})
	}
	e.time(4, w.At)
}

func decodeWishes(f *fields, w *bots.Wishes) {
	switch f.num {
	case 1:
		w.Chosen = f.bool()
	case 2:
		channel := ""
		f.nested(func(f *fields) {
			if f.num == 1 {
				channel = f.str()
			}
		})
		w.NotOn = append(w.NotOn, channel)
	case 3:
		var h bots.Hours
		f.nested(func(f *fields) { decodeHours(f, &h) })
		w.Hours = append(w.Hours, h)
	case 4:
		w.At = f.time()
	}
}

func decodeHours(f *fields, h *bots.Hours) {
	switch f.num {
	case 1:
		h.From = f.count()
	case 2:
		h.To = f.count()
	case 3:
		h.Since = f.time()
	case 4:
		h.Until = f.time()
	}
}

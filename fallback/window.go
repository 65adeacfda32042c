package fallback

import (
	"time"

	"kaskad/bots"
)

// window bounds how many messages one chat takes in any minute, wherever the minute begins: a bucket that fills up again lets nearly
// twice as many through in some. It is the send loop's own, and used by it alone. It is lost when the program ends, and begins empty: what
// went out before is not asked for, as a channel that has enough says so, and its lane waits for as long as it says.
type window struct {
	most  int // zero: there is no bound, and nothing is kept
	spans time.Duration
	gone  map[bots.Address][]time.Time // of the messages of the last minute, oldest first; at most most of them to each chat
}

func newWindow(c Channel) window { return window{most: c.PerMinute, spans: time.Minute + windowSpare} }

// windowSpare is how much longer than a minute the bound counts: a message that went late on its way and one that went early are nearer to
// each other there than here.
const windowSpare = 2 * time.Second

// wait is how long the next message to a chat has to wait.
func (w *window) wait(chat bots.Address, now time.Time) time.Duration {
	if w.most <= 0 || len(w.gone[chat]) < w.most {
		return 0
	}
	return max(0, w.gone[chat][0].Add(w.spans).Sub(now))
}

// took notes that a message goes to a chat. When it really goes is a moment later: the minute is counted from then at the latest.
func (w *window) took(chat bots.Address, now time.Time) {
	if w.most <= 0 || chat == (bots.Address{}) { // it has no place, which its claim will say
		return
	}
	if w.gone == nil {
		w.gone = map[bots.Address][]time.Time{}
	}
	gone := append(w.gone[chat], now)
	if over := len(gone) - w.most; over > 0 {
		gone = append(gone[:0], gone[over:]...)
	}
	w.gone[chat] = gone
}

// forget drops the chats to which nothing went in the last minute.
func (w *window) forget(now time.Time) {
	for chat, gone := range w.gone {
		if now.Sub(gone[len(gone)-1]) >= w.spans {
			delete(w.gone, chat)
		}
	}
}

// free reports whether a delivery is nothing that the bound counts. Without a bound nothing is free of it.
func (w *window) free(d *Delivery) bool { return w.most > 0 && unbounded(d) }

// unbounded reports whether a delivery does what the bound of a minute is not about: to take a message back, to react to one or to
// pin one is no message. To make a topic, to close it and to open it again are: the group shows each as one (tdlib/td#2592).
func unbounded(d *Delivery) bool {
	act := d.Act
	if p, ok := PostOf(d); ok && act == "" {
		act = p.Act
	}
	switch act {
	case bots.DeleteAct, bots.ReactAct, bots.PinAct, bots.DeleteTopicAct:
		return true
	}
	return false
}

package fallback

import (
	"context"
	"sync"
	"time"

	"kaskad/bots"
)

// chats keeps the messages to one chat in the order of their lane: one at a time, and the next one when it is known what became of the
// one before. A person reads them in the order in which they came, and some messengers show the buttons of the last one alone.
type chats struct {
	mu    sync.Mutex
	turns map[bots.Address]time.Time // not before: the channel wants a pause, or told to wait
	taken map[bots.Address]occupant

	together bool // whoever sends there keeps the order, and several go at once: only turns count

	passed map[bots.Address]bool // by the look at the lanes that is being made: what comes later must not overtake; the loop's own
}

// occupant is who has a chat: a delivery under way, or one that is tried again in a moment.
type occupant struct {
	id       bots.ID
	priority Priority
	until    time.Time // at the latest: whoever hangs must not keep a chat for ever
	again    time.Time // when it is tried again; zero: it is under way
}

func newChats(c Channel) chats {
	return chats{together: c.Together, turns: map[bots.Address]time.Time{}, taken: map[bots.Address]occupant{}, passed: map[bots.Address]bool{}}
}

// look begins a look at the lanes.
func (c *chats) look() { clear(c.passed) }

// wait is when to look again at a delivery that leaves its chat to another one; a time that is over: it may go. A worker that ends
// rings earlier.
func (c *chats) wait(chat bots.Address, id bots.ID, p Priority, now time.Time) time.Time {
	if chat == (bots.Address{}) {
		return time.Time{} // it has no place, which its claim will say
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	until := c.turns[chat]
	if c.together {
		return until
	}
	t, ok := c.taken[chat]
	if ok && t.before(id, p) {
		until = later(until, t.next(now))
	}
	if c.passed[chat] && !(!t.again.IsZero() && t.id == id) { // those who were passed wait for that one
		until = later(until, now.Add(idle))
	}
	if now.Before(until) {
		c.passed[chat] = true
	}
	return until
}

// who has a chat.
func (c *chats) who(chat bots.Address) occupant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken[chat]
}

// pass lets a delivery wait that has its chat's turn: what comes later in the same look must not overtake it.
func (c *chats) pass(chat bots.Address) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.passed[chat] = true
}

// before reports whether a delivery has to wait for the one that has its chat.
func (t occupant) before(id bots.ID, p Priority) bool {
	return t.again.IsZero() || t.id < id && t.priority <= p
}

// next is when to look again at what waits for it.
func (t occupant) next(now time.Time) time.Time {
	if t.again.After(now) {
		return t.again
	}
	return t.until
}

// take gives a chat to a delivery that goes out: until it is over, at the latest for a lease.
func (c *chats) take(chat bots.Address, id bots.ID, p Priority, now time.Time, lease, pause time.Duration) {
	if chat == (bots.Address{}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.together {
		c.taken[chat] = occupant{id: id, priority: p, until: now.Add(lease)}
	}
	if pause > 0 {
		c.turns[chat] = now.Add(pause)
	}
}

// leave gives the chat of a delivery free that is under way.
func (c *chats) leave(chat bots.Address, id bots.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.taken[chat]; t.id == id && t.again.IsZero() {
		delete(c.taken, chat)
	}
}

// keep leaves a chat to a delivery that is tried again soon, unless another one has it by now.
func (c *chats) keep(chat bots.Address, id bots.ID, again, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.taken[chat]; t.id == id {
		t.again, t.until = again, until
		c.taken[chat] = t
	}
}

// spare leaves one chat alone for as long as its channel said, when it said so of that chat alone.
func (c *chats) spare(chat bots.Address, err *bots.SendError, now time.Time) {
	if err == nil || !err.ChatOnly || err.RetryAfter <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turns[chat] = later(c.turns[chat], now.Add(err.RetryAfter))
}

// forget drops what is long over, so that the maps stay as small as the traffic.
func (c *chats) forget(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.turns) < 4096 && len(c.taken) < 4096 {
		return
	}
	for chat, at := range c.turns {
		if at.Before(now) {
			delete(c.turns, chat)
		}
	}
	for chat, t := range c.taken {
		if t.until.Before(now) {
			delete(c.taken, chat)
		}
	}
}

// again keeps the chat of a message that failed for the moment and is tried again within a lease: what was made after it must not
// come before it.
func (l *sendLoop) again(ctx context.Context, a *Attempt, p Priority, failed *bots.SendError) {
	if failed == nil || failed.Fault != bots.Temporary {
		return
	}
	until := time.Now().Add(l.e.Rules.Lease)
	have, err := l.e.Store.Load(ctx, a.Delivery)
	if err != nil || have.Contact == nil || have.Delivery.Lane() != SendLane(l.channel, p) || have.Place() != a.Out.To {
		return // nobody knows where it goes now: it keeps nobody waiting
	}
	if have.Delivery.Due.Before(until) {
		l.chats.keep(a.Out.To, a.Delivery, have.Delivery.Due, until)
	}
}

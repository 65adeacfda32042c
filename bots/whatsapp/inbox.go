package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"kaskad/bots"
)

// What waits between the library and the program is bounded, so that memory stays flat; a group is what one commit takes.
const (
	groupEvents   = 500
	groupBytes    = 2 << 20
	waitingEvents = 2 * groupEvents
	waitingBytes  = 4 * groupBytes
	// While WhatsApp tells what it kept for us, nobody waits for an answer: a group may grow for this long.
	gathering = 250 * time.Millisecond
	// A handler that runs for minutes is given up by the library and the next one starts beside it. Long before, we give up ourselves.
	patience = time.Minute
)

// item is one thing on its way to the program.
type item struct {
	events []bots.Event
	evt    any    // what the library gave us, for quarantine
	key    string // names it in the count of failures; empty: it cannot fail by itself
	size   int

	hash   hash // of the ciphertext, when clear is set
	clear  bool // the plain text is still buffered
	ack    func(context.Context)
	done   chan bool // a handler waits: the library acknowledges. Nil: ack does
	heard  time.Time // a mark instead of an event: heard until then
	caught bool      // with heard: nothing older is under way
}

// inbox gathers what the handlers of one connection bring and gives it to the program in groups. What a group held is acknowledged when
// it is durable, in order, and not before.
type inbox struct {
	bot     *Bot
	receive func(context.Context, bots.Batch) error
	forget  func(context.Context, []hash) error // plain texts that are durable
	broken  func(error)                         // the connection must end: something could not be stored
	syncing func() bool                         // nobody waits for answers

	mu    sync.Mutex
	items []item
	bytes int
	some  chan struct{} // something came
	room  chan struct{} // something went
}

func newBell() chan struct{} { return make(chan struct{}, 1) }

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// put hands an item over; false: there was no room for too long, or the connection ended.
func (in *inbox) put(ctx context.Context, it item) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	for !in.add(it) {
		select {
		case <-in.room:
		case <-ctx.Done():
			return false
		case <-late.C:
			in.broken(errors.New("the program took nothing for a minute"))
			return false
		}
	}
	ring(in.some)
	return true
}

func (in *inbox) add(it item) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.items) >= waitingEvents || in.bytes > 0 && in.bytes+it.size > waitingBytes {
		return false
	}
	in.items, in.bytes = append(in.items, it), in.bytes+it.size
	return true
}

// take takes a group off the queue.
func (in *inbox) take() []item {
	in.mu.Lock()
	defer in.mu.Unlock()
	n, size := 0, 0
	for n < len(in.items) && n < groupEvents && (n == 0 || size+in.items[n].size <= groupBytes) {
		size += in.items[n].size
		n++
	}
	group := in.items[:n:n]
	in.items = append([]item(nil), in.items[n:]...)
	in.bytes -= size
	ring(in.room)
	if len(in.items) > 0 {
		ring(in.some)
	}
	return group
}

// waits reports whether something is not yet under way to the program.
func (in *inbox) waits() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.items) > 0
}

// full reports whether a group need not grow: there is enough of it, or somebody waits for it.
func (in *inbox) full() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.items) >= groupEvents || in.bytes >= groupBytes {
		return true
	}
	for i := range in.items {
		if in.items[i].done != nil || in.items[i].caught {
			return true
		}
	}
	return false
}

// run gives groups to the program until the connection ends. A group under way is finished with life, which outlasts the connection.
func (in *inbox) run(conn, life context.Context) {
	defer in.refuse()
	for {
		select {
		case <-conn.Done():
			return
		case <-in.some:
		}
		in.gather(conn)
		if conn.Err() != nil {
			return
		}
		if group := in.take(); len(group) > 0 && !in.commit(life, group) {
			return
		}
	}
}

// gather lets a group grow while nobody waits.
func (in *inbox) gather(ctx context.Context) {
	if !in.syncing() {
		return
	}
	enough := time.NewTimer(gathering)
	defer enough.Stop()
	for !in.full() {
		select {
		case <-enough.C:
			return
		case <-ctx.Done():
			return
		case <-in.some:
		}
	}
}

// refuse answers the handlers that still wait.
func (in *inbox) refuse() {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, it := range in.items {
		it.answer(false)
	}
	in.items, in.bytes = nil, 0
}

// answer tells the handler that waits, if one does.
func (it *item) answer(ok bool) {
	if it.done != nil {
		it.done <- ok // has room for it
	}
}

// commit makes a group durable and acknowledges it. False: something could not be stored, and the connection ends.
func (in *inbox) commit(ctx context.Context, group []item) bool {
	if in.call(ctx, batchOf(group)) == nil {
		in.finish(ctx, group)
		return true
	}
	for i := range group { // one of them may be at fault: what stands before it goes through
		if err := in.one(ctx, &group[i]); err != nil {
			for _, it := range group[i:] {
				it.answer(false)
			}
			in.broken(err)
			return false
		}
	}
	return true
}

func batchOf(group []item) (batch bots.Batch) {
	for _, it := range group {
		batch.Events = append(batch.Events, it.events...)
		if it.heard.After(batch.Heard) {
			batch.Heard = it.heard
		}
		batch.CaughtUp = batch.CaughtUp || it.caught
	}
	return batch
}

// one makes one item durable. What failed too often by itself is put into quarantine instead; that the store takes its raw form in the
// same moment tells a poisonous event from a store that takes nothing.
func (in *inbox) one(ctx context.Context, it *item) error {
	err := in.call(ctx, batchOf([]item{*it}))
	if err != nil && it.key != "" && ctx.Err() == nil && in.bot.failures.add(it.key) >= poison {
		err = in.call(ctx, bots.Batch{Events: []bots.Event{quarantined(it.key, it.evt)}})
		if err == nil {
			in.bot.opt.Log.Error("whatsapp: an event that could not be stored was put into quarantine", "failures", poison)
		}
	}
	if err == nil {
		in.finish(ctx, []item{*it})
	}
	return err
}

// call gives a batch to the program. A panic there is an error: it holds nothing a person wrote.
func (in *inbox) call(ctx context.Context, batch bots.Batch) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic while events were stored: %T", p)
		}
	}()
	if len(batch.Events) == 0 && batch.Heard.IsZero() {
		return nil
	}
	return in.receive(ctx, batch)
}

// finish acknowledges what is durable. The plain texts go first: an acknowledged message never comes again, and would leave its own
// behind; one that comes again without is known by its hash.
func (in *inbox) finish(ctx context.Context, group []item) {
	var hashes []hash
	for _, it := range group {
		if it.clear {
			hashes = append(hashes, it.hash)
		}
	}
	if err := in.forget(ctx, hashes); err != nil {
		in.bot.opt.Log.Warn("whatsapp: plain texts of events that are stored could not be cleared", "err", scrub(err.Error()))
	}
	for i := range group {
		it := &group[i]
		if it.key != "" {
			in.bot.failures.forget(it.key)
			in.bot.tries.stored()
		}
		it.answer(true)
		if it.ack != nil {
			it.ack(ctx)
		}
	}
}

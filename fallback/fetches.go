package fallback

import (
	"context"
	"sync"
	"time"

	"kaskad/bots"
)

// fetches are the files of steps that wait for their token and their worker. A messenger may take most of a minute to hand one out: they
// are fetched before, so that nobody waits for one but the chat that it is for.
type fetches struct {
	mu sync.Mutex
	of map[bots.ID]*fetch
}

// fetch is a file that is on its way, or there.
type fetch struct {
	file *carried
	err  error
	done time.Time // zero: it is on its way
}

const (
	// fetchMost is how many files of a channel are fetched, or wait for their step, at once.
	fetchMost = 4
	// fetchKept is how long one waits for its step: that may have been cancelled since. It can be opened again.
	fetchKept = 2 * time.Minute
)

// begin reports whether a file is there, else whether it can be fetched now.
func (f *fetches) begin(id bots.ID) (there, begun bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if x := f.of[id]; x != nil {
		return !x.done.IsZero(), false
	}
	if len(f.of) >= fetchMost {
		return false, false
	}
	f.of[id] = &fetch{}
	return false, true
}

func (f *fetches) put(id bots.ID, file *carried, err error, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.of[id] = &fetch{file, err, now}
}

// take hands a file over to its step; false: none was fetched.
func (f *fetches) take(id bots.ID) (file *carried, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.of[id]
	if x == nil {
		return nil, false, nil
	}
	delete(f.of, id)
	return x.file, true, x.err
}

// forget closes what was there before a time and was not taken.
func (f *fetches) forget(before time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, x := range f.of {
		if !x.done.IsZero() && x.done.Before(before) {
			x.file.close()
			delete(f.of, id)
		}
	}
}

// fetched reports whether a step has the file that it needs, or needs none. Else the file is fetched, and what is for the same chat waits for
// it; whoever ends rings.
func (l *sendLoop) fetched(ctx context.Context, have Loaded, p Priority, now time.Time) bool {
	d, chat := have.Delivery, have.Place()
	if post, _ := PostOf(d); !handsOn(d) && post.File == nil {
		return true
	}
	there, begun := l.files.begin(d.ID)
	switch {
	case there:
		return true
	case !begun:
		l.chats.pass(chat)
		return false
	}
	was := l.chats.who(chat)
	l.occupy(d.ID, chat, p, now, 0)
	l.wg.Go(func() {
		defer func() {
			if was.id == d.ID && !was.again.IsZero() { // tried again: what was made after it, and is due before, still waits for it
				l.chats.keep(chat, d.ID, was.again, was.until)
			}
			l.leaves(d.ID, chat)
		}()
		var file *carried
		in, err := l.write(&have)
		if err == nil { // else the step says it
			file, err = l.e.open(ctx, d, in)
		}
		l.files.put(d.ID, file, err, time.Now())
	})
	return false
}

// occupy notes that something is done for a delivery, in its chat.
func (l *sendLoop) occupy(id bots.ID, chat bots.Address, p Priority, now time.Time, pause time.Duration) {
	l.mu.Lock()
	l.inFlight[id] = flight{chat, now.Add(l.e.Rules.Lease)}
	l.mu.Unlock()
	l.chats.take(chat, id, p, now, l.e.Rules.Lease, pause)
}

// leaves ends what occupy began, and has the lanes looked at again.
func (l *sendLoop) leaves(id bots.ID, chat bots.Address) {
	l.mu.Lock()
	delete(l.inFlight, id)
	l.mu.Unlock()
	l.chats.leave(chat, id)
	l.bell.ring()
}

// file is what a step hands on: fetched before, or opened now where nobody knew that it has one.
func (l *sendLoop) file(ctx context.Context, d *Delivery, in *Intent) (*carried, error) {
	if file, ok, err := l.files.take(d.ID); ok {
		return file, err
	}
	return l.e.open(ctx, d, in)
}

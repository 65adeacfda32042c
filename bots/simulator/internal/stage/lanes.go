package stage

// Lanes are rows in which everything waits for what is before it. They are used with the lock held.
type Lanes[T any] struct {
	stage *Stage
	bring func(T)
	open  map[string]*lane[T]
}

type lane[T any] struct{ queue []T }

// NewLanes are lanes without anything in them. bring takes one thing to its end, without the lock.
func NewLanes[T any](s *Stage, bring func(T)) *Lanes[T] {
	return &Lanes[T]{stage: s, bring: bring, open: map[string]*lane[T]{}}
}

// Push puts something at the end of a row. The caller holds the lock.
func (l *Lanes[T]) Push(row string, one T) {
	if at := l.open[row]; at != nil {
		at.queue = append(at.queue, one)
		return
	}
	at := &lane[T]{queue: []T{one}}
	l.open[row] = at
	l.stage.Go(func() { l.empty(row, at) })
}

// Forget begins a row anew: what comes into it does not wait for what is in it now. The caller holds the lock.
func (l *Lanes[T]) Forget(row string) { delete(l.open, row) }

// Len is how many rows have something in them. The caller holds the lock.
func (l *Lanes[T]) Len() int { return len(l.open) }

// empty brings what is in a lane until nothing is.
func (l *Lanes[T]) empty(row string, at *lane[T]) {
	for {
		one, found := l.next(row, at)
		if !found {
			return
		}
		l.bring(one)
	}
}

// next is the first in a lane. When there is none the lane is given up.
func (l *Lanes[T]) next(row string, at *lane[T]) (one T, found bool) {
	l.stage.mu.Lock()
	defer l.stage.mu.Unlock()
	if len(at.queue) == 0 || l.stage.ctx.Err() != nil {
		if l.open[row] == at {
			delete(l.open, row)
		}
		return one, false
	}
	one, at.queue = at.queue[0], at.queue[1:]
	return one, true
}

package people

import (
	"context"
	"time"
)

// Size is how many are counted; Save writes them.
func (t *Throttle) Size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.tries)
}

func (t *Throttle) Save(ctx context.Context, now time.Time) { t.save(ctx, now) }

package fallback

import "time"

// Refusing are the senders that refused our account since they last took a message, and since when: also those in whose place
// another one of the channel carries on.
func (e *Engine) Refusing() map[string]time.Time {
	e.holds.mu.Lock()
	defer e.holds.mu.Unlock()
	all := map[string]time.Time{}
	for name, have := range e.holds.senders {
		if !have.blamed.IsZero() && !have.down {
			all[name] = have.blamed
		}
	}
	return all
}

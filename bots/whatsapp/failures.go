package whatsapp

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"kaskad/bots"
)

// poison is how many times an event may fail before it is put into quarantine.
const poison = 5

// quarantined is an event for quarantine: it has no kind, which no rule takes.
func quarantined(key string, evt any) bots.Event {
	sum := sha256.Sum256([]byte(key))
	return bots.Event{
		ID: "whatsapp:unread:" + hex.EncodeToString(sum[:12]), Channel: bots.WhatsApp, Sender: bots.WhatsApp,
		At: time.Now(), Raw: rawOf(evt),
	}
}

// failures counts how often each event failed, over connections. It is bounded: what fails is known again soon.
type failures struct {
	mu sync.Mutex
	n  map[string]int
}

const manyFailures = 2 * waitingEvents

func (f *failures) add(key string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n == nil || len(f.n) >= manyFailures {
		f.n = map[string]int{}
	}
	f.n[key]++
	return f.n[key]
}

func (f *failures) forget(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.n, key)
}

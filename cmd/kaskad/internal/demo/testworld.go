package demo

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/bots/simulator/graph"
	"kaskad/bots/simulator/sms"
	"kaskad/bots/simulator/telegram"
	"kaskad/bots/simulator/viber"
)

// TestWorld is what test keys send to: simulated messengers and an SMS provider that run for as long as the gateway does. Its people
// come into being when something is sent to them; what they do then is told by the ending of their address.
//
// It keeps the newest of everything in memory, and forgets whoever it has not met for long: they are met anew.
type TestWorld struct {
	Telegram *telegram.Server
	Viber    *viber.Server
	Cloud    *graph.Server
	SMS      *sms.Server

	// Open is what happens when somebody opens the tracked link in a message, whose text and addresses it is given. It is set before
	// anything is sent.
	Open func(message string)

	mu  sync.Mutex
	met map[bots.Address]*guest
}

// guest is somebody to whom something was sent.
type guest struct {
	at      time.Time
	flooded map[string]bool // texts whose first try was one too many: an id does not tell, for another try may have another one
}

const (
	keepNewest = 500
	mostGuests = 5000
	mostTexts  = 16 // remembered of one guest
)

// StartTestWorld starts the servers. They number their messages, and the bot of Telegram its updates by its own number, so that what
// an earlier world has said is never taken for news of this one.
func StartTestWorld() (*TestWorld, error) {
	first := int(since(time.Now()) / time.Millisecond)
	w := &TestWorld{met: map[bots.Address]*guest{}, Open: func(string) {}}
	var err error
	// No account of Telegram has a name of two letters: a link to this bot leads to nobody.
	if w.Telegram, err = telegram.New(telegram.Options{Token: fmt.Sprintf("7%015d:%s", first, rand.Text()), Username: "kt", Name: "Kaskad test", Keep: keepNewest}); err != nil {
		return nil, err
	}
	if w.Viber, err = viber.New(viber.Options{Token: rand.Text(), URI: "kt", Name: "Kaskad test", FirstToken: uint64(first), Keep: keepNewest}); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	if w.Cloud, err = graph.New(graph.Options{Token: rand.Text(), AppSecret: rand.Text(), VerifyToken: rand.Text(), Name: "Kaskad test", First: uint64(first), Keep: keepNewest}); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	// What is too long is the gateway's to say, and money there is none.
	if w.SMS, err = sms.New(sms.Options{Token: rand.Text(), Price: -1, MaxParts: 255, FirstMessage: first, Keep: keepNewest}); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Close ends the servers.
func (w *TestWorld) Close() error {
	var all []error
	if w.Telegram != nil {
		all = append(all, w.Telegram.Close())
	}
	if w.Viber != nil {
		all = append(all, w.Viber.Close())
	}
	if w.Cloud != nil {
		all = append(all, w.Cloud.Close())
	}
	if w.SMS != nil {
		all = append(all, w.SMS.Close())
	}
	return errors.Join(all...)
}

// begin is before every world.
var begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func since(now time.Time) time.Duration { return max(now.Sub(begin), time.Second) }

// firstMessage is where the numbers of a chat on Telegram begin: they have 31 bits, and a chat takes one message in a second.
func firstMessage(now time.Time) int { return int(since(now) / (time.Second / 4)) }

// Meet lets the person of a message be there before it is sent: someone with an address in this world has pressed Start, subscribed,
// written, switched the phone on. An address that no person of the channel can have is left to the channel to refuse.
func (w *TestWorld) Meet(out bots.Outgoing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, does := time.Now(), endingOf(out.To.ID)
	g := w.met[out.To]
	if g == nil {
		g = &guest{}
		w.met[out.To] = g
		w.settle(out.To, does, now)
	}
	if does == floods && !g.flooded[out.Text] {
		w.flood(out.To)
		if g.flooded == nil || len(g.flooded) >= mostTexts {
			g.flooded = map[string]bool{}
		}
		g.flooded[out.Text] = true
	}
	g.at = now
	if len(w.met) > mostGuests {
		w.forget()
	}
}

// settle puts somebody behind an address.
func (w *TestWorld) settle(at bots.Address, does ending, now time.Time) {
	switch at.Channel {
	case bots.Telegram:
		w.settleTelegram(at.ID, does, now)
	case bots.Viber:
		w.settleViber(at.ID, does)
	case bots.WhatsAppCloud:
		w.settleCloud(at.ID, does)
	case bots.SMS:
		w.settleSMS(at.ID, does)
	}
}

// forget lets the half go that was met least lately.
func (w *TestWorld) forget() {
	all := slices.SortedFunc(maps.Keys(w.met), func(a, b bots.Address) int {
		return cmp.Or(w.met[a].at.Compare(w.met[b].at), cmp.Compare(a.ID, b.ID))
	})
	for _, at := range all[:len(all)/2] {
		delete(w.met, at)
		switch at.Channel {
		case bots.Telegram:
			if id, err := strconv.ParseInt(at.ID, 10, 64); err == nil {
				w.Telegram.Forget(id)
			}
		case bots.Viber:
			w.Viber.Forget(at.ID)
		case bots.WhatsAppCloud:
			w.Cloud.Forget(plainID(at.ID))
		case bots.SMS:
			w.SMS.Forget(at.ID)
		}
	}
}

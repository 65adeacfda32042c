package whatsapp

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
)

// pen is what writing messages needs to remember. All but the breaker's trouble is lost with the process, and found out again.
type pen struct {
	key     []byte // of the ids of messages
	visitor *bots.Visitor
	breaker breaker
	ackTime time.Duration // how long WhatsApp may take to say that it has a message

	unsealed atomic.Int32 // devices of the person that the message under way was not encrypted for

	mu      sync.Mutex
	places  map[types.JID]types.JID // people whom WhatsApp knows: by the number that we were given, the one that it uses
	uploads map[string]*upload      // by address
}

// mostPlaces bounds what is remembered of whom WhatsApp knows: it is asked again.
const mostPlaces = 50_000

// join gives the session's half what it needs of this one.
func (b *Bot) join(ctx context.Context) error {
	b.parts = parts{decode: b.decode, content: b.content, limited: b.pen.breaker.standing}
	b.pen.key = []byte(b.opt.IDs.Reveal())
	if len(b.pen.key) == 0 { // ids that nobody can guess, if not the same ones after a restart
		b.pen.key = make([]byte, 32)
		_, _ = rand.Read(b.pen.key) // it never fails
	}
	if b.pen.visitor = b.opt.Fetch; b.pen.visitor == nil {
		b.pen.visitor = bots.NewVisitor(bots.VisitorOptions{Max: mostFetched})
	}
	b.pen.ackTime = usualAckTime
	b.pen.places = map[types.JID]types.JID{}
	b.pen.uploads = map[string]*upload{}
	return b.pen.breaker.open(ctx, b.db, time.Now())
}

// mostFetched is how large a picture or file of ours may be: it is held in memory until it is uploaded.
const mostFetched = 32 << 20

func (p *pen) place(of types.JID) (types.JID, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	to, ok := p.places[of]
	return to, ok
}

func (p *pen) learn(of, to types.JID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.places) >= mostPlaces {
		clear(p.places)
	}
	p.places[of] = to
}

func (p *pen) upload(address string, as whatsmeow.MediaType, now time.Time) *upload {
	p.mu.Lock()
	defer p.mu.Unlock()
	if u := p.uploads[string(as)+address]; u != nil && now.Sub(u.at) < uploadLasts {
		return u
	}
	return nil
}

func (p *pen) remember(address string, as whatsmeow.MediaType, u *upload) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.uploads) >= mostUploads {
		oldest := ""
		for a, u := range p.uploads {
			if oldest == "" || u.at.Before(p.uploads[oldest].at) {
				oldest = a
			}
		}
		delete(p.uploads, oldest)
	}
	p.uploads[string(as)+address] = u
}

package links

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"sync"
	"time"

	"kaskad/bots"
)

// codes turns ids into codes that nobody else can make: 8 bytes of id and 12 of HMAC-SHA256 (96 bits) are exactly 32 letters
// and digits, short enough for an SMS and with one spelling each. Among the bits of the id that no time needs before the year 2540
// stands the leg, counted from one: the chat a link is in may become somebody else's. Zero: the link does not tell, as older ones.
type codes struct{ secret []byte }

const (
	idBytes  = 8
	macBytes = 12
	codeLen  = (idBytes + macBytes) * 8 / 5

	legAt   = 54
	legMask = 1<<6 - 1
)

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func (c codes) mint(id bots.ID, leg int) string {
	if leg >= 0 && leg < legMask {
		id |= bots.ID(leg+1) << legAt
	}
	return letters.EncodeToString(append(id.Bytes(), c.mac(id)...))
}

// open reads a code; false for whatever mint did not make. The leg may be fallback.NoLeg.
func (c codes) open(code string) (id bots.ID, leg int, ok bool) {
	if len(code) != codeLen {
		return 0, 0, false
	}
	raw, err := letters.DecodeString(code)
	if err != nil || len(raw) != idBytes+macBytes {
		return 0, 0, false
	}
	told := bots.IDFromBytes(raw)
	leg, id = int(told>>legAt&legMask)-1, told&^(legMask<<legAt)
	return id, leg, id != 0 && hmac.Equal(raw[idBytes:], c.mac(told))
}

// SampleWayOut is as long as the path of a real link to the page, and never one.
func SampleWayOut() string { return prefix + strings.Repeat("a", codeLen) }

// mac is over the id and what the code is for, so that no other code of ours fits here.
func (c codes) mac(id bots.ID) []byte {
	m := hmac.New(sha256.New, c.secret)
	m.Write([]byte("way out\x00"))
	m.Write(id.Bytes())
	return m.Sum(nil)[:macBytes]
}

// calls counts recent calls per code. Only right codes are counted, so its size is bounded by people, and by maxCounted.
type calls struct {
	mu   sync.Mutex
	from time.Time
	n    map[bots.ID]int
}

const (
	perWindow  = 30
	window     = time.Minute
	maxCounted = 100_000
)

// allow counts one call; false when the code was called too often in this window.
func (c *calls) allow(id bots.ID, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil || now.Sub(c.from) >= window || now.Before(c.from) || len(c.n) >= maxCounted {
		c.from, c.n = now, map[bots.ID]int{}
	}
	c.n[id]++
	return c.n[id] <= perWindow
}

package links

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// tally counts things within a minute. It forgets everything when the minute is over, and when it would hold too much.
type tally[K comparable] struct {
	mu   sync.Mutex
	from time.Time
	n    map[K]int
}

const (
	tallyTime = time.Minute
	mostTally = 50_000
)

// add counts one more, and tells how many there are.
func (t *tally[K]) add(k K, now time.Time) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fresh(now)
	if _, known := t.n[k]; !known && len(t.n) >= mostTally {
		clear(t.n)
	}
	t.n[k]++
	return t.n[k]
}

// count tells how many there are.
func (t *tally[K]) count(k K, now time.Time) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fresh(now)
	return t.n[k]
}

// forget takes one thing out.
func (t *tally[K]) forget(k K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.n, k)
}

func (t *tally[K]) fresh(now time.Time) {
	if t.n == nil || now.Sub(t.from) >= tallyTime || now.Before(t.from) {
		t.from, t.n = now, map[K]int{}
	}
}

// guesses slows down whoever tries codes. Wrong ones are counted by the message that they seem to name, and by who asks: past the
// bounds, the right code of that message, and any code from that caller, is refused as well, until the minute is over. Otherwise
// an answer would still tell which code was right.
type guesses struct {
	messages tally[place]
	callers  tally[netip.Prefix]
}

const (
	guessesPerMessage = 20
	guessesPerCaller  = 100
)

// wrong counts a guess.
func (g *guesses) wrong(p place, from netip.Prefix, now time.Time) {
	if p.n = 0; p.delivery != 0 {
		g.messages.add(p, now)
	}
	if from.IsValid() {
		g.callers.add(from, now)
	}
}

// tooMany reports whether a call is refused, whatever its code.
func (g *guesses) tooMany(p place, from netip.Prefix, now time.Time) bool {
	p.n = 0
	return p.delivery != 0 && g.messages.count(p, now) >= guessesPerMessage || from.IsValid() && g.callers.count(from, now) >= guessesPerCaller
}

// caller is who asks: an address, or the network that one household has of the newer kind. Behind an address of this machine or
// of a private network stands a proxy, and so everybody: nobody can be told apart there, and nobody is refused for another.
func caller(remote string) netip.Prefix {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	if ip = ip.Unmap().WithZone(""); ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() {
		return netip.Prefix{}
	}
	size := 32
	if ip.Is6() {
		size = 64
	}
	p, err := ip.Prefix(size)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

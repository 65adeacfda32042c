package fallbacktest

import (
	"cmp"
	"maps"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// cameBy is a person and a source.
type cameBy struct {
	contact bots.ID
	source  string
}

func (t *tx) Source(code string) (bots.Source, bool) { return find(t, sources, code) }
func (t *tx) PutSource(s bots.Source)                { write(t, sources, s.Code, s) }

func (t *tx) Came(contact bots.ID, source string) fallback.Came {
	var c fallback.Came
	for _, id := range t.Same(contact) {
		part, _ := find(t, came, cameBy{id, source})
		c = fallback.Came{Channel: cmp.Or(c.Channel, part.Channel), Shared: c.Shared || part.Shared, Consented: c.Consented || part.Consented}
	}
	return c
}

func (t *tx) PutCame(contact bots.ID, source string, c fallback.Came) {
	write(t, came, cameBy{contact, source}, c)
}

func (t *tx) PutCodes(name string, n fallback.Codes) { write(t, codes, name, n) }

func (t *tx) Codes(name string) fallback.Codes {
	n, _ := find(t, codes, name)
	return n
}

func (t *tx) AddFunnel(k fallback.FunnelKey, f fallback.Funnel) {
	have, _ := find(t, funnels, k)
	write(t, funnels, k, have.Plus(f))
}

func (t *tx) AddRecruits(day string, n fallback.Recruits) {
	have, _ := find(t, recruits, day)
	write(t, recruits, day, have.Plus(n))
}

func (t *tx) Sources(after string, f func(bots.Source) bool) {
	for _, code := range slices.Sorted(maps.Keys(t.base.sources)) {
		if code > after && !f(clone(t.base.sources[code])) {
			return
		}
	}
}

func (t *tx) Funnel(source, since, until string, f func(fallback.FunnelKey, fallback.Funnel)) {
	for k, n := range t.base.funnels {
		if k.Source == source && k.Day >= since && k.Day <= until {
			f(k, n)
		}
	}
}

func (t *tx) Recruits(since, until string) (sum fallback.Recruits) {
	for day, n := range t.base.recruits {
		if day >= since && day <= until {
			sum = sum.Plus(n)
		}
	}
	return sum
}

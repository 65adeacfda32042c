package api

import (
	"context"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// admission bounds what is under way, so that the gateway stays quick and small whatever is asked of it: beyond the bound a call is
// refused before its body is read, with 429 and a time to come again. There are three kinds of calls, and each has a bound of its own,
// so that a program which sends keeps nobody from answering:
//
//   - work of programs (deliveries, contacts): what programs send again by themselves;
//   - reading;
//   - everything else: answers of people, cancels, pauses. There is room for far more of it than people do.
//
// The bounds of the first two follow how long calls take: they shrink while calls take longer than they should, and grow while they do
// not. Nothing here knows why the gateway is slow, be it the disk, the processor or the store's one writer.
type admission struct {
	work, read, rest *callKind
	seed             maphash.Seed
}

// callKind is one kind of calls. A call weighs 1, a large one as much as its bytes.
type callKind struct {
	name           string
	should         time.Duration // take no longer; large calls may, by perWeight
	floor, ceiling float64

	mu      sync.Mutex
	bound   float64
	held    float64
	holders map[uint64]float64 // by key
	cut     time.Time          // when the bound shrank last
	window  time.Time          // of the counts behind it
	in, out float64            // weights admitted and refused in the window
	before  float64            // refused for one admitted in the window before
	refused uint64
}

const (
	weightBytes = 512
	perWeight   = time.Millisecond
	cutEvery    = 200 * time.Millisecond
	cutTo       = 0.8
	growth      = 16 // how much a bound grows while as much as it was admitted
	admitWindow = time.Second
	mostRetry   = 30 // seconds
)

func newAdmission() *admission {
	return &admission{
		work: newCallKind("work", 300*time.Millisecond, 1024, 64, 16384),
		read: newCallKind("read", 300*time.Millisecond, 256, 32, 4096),
		rest: newCallKind("rest", 0, 1024, 1024, 1024),
		seed: maphash.MakeSeed(),
	}
}

func newCallKind(name string, should time.Duration, bound, floor, ceiling float64) *callKind {
	return &callKind{name: name, should: should, bound: bound, floor: floor, ceiling: ceiling, holders: map[uint64]float64{}}
}

// of is the kind of an operation, and whether how long it takes says anything: an import waits for others by itself, and a document or a
// file takes as long as its reader.
func (a *admission) of(o op) (l *callKind, tells bool) {
	switch {
	case o.id == putContactsName:
		return a.work, false
	case slices.Contains([]string{"accept-delivery", batchName, "estimate-deliveries", "put-contact"}, o.id):
		return a.work, true
	case o.id == "stream-changes": // has a bound of its own
		return nil, false
	case o.method == http.MethodGet:
		return a.read, !slices.Contains([]string{"get-evidence", "export-contact", "get-media", "get-source-sheet"}, o.id)
	}
	return a.rest, false
}

// admitted lets a call of an operation in, or refuses it.
func (a *admission) admitted(o op) func(huma.Context, func(huma.Context)) {
	l, tells := a.of(o)
	if l == nil {
		return func(ctx huma.Context, next func(huma.Context)) { next(ctx) }
	}
	return func(ctx huma.Context, next func(huma.Context)) {
		weight := weigh(ctx)
		who := maphash.String(a.seed, ctx.Header("Authorization"))
		if seconds := l.enter(who, weight, time.Now()); seconds > 0 {
			p := problem(http.StatusTooManyRequests, "overloaded", "", "More is asked of the gateway than it can do now, and nothing was done about this call: make it again in %d seconds, with the same key.", seconds)
			p.retryAfter = seconds
			refuse(ctx, p)
			return
		}
		e := &entry{}
		defer func() { l.leave(who, weight, e.took, tells, time.Now()) }()
		next(huma.WithValue(ctx, entryKey{}, e))
	}
}

// entry is how long a call took that was let in, from when its body had been read: a slow caller says nothing about us.
type entry struct{ took time.Duration }

type entryKey struct{}

// timed begins to count; its result ends that.
func timed(ctx context.Context) func() {
	e, ok := ctx.Value(entryKey{}).(*entry)
	if !ok {
		return func() {}
	}
	begun := time.Now()
	return func() { e.took = time.Since(begun) }
}

// weigh is what a call weighs before it is read; one that does not say how long it is weighs as much as it may be long.
func weigh(ctx huma.Context) float64 {
	n := float64(0)
	switch r, _ := humago.Unwrap(ctx); {
	case r.ContentLength < 0:
		n = maxBody
	default:
		n = min(float64(r.ContentLength), maxBatchBody)
	}
	return max(1, n/weightBytes)
}

// enter lets a call in (0), or says in how many seconds it should be made again. A kind of which nothing is under way lets anything in.
// While more than half is taken, one caller gets no more than half, and what is larger than a tenth waits for smaller ones.
func (l *callKind) enter(who uint64, weight float64, now time.Time) (retry int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if since := now.Sub(l.window); since >= admitWindow {
		l.before = 0
		if l.in > 0 && since < 2*admitWindow {
			l.before = l.out / l.in
		}
		l.window, l.in, l.out = now, 0, 0
	}
	half := l.bound / 2
	switch {
	case l.held == 0:
	case l.held+weight > l.bound,
		l.held+weight > half && len(l.holders) > 1 && l.holders[who]+weight > half,
		l.held+weight > half && weight > l.bound/10:
		l.out += weight
		l.refused++
		return l.again()
	}
	l.in += weight
	l.held += weight
	l.holders[who] += weight
	return 0
}

// again is when to come again: the later the more are refused, and not all in the same second.
func (l *callKind) again() int {
	ratio := max(l.before, l.out/max(l.in, 1))
	seconds := min(max(ratio, 1), mostRetry)
	return int(math.Ceil(seconds * (0.75 + rand.Float64()/2)))
}

// leave ends a call that was let in.
func (l *callKind) leave(who uint64, weight float64, took time.Duration, tells bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.held > l.bound/2
	l.held -= weight
	if l.holders[who] -= weight; l.holders[who] <= 0 {
		delete(l.holders, who)
	}
	if len(l.holders) == 0 {
		l.held = 0 // sums of fractions do not end at nothing
	}
	switch {
	case !tells || l.should == 0:
	case took > l.should+time.Duration(weight*float64(perWeight)):
		if now.Sub(l.cut) >= cutEvery {
			l.cut, l.bound = now, max(l.floor, l.bound*cutTo)
		}
	case full:
		l.bound = min(l.ceiling, l.bound+growth*weight/l.bound)
	}
}

// Load is how one kind of calls stands: what is under way, how much may be, and how many calls were refused.
type Load struct {
	Lane        string
	Held, Bound float64
	Refused     uint64
}

// Load tells how the kinds of calls stand.
func (a *API) Load() (all []Load) {
	for _, l := range []*callKind{a.admission.work, a.admission.read, a.admission.rest} {
		l.mu.Lock()
		all = append(all, Load{l.name, l.held, l.bound, l.refused})
		l.mu.Unlock()
	}
	return all
}

package store

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
	"kaskad/fallback"
)

// Holds of regions while many people wait: what the begin and the end of a hold cost, and what the loops do meanwhile. One run is one
// hold, so that a single one is enough:
//
//	go test -run '^$' -bench BenchmarkHolds -benchtime 1x ./cmd/kaskad/internal/store
const (
	benchHeld  = 100_000
	benchHolds = 10_000
)

func BenchmarkHolds(b *testing.B) {
	dir := b.TempDir()
	if err := fill(dir, benchHeld, 0); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		db := benchOpenFrom(b, dir, Options{})
		h := &heldBench{B: b, db: db, rules: benchHoldRules(), world: &fallback.World{Boot: 1, Ears: map[string]fallback.Ear{}}}
		h.accept()
		all := h.begin("everywhere")
		h.aside()
		h.others()
		h.looks()
		h.end(all)
		b.ReportMetric(rawSyncs(b, b.TempDir()), "raw-syncs/s")
	}
}

type heldBench struct {
	*testing.B
	db    *DB
	rules *fallback.Rules
	world *fallback.World
	lane  fallback.Lane
}

func benchHoldRules() *fallback.Rules {
	r := rules()
	r.PerDay, r.PerWeek, r.OptOut, r.Country = 0, 0, true, "UA"
	return r
}

func (h *heldBench) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// told reports how long something took for each of n.
func (h *heldBench) told(began time.Time, n int, what string) {
	took := time.Since(began)
	h.ReportMetric(float64(took.Microseconds())/1000, what+"-ms")
	if n > 1 {
		h.ReportMetric(float64(n)/took.Seconds(), what+"/s")
	}
}

// accept queues one message of marketing to each person.
func (h *heldBench) accept() {
	h.lane = fallback.SendLane(bots.Telegram, fallback.Third)
	h.must(inChunks(benchHeld, 1000, func(from, to int) error {
		var reqs []*fallback.Request
		for n := from; n < to; n++ {
			c := cascade()
			c.Quiet = fallback.Quiet{Ramp: time.Hour}
			reqs = append(reqs, &fallback.Request{To: bots.Ref{Kind: "ext", Value: fmt.Sprint("C-", n)}, Purpose: fallback.Marketing, Text: "Sale", Cascade: c, Same: uint64(n + 1)})
		}
		for _, res := range h.db.AcceptAll(h.Context(), reqs, h.rules, h.world) {
			if res.Err != nil {
				return res.Err
			}
		}
		return nil
	}))
}

func (h *heldBench) begin(region string) bots.ID {
	began := time.Now()
	hold, err := h.db.BeginHold(h.Context(), fallback.RegionHold{Region: region, Purposes: []fallback.Purpose{fallback.Marketing}})
	h.must(err)
	h.told(began, 1, "begin")
	return hold.ID
}

// each asks for every delivery of a lane, as many at a time as the loops do, and drops the entries they left.
func (h *heldBench) each(lane fallback.Lane, f func(id bots.ID) error) (n int) {
	const page, atOnce = 1024, 256
	for after := (fallback.Entry{}); ; {
		entries, err := h.db.Due(h.Context(), lane, after, time.Now().Add(1000*time.Hour), page)
		h.must(err)
		g := errgroup.Group{}
		g.SetLimit(atOnce)
		for _, e := range entries {
			g.Go(func() error { return f(e.ID) })
		}
		h.must(g.Wait())
		h.must(h.db.Drop(h.Context(), lane, entries))
		if n += len(entries); len(entries) < page {
			return n
		}
		after = entries[len(entries)-1]
	}
}

// aside is what the loop of a channel does with what a hold keeps.
func (h *heldBench) aside() {
	began := time.Now()
	n := h.each(h.lane, func(id bots.ID) error { return h.db.PassBy(h.Context(), id, h.rules, h.world) })
	h.told(began, n, "put-aside")
}

// others are holds of other places, and the last of them.
func (h *heldBench) others() {
	h.must(h.db.write(h.Context(), func(t *tx) error {
		for n := range benchHolds - 2 {
			t.PutHold(fallback.RegionHold{ID: t.NewID(), Region: fmt.Sprintf("place=%d", n), Purposes: []fallback.Purpose{fallback.Marketing}, From: t.now})
		}
		return nil
	}))
	began := time.Now()
	last, err := h.db.BeginHold(h.Context(), fallback.RegionHold{Region: "place=last", Purposes: []fallback.Purpose{fallback.Marketing}})
	h.must(err)
	h.told(began, 1, "begin-of-10000")
	began = time.Now()
	_, err = h.db.EndHold(h.Context(), last.ID)
	h.must(err)
	_, err = h.db.Holds(h.Context())
	h.must(err)
	h.told(began, 1, "end-of-10000")
	began = time.Now()
	n := h.each(fallback.LaneHold, func(id bots.ID) error { return h.db.Come(h.Context(), id, h.rules, h.world) })
	h.told(began, n, "looked-at-in-vain")
}

// looks is what a pass of the loop asks of the lane while all is held.
func (h *heldBench) looks() {
	began := time.Now()
	const looks = 100
	for range looks {
		entries, err := h.db.Due(h.Context(), fallback.LaneHold, fallback.Entry{}, time.Now(), 1024)
		h.must(err)
		if len(entries) != 0 {
			h.Fatalf("%d entries are read while a hold stands", len(entries))
		}
		_, err = h.db.NextDue(h.Context(), fallback.LaneHold)
		h.must(err)
	}
	h.ReportMetric(float64(time.Since(began).Microseconds())/looks, "pass-µs")
}

// end ends the hold, and lets all go as the loop does.
func (h *heldBench) end(all bots.ID) {
	began := time.Now()
	_, err := h.db.EndHold(h.Context(), all)
	h.must(err)
	h.told(began, 1, "end")
	began = time.Now()
	n := h.each(fallback.LaneHold, func(id bots.ID) error { return h.db.Come(h.Context(), id, h.rules, h.world) })
	h.told(began, n, "let-go")
	if left, err := h.db.Due(h.Context(), fallback.LaneHold, fallback.Entry{}, time.Now().Add(1000*time.Hour), 10); err != nil || len(left) != 0 {
		h.Fatalf("%d are still held, %v", len(left), err)
	}
}

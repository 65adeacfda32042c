package api

import "time"

// Keeping is what was dropped because it was too old, and how long what was deleted stays in the file.
type Keeping struct {
	Last    time.Time         // of the last pass
	Dropped map[string]uint64 // by kind, since the start
	// DeletedSince is since when the file has free pages with a person's data that was deleted; zero: it has none. CompactAt is when it
	// is written anew.
	DeletedSince time.Time
	CompactAt    time.Time
}

// Compacting is what /readyz says of a file that still has what was deleted.
type Compacting struct {
	DeletedSince time.Time `json:"deleted_since"`
	At           time.Time `json:"at"`
}

// compacting is nil when nothing that was deleted is in the file.
func (h *Health) compacting() *Compacting {
	if h.Keeping == nil {
		return nil
	}
	k := h.Keeping()
	if k.DeletedSince.IsZero() {
		return nil
	}
	return &Compacting{k.DeletedSince.UTC(), k.CompactAt.UTC()}
}

// keeping writes what was dropped, and how old what was deleted gets.
func (h *Health) keeping(x exposition) {
	if h.Keeping == nil {
		return
	}
	k := h.Keeping()
	for kind, n := range k.Dropped {
		x.counter("kaskad_retention_dropped_total", "What was dropped because it was older than its kind is kept.", float64(n), "kind", kind)
	}
	last, old := 0.0, 0.0
	if !k.Last.IsZero() {
		last = float64(k.Last.Unix())
	}
	x.gauge("kaskad_retention_last_timestamp_seconds", "When the last pass over what is too old ended; 0: none has.", last)
	if !k.DeletedSince.IsZero() {
		old = time.Since(k.DeletedSince).Seconds()
	}
	x.gauge("kaskad_store_deleted_seconds", "For how long deleted data of people has been in free pages of the file.", old)
}

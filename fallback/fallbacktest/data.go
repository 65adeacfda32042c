package fallbacktest

import (
	"maps"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// data is all that a store keeps; a write set is the same with only what was written.
type data struct {
	lastID     bots.ID
	lastChange uint64
	contacts   map[bots.ID]bots.Contact
	named      map[bots.Ref][]bots.ID
	talks      map[bots.ID]bots.Conversation
	plans      map[bots.ID]fallback.Plan
	statuses   map[bots.ID]fallback.Status
	ofContact  map[bots.ID][]deliveryOf
	messages   map[bots.ID]bots.Message
	states     map[bots.ID]bots.MessageState
	lastSent   map[bots.Address]bots.ID
	attempts   map[bots.ID][]fallback.Attempt
	outcomes   map[bots.ID][]outcome
	providers  map[fallback.ProviderKey]bots.ID
	orphans    map[fallback.ProviderKey][]fallback.Orphan
	keys       map[string]fallback.KeyUse
	seen       map[string]bool
	counted    map[bots.ID][]time.Time
	spent      map[string]bots.Money
	written    map[string]fallback.Written
	links      map[string]fallback.Link
	words      map[string]bots.Consent
	sources    map[string]bots.Source
	came       map[cameBy]fallback.Came
	codes      map[string]fallback.Codes
	funnels    map[fallback.FunnelKey]fallback.Funnel
	recruits   map[string]fallback.Recruits
	evidence   map[lineOf]bots.Statement
	lines      map[bots.ID]int // by contact: the highest number
	holds      map[bots.ID]fallback.RegionHold
	gone       map[bots.ID]fallback.Erased
	noes       map[string]fallback.KeptNo // by mark
	steps      map[bots.ID]fallback.Erasing
	formers    map[formerOf]bool
	merges     map[bots.ID]bots.Merge
	topics     map[bots.ID]fallback.Topic
	audit      map[bots.ID]fallback.Audited
	into       map[bots.ID]bots.ID // by absorbed contact; 0: no more
	due        map[fallback.Lane][]fallback.Entry
	moved      []movedTalk // of a transaction, in order
	changes    []bots.Change

	// Not written by transactions of journeys.
	pauses     []fallback.Pause
	hearing    map[string]fallback.Hearing
	quarantine []fallback.Quarantined
}

type deliveryOf struct {
	ID   bots.ID
	Same uint64
}

// outcome is what an attempt came to.
type outcome struct {
	Leg, Number int
	Receipt     bots.Receipt
	Fault, Code string
}

func contacts(d *data) *map[bots.ID]bots.Contact                  { return &d.contacts }
func named(d *data) *map[bots.Ref][]bots.ID                       { return &d.named }
func talks(d *data) *map[bots.ID]bots.Conversation                { return &d.talks }
func plans(d *data) *map[bots.ID]fallback.Plan                    { return &d.plans }
func statuses(d *data) *map[bots.ID]fallback.Status               { return &d.statuses }
func ofContact(d *data) *map[bots.ID][]deliveryOf                 { return &d.ofContact }
func messages(d *data) *map[bots.ID]bots.Message                  { return &d.messages }
func states(d *data) *map[bots.ID]bots.MessageState               { return &d.states }
func lastSent(d *data) *map[bots.Address]bots.ID                  { return &d.lastSent }
func attempts(d *data) *map[bots.ID][]fallback.Attempt            { return &d.attempts }
func outcomes(d *data) *map[bots.ID][]outcome                     { return &d.outcomes }
func providers(d *data) *map[fallback.ProviderKey]bots.ID         { return &d.providers }
func orphans(d *data) *map[fallback.ProviderKey][]fallback.Orphan { return &d.orphans }
func keys(d *data) *map[string]fallback.KeyUse                    { return &d.keys }
func seen(d *data) *map[string]bool                               { return &d.seen }
func counted(d *data) *map[bots.ID][]time.Time                    { return &d.counted }
func spent(d *data) *map[string]bots.Money                        { return &d.spent }
func written(d *data) *map[string]fallback.Written                { return &d.written }
func links(d *data) *map[string]fallback.Link                     { return &d.links }
func words(d *data) *map[string]bots.Consent                      { return &d.words }
func holds(d *data) *map[bots.ID]fallback.RegionHold              { return &d.holds }

func sources(d *data) *map[string]bots.Source                 { return &d.sources }
func codes(d *data) *map[string]fallback.Codes                { return &d.codes }
func came(d *data) *map[cameBy]fallback.Came                  { return &d.came }
func funnels(d *data) *map[fallback.FunnelKey]fallback.Funnel { return &d.funnels }
func recruits(d *data) *map[string]fallback.Recruits          { return &d.recruits }

// put lays a write set over the data.
func (d *data) put(w *data) {
	d.lastID, d.lastChange = max(d.lastID, w.lastID), w.lastChange
	lay(&d.contacts, w.contacts)
	lay(&d.talks, w.talks)
	lay(&d.plans, w.plans)
	lay(&d.statuses, w.statuses)
	lay(&d.messages, w.messages)
	lay(&d.states, w.states)
	lay(&d.lastSent, w.lastSent)
	lay(&d.providers, w.providers)
	lay(&d.keys, w.keys)
	lay(&d.seen, w.seen)
	lay(&d.spent, w.spent)
	lay(&d.written, w.written)
	lay(&d.links, w.links)
	lay(&d.words, w.words)
	lay(&d.sources, w.sources)
	lay(&d.came, w.came)
	lay(&d.codes, w.codes)
	lay(&d.funnels, w.funnels)
	lay(&d.recruits, w.recruits)
	lay(&d.evidence, w.evidence)
	lay(&d.lines, w.lines)
	lay(&d.holds, w.holds)
	lay(&d.gone, w.gone)
	lay(&d.noes, w.noes)
	lay(&d.steps, w.steps)
	lay(&d.formers, w.formers)
	lay(&d.merges, w.merges)
	lay(&d.topics, w.topics)
	lay(&d.audit, w.audit)
	lay(&d.into, w.into)
	extend(&d.named, w.named)
	extend(&d.ofContact, w.ofContact)
	extend(&d.attempts, w.attempts)
	extend(&d.outcomes, w.outcomes)
	extend(&d.orphans, w.orphans)
	extend(&d.counted, w.counted)
	d.changes = append(d.changes, w.changes...)
	for lane, entries := range w.due {
		for _, e := range entries {
			d.enter(lane, e)
		}
	}
	for _, m := range w.moved {
		for _, e := range m.left {
			d.leave(e.Lane, e.Entry)
		}
		for _, e := range m.come {
			d.enter(e.Lane, e.Entry)
		}
	}
}

func lay[K comparable, V any](to *map[K]V, from map[K]V) {
	if *to == nil {
		*to = map[K]V{}
	}
	maps.Copy(*to, from)
}

func extend[K comparable, V any](to *map[K][]V, from map[K][]V) {
	if *to == nil {
		*to = map[K][]V{}
	}
	for k, v := range from {
		(*to)[k] = append((*to)[k], v...)
	}
}

// movedTalk is which entries a head left, and came to stand at.
type movedTalk struct{ left, come []fallback.TalkEntry }

// leave removes a line of the due index.
func (d *data) leave(lane fallback.Lane, e fallback.Entry) {
	if i, ok := slices.BinarySearchFunc(d.due[lane], e, byDue); ok {
		d.due[lane] = slices.Delete(d.due[lane], i, i+1)
	}
}

// enter adds a line to the due index, in order.
func (d *data) enter(lane fallback.Lane, e fallback.Entry) {
	if d.due == nil {
		d.due = map[fallback.Lane][]fallback.Entry{}
	}
	if i, have := slices.BinarySearchFunc(d.due[lane], e, byDue); !have {
		d.due[lane] = slices.Insert(d.due[lane], i, e)
	}
}

package fallbacktest

import (
	"maps"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

func erasing(d *data) *map[bots.ID]fallback.Erasing { return &d.steps }

func (t *tx) PutErasing(g fallback.Erasing) { write(t, erasing, g.Contact, g) }

func (t *tx) Erasing(contact bots.ID) (fallback.Erasing, bool) {
	g, ok := find(t, erasing, contact)
	return g, ok && g.Stage != fallback.EraseOver
}

// formerOf is a name, and a stranger whom it named before.
type formerOf struct {
	name     bots.Ref
	stranger bots.ID
}

func formers(d *data) *map[formerOf]bool { return &d.formers }

func (t *tx) PutFormer(name bots.Ref, stranger bots.ID) {
	write(t, formers, formerOf{name, stranger}, true)
}
func (t *tx) DropFormer(name bots.Ref, stranger bots.ID) {
	write(t, formers, formerOf{name, stranger}, false)
}

func (t *tx) Formers(name bots.Ref) (found []bots.ID) {
	for _, from := range []*data{t.base, &t.writes} {
		for f := range from.formers {
			if there, _ := find(t, formers, f); there && f.name == name && !slices.Contains(found, f.stranger) {
				found = append(found, f.stranger)
			}
		}
	}
	slices.Sort(found)
	return found
}

// DropContact leaves a contact without an id, which is none.
func (t *tx) DropContact(id bots.ID) {
	for _, s := range t.Statements(id) {
		t.DropStatement(id, s.Number)
	}
	for key := range t.base.came {
		if key.contact == id {
			write(t, came, key, fallback.Came{})
		}
	}
	write(t, contacts, id, bots.Contact{})
	before, _ := find(t, talks, id)
	t.moveTalk(&before, &bots.Conversation{})
	write(t, talks, id, bots.Conversation{})
}

func (t *tx) DropWord(number string) { write(t, words, number, bots.Consent{}) }

func (t *tx) ReplaceMessage(m *bots.Message) { write(t, messages, m.ID, *m) }

func (t *tx) ReplacePlan(p *fallback.Plan) { write(t, plans, p.ID, *p) }

// EmptyAttempts does nothing: what was tried is kept for the stories to look at.
func (t *tx) EmptyAttempts(bots.ID) {}

func (t *tx) MessagesOf(contact, below bots.ID, f func(id bots.ID) bool) {
	all := map[bots.ID]bool{}
	for _, from := range []*data{t.base, &t.writes} {
		for id := range from.messages {
			if m := t.Message(id); (m.Contact == contact && m.Under == 0 || m.Under == contact) && (below == 0 || id < below) {
				all[id] = true
			}
		}
	}
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(all))) {
		if !f(id) {
			return
		}
	}
}

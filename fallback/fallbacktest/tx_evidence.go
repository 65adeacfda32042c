package fallbacktest

import "kaskad/bots"

// lineOf names a statement.
type lineOf struct {
	Contact bots.ID
	Number  int
}

func evidence(d *data) *map[lineOf]bots.Statement { return &d.evidence }
func lines(d *data) *map[bots.ID]int              { return &d.lines }

// PutStatement writes a line. One without a number is one that was dropped.
func (t *tx) PutStatement(contact bots.ID, s bots.Statement) {
	write(t, evidence, lineOf{contact, s.Number}, s)
	if last, _ := find(t, lines, contact); s.Number > last {
		write(t, lines, contact, s.Number)
	}
}

func (t *tx) DropStatement(contact bots.ID, number int) {
	write(t, evidence, lineOf{contact, number}, bots.Statement{})
}

func (t *tx) Statements(contact bots.ID) (all []bots.Statement) {
	last, _ := find(t, lines, contact)
	for n := 1; n <= last; n++ {
		if s, ok := find(t, evidence, lineOf{contact, n}); ok && s.Number != 0 {
			all = append(all, s)
		}
	}
	return all
}

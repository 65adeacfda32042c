package fallback

import (
	"slices"
	"time"

	"kaskad/bots"
)

// What a backup must not forget: the noes and the erasures after it. They are written to a journal beside the store, and done again in a
// store that is put back. A line names nobody: it has ids of ours, and keyed hashes of names.

// SourceJournal is the source of a consent that is the no of a line of the journal.
const SourceJournal = "journal"

// JournalLine is one of them.
type JournalLine struct {
	Number  uint64
	At      time.Time // when it was written down
	Erased  bool      // the person was; else the line is a no
	Contact bots.ID
	By      string    // Erased: who did it
	Same    []bots.ID // the ids that were one person with it, itself too; none: it alone
	Marks   [][]byte  // keyed hashes of the person's names, as far as a no stands
	No      KeptNo    // what stands refused
}

// Journaled is the line of what became of a person: erased, or whatever stands refused; false: neither.
func Journaled(v View, contact bots.ID) (JournalLine, bool) {
	line := JournalLine{At: v.Now(), Contact: contact}
	if e, ok := v.Erased(contact); ok {
		line.Erased, line.By, line.Same, line.Marks, line.At = true, e.By, e.Same, e.Marks, e.At
		if len(e.Marks) > 0 {
			line.No = v.KeptNo(e.Marks[0])
		}
		return line, true
	}
	c := v.Contact(contact)
	if c == nil {
		return line, false
	}
	if line.No = refused(c); line.No.Zero() {
		return line, false
	}
	for _, name := range namesOf(c) {
		line.Marks = append(line.Marks, v.Mark(name))
	}
	if same := v.Same(c.ID); len(same) > 1 { // an older store has them apart, and each may have said it
		line.Same = same
	}
	return line, true
}

// Replay does again what a line says, where the store does not know it. A yes that the person said after the no stands. It reports whether
// anything changed.
func Replay(tx Tx, line JournalLine) (changed bool, err error) {
	if known, changed := sayAgain(tx, &line); known {
		return changed, nil
	}
	if tx.Contact(line.Contact) != nil {
		if err := eraseAgain(tx, line); err != nil {
			return false, err
		}
		changed = true
	}
	for _, mark := range line.Marks { // of a person the store never knew, too: somebody may come with such a name
		if have := tx.KeptNo(mark); have.At.Before(line.No.At) && !line.No.Zero() {
			tx.PutKeptNo(mark, line.No.With(have))
			changed = true
		}
	}
	return changed, nil
}

// eraseAgain erases whom a line says was, and nobody else: who was one person with it in this store, and was not any more when it was
// erased, is parted from it before. A claim of a step looks at consents again, so that parting need not.
func eraseAgain(tx Tx, line JournalLine) error {
	other := func(id bots.ID) bool { return id != line.Contact && !slices.Contains(line.Same, id) }
	for slices.ContainsFunc(tx.Same(line.Contact), other) {
		c := tx.Contact(line.Contact)
		ask := MergeAsk{Keep: idRef(c.ID), From: idRef(lastMerge(tx, c).Absorbed), By: line.By}
		if _, err := Unmerge(tx, ask, &Rules{OptOut: true}); err != nil {
			return err
		}
	}
	partFormers(tx, tx.Contact(line.Contact), other)
	done, err := Erase(tx, line.Contact, line.By)
	if err != nil {
		return err
	}
	all := done.Same
	if len(all) == 0 {
		all = []bots.ID{line.Contact}
	}
	for _, id := range all {
		e, _ := tx.Erased(id)
		e.Marks, e.At, e.Again = line.Marks, line.At, e.At
		tx.PutErased(e)
	}
	return nil
}

// sayAgain lays a no over all who were one person when it was said; it reports whether the store knows any of them.
func sayAgain(tx Tx, line *JournalLine) (known, changed bool) {
	if line.Erased {
		return false, false
	}
	for _, id := range append([]bots.ID{line.Contact}, line.Same...) {
		if c := tx.Contact(id); c != nil {
			known, changed = true, layAgain(tx, c, line.No) || changed
		}
	}
	return known, changed
}

// layAgain lays a no over a contact's consents, and ends what it forbids.
func layAgain(tx Tx, c *bots.Contact, no KeptNo) bool {
	before := *c
	before.On = append([]bots.ConsentOn{}, c.On...)
	if !no.over(c) {
		return false
	}
	for _, said := range []*bots.Consent{&c.Marketing, &c.All} {
		if said.Source == SourceErased && said.At.Equal(no.At) {
			said.Source = SourceJournal
		}
	}
	for i := range c.On {
		if on := c.On[i]; on.Source == SourceErased && on.At.Equal(no.At) {
			on.Source = SourceJournal
			c.RefuseOn(on.Channel, on.Consent)
		}
	}
	Testify(tx, &before, c, bots.Scene{Via: bots.ViaKept}, "")
	c.Updated = tx.Now()
	tx.PutContact(c)
	Told(tx, &before, c, false)
	return true
}

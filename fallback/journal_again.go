package fallback

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// Replay does again what a line says, where the store does not know it. What a store knows stands as it is, whatever it has become since:
// an older copy of the journal changes nothing. It reports whether anything changed.
func Replay(tx Tx, line JournalLine) (changed bool, err error) {
	if !line.Erased {
		return sayAgain(tx, &line), nil
	}
	e, known := tx.Erased(line.Contact)
	switch {
	case tx.Contact(line.Contact) != nil:
		if err := eraseAgain(tx, line); err != nil {
			return false, err
		}
		e, _ = tx.Erased(line.Contact)
	case !known: // it came and went after this store: what is noted is that this line was heard
		e = Erased{Contact: line.Contact, At: line.At, By: line.By, Same: line.Same, Marks: line.Marks, Again: tx.Now(), Ended: tx.Now()}
		tx.PutErased(e)
	}
	if !known {
		keepAgain(tx, line.Marks, line.No)
	}
	return leaveAgain(tx, &e, line.Numbers) || !known, nil
}

// keepAgain keeps a no at the marks of somebody whom the store does not know: somebody may come with such a name.
func keepAgain(tx Tx, marks [][]byte, no KeptNo) (changed bool) {
	for _, mark := range marks {
		if have := tx.KeptNo(mark); have.At.Before(no.At) && !no.Zero() {
			tx.PutKeptNo(mark, no.With(have))
			changed = true
		}
	}
	return changed
}

// leaveAgain keeps the noes at numbers that an erased person had before, but for those that the store knew already.
func leaveAgain(tx Tx, e *Erased, numbers []MarkedNo) (changed bool) {
	for _, n := range numbers {
		if e.leaves(n.Mark) {
			changed = true
			keepAgain(tx, [][]byte{n.Mark}, n.No)
		}
	}
	if changed {
		tx.PutErased(*e)
	}
	return changed
}

// leaves notes a number of before at which a no stays; false: it is noted.
func (e *Erased) leaves(mark []byte) bool {
	if slices.ContainsFunc(e.Numbers, func(have []byte) bool { return bytes.Equal(have, mark) }) {
		return false
	}
	e.Numbers = append(slices.Clip(e.Numbers), mark)
	return true
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

// sayAgain lays what is news of a line over all who were one person when it was said. Where the store never knew any of them it waits at
// their names; where it knew them, and they were erased since, it knows what became of it.
func sayAgain(tx Tx, line *JournalLine) (changed bool) {
	news, known := newsOf(tx, line), false
	for _, id := range append([]bots.ID{line.Contact}, line.Same...) {
		c := tx.Contact(id)
		_, gone := tx.Erased(id)
		known = known || gone || c != nil
		changed = c != nil && layAgain(tx, c, news) || changed
	}
	if known {
		return changed
	}
	no := line.No
	no.Told = len(line.Noes) > 0 && !slices.ContainsFunc(line.Noes, func(n JournalNo) bool { return n.ByPerson })
	return keepAgain(tx, line.Marks, no)
}

// newsOf are the noes of a line that the store's evidence does not have of any of those it is about. One that is there was heard when it
// was said, and what stands now came after it, by whatever clock.
func newsOf(tx View, line *JournalLine) []JournalNo {
	var met []bots.ID
	var all []bots.Statement
	for _, id := range append([]bots.ID{line.Contact}, line.Same...) {
		for _, same := range append([]bots.ID{id}, tx.Same(id)...) {
			if !slices.Contains(met, same) {
				met, all = append(met, same), append(all, tx.Statements(same)...)
			}
		}
	}
	if len(line.Noes) == 0 {
		return slices.DeleteFunc(line.old(), func(n JournalNo) bool { return n.heard(all) || denied(all, n.About, line.At) })
	}
	return slices.DeleteFunc(slices.Clone(line.Noes), func(n JournalNo) bool { return n.heard(all) })
}

// old are the noes of a line of before they were told apart: all of the time of the last, and, as nobody knows better, the person's own.
func (l *JournalLine) old() (all []JournalNo) {
	add := func(about string) { all = append(all, JournalNo{About: about, At: l.No.At, ByPerson: true}) }
	if l.No.Marketing {
		add(bots.AboutMarketing)
	}
	if l.No.All {
		add(bots.AboutAll)
	}
	for _, channel := range l.No.On {
		add(AboutOn(channel))
	}
	return all
}

// heard reports whether one of some statements is this no, or counts it.
func (n *JournalNo) heard(all []bots.Statement) bool {
	at := n.At.Truncate(time.Microsecond) // as stores keep it
	return slices.ContainsFunc(all, func(s bots.Statement) bool {
		from := s.At.Truncate(time.Microsecond)
		return s.State == bots.Denied && s.About == n.About && !at.Before(from) && !at.After(later(from, s.Last))
	})
}

// denied reports whether, as some statements have it, something stood refused at a time.
func denied(all []bots.Statement, about string, at time.Time) bool {
	var last bots.Statement
	for _, s := range all {
		if s.About == about && !s.Kept.After(at) && !s.Kept.Before(last.Kept) {
			last = s
		}
	}
	return last.State == bots.Denied
}

// layAgain lays noes over a contact's consents, and ends what they forbid.
func layAgain(tx Tx, c *bots.Contact, noes []JournalNo) (changed bool) {
	before := *c
	before.On = append([]bots.ConsentOn{}, c.On...)
	for _, no := range noes {
		changed = no.over(c) || changed
	}
	if !changed {
		return false
	}
	Testify(tx, &before, c, bots.Scene{Via: bots.ViaKept}, "")
	c.Updated = tx.Now()
	tx.PutContact(c)
	Told(tx, &before, c, false)
	return true
}

// over lays a no over what a contact has about the same.
func (n *JournalNo) over(c *bots.Contact) (changed bool) {
	lay := func(have bots.Consent) (bots.Consent, bool) {
		if n.stale(have) {
			return have, false
		}
		return bots.Consent{State: bots.Denied, At: n.At, Source: SourceJournal, ByPerson: n.ByPerson || said(have, bots.Denied)}, true
	}
	channel, one := strings.CutPrefix(n.About, AboutOn(""))
	switch {
	case n.About == bots.AboutMarketing:
		c.Marketing, changed = lay(c.Marketing)
	case n.About == bots.AboutAll:
		c.All, changed = lay(c.All)
	case one:
		no, news := lay(c.ConsentOn(channel))
		if changed = news; changed {
			c.RefuseOn(channel, no)
		}
	}
	return changed
}

// stale reports whether a no changes nothing of what stands. Against the person's own stands only what the person said since. Against the
// retailer's, as when it was told: a later word, a no of the same moment.
func (n *JournalNo) stale(have bots.Consent) bool {
	switch {
	case n.ByPerson:
		return have.ByPerson && have.State != bots.Unknown && !have.At.Before(n.At)
	case have.State == bots.Given:
		return have.At.After(n.At)
	}
	return have.State == bots.Denied && !have.At.Before(n.At)
}

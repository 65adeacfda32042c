package fallback

import (
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
	// Noes are what a no refuses, each by itself; none: the line is from before they were told apart, and nobody knows who said them.
	Noes []JournalNo
	// Numbers are the noes at numbers that an erased person had before.
	Numbers []MarkedNo
}

// JournalNo is one no of a line.
type JournalNo struct {
	About    string // as of a bots.Statement
	At       time.Time
	ByPerson bool
}

// MarkedNo is a no that stands at the keyed hash of a name.
type MarkedNo struct {
	Mark []byte
	No   KeptNo
}

// Journaled is the line of what became of a person: erased, or whatever stands refused; false: neither.
func Journaled(v View, contact bots.ID) (JournalLine, bool) {
	line := JournalLine{At: v.Now(), Contact: contact}
	if e, ok := v.Erased(contact); ok {
		line.Erased, line.By, line.Same, line.At = true, e.By, e.Same, e.At
		for n, one := range stillKept(v, e.Marks) {
			if line.Marks = append(line.Marks, one.Mark); n == 0 {
				line.No = one.No
			}
		}
		line.Numbers = stillKept(v, e.Numbers)
		return line, true
	}
	c := v.Contact(contact)
	if c == nil {
		return line, false
	}
	if line.No = refused(c); line.No.Zero() {
		return line, false
	}
	line.Noes = noesOf(c)
	for _, name := range namesOf(c) {
		line.Marks = append(line.Marks, v.Mark(name))
	}
	if same := v.Same(c.ID); len(same) > 1 { // an older store has them apart, and each may have said it
		line.Same = same
	}
	return line, true
}

// stillKept are the noes that stand at some marks: a person's own yes since then took the others away.
func stillKept(v View, marks [][]byte) (all []MarkedNo) {
	for _, mark := range marks {
		if no := v.KeptNo(mark); !no.Zero() {
			all = append(all, MarkedNo{Mark: mark, No: no})
		}
	}
	return all
}

// noesOf are a contact's noes.
func noesOf(c *bots.Contact) (all []JournalNo) {
	add := func(about string, said bots.Consent) {
		if said.State == bots.Denied {
			all = append(all, JournalNo{About: about, At: said.At, ByPerson: said.ByPerson})
		}
	}
	add(bots.AboutMarketing, c.Marketing)
	add(bots.AboutAll, c.All)
	for _, on := range c.On {
		add(AboutOn(on.Channel), on.Consent)
	}
	return all
}

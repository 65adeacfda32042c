package fallback

import (
	"fmt"
	"slices"
	"strings"

	"kaskad/bots"
)

// The evidence of a contact's consents: a line for each change, in the transaction that makes it. What stands in the contact names its
// line, so that a claim can name it, too.

// mostStatements is how many lines are kept of a contact. Of more, yeses in the middle are forgotten first, and then noes that came one
// after the other are counted as one: the first line, the last, and a no among those that stand for themselves stay. Of more than
// mostNoes the oldest noes make room, too. A line that stands now, because nothing was said since about the same, always stays.
const (
	mostStatements = 200
	mostNoes       = 300
)

// Testify writes down what changed in a contact's consents, before it is put: c is what it becomes; old what it was, nil: nobody. At is
// where and how that was said. Teller is who tells what is no consent, such as the channel that a person prefers; the line has it as its By.
func Testify(tx Tx, old, c *bots.Contact, at bots.Scene, teller string) {
	before := c.Said
	witness(tx, old, c, at, teller)
	if at.Event != "" {
		addLine(tx, c, bots.Statement{About: bots.AboutAddress, Scene: at})
	}
	if c.Said > before && c.Said > mostStatements {
		fold(tx, c)
	}
}

// testifyWishes writes down what a person wants, where it changed: said on the preference page, or told by the retailer.
func testifyWishes(tx Tx, was, c *bots.Contact, at bots.Scene, teller string) {
	is := wishesInWords(c)
	if is == wishesInWords(was) {
		return
	}
	said := bots.Consent{At: tx.Now(), Words: is, By: teller}
	if !c.Wishes.At.Equal(was.Wishes.At) {
		said.At, said.ByPerson, said.By = c.Wishes.At, true, ""
	}
	addLine(tx, c, bots.Statement{About: bots.AboutWishes, Consent: said, Scene: at})
}

// wishesInWords are a person's wishes as the evidence tells them: "first viber; not on sms; 09-20".
func wishesInWords(c *bots.Contact) string {
	var all []string
	if c.Preferred != "" {
		all = append(all, "first "+c.Preferred)
	}
	if len(c.Wishes.NotOn) > 0 {
		all = append(all, "not on "+strings.Join(c.Wishes.NotOn, ", "))
	}
	if h, limited := c.Wishes.Open(); limited {
		all = append(all, fmt.Sprintf("%02d-%02d", h.From, h.To))
	}
	return strings.Join(all, "; ")
}

// witness writes a line for each consent and wish that changed.
func witness(tx Tx, old, c *bots.Contact, at bots.Scene, teller string) {
	was := &bots.Contact{}
	if old != nil {
		was = old
	}
	testify(tx, c, bots.AboutMarketing, was.Marketing, &c.Marketing, at)
	testify(tx, c, bots.AboutAll, was.All, &c.All, at)
	if !slices.Equal(was.On, c.On) {
		c.On = slices.Clone(c.On)
		for i := range c.On {
			on := &c.On[i]
			testify(tx, c, AboutOn(on.Channel), was.ConsentOn(on.Channel), &on.Consent, at)
		}
	}
	testifyWishes(tx, was, c, at, teller)
}

// AboutOn is what a statement about marketing on one channel is about.
func AboutOn(channel string) string { return bots.AboutMarketing + ":" + channel }

// testify writes down one consent, where it changed. The same word said again is counted.
func testify(tx Tx, c *bots.Contact, about string, was bots.Consent, is *bots.Consent, at bots.Scene) {
	is.Everything = false
	if is.Same(was) {
		is.Line = was.Line
		return
	}
	if was.State != bots.Unknown && was.Line == 0 {
		addLine(tx, c, bots.Statement{About: about, Consent: was, Scene: bots.Scene{Via: bots.ViaKept}})
		was.Line = c.Said
	}
	if last := lastLine(tx, c, was.Line); last != nil && repeats(last, about, is, at) {
		is.Line = last.Number
		last.Times, last.Last = max(last.Times, 1)+1, is.At
		tx.PutStatement(c.ID, *last)
		return
	}
	is.Line = c.Said + 1
	addLine(tx, c, bots.Statement{About: about, Consent: *is, Was: was.State, WasLine: was.Line, Scene: at})
}

func addLine(tx Tx, c *bots.Contact, s bots.Statement) {
	c.Said++
	s.Number, s.Line, s.Kept = c.Said, 0, tx.Now()
	tx.PutStatement(c.ID, s)
}

// lastLine is the line of a consent if nothing was said after it; nil: there is none, or something was.
func lastLine(tx View, c *bots.Contact, line int) *bots.Statement {
	if line == 0 || line != c.Said {
		return nil
	}
	for _, s := range slices.Backward(tx.Statements(c.ID)) {
		if s.Number == line {
			return &s
		}
	}
	return nil
}

// repeats reports whether a line says what is said now, but for the time.
func repeats(s *bots.Statement, about string, is *bots.Consent, at bots.Scene) bool {
	said, now := s.Consent, *is
	now.At, now.Line, said.Line = said.At, 0, 0
	return s.About == about && said.Same(now) && s.Via == at.Via && s.List == at.List && s.With == at.With && s.Chat == at.Chat && len(s.Ended) == 0
}

// fold makes room among a contact's lines.
func fold(tx Tx, c *bots.Contact) {
	all := tx.Statements(c.ID)
	for len(all) > mostStatements {
		i := foldable(all, c)
		if i < 0 {
			return
		}
		all[i+1].Folded += all[i].Folded + 1
		tx.DropStatement(c.ID, all[i].Number)
		tx.PutStatement(c.ID, all[i+1])
		all = slices.Delete(all, i, i+1)
	}
}

// foldable is the oldest line in the middle that is no no, else the oldest no that the next line says again, else, of too many, the
// oldest; -1: there is none.
func foldable(all []bots.Statement, c *bots.Contact) int {
	again, oldest := -1, -1
	for i := 1; i+1 < len(all); i++ {
		switch s := &all[i]; {
		case stands(c, s.Number):
		case s.State != bots.Denied:
			return i
		case again < 0 && i+2 < len(all) && s.About == all[i+1].About && s.Source == all[i+1].Source:
			again = i
		case oldest < 0:
			oldest = i
		}
	}
	if again < 0 && len(all) > mostNoes {
		return oldest
	}
	return again
}

// stands reports whether one of a contact's consents is as a line says.
func stands(c *bots.Contact, line int) bool {
	return c.Marketing.Line == line || c.All.Line == line || slices.ContainsFunc(c.On, func(on bots.ConsentOn) bool { return on.Line == line })
}

// permit is why a message may go out on a channel: the consent's own line. One that is older than all lines gets one now.
func permit(tx Tx, d *Delivery, c *bots.Contact, channel string) (bots.Basis, int) {
	if d.Purpose != Marketing {
		return bots.BasisNone, 0
	}
	yes := c.Permit(channel)
	switch {
	case yes.State != bots.Given:
		return bots.BasisOptOut, 0
	case yes.Line != 0:
		return bots.BasisGiven, yes.Line
	}
	Testify(tx, written(c), c, bots.Scene{Via: bots.ViaKept}, "")
	tx.PutContact(c)
	return bots.BasisGiven, c.Permit(channel).Line
}

// written is a contact with only those consents that have a line.
func written(c *bots.Contact) *bots.Contact {
	w := *c
	if w.Marketing.Line == 0 {
		w.Marketing = bots.Consent{}
	}
	if w.All.Line == 0 {
		w.All = bots.Consent{}
	}
	w.On = slices.DeleteFunc(slices.Clone(c.On), func(on bots.ConsentOn) bool { return on.Line == 0 })
	return &w
}

// ended notes in the newest line about a contact which deliveries it ended.
func ended(tx Tx, contact bots.ID, ids []bots.ID) {
	c := tx.Contact(contact)
	if len(ids) == 0 || c == nil || c.Said == 0 {
		return
	}
	line := c.Marketing.Line
	if c.Silent() {
		line = max(line, c.All.Line)
	}
	for _, s := range slices.Backward(tx.Statements(contact)) {
		if s.Number != line {
			continue
		}
		room := min(len(ids), bots.MaxEnded-len(s.Ended))
		s.Ended = append(slices.Clip(s.Ended), ids[:room]...)
		s.More += len(ids) - room
		tx.PutStatement(contact, s)
		return
	}
}

// sceneOf is where an event was said.
func sceneOf(t *bots.Turn) bots.Scene {
	e := &t.Event
	at := bots.Scene{Channel: e.Channel, Chat: e.Chat, Delivery: e.Delivery}
	if e.Kind == bots.Unblocked {
		at.Event = string(e.Kind)
	}
	moved, said := false, false
	for _, c := range t.Changes {
		if c.Type == "contact.consent" && (c.Contact == 0 || c.Contact == t.Contact.ID) {
			moved = moved || strings.HasPrefix(c.Reason, "moved:")
			said = said || !strings.HasPrefix(c.Reason, "moved:")
		}
	}
	if moved && !said {
		at.Via = bots.ViaMoved
	}
	return at
}

// spoken notes in the lines that an event brought which message it was.
func spoken(tx Tx, t *bots.Turn, before int) {
	if t.Message == nil || t.Contact.Said == before {
		return
	}
	for _, s := range tx.Statements(t.Contact.ID) {
		if s.Number > before {
			s.Message = t.Message.ID
			tx.PutStatement(t.Contact.ID, s)
		}
	}
}

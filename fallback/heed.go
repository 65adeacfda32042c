package fallback

import (
	"cmp"
	"slices"
	"strings"

	"kaskad/bots"
)

// A no that was said through a number stands at the number, not only with those who owned it then: a contact that comes to own it
// later has it, too. The last word said there is kept for good, a yes as well, so that an older no of another owner is not heard again.

// Heed makes the no that stands at a number also that of a contact who did not have the number before; old is the contact as it was,
// or nil. It reports whether it did, and writes it into the evidence. A later yes of the contact's own person stands.
func Heed(tx Tx, old, c *bots.Contact) bool { return heed(tx, old, c) }

func heed(tx Tx, old, c *bots.Contact) bool {
	if said(c.Marketing, bots.Denied) && said(c.All, bots.Denied) {
		return false
	}
	had := []string(nil)
	if old != nil {
		had = numbersOf(old)
	}
	before := *c
	heeded := heedKept(tx, old, c)
	for _, number := range numbersOf(c) {
		if !slices.Contains(had, number) && obey(c, noAt(tx, number, c.ID)) {
			heeded = true
		}
	}
	if heeded {
		Testify(tx, &before, c, bots.Scene{Channel: bots.SMS, Via: bots.ViaShared}, "")
	}
	return heeded
}

// obey lays another's no over a contact's consents, unless the person has said so since, or yes. It reports whether it did. A no that the
// person said before is no reason to leave it: a yes of between the two, which comes late, would lift that one, and is older than this.
func obey(c *bots.Contact, no bots.Consent) (changed bool) {
	if no.State != bots.Denied || said(c.Marketing, bots.Given) && !c.Marketing.At.Before(no.At) {
		return false
	}
	everything := no.Everything
	no.Everything, no.Line = false, 0
	if !said(c.Marketing, bots.Denied) || c.Marketing.At.Before(no.At) {
		c.Marketing, changed = no, true
	}
	if everything && (!said(c.All, bots.Denied) || c.All.At.Before(no.At)) && !(said(c.All, bots.Given) && !c.All.At.Before(no.At)) {
		c.All, changed = no, true
	}
	return changed
}

// wordOf is what a person said last, as it is kept at a number.
func wordOf(c *bots.Contact) bots.Consent {
	word := c.Marketing
	word.Everything, word.Line = said(c.All, bots.Denied), 0
	return word
}

// sharedNo tells of a no that somebody has through a number, or through a link in a chat.
func sharedNo(tx Tx, c *bots.Contact, channel string) bots.Change {
	return bots.Change{Type: "contact.consent", At: tx.Now(), Contact: c.ID, Channel: channel, State: "denied", Reason: SharedNo(c.Marketing)}
}

// SharedNo is the reason of a change that gives somebody the no that another said.
func SharedNo(no bots.Consent) string { return "shared:" + no.Source }

// said reports whether a consent is the person's own word.
func said(c bots.Consent, state bots.ConsentState) bool { return c.State == state && c.ByPerson }

// noAt is the no at a number: the last word said there, or a later no of one of its owners. However many those are, one of them is read.
func noAt(tx View, number string, but bots.ID) bots.Consent {
	last := tx.Word(number)
	if c := tx.Contact(tx.LastNo(number, but)); c != nil && c.Marketing.At.After(last.At) {
		return wordOf(c)
	}
	return last
}

// NoesAt are the numbers at which a contact's own no to marketing stands: all that it has, and not only claims. It is pure, and looks at
// the record alone: a store keeps by it who said no last at a number (View.LastNo), wherever a contact is written.
func NoesAt(c *bots.Contact) []string {
	if c.Into != 0 || !said(c.Marketing, bots.Denied) || elsewhere(c.Marketing.Source) {
		return nil
	}
	all := numbersOf(c)
	for _, n := range c.Names { // of those it absorbed
		if n.Kind == "phone" && !slices.Contains(all, n.Value) {
			all = append(all, n.Value)
		}
	}
	return slices.DeleteFunc(all, c.Claims)
}

// LaterNo orders the noes of two owners of a number: the later one is what was said there last, of two at once the one to everything.
func LaterNo(a, b *bots.Contact) int {
	if d := a.Marketing.At.Compare(b.Marketing.At); d != 0 {
		return d
	}
	switch all, other := said(a.All, bots.Denied), said(b.All, bots.Denied); {
	case all == other:
		return cmp.Compare(a.ID, b.ID)
	case all:
		return 1
	}
	return -1
}

// elsewhere reports whether a no was said by shutting a messenger's door: that is the owner's alone.
func elsewhere(source string) bool {
	channel, door := strings.CutPrefix(source, "block:")
	return door && bots.Messenger(channel)
}

// numbersOf are the numbers that a contact has or claims.
func numbersOf(c *bots.Contact) []string {
	var all []string
	if c.Phone != "" {
		all = append(all, c.Phone)
	}
	for _, a := range c.Addresses {
		if a.Channel == bots.SMS && a.ID != c.Phone {
			all = append(all, a.ID)
		}
	}
	return all
}

// lift takes a person's yes to the numbers it lifts the no of: the one it came from, and all that the person owns. One that is only
// claimed may be somebody else's.
func lift(tx Tx, t *bots.Turn) {
	if !gave(t) {
		return
	}
	liftKept(tx, &t.Contact)
	yes := t.Contact.Marketing
	for _, number := range numbersOf(&t.Contact) {
		word := tx.Word(number)
		switch {
		case t.Contact.Claims(number):
		case yes.State == bots.Given && !yes.At.Before(word.At):
			tx.PutWord(number, wordOf(&t.Contact))
		case yes.State != bots.Given && word.Everything && !t.Contact.All.At.Before(word.At): // of the no to everything alone
			word.Everything = false
			tx.PutWord(number, word)
		}
	}
}

// gave reports whether the event itself is the person's yes.
func gave(t *bots.Turn) bool {
	return (said(t.Contact.Marketing, bots.Given) || said(t.Contact.All, bots.Given)) && slices.ContainsFunc(t.Changes, func(c bots.Change) bool {
		return c.Type == "contact.consent" && c.State == bots.Given.String()
	})
}

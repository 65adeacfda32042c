package fallback

import (
	"slices"
	"strings"

	"kaskad/bots"
)

// A no outlives its person: it stands at keyed hashes of the names the person had, and is heard by whoever comes with one of them.

// SourceErased is the source of a consent that is the no of somebody who was erased.
const SourceErased = "erased"

// namesOf are a contact's own names: not a number that is only claimed.
func namesOf(c *bots.Contact) (all []bots.Ref) {
	add := func(kind, value string) {
		if kind == bots.SMS {
			kind = "phone"
		}
		if kind == bots.Email {
			value = strings.ToLower(value)
		}
		ref := bots.Ref{Kind: kind, Value: value}
		if value != "" && !(kind == "phone" && c.Claims(value)) && !slices.Contains(all, ref) {
			all = append(all, ref)
		}
	}
	add("phone", c.Phone)
	add(bots.Email, c.Email)
	add("ext", c.ExternalID)
	for _, a := range c.Addresses {
		add(a.Channel, a.ID)
	}
	for _, n := range c.Names { // of those it absorbed
		if n.Kind == "ext" || n.Kind == "phone" || n.Kind == bots.NameEmail {
			add(n.Kind, n.Value)
		}
	}
	return all
}

// keepNo keeps what a person refused, under all names, and returns their keyed hashes; none when nothing was refused.
func keepNo(tx Tx, c *bots.Contact, names []bots.Ref) (marks [][]byte) {
	no := refused(c).With(unwanted(c))
	if no.Zero() {
		return nil
	}
	for _, name := range names {
		mark := tx.Mark(name)
		tx.PutKeptNo(mark, no.With(tx.KeptNo(mark))) // somebody who shared it may be erased already
		marks = append(marks, mark)
	}
	return marks
}

// refused is what a person said no to. Who shut a messenger's door said no to marketing by that.
func refused(c *bots.Contact) (no KeptNo) {
	if c.Marketing.State == bots.Denied {
		no.Marketing, no.At = true, c.Marketing.At
	}
	if c.Silent() {
		no.All, no.At = true, later(no.At, c.All.At)
	}
	for _, on := range c.On {
		if on.State == bots.Denied {
			no.On, no.At = append(no.On, on.Channel), later(no.At, on.At)
		}
	}
	return no
}

// unwanted are the channels on which a person wanted nothing: whoever comes back is not sent marketing there.
func unwanted(c *bots.Contact) (no KeptNo) {
	if len(c.Wishes.NotOn) > 0 {
		no.On, no.At = slices.Clone(c.Wishes.NotOn), c.Wishes.At
	}
	return no
}

// heedKept lays the noes at names that a contact did not have before over its consents; it reports whether any changed. Only the
// person's own word since then stands against them.
func heedKept(tx Tx, old, c *bots.Contact) (heeded bool) {
	var had []bots.Ref
	if old != nil {
		had = namesOf(old)
	}
	for _, name := range namesOf(c) {
		if slices.Contains(had, name) {
			continue
		}
		if no := tx.KeptNoAt(name); !no.Zero() {
			heeded = no.over(c) || heeded
		}
	}
	return heeded
}

// over lays a no over a contact's consents.
func (n *KeptNo) over(c *bots.Contact) (changed bool) {
	no := bots.Consent{State: bots.Denied, At: n.At, Source: SourceErased, ByPerson: !n.Told}
	since := func(have bots.Consent) bool {
		if n.Told {
			return have.State == bots.Denied || have.State == bots.Given && have.At.After(n.At)
		}
		return said(have, bots.Denied) || said(have, bots.Given) && !have.At.Before(n.At)
	}
	if n.Marketing && !since(c.Marketing) {
		c.Marketing, changed = no, true
	}
	if n.All && !since(c.All) {
		c.All, changed = no, true
	}
	for _, channel := range n.On {
		if !since(c.ConsentOn(channel)) {
			c.RefuseOn(channel, no)
			changed = true
		}
	}
	return changed
}

// liftKept takes a person's own yes to the noes that stand at the person's names.
func liftKept(tx Tx, c *bots.Contact) {
	for _, name := range namesOf(c) {
		no := tx.KeptNoAt(name)
		if no.Zero() {
			continue
		}
		if said(c.Marketing, bots.Given) && !c.Marketing.At.Before(no.At) {
			no.Marketing = false
		}
		no.On = slices.DeleteFunc(no.On, func(channel string) bool { return c.ConsentOn(channel).State != bots.Denied })
		no.All = no.All && c.Silent()
		tx.PutKeptNo(tx.Mark(name), no)
	}
}

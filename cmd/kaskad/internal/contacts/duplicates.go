package contacts

import (
	"slices"
	"strings"

	"kaskad/bots"
)

// Reason is why two contacts may be one person. Score is from 1 to 100: how sure that alone makes it.
type Reason struct {
	What  string
	Score int
}

// Likeness compares two contacts: nothing where nothing speaks for one person. It decides nothing: people do.
func Likeness(a, b *bots.Contact) (all []Reason) {
	add := func(yes bool, what string, score int) {
		if yes {
			all = append(all, Reason{what, score})
		}
	}
	phone := common(Phones(a), Phones(b), func(a, b string) bool { return a == b })
	if phone != "" {
		claim := a.Claims(phone) != b.Claims(phone)
		add(claim, "same_phone_claimed", 90)
		add(!claim, "same_phone", 80)
	}
	add(common(Emails(a), Emails(b), strings.EqualFold) != "", "same_email", 70)
	add(common(Cards(a), Cards(b), func(a, b string) bool { return plainID(a) == plainID(b) }) != "", "same_external_id", 60)
	if a.Name == "" || Emptied(a) || Emptied(b) || plainName(a.Name) != plainName(b.Name) {
		return all
	}
	switch n := alike(a.Phone, b.Phone); {
	case phone != "":
		add(true, "same_name", 5)
	case n >= 4:
		add(true, "same_name_and_digits", 35+5*min(n, 7))
	case madeByMessage(a) != madeByMessage(b):
		add(true, "messenger_name", 20)
	}
	return all
}

// Emptied reports whether nothing is left of a contact but what it was called: a stranger whose chat went to somebody who is known.
func Emptied(c *bots.Contact) bool { return c.Nameless() && c.Phone == "" }

// Phones are a contact's own and those of whom it absorbed, Emails and Cards its mail addresses and external ids.
func Phones(c *bots.Contact) []string { return called(c, c.Phone, "phone", bots.NameClaimed) }

// Emails are a contact's mail addresses.
func Emails(c *bots.Contact) []string { return called(c, c.Email, bots.NameEmail) }

// Cards are a contact's external ids.
func Cards(c *bots.Contact) []string { return called(c, c.ExternalID, "ext") }

func called(c *bots.Contact, own string, kinds ...string) (all []string) {
	if own != "" {
		all = append(all, own)
	}
	for _, n := range c.Names {
		if slices.Contains(kinds, n.Kind) && !slices.Contains(all, n.Value) {
			all = append(all, n.Value)
		}
	}
	return all
}

// common is the first of some names that is like one of others; empty: none is.
func common(some, others []string, like func(a, b string) bool) string {
	for _, a := range some {
		if slices.ContainsFunc(others, func(b string) bool { return like(a, b) }) {
			return a
		}
	}
	return ""
}

// Score is that of all reasons together.
func Score(reasons []Reason) int {
	sum := 0
	for _, r := range reasons {
		sum += r.Score
	}
	return min(sum, 100)
}

// plainID is an external id without what lists write in different ways: case, and zeros before it.
func plainID(id string) string {
	return strings.TrimLeft(strings.ToLower(strings.TrimSpace(id)), "0")
}

func plainName(name string) string {
	words := strings.Fields(strings.ToLower(name))
	slices.Sort(words)
	return strings.Join(words, " ")
}

// alike is how many digits two phones have in common at their ends.
func alike(a, b string) (n int) {
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// madeByMessage reports whether nobody but a messenger told of a contact.
func madeByMessage(c *bots.Contact) bool {
	return c.ExternalID == "" && (c.Phone == "" || c.PhoneClaimed) && slices.ContainsFunc(c.Addresses, func(a bots.ContactAddress) bool { return bots.Messenger(a.Channel) })
}

// Variants are the other ways in which an external id may be written that are looked for: in capitals or not, without zeros before it, and
// with so many that it is of a usual length.
func Variants(id string) []string {
	plain := plainID(id)
	all := []string{strings.ToLower(id), strings.ToUpper(id), plain, strings.ToUpper(plain)}
	if plain != "" && strings.Trim(plain, "0123456789") == "" {
		for n := len(plain) + 1; n <= 13; n++ {
			all = append(all, strings.Repeat("0", n-len(plain))+plain)
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == id || s == "" })
}

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
	if a.Phone != "" && a.Phone == b.Phone {
		claim := a.PhoneClaimed != b.PhoneClaimed
		add(claim, "same_phone_claimed", 90)
		add(!claim, "same_phone", 80)
	}
	add(a.Email != "" && strings.EqualFold(a.Email, b.Email), "same_email", 70)
	add(a.ExternalID != "" && b.ExternalID != "" && plainID(a.ExternalID) == plainID(b.ExternalID), "same_external_id", 60)
	if a.Name == "" || plainName(a.Name) != plainName(b.Name) {
		return all
	}
	switch n := alike(a.Phone, b.Phone); {
	case a.Phone == b.Phone && a.Phone != "":
		add(true, "same_name", 5)
	case n >= 4:
		add(true, "same_name_and_digits", 35+5*min(n, 7))
	case madeByMessage(a) != madeByMessage(b):
		add(true, "messenger_name", 20)
	}
	return all
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

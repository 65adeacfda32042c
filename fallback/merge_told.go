package fallback

import (
	"slices"

	"kaskad/bots"
)

// ToldOfMerged looks at what a caller told of a contact that absorbed others, before it is written down. A list still has them apart, and
// tells the same yeses again: one from before they were one person neither lifts a no that stood then, nor comes in by the name of the
// absorbed one, of whom nothing was carried over. Nor do the words of the absorbed one's card take the place of the kept one's own. It returns
// the absorbed contact that the REF named; 0: none.
func ToldOfMerged(tx View, before, c *bots.Contact, ref bots.Ref) (named bots.ID) {
	if len(c.Merged) == 0 {
		return 0
	}
	named = addressee(tx, c, ref)
	if named != 0 && (ref.Kind == "ext" || ref.Kind == "id") {
		keepWords(before, c)
		for id := named; id != c.ID && id != 0; { // of one that was absorbed by an absorbed one, both
			m, _ := tx.Merge(id)
			c.Attributes, id = m.OwnAttributes(before.Attributes, c.Attributes), m.Kept
		}
	}
	since := lastMerge(tx, c).At
	old := func(was, is bots.Consent) bool {
		return is.State == bots.Given && !is.At.After(since) && (was.State == bots.Denied || was.State == bots.Unknown && named != 0)
	}
	if old(before.Marketing, c.Marketing) {
		c.Marketing = before.Marketing
	}
	if old(before.All, c.All) {
		c.All = before.All
	}
	for _, channel := range bots.Channels() {
		if was := before.ConsentOn(channel); old(was, c.ConsentOn(channel)) {
			c.StandOn(channel, was)
		}
	}
	return named
}

// keepWords lets stand what a contact has of its own; what it has not may be told.
func keepWords(before, c *bots.Contact) {
	for _, word := range []struct{ is, was *string }{
		{&c.ExternalID, &before.ExternalID}, {&c.Email, &before.Email}, {&c.Name, &before.Name}, {&c.Locale, &before.Locale}, {&c.Zone, &before.Zone},
	} {
		if *word.was != "" {
			*word.is = *word.was
		}
	}
	if before.Phone == "" || c.Phone == before.Phone {
		return
	}
	c.Phone, c.PhoneClaimed, c.PhoneHeard = before.Phone, before.PhoneClaimed, before.PhoneHeard
	text := func(a bots.ContactAddress) bool { return a.Channel == bots.SMS }
	places := slices.DeleteFunc(slices.Clone(c.Addresses), text)
	for _, a := range before.Addresses {
		if text(a) {
			places = append(places, a)
		}
	}
	c.Addresses = places
}

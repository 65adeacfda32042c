package fallback

import "kaskad/bots"

// ToldOfMerged looks at what a caller told of a contact that absorbed others, before it is written down. A list still has them apart, and
// tells the same yeses again: one from before they were one person neither lifts a no that stood then, nor comes in by the name of the
// absorbed one, of whom nothing was carried over. It returns the absorbed contact that the REF named; 0: none.
func ToldOfMerged(tx View, before, c *bots.Contact, ref bots.Ref) (named bots.ID) {
	if len(c.Merged) == 0 {
		return 0
	}
	named = addressee(tx, c, ref)
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

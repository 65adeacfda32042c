package fallback

import (
	"time"

	"kaskad/bots"
)

// CodesKept is how long codes, and phones that somebody claims, are remembered. What counts is a day: so long codes are counted together, a
// late one is known and "not me" holds. The other one is for what people write late, and for clocks that were wrong.
const CodesKept = 2 * codeDay

// Last is when something of it counted last.
func (n *Codes) Last() time.Time {
	return later(later(n.Since.Add(codeDay), n.At), n.Denied)
}

// DropClaims has drop end claims: that of a conversation, and those that are kept for the undoing of merges of its person. Drop says
// whether it did.
func DropClaims(tx Tx, contact bots.ID, drop func(*bots.Claim) bool) (dropped bool) {
	if talk := tx.Conversation(contact); drop(&talk.Bot.Claim) {
		tx.PutConversation(talk)
		dropped = true
	}
	for _, id := range tx.Same(contact)[1:] {
		if m, ok := tx.Merge(id); ok && EachClaim(&m, drop) {
			tx.PutMerge(m)
			dropped = true
		}
	}
	return dropped
}

// EachClaim shows f the claims that a merge keeps, and reports whether it said yes to one.
func EachClaim(m *bots.Merge, f func(*bots.Claim) bool) (some bool) {
	for _, talk := range []*bots.Conversation{&m.KeptTalkWas, &m.AbsorbedTalkWas, &m.BecameTalk} {
		some = f(&talk.Bot.Claim) || some
	}
	return some
}

package fallback

import (
	"kaskad/bots"
)

// Told notes what a caller's word changed in a contact's consents, and ends what a no of it forbids; before is the contact as it was,
// heeded: a no at a number came to it, too. What a hold keeps is looked at again when the person is somewhere else now.
func Told(tx Tx, before, c *bots.Contact, heeded bool) {
	tell := func(was, is bots.Consent, channel, prefix string) {
		if is.Same(was) {
			return
		}
		reason := is.Source
		if heeded && said(is, bots.Denied) {
			reason = SharedNo(is)
		}
		tx.Change(bots.Change{Type: "contact.consent", At: tx.Now(), Contact: c.ID, Channel: channel, State: is.State.String(), Reason: prefix + reason})
	}
	tell(before.Marketing, c.Marketing, "", "")
	tell(before.All, c.All, "", bots.AllReason)
	for _, on := range c.On {
		tell(before.ConsentOn(on.Channel), on.Consent, on.Channel, onReason)
	}
	if c.Marketing.State == bots.Denied && !c.Marketing.Same(before.Marketing) || c.Silent() && !c.All.Same(before.All) {
		optOut(tx, c.ID)
	}
	moved(tx, before, c)
}

// onReason stands before the reason of a change contact.consent that is about one channel alone.
const onReason = "channel:"

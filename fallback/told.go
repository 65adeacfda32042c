package fallback

import (
	"strings"

	"kaskad/bots"
)

// toldStep is our own id in a proof, if nothing else that the proof says speaks against it.
//
// What a person did is checked by the chat it came from. A receipt may name the message twice, by the channel's id and by ours,
// which the channel kept for us; and it may come without a chat. Then the channel's id has the last word: one that is another
// message's means that one, and a message of a messenger that has an id is not meant under another. Without any id to compare,
// whoever the message went to must not be known to be somebody else.
//
// Of an SMS it is the other way round: our own id comes back in an address that the provider was given for this message alone, while
// its own may be one of each part, or a small number that it gives again and again.
func toldStep(tx View, p *bots.Proof, key ProviderKey) bots.ID {
	if p.Step == 0 || p.Kind != "receipt" {
		return p.Step
	}
	m := tx.Message(p.Step)
	if m == nil || !bots.Messenger(m.Channel) {
		return p.Step
	}
	if key.ID != "" {
		if means := tx.ByProvider(key); means != 0 && means != p.Step {
			return 0
		}
	}
	have := tx.MessageState(m.ID).ProviderID
	switch {
	case have != "" && p.ProviderID != "" && have != p.ProviderID:
		return 0
	case have == "" && !mayBe(tx, p.To, m.To):
		return 0
	}
	return p.Step
}

// mayBe reports whether a receipt about somebody may be about a message to an address: it names the address, or the other one of
// the chat, or one that nobody else here has, or nobody at all.
func mayBe(tx View, told, to bots.Address) bool {
	if told.ID == "" {
		return true
	}
	for _, side := range sides(tx, to, bots.Address{}) {
		if isPhone(side.ID) == isPhone(told.ID) {
			return side == told || side.Channel == told.Channel && sameNumber(side.ID, told.ID)
		}
	}
	owner := at(tx, told)
	return owner == 0 || owner == at(tx, to)
}

func isPhone(id string) bool { return strings.HasPrefix(id, "+") }

// sameNumber compares two phones. WhatsApp writes those of some countries with a digit more or less behind the country code: a 1 in
// Mexico, a 9 in Argentina and Brazil.
func sameNumber(a, b string) bool {
	const country, own = 3, 8 // "+52", and what no such digit stands in
	if len(a) > len(b) {
		a, b = b, a
	}
	return isPhone(a) && isPhone(b) && len(a) >= country+own && len(b) == len(a)+1 && a[:country] == b[:country] && a[len(a)-own:] == b[len(b)-own:]
}

package fallback

import (
	"slices"
	"strings"
	"unicode/utf16"

	"kaskad/bots"
)

// maxCarried is how large a file may be that Telegram hands to a bot, and so any: https://core.telegram.org/bots/api#getfile.
const maxCarried = 20 << 20

// carry makes a file of the room's, or of a member's chat, a delivery to another channel, where its bytes can go; false: they cannot. A place goes as an address on
// a map where the channel shows none.
func (a *staffAnswer) carry(channel string) (done bool, err error) {
	x, on := a.e.Media[0], a.rules.Channels[channel]
	x.From = a.account().Channel
	switch {
	case x.Type == "location" && !on.CanCarry(&x):
		return true, a.reply(ActCopy, channel, strings.TrimSpace(a.e.Text+"\n"+mapLink(x.Text)), "")
	case !on.CanCarry(&x) || x.Type != "location" && !x.Fetchable() || x.Size > maxCarried:
		return false, nil
	}
	text := a.signed(a.e.Text)
	if why := a.unfitUnder(channel, text); why != "" {
		return true, a.refuse(ActCopy, why, "")
	}
	return true, a.put(ActCopy, a.others(), &Request{
		Text: text, Cascade: a.oneStep(channel),
		Copy: &Copy{From: bots.Address{Channel: x.From, ID: a.e.Chat.ID}, On: a.e.MessageID, Media: []bots.Media{x}},
	}, a.e.MessageID)
}

// unfitUnder is why a file with words under it cannot go to the customer on a channel; empty: it can.
func (a *staffAnswer) unfitUnder(channel, text string) string {
	c := a.tx.Contact(a.about())
	if c == nil {
		return RefusedNobody
	}
	if place, has := c.At(channel); !has || !place.Reachable() {
		return RefusedNoPlace
	}
	if len(utf16.Encode([]rune(text))) > a.rules.Channels[channel].MaxCaption {
		return RefusedTooLong
	}
	return ""
}

// mapLink is where a place is shown to whoever has no map in their messenger.
func mapLink(place string) string { return "https://www.google.com/maps?q=" + place }

// ofRoom are files as they are kept with a reply: their references are those of the room's channel.
func ofRoom(media []bots.Media) []bots.Media {
	all := slices.Clone(media)
	for i := range all {
		all[i].From = bots.Telegram
	}
	return all
}

package fallback

import (
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// StaffOffer is an account that may choose the staff's group, because it wrote the code to the bot in private. The code is not used up by
// that, but by the group that becomes the room.
type StaffOffer struct {
	Account bots.Address `json:"account"`
	Until   time.Time    `json:"until"`
}

// StaffOfferLife is how long the account may choose.
const StaffOfferLife = time.Hour

// OfferWords are what an account is asked that wrote the code in private. The zero value asks nobody: the code is for groups only.
type OfferWords struct {
	Text string
	Key  string // the label of the key that shows the groups
}

// startsWithCode is how a link to the bot carries the code.
const startsWithCode = "staff_"

// StaffPayload is what a link to the bot brings back for whoever opens it to choose the group.
func StaffPayload(code string) string { return startsWithCode + code }

// privateCode reads a code that somebody wrote to the bot, or brought by a link.
func privateCode(e *bots.Event) (string, bool) {
	if e.Kind == bots.Started {
		return strings.CutPrefix(e.Payload, startsWithCode)
	}
	return staffCommand(e)
}

// offering is the room whose code somebody wrote in a chat with the bot; nil: of none. MayChoose: there is a code that it could have been.
// Only Telegram has groups to choose from.
func offering(v View, e *bots.Event, code string, r *Rules) (room *StaffRoom, mayChoose bool, err error) {
	if e.Chat.Channel != bots.Telegram || r.Staff.Offer.Text == "" {
		return nil, false, nil
	}
	return codeRoom(v, code)
}

// offerGroup lets an account choose the group, and asks which. It is asked through the staff's own channel, as a contact that stands for the
// chat as one stands for a group: what staff write there is no customer's, whoever else the account is.
func offerGroup(tx Tx, room *StaffRoom, e *bots.Event, r *Rules, w *World) error {
	id, err := FormerStaffRoom(tx, e.Chat.ID)
	if err != nil {
		return err
	}
	c := tx.Contact(id)
	c.Set(bots.Address{Channel: bots.Staff, ID: e.Chat.ID}, bots.Active, tx.Now()) // they write, so that they can be written to
	tx.PutContact(c)
	if err := withdrawOffers(tx, e.Chat); err != nil { // it is the last code that chooses
		return err
	}
	room.Offer = &StaffOffer{Account: e.Chat, Until: tx.Now().Add(StaffOfferLife)}
	if err := room.put(tx); err != nil {
		return err
	}
	_, err = PutPost(tx, id, r.Staff.Offer.Text, Post{AskGroup: r.Staff.Offer.Key}, r, w)
	return err
}

// withdrawOffers takes from an account what it may choose by codes that it wrote before.
func withdrawOffers(tx Tx, account bots.Address) error {
	rooms, err := ReadStaffRooms(tx)
	if err != nil {
		return err
	}
	for i := range rooms {
		if o := rooms[i].Offer; o == nil || o.Account != account {
			continue
		}
		rooms[i].Offer = nil
		if err := rooms[i].put(tx); err != nil {
			return err
		}
	}
	return nil
}

// choose makes a group the room that somebody chose with the key: only whoever wrote the code may, and only for a while. Anybody else's
// choice changes nothing, whatever the group is.
func choose(tx Tx, e *bots.Event) error {
	rooms, err := ReadStaffRooms(tx)
	if err != nil || e.By == "" {
		return err
	}
	i := slices.IndexFunc(rooms, func(room StaffRoom) bool {
		o := room.Offer
		return o != nil && room.Fixed == "" && o.Account == (bots.Address{Channel: bots.Telegram, ID: e.By}) && tx.Now().Before(o.Until)
	})
	if i < 0 {
		return nil
	}
	room := &rooms[i]
	if err := room.bind(tx, e.Chat.ID); err != nil {
		return err
	}
	if room.Group != e.Chat.ID {
		return nil
	}
	return room.hearForum(tx, e)
}

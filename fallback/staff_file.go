package fallback

import (
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// albumHold is how long at least the first message of an album waits for the others: each is told by itself.
const albumHold = time.Second

// file hands a message with a file on as it is, where the channel is that of the room. Elsewhere only its words go.
func (a *staffAnswer) file(channel string) error {
	c := a.tx.Contact(a.contact)
	place, has := bots.ContactAddress{}, false
	if c != nil {
		place, has = c.At(bots.Telegram)
	}
	if channel == Messengers && has && place.Reachable() {
		channel = bots.Telegram
	}
	inRoom := channel == bots.Telegram && a.of == nil
	if !inRoom && a.rules.on(channel) {
		if done, err := a.carry(channel); done || err != nil {
			return err
		}
	}
	if !inRoom || !a.rules.on(bots.Telegram) {
		if !blank(a.e.Text) {
			if err := a.reply(ActReply, channel, a.e.Text, ""); err != nil {
				return err
			}
		}
		return a.refuse(ActCopy, RefusedMedia, channel)
	}
	if !has || !place.Reachable() {
		return a.refuse(ActCopy, RefusedNoPlace, "")
	}
	return a.copy()
}

// albumKey is where an album of the room is found again: the delivery that it is, or (stays) that it is for the team.
func (a *staffAnswer) albumKey() string {
	return "staff\x00album:" + a.e.Chat.ID + ":" + a.e.Album
}

// stays is what is kept of an album of which nothing goes out.
const stays = 1

// albumStays reports whether a picture belongs to an album of which another one was meant for the team: the words stand under one of them,
// and are those of all. If they stand under this one (inside), what waits of the album is taken back.
func (a *staffAnswer) albumStays(inside bool) (bool, error) {
	if a.e.Album == "" {
		return false, nil
	}
	used, _ := a.tx.Key(a.albumKey())
	if !inside {
		return used.Body == stays, nil
	}
	a.tx.PutKey(a.albumKey(), KeyUse{Delivery: used.Delivery, Body: stays})
	if d := a.tx.Delivery(used.Delivery); waiting(d) {
		return false, a.withdraw(ActUndo, d)
	}
	return false, nil
}

// copy makes a delivery of a message that is handed on. What belongs to one album goes as one.
func (a *staffAnswer) copy() error {
	albumKey := a.albumKey()
	req := &Request{Act: bots.CopyAct, Text: strings.TrimSpace(a.e.Text), Cascade: a.oneStep(bots.Telegram), Copy: &Copy{From: bots.Address{Channel: bots.Telegram, ID: a.e.Chat.ID}, On: a.e.MessageID, Media: ofRoom(a.e.Media)}}
	if a.e.Album == "" {
		return a.put(ActCopy, a.others(), req, a.e.MessageID)
	}
	if _, again := a.tx.Key(a.keyOf(a.e.MessageID)); again {
		return nil
	}
	used, _ := a.tx.Key(albumKey)
	first := a.tx.Delivery(used.Delivery)
	if first != nil && first.State == Cancelled && first.Copy != nil {
		return nil // all of it was taken back
	}
	req.SendAt = a.tx.Now().Add(max(a.rules.Staff.Hold, albumHold))
	if !waiting(first) || first.Copy == nil {
		err := a.put(ActCopy, a.others(), req, a.e.MessageID)
		made, _ := a.tx.Key(a.keyOf(a.e.MessageID))
		a.tx.PutKey(albumKey, KeyUse{Delivery: made.Delivery})
		return err
	}
	return a.join(albumKey, first, req)
}

// join puts one more message of an album to those that wait already.
func (a *staffAnswer) join(albumKey string, first *Delivery, req *Request) error {
	if _, err := Cancel(a.tx, first.ID); err != nil {
		return err
	}
	messages := append(strings.Split(first.Copy.On, ","), a.e.MessageID)
	req.SendAt = first.SendAt
	req.Text = strings.TrimSpace(first.Text + "\n" + req.Text)
	req.Copy = &Copy{From: first.Copy.From, On: strings.Join(messages, ","), Media: append(slices.Clone(first.Copy.Media), ofRoom(a.e.Media)...)}
	done, err := a.accept(req, messages)
	if err != nil {
		return err
	}
	a.tx.PutKey(albumKey, KeyUse{Delivery: done})
	a.noteReply(done, messages[0])
	return nil
}

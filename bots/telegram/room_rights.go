package telegram

import (
	"context"
	"errors"
	"fmt"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

// RoomRights is what a group is, and what the bot may do there. Whether its General topic is closed nobody tells a bot: whoever may manage
// topics writes there all the same.
type RoomRights struct {
	Title    string
	In       bool // the bot is in the group
	Writes   bool // it may write there
	Forum    bool // the group has topics
	Admin    bool // the bot administers it, and so hears everything
	HearsAll bool // its privacy mode is off
	Topics   bool // it may make, close and delete topics, and write in closed ones
	Pins     bool
	Deletes  bool
}

// chatStanding is what getChat tells of a group, and memberStanding what getChatMember tells of the bot there.
type chatStanding struct {
	chat
	Permissions struct {
		Writes *bool `json:"can_send_messages"`
	} `json:"permissions"`
}

type memberStanding struct {
	Status  string `json:"status"`
	Member  bool   `json:"is_member"`         // of a restricted one
	Writes  bool   `json:"can_send_messages"` // of a restricted one
	Topics  bool   `json:"can_manage_topics"`
	Pins    bool   `json:"can_pin_messages"`
	Deletes bool   `json:"can_delete_messages"`
}

// RoomRights asks Telegram how the bot stands in a group. One in which it is not, or which is no more, is no error.
func (b *Bot) RoomRights(ctx context.Context, group string) (RoomRights, error) {
	var at chatStanding
	err := b.call(ctx, b.opt.Client, "getChat", tgbotapi.Params{"chat_id": group}, &at)
	if outside(err) {
		return RoomRights{}, nil
	}
	var us memberStanding
	if err == nil {
		err = b.call(ctx, b.opt.Client, "getChatMember", tgbotapi.Params{"chat_id": group, "user_id": b.id}, &us)
	}
	if outside(err) {
		return RoomRights{Title: at.Title}, nil
	}
	if err != nil {
		return RoomRights{}, fmt.Errorf("telegram: what we may do in the group %s: %w", group, err)
	}
	me, err := b.getMe(ctx)
	if err != nil {
		return RoomRights{}, err
	}
	return rightsIn(&at, &us, me.HearsAll), nil
}

func rightsIn(at *chatStanding, us *memberStanding, hearsAll bool) RoomRights {
	r := RoomRights{Title: at.Title, Forum: at.IsForum, HearsAll: hearsAll}
	switch us.Status {
	case "administrator", "creator":
		r.In, r.Writes, r.Admin = true, true, true
		r.Topics, r.Pins, r.Deletes = us.Topics, us.Pins, us.Deletes
	case "member":
		r.In, r.Writes = true, at.Permissions.Writes == nil || *at.Permissions.Writes
	case "restricted":
		r.In, r.Writes = us.Member, us.Member && us.Writes
	}
	return r
}

// outside reports whether Telegram refused because the bot is not in the group, or there is none. A group with another id is told: it can
// be written down.
func outside(err error) bool {
	if err == nil || bots.FaultOf(err).Fault != bots.Unreachable {
		return false
	}
	_, moved := errors.AsType[*migrated](err)
	return !moved
}

// administrators is where it is said who administers a group.
const administrators = "the group's page, Edit, Administrators"

// Lacks are the things that the group or the bot there lack to serve as the staff's room, each with what to do about it.
func (r RoomRights) Lacks() (all []string) {
	switch {
	case !r.In:
		return []string{"the bot is not in the group: add it there, or bind another group with kaskad staff code"}
	case !r.Writes:
		all = append(all, "the bot may not write in the group: make it an administrator ("+administrators+", Add Admin), or let members write (Edit, Permissions, Send Messages)")
	}
	switch {
	case !r.Forum:
		return append(all, "the group has no topics, so that customers share one chat: for a topic of each customer's own switch them on (the group's page, Edit, Topics), and make the bot an administrator who may manage topics")
	case !r.Admin:
		return append(all, r.ordinary())
	}
	return append(all, r.missing()...)
}

// ordinary is what comes of a bot that administers nothing in a group with topics.
func (r RoomRights) ordinary() string {
	s := "the bot is no administrator, so that it cannot make topics"
	if !r.HearsAll {
		s += ", and hears commands and replies to itself only, as its privacy mode is on"
	}
	return s + ": make it one (" + administrators + ", Add Admin) with the rights Manage Topics, Pin Messages and Delete Messages"
}

// missing are the rights that an administrator was not given.
func (r RoomRights) missing() (all []string) {
	for _, right := range []struct {
		has          bool
		name, cannot string
	}{
		{r.Topics, "Manage Topics", "make and close topics, nor write in General when it is closed"},
		{r.Pins, "Pin Messages", "keep the customer's card at the top of its topic"},
		{r.Deletes, "Delete Messages", "take back what stands in the group when a person is erased"},
	} {
		if !right.has {
			all = append(all, "the bot cannot "+right.cannot+": give it the right "+right.name+" ("+administrators+", the bot)")
		}
	}
	return all
}

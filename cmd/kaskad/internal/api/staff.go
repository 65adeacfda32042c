package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"kaskad/fallback"
)

// StaffCode binds a Telegram group as the staff's.
type StaffCode struct {
	Code      string    `json:"code" doc:"Works once; a code made later makes it void. An account that wrote five wrong ones is not heard for an hour, or until another code is made" example:"7k3m-q9zx-w2ht"`
	Command   string    `json:"command" doc:"What to write in the group" example:"/staff@shop_bot 7k3m-q9zx-w2ht"`
	Link      string    `json:"link,omitempty" doc:"Or open this instead, in Telegram: the bot asks which of your groups it is, and joins it" example:"https://t.me/shop_bot?start=staff_7k3m-q9zx-w2ht"`
	ExpiresAt time.Time `json:"expires_at"`
}

// ErrNoStaffChannel is a code asked for while Telegram is off.
var ErrNoStaffChannel = errors.New("staff answer in a Telegram group, and Telegram is off")

// ErrUnknownStaffGroup is a code asked for, for a group that the configuration does not name.
var ErrUnknownStaffGroup = errors.New("the configuration names no such group of staff")

func unknownStaffGroup(name string) error {
	return unfit("unknown_staff_group", "group", "There is no group %q: write main, or one of [[staff.groups]] that is bound. List them: GET /v1/staff/rooms.", name)
}

// isStaffGroup refuses a group to which no conversation can be given.
func (a *API) isStaffGroup(ctx context.Context, name string) error {
	ok := false
	err := a.Team.Read(ctx, func(v fallback.View) (err error) {
		ok, err = fallback.IsStaffGroup(v, name)
		return err
	})
	if err == nil && !ok {
		err = unknownStaffGroup(name)
	}
	return err
}

type staffCodeOut struct{ Body StaffCode }

type staffCodeIn struct {
	Group string `query:"group" maxLength:"64" doc:"Which of [[staff.groups]] it binds; absent: the first, main" example:"viber"`
}

func (a *API) staffCode(ctx context.Context, in *staffCodeIn) (*staffCodeOut, error) {
	err := ErrNoStaffChannel
	var code StaffCode
	if a.StaffCode != nil {
		code, err = a.StaffCode(ctx, in.Group)
	}
	switch {
	case errors.Is(err, ErrNoStaffChannel):
		return nil, problem(http.StatusConflict, "telegram_off", "", "Staff answer in a Telegram group, and Telegram is off: write [telegram] token.")
	case errors.Is(err, ErrUnknownStaffGroup):
		return nil, unknownStaffGroup(in.Group)
	case errors.Is(err, fallback.ErrStaffFixed) && in.Group != "" && in.Group != fallback.MainGroup:
		return nil, problem(http.StatusConflict, "staff_chat_configured", "", "chat in [[staff.groups]] names the group, and wins: take it out to bind a group with a code.")
	case errors.Is(err, fallback.ErrStaffFixed):
		return nil, problem(http.StatusConflict, "staff_chat_configured", "", "[telegram] staff_chat names the group, and wins: empty it to bind a group with a code.")
	}
	doing(ctx).at("group", cmp.Or(in.Group, fallback.MainGroup))
	return &staffCodeOut{code}, err
}

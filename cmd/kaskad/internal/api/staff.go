package api

import (
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

type staffCodeOut struct{ Body StaffCode }

func (a *API) staffCode(ctx context.Context, _ *struct{}) (*staffCodeOut, error) {
	err := ErrNoStaffChannel
	var code StaffCode
	if a.StaffCode != nil {
		code, err = a.StaffCode(ctx)
	}
	switch {
	case errors.Is(err, ErrNoStaffChannel):
		return nil, problem(http.StatusConflict, "telegram_off", "", "Staff answer in a Telegram group, and Telegram is off: write [telegram] token.")
	case errors.Is(err, fallback.ErrStaffFixed):
		return nil, problem(http.StatusConflict, "staff_chat_configured", "", "[telegram] staff_chat names the group, and wins: empty it to bind a group with a code.")
	}
	return &staffCodeOut{code}, err
}

package app

import (
	"context"
	"time"

	"kaskad/bots/telegram"
)

// room says what the staff's group lacks, each with what to do about it. A room in which nothing can be written is a fault; what it does
// without is none.
func (f *Findings) room(ctx context.Context, at Place, cfg *Config, bot *telegram.Bot) {
	group, err := roomOf(ctx, at, cfg)
	switch {
	case err != nil:
		f.failed = true
		f.say("staff: which group it is: %v", err)
		return
	case group == "":
		f.say("staff: no group is bound, so that nobody sees what customers write; to bind one: kaskad staff code")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	rights, err := bot.RoomRights(ctx, group)
	if err != nil {
		f.failed = true
		f.say("staff: %v", err)
		return
	}
	f.failed = f.failed || !rights.Writes
	lacks := rights.Lacks()
	for _, what := range lacks {
		f.say("staff: warning: %s", what)
	}
	if len(lacks) == 0 {
		f.say("staff: the group %q (%s) has topics, and the bot all the rights it needs there", rights.Title, group)
	}
}

// roomOf is the staff's group: the running gateway is asked, or the store, as a group may have another id by now than the one that was
// written down. Before there is a store it is what the configuration names; empty: none.
func roomOf(ctx context.Context, at Place, cfg *Config) (string, error) {
	if noStore(cfg, at) != nil {
		return cfg.Telegram.StaffChat, nil
	}
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return "", err
	}
	defer gate.Close()
	var room struct{ Group string }
	if err := gate.Call(ctx, "GET", "/v1/staff/room", nil, &room); err != nil {
		return "", err
	}
	return room.Group, nil
}

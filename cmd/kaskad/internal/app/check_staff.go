package app

import (
	"context"
	"time"

	"kaskad/bots/telegram"
	"kaskad/fallback"
)

// room says what the staff's group lacks, each with what to do about it. A room in which nothing can be written is a fault; what it does
// without is none.
func (f *Findings) room(ctx context.Context, at Place, cfg *Config, bot *telegram.Bot) {
	rooms, err := roomsOf(ctx, at, cfg)
	if err != nil {
		f.failed = true
		f.say("staff: which group it is: %v", err)
		return
	}
	for _, room := range rooms {
		f.roomRights(ctx, bot, room)
	}
}

// roomRights says what one group lacks.
func (f *Findings) roomRights(ctx context.Context, bot *telegram.Bot, room boundGroup) {
	staff, group := "staff", room.Group
	switch first := room.Name == fallback.MainGroup; {
	case !first:
		staff += " " + room.Name
		if group == "" {
			f.say("%s: no group is bound, so that the first group gets its conversations; to bind one: kaskad staff code --group %s", staff, room.Name)
			return
		}
	case group == "":
		f.say("staff: no group is bound, so that nobody sees what customers write; to bind one: kaskad staff code")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	rights, err := bot.RoomRights(ctx, group)
	if err != nil {
		f.failed = true
		f.say("%s: %v", staff, err)
		return
	}
	f.failed = f.failed || !rights.Writes
	lacks := rights.Lacks()
	for _, what := range lacks {
		f.say("%s: warning: %s", staff, what)
	}
	if len(lacks) == 0 {
		f.say("%s: the group %q (%s) has topics, and the bot all the rights it needs there", staff, rights.Title, group)
	}
}

// boundGroup is a group of staff; an empty Group: none is bound.
type boundGroup struct{ Name, Group string }

// roomsOf are the staff's groups: the running gateway is asked, or the store, as a group may have another id by now than the one that was
// written down. Before there is a store they are what the configuration names.
func roomsOf(ctx context.Context, at Place, cfg *Config) ([]boundGroup, error) {
	if noStore(cfg, at) != nil {
		all := []boundGroup{{fallback.MainGroup, cfg.Telegram.StaffChat}}
		for _, g := range cfg.Staff.Groups {
			all = append(all, boundGroup{g.Name, g.Chat})
		}
		return all, nil
	}
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	var rooms struct{ Items []boundGroup }
	err = gate.Call(ctx, "GET", "/v1/staff/rooms", nil, &rooms)
	return rooms.Items, err
}

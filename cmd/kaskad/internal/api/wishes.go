package api

import (
	"fmt"
	"time"

	"kaskad/bots"
)

// Wishes are what a person asked for on the preference page. Only the person changes them.
type Wishes struct {
	First *string   `json:"first,omitempty" doc:"The channel that comes first where the cascade's order is preferred; \"\": the person chose that it does not matter; absent: the person did not choose"`
	NotOn []string  `json:"not_on" nullable:"false" doc:"Channels the person does not want: only urgent messages and answers to the person go there"`
	Hours *Hours    `json:"hours,omitempty" doc:"The part of the day in which service and marketing messages may go out; absent: any time the cascade allows"`
	At    time.Time `json:"at" doc:"When the person said the last of it"`
}

// Hours are a part of the day in the person's timezone. They may go over midnight.
type Hours struct {
	From string `json:"from" example:"09:00"`
	To   string `json:"to" example:"20:00"`
}

// showWishes is nil when the person asks for nothing now, and chose nothing.
func showWishes(c *bots.Contact) *Wishes {
	w := &c.Wishes
	hours, limited := w.Open()
	if !w.Chosen && len(w.NotOn) == 0 && !limited {
		return nil
	}
	out := &Wishes{NotOn: append([]string{}, w.NotOn...), At: w.At.UTC()}
	if w.Chosen {
		first := c.Preferred
		out.First = &first
	}
	if limited {
		out.Hours = &Hours{From: clock(hours.From), To: clock(hours.To)}
	}
	return out
}

func clock(hour int) string { return fmt.Sprintf("%02d:00", hour) }

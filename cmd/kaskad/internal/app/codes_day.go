package app

import (
	"context"
	"fmt"
	"time"

	"kaskad/fallback"
)

// codeDay is how much of the day's one-time codes is used; false: none are sent, or the store cannot tell, which it says by itself.
func (a *App) codeDay() (day fallback.CodeDay, on bool) {
	if rules := a.engine.Rules; !rules.Codes.On(rules) {
		return day, false
	}
	err := a.db.Read(context.Background(), func(v fallback.View) error {
		day = a.codes.Day(v)
		return nil
	})
	return day, err == nil
}

// adviseCodes says what it means that no codes are left, and until when.
func adviseCodes(day fallback.CodeDay) string {
	return fmt.Sprintf("all %d one-time codes of a day are used up: until %s no phone that is shared on Viber or typed is proven, and staff have those "+
		"conversations; see who asks, and raise [dialogue.code] per_day if it is your customers", day.Limit, day.Ends.UTC().Format(time.RFC3339))
}

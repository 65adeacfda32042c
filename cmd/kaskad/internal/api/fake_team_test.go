package api_test

import (
	"context"
	"slices"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
)

// crew is a team in memory. Its audit is a list of what happened long ago.
type crew struct{ hall }

func newCrew() crew {
	c := crew{hall{&fallbacktest.Memory{}}}
	by := fallback.Doer{Name: "local", Account: bots.Address{Channel: "control", ID: "local"}}
	err := c.Update(context.Background(), func(tx fallback.Tx) error {
		_, err := fallback.AddMember(tx, by, "Iryna", bots.Address{Channel: bots.Telegram, ID: "778"}, fallback.Lead)
		return err
	})
	if err != nil {
		panic(err)
	}
	return c
}

func (crew) StaffAudit(_ context.Context, f api.ActFilter, before bots.ID, limit int) (found []fallback.Audited, next bots.ID, _ error) {
	all := []fallback.Audited{
		{ID: 9, At: noon, By: "Iryna", Account: bots.Address{Channel: bots.Telegram, ID: "778"}, Act: fallback.ActNote, Contact: 1, Thread: "77", Detail: "calls back at six"},
		{ID: 8, At: noon, By: "Petro", Account: bots.Address{Channel: bots.Telegram, ID: "779"}, Act: fallback.ActReply, Refused: fallback.RefusedNotStaff},
	}
	found = slices.DeleteFunc(all, func(a fallback.Audited) bool {
		return before != 0 && a.ID >= before || f.By != "" && f.By != a.By || f.Act != "" && f.Act != a.Act
	})
	if len(found) > limit {
		return found[:limit], found[limit-1].ID, nil
	}
	return found, 0, nil
}

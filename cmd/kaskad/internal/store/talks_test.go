package store

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// allTalks reads the list page by page.
func allTalks(t *testing.T, db *DB, f TalkFilter, limit int) (ids []bots.ID) {
	t.Helper()
	for cursor := ""; ; {
		page, err := db.Talks(t.Context(), f, cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Items {
			ids = append(ids, c.Contact)
		}
		if cursor = page.Next; cursor == "" {
			return ids
		}
	}
}

// A snooze that is over stands among the open ones, in its place by activity, in memory as in the file; nothing is written.
func TestTalksByStateAndAssignee(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{})
		ids := talks(t, db, 12) // 0, 3, 6 and 9 are closed
		set := func(i int, change fallback.TalkChange) {
			if _, err := db.PutConversation(t.Context(), ids[i], change.Apply); err != nil {
				t.Fatal(err)
			}
		}
		olena := "Олена"
		for _, i := range []int{1, 4, 9} {
			set(i, fallback.TalkChange{Assignee: &olena})
		}
		until := time.Now().Add(time.Hour)
		set(4, fallback.TalkChange{State: bots.Snoozed, Until: until})
		set(8, fallback.TalkChange{State: bots.Snoozed, Until: until.Add(time.Hour)})
		last := db.LastChange()
		want := func(when string, f TalkFilter, places ...int) {
			t.Helper()
			var all []bots.ID
			for _, i := range places {
				all = append(all, ids[i])
			}
			for _, limit := range []int{1, 2, 100} {
				if got := allTalks(t, db, f, limit); !slices.Equal(got, all) {
					t.Errorf("%s, pages of %d: %v, want %v", when, limit, got, all)
				}
			}
		}
		none := ""
		for _, when := range []string{"in memory", "in the file"} {
			want(when+", all", TalkFilter{}, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
			want(when+", open", TalkFilter{State: bots.Open}, 11, 10, 7, 5, 2, 1)
			want(when+", snoozed", TalkFilter{State: bots.Snoozed}, 8, 4)
			want(when+", hers", TalkFilter{Assignee: &olena}, 9, 4, 1)
			want(when+", hers and open", TalkFilter{State: bots.Open, Assignee: &olena}, 1)
			want(when+", nobody's and open", TalkFilter{State: bots.Open, Assignee: &none}, 11, 10, 7, 5, 2)
			time.Sleep(2 * time.Second) // heads are brought to the file
		}
		time.Sleep(time.Until(until))
		want("over, open", TalkFilter{State: bots.Open}, 11, 10, 7, 5, 4, 2, 1)
		want("over, snoozed", TalkFilter{State: bots.Snoozed}, 8)
		want("over, hers and open", TalkFilter{State: bots.Open, Assignee: &olena}, 4, 1)
		if db.LastChange() != last {
			t.Error("reading wrote something")
		}
		if _, err := db.Talks(t.Context(), TalkFilter{}, "zzz", 1); err != ErrCursor {
			t.Errorf("a cursor of no list: %v", err)
		}
	})
}

package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestPagesOfAMergedPerson: rows of both, each on one page, whatever the pages' size; also where a page was read before the merge, and the
// rest after it.
func TestPagesOfAMergedPerson(t *testing.T) {
	t.Parallel()
	db := open(t, Options{Generation: 4})
	var who [2]bots.ID
	var messages, deliveries []bots.ID
	for i := range 24 {
		turn, err := db.Receive(t.Context(), wrote(fmt.Sprint("e", i), fmt.Sprint(i%2), fmt.Sprint(i)), rules(), world())
		if err != nil {
			t.Fatal(err)
		}
		who[i%2], messages = turn.Contact.ID, append(messages, turn.Message.ID)
		req := request(fmt.Sprint("+38050111220", i%2))
		req.To = bots.Ref{Kind: "id", Value: turn.Contact.ID.String()}
		req.Text, req.SendAt = fmt.Sprint(i), now().Add(time.Hour)
		deliveries = append(deliveries, accept(t, db, req).ID)
	}
	idOf := func(id bots.ID) bots.Ref { return bots.Ref{Kind: "id", Value: id.String()} }
	ask := fallback.MergeAsk{Keep: idOf(who[0]), From: idOf(who[1])}
	if _, err := db.Merge(t.Context(), ask, rules()); err != nil {
		t.Fatal(err)
	}
	newest := func(all []bots.ID) []bots.ID { all = slices.Clone(all); slices.Reverse(all); return all }
	for _, asked := range who {
		for _, limit := range []int{1, 3, 7, 24, 100} {
			for name, c := range map[string]struct {
				read func(cursor string) (ids []bots.ID, next string, err error)
				want []bots.ID
			}{
				"messages, oldest first": {func(cursor string) ([]bots.ID, string, error) {
					page, err := db.Messages(t.Context(), asked, cursor, limit)
					return lines(page.Items), page.Next, err
				}, messages},
				"messages, newest first": {func(cursor string) ([]bots.ID, string, error) {
					page, err := db.LastMessages(t.Context(), asked, cursor, limit)
					return lines(page.Items), page.Next, err
				}, newest(messages)},
				"deliveries": {func(cursor string) (ids []bots.ID, next string, err error) {
					page, err := db.List(t.Context(), Filter{Contact: asked}, cursor, limit)
					for _, d := range page.Items {
						ids = append(ids, d.ID)
					}
					return ids, page.Next, err
				}, newest(deliveries)},
			} {
				var got []bots.ID
				for cursor, more := "", true; more; more = cursor != "" {
					ids, next, err := c.read(cursor)
					if err != nil || len(ids) > limit {
						t.Fatalf("%s by %d: a page of %d, %v", name, limit, len(ids), err)
					}
					got, cursor = append(got, ids...), next
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%s by %d: %v; want %v", name, limit, got, c.want)
				}
			}
		}
	}
}

func lines(all []MessageLine) (ids []bots.ID) {
	for _, m := range all {
		ids = append(ids, m.ID)
	}
	return ids
}

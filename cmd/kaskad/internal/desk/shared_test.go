package desk

import (
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Whoever writes from a number that several have is taken for one of them: staff read who else it may be, until the two are merged.
func TestAPostSaysWhoElseHasTheNumber(t *testing.T) {
	play(t, func(r *rig) {
		r.bind()
		const number = "+380501112233"
		var ids [2]bots.ID
		err := r.store.Update(t.Context(), func(tx fallback.Tx) error {
			for i, name := range []string{"Олена", "Іван"} {
				c := &bots.Contact{ID: tx.NewID(), Name: name, Phone: number, Created: tx.Now(), Updated: tx.Now()}
				c.Set(bots.Address{Channel: bots.SMS, ID: number}, bots.Active, tx.Now())
				tx.PutContact(c)
				ids[i] = c.ID
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		asks := func(text string) string {
			r.says("sms:"+number, "", text)
			r.pass(time.Minute)
			posts := r.posts()
			return posts[len(posts)-1]
		}
		if post := asks("Де замовлення?"); !strings.Contains(post, "Цей номер мають також: ") || !strings.Contains(post, "Олена") || !strings.Contains(post, "Іван") {
			t.Errorf("staff read %q, want both names", post)
		}
		idOf := func(id bots.ID) bots.Ref { return bots.Ref{Kind: "id", Value: id.String()} }
		if _, err := r.store.Merge(t.Context(), fallback.MergeAsk{Keep: idOf(ids[0]), From: idOf(ids[1])}, r.rules); err != nil {
			t.Fatal(err)
		}
		if post := asks("А тепер?"); strings.Contains(post, "Цей номер") || !strings.Contains(post, "Олена") {
			t.Errorf("after the merge staff read %q", post)
		}
	})
}

package desk

import (
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// A topic that another group was asked for, and cannot make, keeps nothing from the group that has the conversation now.
func TestATopicThatAnotherGroupOwesKeepsNobody(t *testing.T) {
	play(t, func(r *rig) {
		r.rules.Staff.Groups = []fallback.StaffGroup{{Name: "lviv", Channels: []string{bots.Viber}, Chat: "-100600"}}
		g := r.forum()
		r.settles(r.rules.Staff.Groups)
		r.says("viber:v42", "Олена", "Перше питання")
		r.owes("viber:v42", "lviv")
		r.settles(nil)
		r.says("viber:v42", "Олена", "Друге питання")
		r.pass(20 * time.Second)
		topic := g.topic(r.t, "Олена")
		topic.holds(r, "Друге питання")
		r.pass(2 * time.Minute) // the other group has made its own meanwhile
		r.says("viber:v42", "Олена", "Третє питання")
		r.pass(20 * time.Second)
		topic.holds(r, "Друге питання", "Третє питання")
	})
}

// settles says which groups there are beside the first.
func (r *rig) settles(groups []fallback.StaffGroup) {
	r.t.Helper()
	if err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error { return fallback.SettleStaffGroups(tx, groups) }); err != nil {
		r.t.Fatal(err)
	}
}

// owes asks a group for a topic about a customer, which tells to come back in a minute.
func (r *rig) owes(chat, name string) {
	r.t.Helper()
	r.fails(bots.Staff, &bots.SendError{Fault: bots.Temporary, Code: "429", RetryAfter: 50 * time.Second, ChatOnly: true})
	channel, id := bots.Viber, chat[len(bots.Viber)+1:]
	err := r.Staff(r.t.Context(), func(tx fallback.Tx, post fallback.Poster) error {
		room, err := fallback.ReadStaffRoom(tx, name)
		if err != nil {
			return err
		}
		room.Forum = true
		return fallback.OpenTopic(tx, &room, tx.FindContact(bots.Ref{Kind: channel, Value: id}), "Олена", post)
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.pass(time.Second)
	err = r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
		topic := tx.Topic(tx.FindContact(bots.Ref{Kind: channel, Value: id}))
		if d := tx.Delivery(topic.Opening); topic.State != fallback.TopicOpening || topic.Group != "-100600" || d == nil || d.State.Final() {
			r.t.Errorf("the topic stands as %+v, asked for by %+v", topic, d)
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.fine(bots.Staff)
}

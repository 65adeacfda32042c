package fallback

import "kaskad/bots"

// eraseTopic forgets where a person was talked about, and has that place deleted in the group, with all that stands there. It reports
// whether it has to wait: a topic that is being asked for just now has no name yet by which it could be deleted.
func eraseTopic(tx Tx, g *Erasing, e *Erased, r *Rules, w *World) (waits bool, err error) {
	t := tx.Topic(g.Contact)
	if t.Contact == 0 {
		return false, nil
	}
	if d := tx.Delivery(t.Opening); d != nil && underCall(tx, d) {
		return true, nil
	}
	tx.DropTopic(g.Contact)
	for _, x := range t.Threads() {
		done, err := eraseThread(tx, x, r, w)
		if err != nil {
			return false, err
		}
		e.TakeBacks = append(e.TakeBacks, done)
	}
	return false, nil
}

// eraseThread has a thread deleted in its group, also in one that is a room no longer.
func eraseThread(tx Tx, x Thread, r *Rules, w *World) (post bots.ID, err error) {
	room, ok, err := roomHaving(tx, x.Group)
	if err != nil {
		return 0, err
	}
	to := room.Contact
	if !ok {
		if to, err = FormerStaffRoom(tx, x.Group); err != nil {
			return 0, err
		}
	}
	// What is done has no words, and a post without words is not written.
	done, err := PutPost(tx, to, "🗑", Post{Act: bots.DeleteTopicAct, Group: x.Group, Thread: x.ID}, r, w)
	return done.ID, err
}

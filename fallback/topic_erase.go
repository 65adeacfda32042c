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
	room, err := ReadStaffRoom(tx, "")
	if err != nil || room.Contact == 0 || t.Thread == "" {
		return false, err
	}
	to := room.Contact
	if group := room.now(t.Group); group != room.Group {
		if to, err = FormerStaffRoom(tx, group); err != nil {
			return false, err
		}
	}
	// What is done has no words, and a post without words is not written.
	done, err := PutPost(tx, to, "🗑", Post{Act: bots.DeleteTopicAct, Group: t.Group, Thread: t.Thread}, r, w)
	if err == nil {
		e.TakeBacks = append(e.TakeBacks, done.ID)
	}
	return false, err
}

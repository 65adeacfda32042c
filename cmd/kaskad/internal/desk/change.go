package desk

import (
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// What a customer changed or took back is told as an answer to the post that has the line, so that staff see which.

// postWalk bounds how many posts are looked through for a line.
const postWalk = 200

// changes is our message in a topic that has the line which the first of these lines changes; empty: they change none, or it is not known.
func (t *turn) changes(lines []bots.ID, thread string) (on string) {
	m := t.tx.Message(lines[0])
	if m == nil || m.ReplyTo == 0 || m.Kind != bots.EditMessage && m.Kind != bots.DeleteMessage {
		return ""
	}
	looked := 0
	t.tx.DeliveriesOf(t.room.Contact, func(id bots.ID, _ uint64) bool {
		looked++
		d := t.tx.Delivery(id)
		p, ok := fallback.PostOf(d)
		if ok && p.Act == "" && p.Thread == thread && d.Reached > 0 && slices.Contains(p.Lines, m.ReplyTo) {
			on = t.tx.MessageState(d.Route[d.Reached-1].Message).ProviderID
		}
		return on == "" && looked < postWalk
	})
	return on
}

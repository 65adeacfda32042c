package desk

import (
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// transferred takes that a conversation went from one group of staff to another: each looks who has it now, as more may have happened since.
func (k *keeper) transferred(v fallback.View, c *bots.Change) {
	if k.serves(v, c.Contact) {
		if k.state(v, c.Contact) != bots.Closed {
			k.showAll(v, c.Contact)
		}
		return
	}
	k.forgo(c.Contact)
	topic := v.Topic(c.Contact)
	threads := topic.Threads()
	slices.Reverse(threads) // the last one first
	i := slices.IndexFunc(threads, func(x fallback.Thread) bool { return k.room.Now(x.Group) == k.room.Group })
	if !k.room.Forum || i < 0 {
		return
	}
	gone := doing{Do: bots.CloseTopicAct, Thread: threads[i].ID}
	if slices.ContainsFunc(k.Acts, func(x doing) bool { return x.Thread == gone.Thread }) {
		return
	}
	k.Says = append(k.Says, saying{Why: sayGone, Thread: gone.Thread, Text: c.Reason})
	k.Acts = append(k.Acts, gone)
}

// forgo drops what was to be said and done about a customer.
func (k *keeper) forgo(contact bots.ID) {
	k.Waiting = slices.DeleteFunc(k.Waiting, func(w waiting) bool { return w.Contact == contact })
	k.Says = slices.DeleteFunc(k.Says, func(s saying) bool { return s.Kept.Contact == contact || s.Who == contact })
	k.Acts = slices.DeleteFunc(k.Acts, func(x doing) bool { return x.Contact == contact })
	k.Stale = slices.DeleteFunc(k.Stale, func(id bots.ID) bool { return id == contact })
}

func (k *keeper) state(v fallback.View, contact bots.ID) bots.ConversationState {
	talk := v.Conversation(contact)
	return fallback.TalkState(&talk, v.Now())
}

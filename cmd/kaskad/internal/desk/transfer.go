package desk

import (
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// transferred takes that a conversation went from one group of staff to another: each looks who has it now, as more may have happened since.
func (k *keeper) transferred(v fallback.View, c *bots.Change) {
	if k.serves(v, c.Contact) {
		k.stays(v, c.Contact)
		if k.state(v, c.Contact) != bots.Closed {
			k.showAll(v, c.Contact)
			k.showLast(v, c.Contact)
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
	if topic.Shut && i == len(threads)-1 || slices.ContainsFunc(k.Acts, func(x doing) bool { return x.Thread == gone.Thread }) {
		return
	}
	k.Says = append(k.Says, saying{Why: sayGone, Thread: gone.Thread, Text: c.Reason})
	k.Acts = append(k.Acts, gone)
}

// stays drops what was to be said and done in a conversation's topic as it had gone: it is back before that was.
func (k *keeper) stays(v fallback.View, contact bots.ID) {
	topic := v.Topic(contact)
	for _, x := range topic.Threads() {
		if k.room.Now(x.Group) != k.room.Group {
			continue
		}
		k.Says = slices.DeleteFunc(k.Says, func(s saying) bool { return s.Why == sayGone && s.Thread == x.ID })
		k.Acts = slices.DeleteFunc(k.Acts, func(d doing) bool { return d.Thread == x.ID })
	}
	k.reopens(v, contact)
}

// reopens has the topic of a conversation opened again that was closed as the conversation went.
func (k *keeper) reopens(v fallback.View, contact bots.ID) {
	if own := k.room.Topic(v, contact); own.Stands(k.room.Group) && own.Shut {
		k.Acts = append(k.Acts, doing{Contact: contact, Do: bots.ReopenTopicAct})
	}
}

// showLast lets be posted what somebody did last who waits and wrote nothing since, as a press of a button that asks for a person.
func (k *keeper) showLast(v fallback.View, contact bots.ID) {
	if v.Conversation(contact).Wait.Since.IsZero() || slices.ContainsFunc(k.Waiting, func(w waiting) bool { return w.Contact == contact }) {
		return
	}
	looked := 0
	v.MessagesOf(contact, 0, func(id bots.ID) bool {
		looked++
		if m := v.Message(id); m != nil && m.In && !m.Erased {
			k.show(v, m)
			return false
		}
		return looked < openWalk
	})
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

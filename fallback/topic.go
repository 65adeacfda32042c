package fallback

import (
	"time"

	"kaskad/bots"
)

// Topic is where the staff's group talks about one conversation: a thread of its own there. There is one per contact at most.
type Topic struct {
	Contact bots.ID
	Group   string // whose thread it is
	Thread  string // as the channel names it; empty: it is not open yet, or gone
	State   TopicState
	Name    string    // as it was named last
	Since   time.Time // of the state
	// Opening is the delivery that asks for the topic, while it is not known what became of it.
	Opening bots.ID
	// Card is the message of ours that says who the customer is; zero: none stands there yet.
	Card bots.ID
	// Pinned: the card is.
	Pinned bool
	// Shut: it is closed in the group.
	Shut bool
	// Made counts how often it was made: a thread that was deleted is made again.
	Made int
	// Before are the threads in which the conversation was until it was given to another group, the last one last: at most maxThreads.
	Before []Thread
}

// Thread is a thread of a group.
type Thread struct{ Group, ID string }

// Threads are all threads that lead to the contact, the one where the topic stands first.
func (t *Topic) Threads() (all []Thread) {
	if t.Thread != "" {
		all = append(all, Thread{t.Group, t.Thread})
	}
	return append(all, t.Before...)
}

// maxThreads is how many threads of before are remembered of one conversation. A group has one of them, and there are fewer groups: one
// that is forgotten would stay there when the person is erased.
const maxThreads = 64

// TopicState is how a topic stands.
type TopicState uint8

// The states of a topic.
const (
	NoTopic TopicState = iota
	TopicOpening
	TopicOpen
	TopicGone // somebody deleted it: it is made again when there is something to say
)

var topicStates = [...]string{"none", "opening", "open", "gone"}

func (s TopicState) String() string { return topicStates[s] }

// Comes reports whether a group was asked for the topic, and it is not known what became of that.
func (t *Topic) Comes(group string) bool { return t.State == TopicOpening && t.Group == group }

// Stands reports whether posts can be put into the topic of a group now.
func (t *Topic) Stands(group string) bool {
	return t.State == TopicOpen && t.Thread != "" && t.Group == group
}

package bots

import "errors"

// ErrGone is a file that its channel does not keep any more. The person may have it still.
var ErrGone = errors.New("the channel does not have the file any more: ask the person to send it again")

// ErrNoFile is a file that a message does not have, or whose channel hands out none.
var ErrNoFile = errors.New("the message has no such file, or its channel hands out none")

// Fetchable reports whether a person's message brought a file that its channel can be asked for: a place or a card is none.
func (m *Media) Fetchable() bool {
	return m.ID != "" && m.Type != "location" && m.Type != "contact"
}

package bots

import "time"

// KeptCall is what quarantine keeps of a call that made Parse fail: the call, and the way in by which it came.
type KeptCall struct {
	Hook string // Hook.Path
	Call
}

// Parse reads the call once more, as the handler behind /in/ does: a panic is an error that holds nothing a person wrote.
func (k KeptCall) Parse(hook Webhook) (Batch, error) { return parse(hook, k.Call) }

// Replayer is a channel whose events can be read once more from Event.Raw, the form in which quarantine keeps them.
type Replayer interface {
	// Replay reads the Raw of one event. At is when it reached us: some events know no other time. It verifies nothing: what it
	// is given was verified when it came.
	Replay(raw []byte, at time.Time) (Batch, error)
}

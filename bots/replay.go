package bots

import "time"

// KeptCall is what quarantine keeps of a call that made Parse fail: the call, and the way in by which it came.
type KeptCall struct {
	Hook string // Hook.Path
	Call
}

// Parse reads the call once more, as the handler behind /in/ does: a panic is an error that holds nothing a person wrote. Nobody
// waits for the response any more, so nothing is said in it.
func (k KeptCall) Parse(hook Webhook) (Batch, error) {
	batch, err := parse(hook, k.Call)
	for i := range batch.Events {
		batch.Events[i].Answerable = false
	}
	batch.Word = nil
	return batch, err
}

// Replayer is a channel whose events can be read once more from Event.Raw, the form in which quarantine keeps them.
type Replayer interface {
	// Replay reads the Raw of one event. At is when it reached us: some events know no other time. It verifies nothing: what it
	// is given was verified when it came.
	Replay(raw []byte, at time.Time) (Batch, error)
}

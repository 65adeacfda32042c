package app

import (
	"time"

	"kaskad/bots"
)

// poorly reports whether a session does not carry everything.
func poorly(s bots.Standing) bool { return s.Shut || s.Limited || s.Advice != "" }

// stoodSo is how a session stands and what to do: the state stands in front, for it tells a ban from an old client.
func stoodSo(s bots.Standing) string {
	text := s.State
	if !s.Until.IsZero() {
		text += " until " + s.Until.UTC().Format(time.RFC3339)
	}
	if s.Advice != "" {
		text += ": " + s.Advice
	}
	return text
}

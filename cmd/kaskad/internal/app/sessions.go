package app

import (
	"maps"
	"time"

	"kaskad/bots"
)

// poor are the channels whose session does not carry everything, and how each stands.
func (a *App) poor() map[string]bots.Standing {
	all := a.engine.Standings()
	maps.DeleteFunc(all, func(_ string, s bots.Standing) bool { return !s.Shut && !s.Limited && s.Advice == "" })
	return all
}

// degradedSessions adds since when.
func (a *App) degradedSessions(all map[string]time.Time) {
	for channel, s := range a.poor() {
		all[channel] = s.Since
	}
}

// adviseSessions adds what each is and what to do: the state stands in front, for it tells a ban from an old client.
func (a *App) adviseSessions(all map[string]string) {
	for channel, s := range a.poor() {
		all[channel] = stoodSo(s)
	}
}

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

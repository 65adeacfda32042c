package api

import "time"

// told writes how the programs stand that are told the changes. Their ids are of our making, and there are fifty at most.
func (h *Health) told(x exposition) {
	if h.Webhooks == nil {
		return
	}
	now := time.Now()
	for _, f := range h.Webhooks() {
		const calls = "Calls of a program that is told the changes, by what came of them."
		x.counter("kaskad_webhook_calls_total", calls, float64(f.Taken), "webhook", f.ID, "outcome", "taken")
		x.counter("kaskad_webhook_calls_total", calls, float64(f.Refused), "webhook", f.ID, "outcome", "refused")
		x.counter("kaskad_webhook_calls_total", calls, float64(f.Unanswered), "webhook", f.ID, "outcome", "unanswered")
		x.counter("kaskad_webhook_call_seconds_total", "How long all its calls took.", f.Time.Seconds(), "webhook", f.ID)
		x.gauge("kaskad_webhook_behind", "Changes since the oldest that it has not taken.", float64(f.Behind), "webhook", f.ID)
		x.gauge("kaskad_webhook_dead_letters", "Changes that it did not take for a day.", float64(f.Dead), "webhook", f.ID)
		x.counter("kaskad_webhook_lost_total", "Changes that were cleared away before it took them.", float64(f.Lost), "webhook", f.ID)
		failing := 0.0
		if !f.Failing.IsZero() {
			failing = max(0, now.Sub(f.Failing).Seconds())
		}
		x.gauge("kaskad_webhook_failing_seconds", "For how long it has taken nothing of what it is told; 0: it does.", failing, "webhook", f.ID)
	}
}

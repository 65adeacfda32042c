package api

import (
	"time"

	"kaskad/fallback"
)

// gateway writes what the gateway counts and what stands now. It reads when it is asked: nothing runs in between. Labels are
// words of ours (channels, kinds, outcomes, states), never a person, so there are few of them.
func (h *Health) gateway(x *exposition) {
	x.add("kaskad_info", "gauge", "What runs here.", 1, "version", h.Version)
	if h.Counts != nil {
		for _, n := range h.Counts() {
			counted(x, n)
		}
	}
	if h.Transitions != nil {
		for state, n := range h.Transitions() {
			x.add("kaskad_deliveries_total", "counter", "States that deliveries went into.", float64(n), "state", state)
		}
	}
	h.standing(x)
	if h.Store != nil {
		for name, v := range h.Store() {
			x.add("kaskad_store_"+name, "gauge", "A figure of the store.", v)
		}
	}
}

// counted writes one counter of the engine.
func counted(x *exposition, n fallback.Count) {
	switch n.What {
	case "event":
		x.add("kaskad_events_total", "counter", "Events that came in, by what they were; seen: a repeat; quarantined: not understood.", float64(n.N), "channel", n.Channel, "kind", n.Kind)
	case "send":
		x.add("kaskad_sends_total", "counter", "Attempts, by how they ended.", float64(n.N), "channel", n.Channel, "outcome", n.Kind)
	default:
		x.add("kaskad_engine_total", "counter", "Other things the engine counts.", float64(n.N), "what", n.What, "channel", n.Channel, "kind", n.Kind)
	}
}

// standing writes pauses, held lanes and channels that are not heard.
func (h *Health) standing(x *exposition) {
	paused := map[string]bool{}
	if h.Paused != nil {
		for _, p := range h.Paused() {
			paused[p.Scope] = true
		}
	}
	x.add("kaskad_paused", "gauge", "1: the scope is paused; scope all: everything is.", one(paused[""]), "scope", "all")
	delete(paused, "")
	for scope := range paused {
		x.add("kaskad_paused", "gauge", "", 1, "scope", scope)
	}
	if h.Held != nil {
		for channel := range h.Held() {
			x.add("kaskad_lane_held", "gauge", "1: a fault holds the channel's lanes.", 1, "channel", channel)
		}
	}
	if h.Degraded != nil {
		for channel, since := range h.Degraded() {
			x.add("kaskad_channel_unheard_seconds", "gauge", "For how long the channel has not been heard.", time.Since(since).Seconds(), "channel", channel)
		}
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

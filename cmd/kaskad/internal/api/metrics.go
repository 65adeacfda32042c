package api

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kaskad/fallback"
)

// collector reads what the gateway counts and what stands now. It reads when it is asked: nothing runs in between. Labels are
// words of ours (channels, kinds, outcomes, states), never a person, so there are few of them.
type collector struct{ *Health }

// Describe sends nothing: the store's figures are named by the store, so the set of metrics is not known beforehand.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect reads all metrics.
func (c collector) Collect(out chan<- prometheus.Metric) {
	x := exposition{out}
	x.gauge("kaskad_build_info", "What runs here: always 1.", 1, "version", c.Build.Version, "revision", c.Build.Commit, "goversion", c.Build.Go, "goos", c.Build.OS, "goarch", c.Build.Arch)
	if c.Counts != nil {
		for _, n := range c.Counts() {
			x.counted(n)
		}
	}
	if c.Transitions != nil {
		for state, n := range c.Transitions() {
			x.counter("kaskad_deliveries_total", "States that deliveries went into.", float64(n), "state", state)
		}
	}
	if c.Clicks != nil {
		for outcome, n := range c.Clicks() {
			x.counter("kaskad_clicks_total", "Calls for tracked links; counted: taken for the person's, by others it is told why not.", float64(n), "outcome", outcome)
		}
	}
	c.standing(x)
	c.staff(x)
	c.kept(x)
	c.money(x)
	c.search(x)
	c.keeping(x)
	c.codes(x)
	c.told(x)
	c.load(x)
	c.backup(x)
	c.alerts(x)
	if c.Store != nil {
		for name, v := range c.Store() {
			x.gauge("kaskad_store_"+name, "A figure of the store.", v)
		}
	}
}

// exposition writes single figures with pairs of label and value.
type exposition struct{ out chan<- prometheus.Metric }

func (x exposition) gauge(name, help string, v float64, labels ...string) {
	x.add(prometheus.GaugeValue, name, help, v, labels)
}

func (x exposition) counter(name, help string, v float64, labels ...string) {
	x.add(prometheus.CounterValue, name, help, v, labels)
}

func (x exposition) add(kind prometheus.ValueType, name, help string, v float64, labels []string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	x.out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, v, values...)
}

// load writes how much of each kind of calls is under way.
func (h *Health) load(x exposition) {
	if h.Load == nil {
		return
	}
	for _, l := range h.Load() {
		x.gauge("kaskad_api_under_way", "What calls of the API weigh that are under way: a small one 1, a large one more.", l.Held, "kind", l.Lane)
		x.gauge("kaskad_api_bound", "What they may weigh; it follows how long calls take.", l.Bound, "kind", l.Lane)
		x.counter("kaskad_api_refused_total", "Calls that were told to come again because too much was under way.", float64(l.Refused), "kind", l.Lane)
	}
}

// counted writes one counter of the engine.
func (x exposition) counted(n fallback.Count) {
	switch n.What {
	case "event":
		x.counter("kaskad_events_total", "Events that came in, by what they were; seen: a repeat; quarantined: not understood.", float64(n.N), "channel", n.Channel, "kind", n.Kind)
	case "send":
		x.counter("kaskad_sends_total", "Attempts, by how they ended.", float64(n.N), "channel", n.Channel, "outcome", n.Kind)
	default:
		x.counter("kaskad_engine_total", "Other things the engine counts.", float64(n.N), "what", n.What, "channel", n.Channel, "kind", n.Kind)
	}
}

// standing writes pauses, held lanes and channels that are not heard.
func (h *Health) standing(x exposition) {
	paused := map[string]bool{}
	if h.Paused != nil {
		for _, p := range h.Paused() {
			paused[p.Scope] = true
		}
	}
	const help = "1: the scope is paused; scope all: everything is."
	x.gauge("kaskad_paused", help, one(paused[""]), "scope", "all")
	delete(paused, "")
	for scope := range paused {
		x.gauge("kaskad_paused", help, 1, "scope", scope)
	}
	if h.Holding != nil {
		x.gauge("kaskad_holds", "Holds of regions that stand: kaskad hold list.", float64(len(h.Holding())))
	}
	if h.Held != nil {
		for channel := range h.Held() {
			x.gauge("kaskad_lane_held", "1: a fault holds the channel's lanes.", 1, "channel", channel)
		}
	}
	now := h.condition()
	for channel, s := range now.Standings {
		x.gauge("kaskad_session", "1: how the channel's session stands, and what it sends: all, answers, nothing.", 1, "channel", channel, "state", s.State, "sends", sendsOf(s))
	}
	for channel, since := range now.Unheard {
		x.gauge("kaskad_channel_unheard_seconds", "For how long the channel has not been heard.", time.Since(since).Seconds(), "channel", channel)
	}
	for part, since := range now.Parts {
		x.gauge("kaskad_part_degraded_seconds", "For how long a part of the program that is no channel works badly: advice in /readyz.", time.Since(since).Seconds(), "part", part)
	}
}

// kept writes how much is in quarantine; nothing when the store cannot tell.
func (h *Health) kept(x exposition) {
	if h.Quarantined == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), readyTime)
	defer cancel()
	if n, err := h.Quarantined(ctx); err == nil {
		x.gauge("kaskad_quarantined", "Calls and events that could not be taken and are kept: kaskad quarantine list.", float64(n))
	}
}

// money writes what is left at providers that can be asked; they are asked seldom, not now.
func (h *Health) money(x exposition) {
	if h.Balances == nil {
		return
	}
	for sender, m := range h.Balances() {
		left, err := strconv.ParseFloat(m.Decimal(), 64)
		if err == nil { // a decimal always is
			x.gauge("kaskad_sms_balance", "What is left of the money at an SMS provider, as of the last ten minutes; without currency in its own units.", left, "sender", sender, "currency", m.Currency)
		}
	}
}

// codes writes how much of a day's one-time codes is used.
func (h *Health) codes(x exposition) {
	if h.Codes == nil {
		return
	}
	if d, on := h.Codes(); on {
		x.gauge("kaskad_codes_asked", "One-time codes that were asked for in the day that counts.", float64(d.Asked))
		x.gauge("kaskad_codes_limit", "How many there are in a day: per_day of dialogue.code.", float64(d.Limit))
	}
}

// backup writes how backups stand, once there is a schedule or one was made.
func (h *Health) backup(x exposition) {
	if h.Backup == nil {
		return
	}
	s, on := h.Backup()
	if !on {
		return
	}
	x.gauge("kaskad_backup_failed", "1: the last backup failed: kaskad backup now.", one(s.Error != ""))
	if !s.Good.IsZero() {
		x.gauge("kaskad_backup_last_good_timestamp_seconds", "When the last good backup was made.", float64(s.Good.Unix()))
		x.gauge("kaskad_backup_bytes", "The size of the last good backup.", float64(s.Bytes))
	}
}

// search writes how the index of people and messages stands.
func (h *Health) search(x exposition) {
	if h.Search == nil {
		return
	}
	s := h.Search()
	x.gauge("kaskad_search_ready", "1: people and messages can be searched.", one(s.State == "ready"))
	x.gauge("kaskad_search_lag_seconds", "How old the oldest change is that cannot be found yet.", s.Lag)
	x.gauge("kaskad_search_built_ratio", "How much of the index is built, 0 to 1.", s.Built)
	x.gauge("kaskad_search_file_bytes", "The size of search.db.", float64(s.Bytes))
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// slowed is there only where marketing may wait for staff.
func (h *Health) slowed(x exposition) {
	if h.Slowed == nil {
		return
	}
	if gap, on := h.Slowed(); on {
		x.gauge("kaskad_marketing_slowed_seconds", "How long marketing waits between two messages of a channel because so many people wait for an answer; 0: not at all.", gap.Seconds())
	}
}

// AlertFigures are what is open by severity, and what targets did not take since the start.
type AlertFigures struct {
	Open     map[string]int
	Failures map[string]uint64
}

// alerts writes them, where somebody is told.
func (h *Health) alerts(x exposition) {
	if h.Alerts == nil {
		return
	}
	f, on := h.Alerts()
	if !on {
		return
	}
	for severity, n := range f.Open {
		x.gauge("kaskad_alerts_open", "What is wrong now and told: kaskad alerts.", float64(n), "severity", severity)
	}
	for target, n := range f.Failures {
		x.counter("kaskad_alert_failures_total", "Tries to tell a target of alerts that it did not take.", float64(n), "target", target)
	}
}

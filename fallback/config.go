package fallback

import (
	"errors"
	"sort"
	"time"

	"kaskad/bots"
)

// Config is the part of config.toml that says how messages get through.
type Config struct {
	Cascades  map[string]CascadeConfig `toml:"cascades"`
	Consent   ConsentConfig            `toml:"consent"`
	Frequency FrequencyConfig          `toml:"frequency"`
	Spend     SpendConfig              `toml:"spend"`
	// Holidays by country, or all: "2026-04-12", or "12-25" for every year.
	Holidays map[string][]string `toml:"holidays"`
}

// CascadeConfig is one [cascades.NAME]. Empty fields take the defaults of contract and docs/configuration.md.
type CascadeConfig struct {
	Steps      []StepConfig `toml:"steps" json:"steps"`
	Order      string       `toml:"order" json:"order,omitempty"`
	Deadline   Duration     `toml:"deadline" json:"deadline,omitzero"`
	PaidSteps  *int         `toml:"paid_steps" json:"paid_steps,omitempty"`
	QuietHours *QuietConfig `toml:"quiet_hours" json:"quiet_hours,omitempty"`
	// WhenDown is the operator's word alone: what callers of the API write has no say in it.
	WhenDown DownPolicy `toml:"when_down" json:"-"`
}

// StepConfig is one step as people write it.
type StepConfig struct {
	Channel string   `toml:"channel" json:"channel"`
	Wait    Duration `toml:"wait" json:"wait,omitzero"`
	Until   string   `toml:"until" json:"until,omitempty"`
	Task    string   `toml:"task" json:"task,omitempty"` // on channel "staff": what a colleague is asked to do
}

// QuietConfig are quiet hours as people write them; from = to switches them off.
type QuietConfig struct {
	From string   `toml:"from" json:"from"`
	To   string   `toml:"to" json:"to"`
	Ramp Duration `toml:"ramp" json:"ramp,omitzero"`
	// What differs by day is the operator's word alone.
	Days     []string              `toml:"days" json:"-"`
	Weekdays map[string]HourConfig `toml:"weekdays" json:"-"`
	Holidays *bool                 `toml:"holidays" json:"-"`
}

// HourConfig are the quiet hours of one day of the week.
type HourConfig struct {
	From string `toml:"from"`
	To   string `toml:"to"`
}

// ConsentConfig is [consent].
type ConsentConfig struct {
	Marketing string         `toml:"marketing"` // "opt-in" or "opt-out"
	Keywords  KeywordsConfig `toml:"keywords"`
}

// KeywordsConfig are words of the operator's own, besides those that are known.
type KeywordsConfig struct {
	Stop    []string `toml:"stop"`
	StopAll []string `toml:"stop_all"`
	Resume  []string `toml:"resume"`
}

// Core are the rules of a conversation with the operator's words; the error says which of them cannot be one.
func (c ConsentConfig) Core() (bots.Core, error) {
	core := bots.DefaultCore()
	k := &c.Keywords
	return core, errors.Join(
		core.Add(bots.MeansStop, k.Stop), core.Add(bots.MeansStopAll, k.StopAll), core.Add(bots.MeansYes, k.Resume),
	)
}

// FrequencyConfig is [frequency].
type FrequencyConfig struct {
	Marketing   *FrequencyLimit `toml:"marketing"`
	SameMessage *Duration       `toml:"same_message"`
}

// FrequencyLimit bounds marketing deliveries per person; 0: no limit.
type FrequencyLimit struct {
	PerDay  int `toml:"per_day"`
	PerWeek int `toml:"per_week"`
}

// SpendConfig is [spend].
type SpendConfig struct {
	PerDay *bots.Price `toml:"per_day"`
}

// DefaultQuiet are the quiet hours of a cascade that names none.
func DefaultQuiet() Quiet { return Quiet{From: 21 * 60, To: 9 * 60, Ramp: time.Hour} }

const (
	defaultDeadline = 24 * time.Hour
	defaultWait     = 15 * time.Minute // of a step that ends with acceptance: it serves only an uncertain outcome
)

// ConfigFault is one thing wrong in a cascade: which key, and what to do.
type ConfigFault struct {
	Path    string // "cascades.loyalty.steps[1].wait"
	Problem string
	Warning bool
}

// Cascades turns the configuration into cascades, with the built-in ones where the operator wrote none, and says everything
// that is wrong or doubtful. Channels are those that are on; a step of another known channel is passed over, with a warning.
func (c *Config) Cascade(channels map[string]Channel) (map[string]Cascade, []ConfigFault) {
	confs := map[string]CascadeConfig{"service": builtinService(channels), "marketing": builtinMarketing(channels)}
	builtin := map[string]bool{"service": true, "marketing": true}
	for name, conf := range c.Cascades {
		confs[name], builtin[name] = conf, false
	}
	names := make([]string, 0, len(confs))
	for name := range confs {
		names = append(names, name)
	}
	sort.Strings(names)
	all := map[string]Cascade{}
	var faults []ConfigFault
	for _, name := range names {
		conf := confs[name]
		cascade, found := conf.Build(name, name == "marketing", channels)
		all[name] = cascade
		if !builtin[name] {
			faults = append(faults, found...)
		}
	}
	return all, faults
}

// WhenDown is what the operator wrote about channels that take nothing, by name of cascade. It is asked by name when the time comes, so that
// a change of the configuration is for what is under way, too.
func (c *Config) WhenDown() map[string]DownPolicy {
	all := map[string]DownPolicy{}
	for name, conf := range c.Cascades {
		if conf.WhenDown != "" {
			all[name] = conf.WhenDown
		}
	}
	return all
}

func builtinService(channels map[string]Channel) CascadeConfig {
	steps := []StepConfig{{Channel: Messengers, Wait: Lasting(15 * time.Minute), Until: "read"}}
	if _, ok := channels[bots.SMS]; ok {
		steps = append(steps, StepConfig{Channel: bots.SMS})
	}
	return CascadeConfig{Steps: steps}
}

func builtinMarketing(channels map[string]Channel) CascadeConfig {
	steps := []StepConfig{{Channel: bots.Telegram, Until: "accepted"}}
	if _, ok := channels[bots.Viber]; ok {
		steps = append(steps, StepConfig{Channel: bots.Viber, Wait: Lasting(3 * time.Hour), Until: "read"})
	}
	return CascadeConfig{Steps: steps}
}

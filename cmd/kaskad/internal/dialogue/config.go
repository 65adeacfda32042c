package dialogue

import (
	"time"

	"kaskad/fallback"
)

// Config is [dialogue]: what the bot says by itself.
type Config struct {
	Menu       bool              `toml:"menu"`
	AskPhone   bool              `toml:"ask_phone"`
	AskConsent bool              `toml:"ask_consent"`
	Silent     fallback.Duration `toml:"silent"`   // after staff wrote
	PerHour    int               `toml:"per_hour"` // answers in one conversation
	FAQ        string            `toml:"faq"`      // a file; see templates.Questions
}

// DefaultConfig is what a missing key means.
func DefaultConfig() Config {
	return Config{Menu: true, AskPhone: true, AskConsent: true, Silent: fallback.Lasting(30 * time.Minute), PerHour: 20}
}

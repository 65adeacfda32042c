package dialogue

import (
	"time"

	"kaskad/fallback"
	"kaskad/fallback/sms"
)

// Config is [dialogue]: what the bot says by itself.
type Config struct {
	Menu       bool              `toml:"menu"`
	AskPhone   bool              `toml:"ask_phone"`
	AskConsent bool              `toml:"ask_consent"`
	Silent     fallback.Duration `toml:"silent"`   // after staff wrote
	PerHour    int               `toml:"per_hour"` // answers in one conversation
	FAQ        string            `toml:"faq"`      // a file; see templates.Questions
	Balance    BalanceConfig     `toml:"balance"`
}

// DefaultConfig is what a missing key means.
func DefaultConfig() Config {
	return Config{
		Menu: true, AskPhone: true, AskConsent: true, Silent: fallback.Lasting(30 * time.Minute), PerHour: 20,
		Balance: BalanceConfig{Timeout: fallback.Lasting(3 * time.Second), Keep: fallback.Lasting(time.Minute), AtOnce: 4},
	}
}

// BalanceConfig is [dialogue.balance]: how the retailer's system is asked.
type BalanceConfig struct {
	sms.LookupConfig
	Timeout fallback.Duration `toml:"timeout"`
	Keep    fallback.Duration `toml:"keep"`    // an answer is good for so long
	AtOnce  int               `toml:"at_once"` // calls
}

package dialogue

import (
	"time"

	"kaskad/bots"
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
	Code       CodeConfig        `toml:"code"`
}

// DefaultConfig is what a missing key means.
func DefaultConfig() Config {
	return Config{
		Menu: true, AskPhone: true, AskConsent: true, Silent: fallback.Lasting(30 * time.Minute), PerHour: 20,
		Code:    CodeConfig{PerPhone: 5, PerPerson: 5, PerDay: 500, Tries: 5, Pause: fallback.Lasting(time.Minute), Life: fallback.Lasting(10 * time.Minute)},
		Balance: BalanceConfig{Timeout: fallback.Lasting(3 * time.Second), Keep: fallback.Lasting(time.Minute), AtOnce: 4},
	}
}

// CodeConfig is [dialogue.code]: the one-time codes by which a phone is proven that is only the person's word.
type CodeConfig struct {
	PerPhone  int               `toml:"per_phone"`  // a day, whoever asks
	PerPerson int               `toml:"per_person"` // a day, whatever the phones
	PerDay    int               `toml:"per_day"`    // in all; 0: no codes
	Tries     int               `toml:"tries"`
	Pause     fallback.Duration `toml:"pause"` // before a further code
	Life      fallback.Duration `toml:"life"`
	Countries []string          `toml:"countries"` // to whose mobiles codes go; empty: the company's
}

// Rules are these bounds with the key that the codes are sealed with, and the company's country.
func (c *CodeConfig) Rules(key bots.Secret, country string) fallback.CodeRules {
	countries := c.Countries
	if len(countries) == 0 && country != "" {
		countries = []string{country}
	}
	return fallback.CodeRules{
		Countries: countries,
		Key:       key, Life: c.Life.Duration, Pause: c.Pause.Duration, Tries: c.Tries, PerPerson: c.PerPerson, PerPhone: c.PerPhone, PerDay: c.PerDay,
	}
}

// BalanceConfig is [dialogue.balance]: how the retailer's system is asked.
type BalanceConfig struct {
	sms.LookupConfig
	Timeout fallback.Duration `toml:"timeout"`
	Keep    fallback.Duration `toml:"keep"`    // an answer is good for so long
	AtOnce  int               `toml:"at_once"` // calls
}

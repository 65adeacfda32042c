package app

import (
	"strings"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/templates"
)

// loadWords reads the built-in templates and the operator's folder over them.
func loadWords(cfg *Config) (*templates.Set, error) {
	layers := []templates.Layer{templates.Builtin()}
	if cfg.Templates.Dir != "" {
		layers = append(layers, templates.Dir(cfg.Templates.Dir))
	}
	return templates.Load(wordOptions(cfg, traits(cfg)), layers...)
}

// wordOptions is what the templates are checked against: the company, and the channels that are on.
func wordOptions(cfg *Config, channels map[string]fallback.Channel) templates.Options {
	o := templates.Options{Locale: cfg.Company.Locale, Company: company(cfg), StopWords: bots.DefaultCore().StopWords}
	if cfg.Server.PublicURL != "" {
		o.WayOut = strings.TrimRight(cfg.Server.PublicURL, "/") + "/u/" + strings.Repeat("x", wayOutLen)
	}
	o.Link = sampleLink(cfg, 0)
	cascades, _ := cfg.Cascading().Cascade(channels)
	for name, c := range channels {
		o.Channels = append(o.Channels, wordChannel(cfg, name, c, cascades))
	}
	return o
}

// wayOutLen is how long the codes of /u/ are.
const wayOutLen = 40

func company(cfg *Config) templates.Company {
	return templates.Company{Name: cfg.Company.Name, PrivacyURL: cfg.Company.PrivacyURL, Country: cfg.Company.Country}
}

func wordChannel(cfg *Config, name string, c fallback.Channel, cascades map[string]fallback.Cascade) templates.Channel {
	w := templates.Channel{
		Name: name, Format: templates.FormatOf(name, c.Formats), MaxText: c.MaxText, MaxCaption: c.MaxCaption,
		Answerable: c.WayBack, Marketing: sells(name, cascades),
	}
	if name == bots.SMS {
		w.Parts, w.MaxParts = smsParts(cfg)
	}
	return w
}

// sells reports whether some cascade but the service one may carry marketing to a channel.
func sells(channel string, cascades map[string]fallback.Cascade) bool {
	for name, c := range cascades {
		if name == "service" {
			continue
		}
		for _, s := range c.Steps {
			if s.Channel == channel || s.Channel == fallback.Messengers && bots.Messenger(channel) {
				return true
			}
		}
	}
	return false
}

// unpictured warns of pictures that a channel does not show.
func (l *loader) unpictured(cfg *Config, words *templates.Set) {
	for _, f := range words.Unpictured(wordOptions(cfg, traits(cfg))) {
		l.faults = append(l.faults, Fault{File: f.File, Line: f.Line, Problem: f.Problem + ": " + f.Fix, Warning: true})
	}
}

package app

import (
	"slices"
	"strings"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/links"
	"kaskad/fallback"
	"kaskad/templates"
)

// loadWords reads the built-in templates and the operator's folder over them.
func loadWords(cfg *Config) (*templates.Set, error) {
	layers := []templates.Layer{templates.Builtin()}
	if cfg.Templates.Dir != "" {
		layers = append(layers, templates.Dir(cfg.Templates.Dir))
	}
	if cfg.Dialogue.FAQ != "" {
		layers = append(layers, templates.Questions(cfg.Dialogue.FAQ))
	}
	return templates.Load(wordOptions(cfg, traits(cfg)), layers...)
}

// takeWords gives what loadWords gives, once without reading it again: to compile all templates is most of what a start costs.
func takeWords(cfg *Config) (*templates.Set, error) {
	if words := cfg.Templates.read; words != nil {
		cfg.Templates.read = nil
		return words, nil
	}
	return loadWords(cfg)
}

// wordOptions is what the templates are checked against: the company, and the channels that are on.
func wordOptions(cfg *Config, channels map[string]fallback.Channel) templates.Options {
	core, _ := cfg.Consent.Core() // what is wrong with a word, validate has told
	o := templates.Options{Locale: cfg.Company.Locale, Company: company(cfg), StopWords: core.StopWords()}
	if cfg.Server.PublicURL != "" {
		o.WayOut = strings.TrimRight(cfg.Server.PublicURL, "/") + links.SampleWayOut()
	}
	o.Link = sampleLink(cfg, 0)
	cascades, _ := cfg.Cascading().Cascade(channels)
	for name, c := range channels {
		o.Channels = append(o.Channels, wordChannel(cfg, name, c, cascades))
	}
	return o
}

func company(cfg *Config) templates.Company {
	return templates.Company{Name: cfg.Company.Name, PrivacyURL: cfg.Company.PrivacyURL, Country: cfg.Company.Country}
}

func wordChannel(cfg *Config, name string, c fallback.Channel, cascades map[string]fallback.Cascade) templates.Channel {
	w := templates.Channel{
		Name: name, Format: templates.FormatOf(name, c.Formats), MaxText: c.MaxText, MaxCaption: c.MaxCaption,
		Answerable: c.WayBack, Marketing: sells(name, cascades), Window: c.Window > 0, Unused: !sends(name, cascades),
	}
	if name == bots.SMS {
		w.Parts, w.MaxParts = smsParts(cfg)
	}
	return w
}

// sells reports whether some cascade but the service one may carry marketing to a channel.
func sells(channel string, cascades map[string]fallback.Cascade) bool {
	for name, c := range cascades {
		if name != "service" && carries(c, channel) {
			return true
		}
	}
	return false
}

// sends reports whether some cascade has a step on a channel.
func sends(channel string, cascades map[string]fallback.Cascade) bool {
	for _, c := range cascades {
		if carries(c, channel) {
			return true
		}
	}
	return false
}

func carries(c fallback.Cascade, channel string) bool {
	return slices.ContainsFunc(c.Steps, func(s fallback.Step) bool {
		return s.Channel == channel || s.Channel == fallback.Messengers && bots.Messenger(channel)
	})
}

// unfit warns of pictures that a channel does not show, of texts that no approved template stands for where one is needed, and of
// built-in texts that are too long for a channel.
func (l *loader) unfit(cfg *Config, words *templates.Set) {
	o := wordOptions(cfg, traits(cfg))
	for _, f := range slices.Concat(words.Unpictured(o), words.Unapproved(o), words.Overlong(o)) {
		l.faults = append(l.faults, Fault{File: f.File, Line: f.Line, Problem: f.Problem + ": " + f.Fix, Warning: true})
	}
}

package app

import (
	"cmp"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/dialogue"
	"kaskad/templates"
)

// welcome words what is said to a person who looks in, where the channel takes it as the response to its call. Whoever taps one
// of its buttons has written to us, and can be written to from then on. Whose link was another's hears that, by the reason. Given the
// templates in use, it is pure.
func welcome(cfg *Config, loaded func() *templates.Set) func(refused string, c *bots.Contact, channel string) bots.Outgoing {
	channels := traits(cfg)
	return func(refused string, c *bots.Contact, channel string) bots.Outgoing {
		words, locale := loaded(), c.Locale
		if locale == "" {
			locale = cfg.Company.Locale
		}
		out := bots.Outgoing{Buttons: []bots.Button{{Text: words.Phrase(locale, templates.Begin), Data: "begin"}}}
		if c.Phone == "" || refused == bots.LinkUnproven {
			out.Buttons = append(out.Buttons, bots.Button{Text: words.Phrase(locale, templates.SharePhone), Data: bots.ShareContact})
		}
		format := templates.FormatOf(channel, channels[channel].Formats)
		written, err := words.Render(templates.Input{Template: dialogue.Greets(refused), Locale: locale, Channel: channel, Format: format, Company: company(cfg)})
		if err != nil { // the check of templates at the start has rendered it; an operator's variant may still be too long with a name
			out.Text = cmp.Or(cfg.Company.Name, "👋")
			return out
		}
		out.Text, out.Markup = written.Text, written.Markup
		if written.Units <= channels[channel].MaxCaption {
			out.Image = written.Image
		}
		return out
	}
}

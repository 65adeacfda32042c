package app

import (
	"fmt"
	"slices"
	"strings"

	"kaskad/bots"
	"kaskad/bots/whatsapp"
	"kaskad/fallback/sms"
	"kaskad/templates"
)

// offered are the channels a template can be looked at for although they are not on, with what is known of their limits. No adapter
// brings those of e-mail yet.
func offered(name string) templates.Channel {
	c := templates.Channel{Name: name, Answerable: name != bots.SMS && name != bots.Email}
	switch name {
	case bots.Telegram:
		c.Format, c.MaxText, c.MaxCaption = templates.Telegram, 4096, 1024
	case bots.Viber:
		c.Format, c.MaxText, c.MaxCaption = templates.Viber, 7000, 512
	case bots.WhatsApp:
		l := whatsapp.DefaultConfig().Limits()
		c.Format, c.MaxText, c.MaxCaption = templates.WhatsApp, l.MaxText, l.MaxCaption
	case bots.WhatsAppCloud:
		c.Format, c.MaxText, c.MaxCaption = templates.WhatsApp, 4096, 1024
	case bots.Email:
		c.Format = templates.Email
	case bots.SMS:
		c.Format, c.MaxParts = templates.SMS, sms.DefaultMaxParts
	}
	return c
}

// named are the channels to look at: those asked for, else those that are on.
func (v *previewer) named(asked []string) ([]string, error) {
	if len(asked) == 0 {
		for name := range v.channels {
			asked = append(asked, name)
		}
	}
	for _, name := range asked {
		if !slices.Contains(bots.Channels(), name) {
			return nil, fmt.Errorf("no channel %q; the channels are %s", name, strings.Join(bots.Channels(), ", "))
		}
	}
	list := slices.Clone(asked)
	slices.SortFunc(list, func(a, b string) int { return slices.Index(bots.Channels(), a) - slices.Index(bots.Channels(), b) })
	return slices.Compact(list), nil
}

// picture shows the image, or says why it is left out.
func (s *PreviewChannel) picture(r *templates.Rendered, limits *templates.Channel) {
	switch {
	case r.Image == "":
	case limits.Format == templates.Email || r.Units <= limits.MaxCaption:
		s.Image = r.Image
	case limits.MaxCaption == 0:
		s.Note = "the channel shows no pictures: the text goes alone"
	default:
		s.Note = fmt.Sprintf("more than %d characters: the text goes without its picture", limits.MaxCaption)
	}
}

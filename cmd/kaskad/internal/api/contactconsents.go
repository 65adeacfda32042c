package api

import (
	"context"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

// caller is who tells a consent, as the evidence names them.
func caller(ctx context.Context) string {
	who, _ := people.From(ctx)
	if who.Person != "" {
		return "account:" + who.Name
	}
	return "key:" + who.Name
}

func showConsents(c *bots.Contact) Consents {
	out := Consents{Marketing: showConsent(c.Marketing)}
	for _, on := range c.On {
		if out.Channels == nil {
			out.Channels = map[string]Consent{}
		}
		out.Channels[on.Channel] = showConsent(on.Consent)
	}
	if c.All.State != bots.Unknown {
		all := showConsent(c.All)
		out.All = &all
	}
	return out
}

func showConsent(c bots.Consent) Consent {
	out := Consent{State: c.State.String(), At: utc(c.At), Source: c.Source, Words: c.Words, Version: c.Version, By: c.By}
	if c.ByPerson {
		out.By = "person"
	}
	return out
}

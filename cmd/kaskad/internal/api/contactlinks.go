package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// linkLife is how long a link tells who opens the bot. It is used once.
const linkLife = 7 * 24 * time.Hour

type makeLinksIn struct {
	ContactPath
	Body *struct {
		Channels []string `json:"channels,omitempty" maxItems:"6" doc:"All that can be opened by a link, unless written"`
		Source   string   `json:"source,omitempty" maxLength:"64" doc:"Code of the source that whoever opens them comes from" example:"receipt"`
	}
}

type makeLinksOut struct {
	Body struct {
		Links []ContactLink `json:"links" nullable:"false"`
	}
}

// ContactLink is a link by which one person opens a bot, and is known there from then on.
type ContactLink struct {
	Channel   string    `json:"channel"`
	URL       string    `json:"url"`
	Page      string    `json:"page" doc:"A page of ours with the same link: for printers, mail and chats that know no viber:// links; empty without [server] public_url"`
	QR        string    `json:"qr" doc:"The url (of Viber and WhatsApp the page, where there is one) as a QR code, to print or show: a data: URL of a PNG, 8 pixels a module"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (a *API) makeLinks(ctx context.Context, in *makeLinksIn) (*makeLinksOut, error) {
	var asked []string
	source := ""
	if in.Body != nil {
		asked, source = in.Body.Channels, in.Body.Source
	}
	channels, err := a.linkable(asked)
	if err != nil {
		return nil, err
	}
	c, err := a.find(ctx, in.Ref)
	if err != nil {
		return nil, err
	}
	doing(ctx).contact = c.ID
	if source != "" {
		if _, err := a.oneSource(ctx, source); err != nil {
			return nil, err
		}
	}
	out := &makeLinksOut{}
	out.Body.Links = []ContactLink{}
	for _, channel := range channels {
		link, err := a.makeLink(ctx, c.ID, channel, source)
		if err != nil {
			return nil, err
		}
		out.Body.Links = append(out.Body.Links, link)
	}
	return out, nil
}

// linkable checks the channels asked for.
func (a *API) linkable(asked []string) ([]string, error) {
	can := slices.Sorted(maps.Keys(a.Links))
	if len(can) == 0 {
		return nil, unfit("channel_off", "channels", "No bot that is on can be opened by a link: switch Telegram, Viber, WhatsApp or WhatsApp's Business Platform on in the configuration.")
	}
	if len(asked) == 0 {
		return can, nil
	}
	asked = slices.Compact(slices.Sorted(slices.Values(asked)))
	for _, channel := range asked {
		if !slices.Contains(bots.Channels(), channel) {
			return nil, unfit("unknown_channel", "channels", "There is no channel %.40q.%s Those that can be opened by a link: %s.", channel, didYouMean(channel, can), strings.Join(can, ", "))
		}
		if a.Links[channel] == nil {
			return nil, unfit("channel_off", "channels", "%.40q is off or cannot be opened by a link. Those that can: %s.", channel, strings.Join(can, ", "))
		}
	}
	return asked, nil
}

// makeLink asks first whether the bot can be linked to, then makes the token: it is durable before anybody can open the link.
func (a *API) makeLink(ctx context.Context, contact bots.ID, channel, source string) (ContactLink, error) {
	open := a.Links[channel]
	if _, err := open(""); err != nil {
		p := problem(http.StatusServiceUnavailable, "channel_not_ready", "channels", "%s cannot be linked to yet: %v. Ask again in a few seconds.", channel, err)
		p.retryAfter = retryAfter
		return ContactLink{}, p
	}
	link, err := a.Store.MakeLink(ctx, contact, channel, source, time.Now().Add(linkLife))
	if err != nil {
		return ContactLink{}, err
	}
	url, err := open(link.Token)
	if err != nil {
		return ContactLink{}, err
	}
	both := SourceLink{Channel: channel, URL: url, Page: a.Ways.Page(link.Token, channel)}
	drawn, err := picture(both.printed())
	return ContactLink{Channel: channel, URL: url, Page: both.Page, QR: drawn, ExpiresAt: link.Expires.UTC()}, err
}

package viber

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"kaskad/bots"
)

// Check asks Viber who we are, and whether its calls reach us.
func (b *Bot) Check(ctx context.Context) (bots.Identity, error) {
	a, err := b.account(ctx)
	if err != nil {
		return bots.Identity{}, err
	}
	return bots.Identity{Name: a.Name, Warnings: b.warnings(a)}, nil
}

func (b *Bot) account(ctx context.Context) (account, error) {
	var a account
	if err := b.call(ctx, "get_account_info", []byte("{}"), &a); err != nil {
		return a, fmt.Errorf("viber: who we are: %w", err)
	}
	if a.URI != "" {
		b.uri.Store(&a.URI)
	}
	return a, nil
}

// warnings compares the webhook that Viber knows with ours. It shows only hosts: the path is secret.
func (b *Bot) warnings(a account) []string {
	var all []string
	ours := b.hook.Load()
	switch {
	case a.Webhook == "":
		all = append(all, "viber: Viber knows no webhook, so nobody can write to the bot: it is set when the gateway starts with [server] public_url")
	case ours != nil && a.Webhook != *ours && host(a.Webhook) != host(*ours):
		all = append(all, fmt.Sprintf("viber: the webhook was changed to %s: is the token used elsewhere? A restart sets it back", host(a.Webhook)))
	case ours != nil && a.Webhook != *ours:
		all = append(all, "viber: the webhook was changed to another path: is the token used by a second gateway? A restart sets it back")
	}
	if missing := missingEvents(a.EventTypes); a.Webhook != "" && a.EventTypes != nil && len(missing) > 0 {
		all = append(all, fmt.Sprintf("viber: the webhook is not told of %s: a restart asks for all of them", strings.Join(missing, ", ")))
	}
	return all
}

// Inspect asks Viber where it calls. Viber tells neither what it keeps for us nor whether its calls fail.
func (b *Bot) Inspect(ctx context.Context, url bots.Secret) (bots.Registration, error) {
	a, err := b.account(ctx)
	if err != nil {
		return bots.Registration{}, err
	}
	r := bots.Registration{Ours: a.Webhook == url.Reveal(), Pending: -1}
	if a.Webhook != "" {
		r.Host = host(a.Webhook)
	}
	return r, nil
}

// Link is the address that opens the chat with the bot and brings payload back. It works where Viber is installed.
func (b *Bot) Link(ctx context.Context, payload string) (string, error) {
	uri := b.uri.Load()
	if uri == nil {
		if _, err := b.account(ctx); err != nil {
			return "", err
		}
		if uri = b.uri.Load(); uri == nil {
			return "", errors.New("viber: the bot has no address for links yet: give it a URI on its page at https://partners.viber.com")
		}
	}
	return "viber://pa?chatURI=" + escaped(*uri) + "&context=" + escaped(payload), nil
}

// escaped writes a space as %20: not every program that opens such a link reads a plus as one.
func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// filtered are the events that Viber leaves out when it is not asked for them.
var filtered = []string{"delivered", "seen", "failed", "conversation_started"}

func missingEvents(have []string) (missing []string) {
	for _, e := range filtered {
		if !slices.Contains(have, e) {
			missing = append(missing, e)
		}
	}
	return missing
}

func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "another address"
	}
	return u.Host
}

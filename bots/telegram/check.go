package telegram

import (
	"context"
	"fmt"
	"net/url"

	"kaskad/bots"
)

// Check asks Telegram who we are and whether updates can come the way the configuration wants.
func (b *Bot) Check(ctx context.Context) (bots.Identity, error) {
	me, err := b.getMe(ctx)
	if err != nil {
		return bots.Identity{}, err
	}
	who := bots.Identity{Name: "@" + me.Username}
	if !me.CanJoinGroups {
		who.Warnings = append(who.Warnings, "telegram: the bot cannot be added to groups, so there can be no staff group: allow it with /setjoingroups at @BotFather")
	}
	hook, err := b.hookInfo(ctx)
	if err != nil {
		return who, err
	}
	who.Warnings = append(who.Warnings, b.hookWarnings(hook)...)
	return who, nil
}

// hookWarnings compares the webhook that Telegram knows with the configuration. It shows only the host: the path is secret.
func (b *Bot) hookWarnings(hook webhookInfo) []string {
	polls := b.cfg.Updates == Poll
	switch {
	case polls && hook.URL != "":
		return []string{fmt.Sprintf("telegram: a webhook is set at %s while updates = \"poll\": it is removed when polling starts; is the token used elsewhere?", host(hook.URL))}
	case polls:
		return nil
	case hook.URL == "":
		return []string{"telegram: updates = \"webhook\", but Telegram knows no webhook yet: it is set when the gateway starts"}
	case hook.LastErrorMessage != "":
		return []string{fmt.Sprintf("telegram: the last webhook call to %s failed: %s", host(hook.URL), b.redact(hook.LastErrorMessage))}
	}
	return nil
}

func (b *Bot) getMe(ctx context.Context) (user, error) {
	var me user
	if err := b.call(ctx, b.opt.Client, "getMe", nil, &me); err != nil {
		return user{}, fmt.Errorf("telegram: who we are: %w", err)
	}
	b.username.Store(&me.Username)
	return me, nil
}

func (b *Bot) hookInfo(ctx context.Context) (webhookInfo, error) {
	var hook webhookInfo
	if err := b.call(ctx, b.opt.Client, "getWebhookInfo", nil, &hook); err != nil {
		return webhookInfo{}, fmt.Errorf("telegram: whether a webhook is set: %w", err)
	}
	return hook, nil
}

func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "another address"
	}
	return u.Host
}

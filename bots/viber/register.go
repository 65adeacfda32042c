package viber

import (
	"context"
	"fmt"
	"slices"
	"strings"

	viber "github.com/mileusna/viber"

	"kaskad/bots"
)

// Register makes url the place that Viber calls. Viber calls it before it answers, so that somebody must be listening there.
func (b *Bot) Register(ctx context.Context, url bots.Secret) error {
	at := url.Reveal()
	if !webAddress(at) { // an empty one would take the chat away from everybody
		return &bots.SendError{Fault: bots.Misconfigured, Err: fmt.Errorf("viber: there is no address to register; set [server] public_url")}
	}
	body, err := encode(webhookRequest{
		WebhookReq: viber.WebhookReq{URL: at, EventTypes: slices.Concat(filtered, []string{"subscribed", "unsubscribed"})},
		SendName:   true,
	})
	if err != nil {
		return fmt.Errorf("viber: set the webhook: %w", err)
	}
	var answer account
	if err := b.call(ctx, "set_webhook", body, &answer); err != nil {
		return b.notRegistered(at, err)
	}
	b.hook.Store(&at)
	if missing := missingEvents(answer.EventTypes); answer.EventTypes != nil && len(missing) > 0 {
		b.opt.Log.Warn("viber does not tell of all events", "missing", strings.Join(missing, ","))
	}
	return nil
}

// notRegistered says what to do when Viber did not reach us.
func (b *Bot) notRegistered(at string, err error) error {
	e := *bots.FaultOf(err)
	if e.Code != "1" {
		return fmt.Errorf("viber: set the webhook: %w", &e)
	}
	e.Fault = bots.Misconfigured
	e.Err = fmt.Errorf("viber called %s and got no answer it accepts; [server] public_url must be an https address that the whole internet reaches, with a certificate of a known authority (none made by oneself), and lead to this program", host(at))
	return fmt.Errorf("viber: set the webhook: %w", &e)
}

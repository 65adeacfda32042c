package demo

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
)

// atOnce is how many customers open their bots at the same time.
const atOnce = 8

// join imports the customers, in order, and lets them open the bots through their own links.
func (w *World) join(ctx context.Context, shop Shop) error {
	for i := range w.people {
		if err := w.people[i].enter(ctx, shop); err != nil {
			return fmt.Errorf("customer %s: %w", w.people[i].name, err)
		}
	}
	if err := cmp.Or(w.told(ctx), w.paired(ctx)); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := range w.people {
		p := &w.people[i]
		g.Go(func() error {
			if err := w.open(ctx, shop, p); err != nil {
				return fmt.Errorf("customer %s: %w", p.name, err)
			}
			w.board.join(i)
			return nil
		})
	}
	return g.Wait()
}

// told waits until the gateway has told Viber where it is: before, nobody can open a chat with it.
func (w *World) told(ctx context.Context) error {
	for {
		for _, c := range w.Viber.CallsOf("set_webhook") {
			if c.HTTP == http.StatusOK && c.Status == 0 {
				return nil
			}
		}
		if err := nap(ctx); err != nil {
			return fmt.Errorf("viber was not told where the gateway is: %w", err)
		}
	}
}

// enter puts a customer into the gateway, as an import from the till would. Who is known by nothing but a chat comes later.
func (p *person) enter(ctx context.Context, shop Shop) error {
	if p.whatsapp.hidden && !p.whatsapp.cold {
		return nil
	}
	contact := map[string]any{"name": p.name, "locale": "uk"}
	if p.phone != "" {
		contact["phone"] = p.phone
	}
	return shop.call(ctx, "PUT", p.path(), contact, nil)
}

func (p *person) path() string { return "/v1/contacts/" + url.PathEscape("ext:"+p.card) }

// open lets a customer open their bots.
func (w *World) open(ctx context.Context, shop Shop, p *person) error {
	if p.viber != "" {
		if err := w.openViber(ctx, shop, p); err != nil {
			return fmt.Errorf("viber: %w", err)
		}
	}
	if p.chat != 0 {
		if err := w.openTelegram(ctx, shop, p); err != nil {
			return fmt.Errorf("telegram: %w", err)
		}
	}
	if p.whatsapp.number != "" {
		if err := w.openWhatsApp(ctx, shop, p); err != nil {
			return fmt.Errorf("whatsapp: %w", err)
		}
	}
	if p.cloud != nil {
		if err := w.openCloud(ctx, shop, p); err != nil {
			return fmt.Errorf("whatsapp_cloud: %w", err)
		}
	}
	return nil
}

func (w *World) openTelegram(ctx context.Context, shop Shop, p *person) error {
	link, err := p.link(ctx, shop, bots.Telegram)
	if err != nil {
		return err
	}
	to, err := url.Parse(link)
	if err != nil {
		return err
	}
	if _, err := w.Telegram.Start(p.chat, to.Query().Get("start")); err != nil {
		return err
	}
	id := strconv.FormatInt(p.chat, 10)
	if err := p.known(ctx, shop, bots.Telegram, id, "active"); err != nil {
		return err
	}
	// The welcome comes before the bonus, as in life.
	if _, err := w.Telegram.WaitMessage(ctx, p.chat, 1); err != nil || !p.blocks {
		return err
	}
	if err := w.Telegram.Block(p.chat); err != nil {
		return err
	}
	return p.known(ctx, shop, bots.Telegram, id, "blocked")
}

// openViber ends with a tap on the button under the welcome: from then on the bot may write.
func (w *World) openViber(ctx context.Context, shop Shop, p *person) error {
	link, err := p.link(ctx, shop, bots.Viber)
	if err != nil {
		return err
	}
	if err := w.Viber.OpenLink(p.viber, link); err != nil {
		return err
	}
	welcome, err := w.Viber.WaitMessage(ctx, p.viber, 1)
	if err != nil {
		return err
	}
	if _, err := w.Viber.PressButton(p.viber, welcome.Token, 0); err != nil {
		return err
	}
	if err := p.known(ctx, shop, bots.Viber, p.viber, "active"); err != nil || !p.leaves {
		return err
	}
	if err := w.Viber.Unsubscribe(p.viber); err != nil {
		return err
	}
	return p.known(ctx, shop, bots.Viber, p.viber, "blocked")
}

// link is by which one customer opens a bot.
func (p *person) link(ctx context.Context, shop Shop, channel string) (string, error) {
	var made struct{ Links []struct{ URL string } }
	if err := shop.call(ctx, "POST", p.path()+"/links", map[string]any{"channels": []string{channel}}, &made); err != nil {
		return "", err
	}
	if len(made.Links) != 1 {
		return "", fmt.Errorf("%d links came for one channel", len(made.Links))
	}
	return made.Links[0].URL, nil
}

// known waits until the gateway knows the state of a customer's address.
func (p *person) known(ctx context.Context, shop Shop, channel, id, state string) error {
	for {
		var have struct {
			Addresses []struct{ Channel, ID, State string }
		}
		if err := shop.call(ctx, "GET", p.path(), nil, &have); err != nil {
			return err
		}
		for _, a := range have.Addresses {
			if a.Channel == channel && a.ID == id && a.State == state {
				return nil
			}
		}
		if err := nap(ctx); err != nil {
			return fmt.Errorf("the address is not %s: %w", state, err)
		}
	}
}

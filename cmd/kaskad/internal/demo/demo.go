// Package demo shows the whole program on one machine without accounts: simulated messengers and an SMS provider on loopback,
// speaking the real wire protocols, with sample customers behind them who read, ignore, reply, press, react and block.
//
// It talks to the gateway as a retailer's system would: over the HTTP API, nothing else. It keeps nothing; the servers end with
// Close.
//
// It never touches the gateway's store, and never calls anything but loopback addresses.
package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/bots/simulator/sms"
	"kaskad/bots/simulator/telegram"
	"kaskad/bots/simulator/viber"
)

// Options say how fast the people live, and what they are asked.
type Options struct {
	Speed float64 // delays and waits are divided by it
	Seed  uint64
}

// World is the simulated messengers with the people behind them.
type World struct {
	Telegram *telegram.Server
	Viber    *viber.Server
	SMS      *sms.Server
	opt      Options
	people   []person
}

// Gateway is the program under show, through its API.
type Gateway interface {
	Call(ctx context.Context, method, path string, in, out any) error
}

// Start starts the servers.
func Start(o Options) (*World, error) {
	tg, err := telegram.New(telegram.Options{Speed: o.Speed, Seed: o.Seed, Name: "Kaskad demo"})
	if err != nil {
		return nil, err
	}
	vb, err := viber.New(viber.Options{Speed: o.Speed, Seed: o.Seed, Name: "Kaskad demo"})
	if err != nil {
		tg.Close()
		return nil, err
	}
	provider, err := sms.New(sms.Options{Speed: o.Speed, Seed: o.Seed, Price: 92, Currency: "UAH"})
	if err != nil {
		tg.Close()
		vb.Close()
		return nil, err
	}
	w := &World{Telegram: tg, Viber: vb, SMS: provider, opt: o, people: customers()}
	if err := w.settle(); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// Close ends the servers.
func (w *World) Close() error {
	return errors.Join(w.Telegram.Close(), w.Viber.Close(), w.SMS.Close())
}

// settle puts the people behind their messengers.
func (w *World) settle() error {
	for _, p := range w.people {
		if p.chat != 0 {
			err := w.Telegram.AddPerson(telegram.Person{ID: p.chat, FirstName: p.name, LanguageCode: "uk", Phone: p.phone, Habits: p.habits})
			if err != nil {
				return err
			}
		}
		if p.viber != "" {
			err := w.Viber.AddPerson(viber.Person{ID: p.viber, Name: p.name, Phone: strings.TrimPrefix(p.phone, "+"), Habits: p.viberHabits})
			if err != nil {
				return err
			}
		}
		if p.phone != "" {
			if err := w.SMS.AddPerson(sms.Person{Phone: p.phone, Habits: p.phoneHabits, Unreachable: p.offNet}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Play is a retailer's morning: customers are imported, some open the bot through their personal link, then everyone gets the
// loyalty bonus. It returns when every delivery is final.
func (w *World) Play(ctx context.Context, g Gateway) (*Report, error) {
	for i := range w.people {
		if err := w.join(ctx, g, &w.people[i]); err != nil {
			return nil, fmt.Errorf("customer %s: %w", w.people[i].name, err)
		}
	}
	began := time.Now()
	ids, err := w.send(ctx, g)
	if err != nil {
		return nil, err
	}
	rows, err := w.follow(ctx, g, ids)
	if err != nil {
		return nil, err
	}
	return newReport(rows, time.Since(began), w.opt.Speed), nil
}

// join imports one customer and lets them open the bot through their own link.
func (w *World) join(ctx context.Context, g Gateway, p *person) error {
	contact := map[string]any{"name": p.name, "locale": "uk"}
	if p.phone != "" {
		contact["phone"] = p.phone
	}
	if err := g.Call(ctx, "PUT", "/v1/contacts/"+url.PathEscape("ext:"+p.card), contact, nil); err != nil {
		return err
	}
	if p.viber != "" {
		if err := w.joinViber(ctx, g, p); err != nil {
			return fmt.Errorf("viber: %w", err)
		}
	}
	if p.chat == 0 {
		return nil
	}
	address, err := personal(ctx, g, p, bots.Telegram)
	if err != nil {
		return err
	}
	link, err := url.Parse(address)
	if err != nil {
		return err
	}
	if _, err := w.Telegram.Start(p.chat, link.Query().Get("start")); err != nil {
		return err
	}
	if err := linked(ctx, g, p, bots.Telegram, strconv.FormatInt(p.chat, 10), "active"); err != nil {
		return err
	}
	// The welcome comes before the bonus, as in life.
	if _, err := w.Telegram.WaitMessage(ctx, p.chat, 1); err != nil {
		return err
	}
	if p.blocks {
		if err := w.Telegram.Block(p.chat); err != nil {
			return err
		}
		return linked(ctx, g, p, bots.Telegram, strconv.FormatInt(p.chat, 10), "blocked")
	}
	return nil
}

// joinViber lets a customer open the Viber bot through their own link, and tap the button under the welcome: from then on the bot
// may write to them.
func (w *World) joinViber(ctx context.Context, g Gateway, p *person) error {
	link, err := personal(ctx, g, p, bots.Viber)
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
	return linked(ctx, g, p, bots.Viber, p.viber, "active")
}

// personal is the link by which one customer opens a bot.
func personal(ctx context.Context, g Gateway, p *person, channel string) (string, error) {
	var made struct {
		Links []struct{ URL string } `json:"links"`
	}
	err := g.Call(ctx, "POST", "/v1/contacts/"+url.PathEscape("ext:"+p.card)+"/links", map[string]any{"channels": []string{channel}}, &made)
	if err != nil {
		return "", err
	}
	return made.Links[0].URL, nil
}

// linked waits until the gateway knows the state of a customer's address.
func linked(ctx context.Context, g Gateway, p *person, channel, id, state string) error {
	for {
		var have struct {
			Addresses []struct{ Channel, ID, State string } `json:"addresses"`
		}
		if err := g.Call(ctx, "GET", "/v1/contacts/"+url.PathEscape("ext:"+p.card), nil, &have); err != nil {
			return err
		}
		for _, a := range have.Addresses {
			if a.Channel == channel && a.ID == id && a.State == state {
				return nil
			}
		}
		if err := nap(ctx); err != nil {
			return fmt.Errorf("%s address is not %s: %w", channel, state, err)
		}
	}
}

// send asks for the bonus of everyone in one batch.
func (w *World) send(ctx context.Context, g Gateway) ([]string, error) {
	var batch struct {
		Deliveries []map[string]any `json:"deliveries"`
	}
	for _, p := range w.people {
		batch.Deliveries = append(batch.Deliveries, map[string]any{
			"to": "ext:" + p.card, "template": "bonus", "cascade": "loyalty", "data": map[string]any{"points": p.points}, "key": "bonus-" + p.card,
		})
	}
	var answer struct {
		Results []struct{ ID, State, Detail string } `json:"results"`
	}
	if err := g.Call(ctx, "POST", "/v1/deliveries:batch", batch, &answer); err != nil {
		return nil, err
	}
	ids := make([]string, len(answer.Results))
	for i, r := range answer.Results {
		if r.ID == "" {
			return nil, fmt.Errorf("bonus of %s: %s", w.people[i].name, r.Detail)
		}
		ids[i] = r.ID
	}
	return ids, nil
}

// follow waits until every delivery is final, and a moment longer for what comes late.
func (w *World) follow(ctx context.Context, g Gateway, ids []string) ([]Row, error) {
	for {
		open := 0
		for _, id := range ids {
			d, err := read(ctx, g, id)
			if err != nil {
				return nil, err
			}
			if !d.final() {
				open++
			}
		}
		if open == 0 {
			break
		}
		if err := nap(ctx); err != nil {
			return nil, fmt.Errorf("%d deliveries are still open: %w", open, err)
		}
	}
	rows := make([]Row, len(ids))
	for i, id := range ids {
		d, err := read(ctx, g, id)
		if err != nil {
			return nil, err
		}
		rows[i] = w.row(&w.people[i], d)
	}
	return rows, nil
}

func nap(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(50 * time.Millisecond):
		return nil
	}
}

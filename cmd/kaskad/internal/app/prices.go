package app

import (
	"fmt"

	"kaskad/bots"
)

// written is a price of the configuration with its key.
type written struct {
	key   string
	price bots.Price
}

// prices are all that the operator wrote, [spend] last.
func prices(cfg *Config) []written {
	all := []written{{"telegram.price", cfg.Telegram.Price}, {"viber.price", cfg.Viber.Price}, {"whatsapp.price", cfg.WhatsApp.Price}, {"whatsapp_cloud.price", cfg.WhatsAppCloud.Price}}
	for i := range cfg.SMS {
		all = append(all, written{fmt.Sprintf("sms[%d].price", i), cfg.SMS[i].Price})
	}
	if p := cfg.Spend.PerDay; p != nil {
		all = append(all, written{"spend.per_day", *p})
	}
	return all
}

// currency is the one of all prices.
func currency(cfg *Config) string { return firstPrice(cfg).price.Currency }

// firstPrice is the first price with a currency: it decides for all.
func firstPrice(cfg *Config) written {
	for _, p := range prices(cfg) {
		if p.price.Currency != "" {
			return p
		}
	}
	return written{}
}

// priceOf is a price that may be left out: nothing, of the currency of all others.
func priceOf(p bots.Price, cfg *Config) bots.Money {
	m, err := p.Money()
	if err != nil { // left out, or refused by validate
		return bots.Money{Currency: currency(cfg)}
	}
	return m
}

// money looks for prices of another currency than the first one.
func (l *loader) money(cfg *Config) {
	for _, may := range []written{{"telegram.price", cfg.Telegram.Price}, {"whatsapp.price", cfg.WhatsApp.Price}} { // or be left out
		if _, err := may.price.Money(); may.price != (bots.Price{}) && err != nil {
			l.add(may.key, "%v", err)
		}
	}
	first := firstPrice(cfg)
	one := first.price.Currency
	for _, p := range prices(cfg) {
		if p.price.Currency == "" || p.price.Currency == one {
			continue
		}
		if p.key == "spend.per_day" && l.lines[p.key] == 0 {
			l.add(first.key+".currency", "write [spend] per_day = { amount = \"…\", currency = %q }: it is %s %s unless written, and all prices and [spend] must be of one currency", one, p.price.Amount, p.price.Currency)
		} else {
			l.add(p.key+".currency", "%q: all prices and [spend] must be of one currency, and another one is %q", p.price.Currency, one)
		}
	}
}

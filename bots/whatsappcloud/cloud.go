// Package whatsappcloud talks to people through a number of the official WhatsApp Business Platform (Meta's Cloud API).
//
// See https://developers.facebook.com/documentation/business-messaging/whatsapp/ and Meta's OpenAPI file at
// https://github.com/facebook/openapi. A message that the Graph API took is accepted and no more; everything else comes as calls
// of Meta's, signed, many in one body, in any order and more than once. "Read" may come without "delivered", and never comes from
// people who switched read receipts off.
//
// It keeps nothing. It never sends a message a second time, never follows a redirect, and never fetches a file from a host that is
// not Meta's.
//
// # Who a person is
//
// A person is a phone as WhatsApp proves it ("+380501112233") or, since WhatsApp lets people hide it, a business-scoped user id
// ("UA.13491208655302741918"). Where a call tells both, the phone is the address and the id stands beside it (Event.Also). The
// names of the fields that carry such ids are taken from what partners of Meta write and were never seen on a real number here.
//
// # What is written outside the 24 hours
//
// Free text is taken only within 24 hours after the person's last message; Limits.Window says so, and the engine asks for an approved
// template (Outgoing.Approved) outside. Where Meta counts otherwise than we do, it answers 131047, which is told as window_closed.
package whatsappcloud

import (
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"kaskad/bots"
)

var (
	_ bots.Sender   = (*Bot)(nil)
	_ bots.Pricer   = (*Bot)(nil)
	_ bots.Webhook  = (*Bot)(nil)
	_ bots.Replayer = (*Bot)(nil)
	_ bots.Fetcher  = (*Bot)(nil)
)

// Options are what a bot is given by the program around it. The zero value works.
type Options struct {
	Client *bots.Client // nil: one of its own
	Log    *slog.Logger // nil: silent
	// HookSecret is the last part of a second path that Meta may call. Calls are signed, so that it may be empty.
	HookSecret bots.Secret
}

// Bot is one number of the Business Platform. It is safe for use by many goroutines.
type Bot struct {
	cfg   Config
	opt   Options
	files *bots.Client // for what people send: larger than any answer
	price bots.Money

	number atomic.Pointer[string] // that people write to; nil: not asked for yet
}

// New returns a bot. It makes no network call; Check asks Meta who we are.
func New(cfg Config, opt Options) (*Bot, error) {
	if !cfg.On() {
		return nil, errors.New("whatsapp_cloud: token is empty: make a system user's token at https://business.facebook.com/settings/system-users")
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if opt.Client == nil {
		opt.Client = bots.NewClient(bots.ClientOptions{})
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	b := &Bot{cfg: cfg.withDefaults(), opt: opt, files: bots.NewClient(bots.ClientOptions{MaxBody: maxFile})}
	b.price, _ = cfg.Price.Money() // Validate has seen it
	return b, nil
}

// The bounds of Meta's schema; what it says nothing about is counted as strictly as templates count.
const (
	maxText    = 4096
	maxCaption = 1024 // under a picture or a document
	window     = 24 * time.Hour
	// pairPause is the pace that Meta allows towards one person; more is answered 131056.
	pairPause = 6 * time.Second
)

// Limits says what WhatsApp can show and prove.
func (b *Bot) Limits() bots.Limits {
	return bots.Limits{
		MaxText: maxText, MaxCaption: maxCaption,
		Reports:   bots.Read,
		CanEngage: true,
		Buttons:   true,
		Keeps:     7 * 24 * time.Hour, // calls that fail are repeated that long
		PerSecond: b.cfg.Rate,
		PerChat:   pairPause,
		Formats:   "whatsapp",
		WayBack:   true,
		Window:    window,
		Files:     true,
		Carries:   []string{"photo", "document", "voice", "video", "sticker", "location"},
		MaxFile:   mostUpload,
		Reacts:    true,
	}
}

// Price is the configured one for every message. Meta's own price depends on the country and the kind of message; the statuses only say
// whether a message is billed at all.
func (b *Bot) Price(string) (int, bots.Money) { return 1, b.price }

// maxCall is the longest call that Meta makes, as partners report it.
const maxCall = 3 << 20

// Hook is the bot's way in. Calls are signed, so the path alone is one too; Meta asks for the path once with GET.
func (b *Bot) Hook() bots.Hook {
	return bots.Hook{
		Path: bots.WhatsAppCloud, Channel: bots.WhatsAppCloud, Secret: b.opt.HookSecret, Bare: true,
		Methods: []string{http.MethodGet, http.MethodPost}, Webhook: b, MaxBody: maxCall,
	}
}

package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// cloudDoor says what is entered at Meta. The word itself is a secret: only its place is shown.
func (f *Findings) cloudDoor(address string) {
	f.say("whatsapp_cloud: Meta calls %s", address)
	f.say("whatsapp_cloud: it is entered at https://developers.facebook.com/apps: your app, WhatsApp, Configuration, Webhook: that address as Callback URL, the word of [whatsapp_cloud] verify_token as Verify token, while the gateway runs; then subscribe to the fields messages and user_preferences (who stops marketing in WhatsApp itself)")
	f.say("whatsapp_cloud: useful besides: account_update, phone_number_quality_update, message_template_status_update; what comes of them is written to the log")
}

// phone says how the paired phone stands: the gateway is asked, which has the session. Without a gateway nobody connects for a look,
// for WhatsApp would hand over what people wrote.
func (f *Findings) phone(ctx context.Context, at Place, cfg *Config) {
	s, err := phoneOf(ctx, at, cfg)
	if err != nil {
		f.failed = true
		f.say("whatsapp: %v", err)
		return
	}
	if s.Account != nil {
		f.say("whatsapp: we are %s %s", s.Account.Phone, cmp.Or(s.Account.Business, s.Account.Name))
	}
	if s.State == "connected" {
		return
	}
	f.failed = f.failed || !slices.Contains([]string{stopped, "connecting", "syncing", "limited"}, s.State)
	f.say("whatsapp: %s", s.Line(time.Now()))
}

func phoneOf(ctx context.Context, at Place, cfg *Config) (*WhatsAppStatus, error) {
	if noStore(cfg, at) != nil {
		return &WhatsAppStatus{State: "unpaired", Advice: adviceUnpaired}, nil
	}
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return nil, err
	}
	s, err := gate.WhatsApp(ctx)
	return s, errors.Join(err, gate.Close())
}

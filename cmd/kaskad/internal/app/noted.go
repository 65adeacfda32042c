package app

import (
	"context"

	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
)

// noteSocket writes a line about what a command does that is no call of the API. It is done, whether or not it is written down.
func (a *App) noteSocket(ctx context.Context, what, on string, failed error) {
	line := people.NewEntry(ctx, what, 0, nil)
	line.On = on
	if line.Who == "" {
		line.Who = itself
	}
	if failed != nil {
		line.Refused = "failed"
	}
	if err := a.ledger.Often(context.WithoutCancel(ctx), line.At, line); err != nil {
		a.log.Error("the audit has no line of a command", "what", what, "err", err)
	}
}

// notedTests are tests of SMS providers, with a line of the audit for each that costs money.
type notedTests struct {
	*smsTests
	app *App
}

func (n notedTests) Send(ctx context.Context, ask api.SMSAsk) (*api.SMSTest, error) {
	t, err := n.smsTests.Send(ctx, ask)
	on := ""
	if t != nil {
		on = t.Provider
	}
	n.app.noteSocket(ctx, "sms-test", on, err)
	return t, err
}

// notedPhone is the paired phone, with lines about who paired it and logged it out.
type notedPhone struct{ phoneSession }

func (n notedPhone) Pair(ctx context.Context, ask api.WhatsAppPairing, tell func(api.WhatsAppStep) error) error {
	err := n.phoneSession.Pair(ctx, ask, tell)
	n.app.noteSocket(ctx, "whatsapp-pair", "whatsapp", err)
	return err
}

func (n notedPhone) Logout(ctx context.Context) error {
	err := n.phoneSession.Logout(ctx)
	n.app.noteSocket(ctx, "whatsapp-logout", "whatsapp", err)
	return err
}

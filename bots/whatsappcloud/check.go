package whatsappcloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"kaskad/bots"
)

// account is what Meta tells of our number.
type account struct {
	Display string `json:"display_phone_number"`
	Name    string `json:"verified_name"`
	Quality string `json:"quality_rating"` // GREEN, YELLOW, RED, NA
}

// Check asks Meta who we are. It cannot tell whether calls reach us: that is a matter of the app, not of the number.
func (b *Bot) Check(ctx context.Context) (bots.Identity, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.at(b.cfg.PhoneNumberID)+"?fields=display_phone_number,verified_name,quality_rating", nil)
	if err != nil {
		return bots.Identity{}, &bots.SendError{Fault: bots.Misconfigured, Err: errors.New("whatsapp_cloud: api_url is no address")}
	}
	var a account
	if err := b.call(req, &a); err != nil {
		return bots.Identity{}, fmt.Errorf("whatsapp_cloud: who we are: %w", err)
	}
	if a.String() == "" {
		return bots.Identity{}, &bots.SendError{Fault: bots.Uncertain, Err: errors.New("whatsapp_cloud: who we are: the answer names no number")}
	}
	b.keepNumber(a.Display)
	return bots.Identity{Name: a.String(), Warnings: a.warnings()}, nil
}

// Number is the number that people write to, in digits. It is asked for once.
func (b *Bot) Number(ctx context.Context) (string, error) {
	if n := b.number.Load(); n != nil {
		return *n, nil
	}
	if _, err := b.Check(ctx); err != nil {
		return "", err
	}
	if n := b.number.Load(); n != nil {
		return *n, nil
	}
	return "", errors.New("whatsapp_cloud: Meta does not say which number is ours")
}

// keepNumber remembers our number as links want it.
func (b *Bot) keepNumber(display string) {
	number := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, display)
	if len(number) >= 7 && len(number) <= 15 {
		b.number.Store(&number)
	}
}

func (a account) String() string {
	return strings.TrimSpace(bounded(a.Name, 100) + " " + bounded(a.Display, 40))
}

func (a account) warnings() []string {
	switch a.Quality {
	case "RED":
		return []string{"whatsapp_cloud: the number's quality is low, and Meta may restrict it: people block it or report it; write less, and only to who asked for it"}
	case "YELLOW":
		return []string{"whatsapp_cloud: the number's quality has fallen: look in WhatsApp Manager what people complain about before it gets low"}
	}
	return nil
}

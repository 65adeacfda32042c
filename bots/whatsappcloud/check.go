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
	return bots.Identity{Name: a.String(), Warnings: a.warnings()}, nil
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

package viber

import (
	"errors"
	"fmt"
	"strings"

	viber "github.com/mileusna/viber"

	"kaskad/bots"
)

// The versions that a person's Viber must have; see https://developers.viber.com/docs/tools/keyboards/. With an older
// min_api_version a press would be shown in the chat as what it sends us.
const (
	shareAPI  = 3
	silentAPI = 6
)

const (
	sharePhone = viber.ActionType("share-phone")
	maxButtons = 12 // a button has a row of its own, so that no label is cut
	fullWidth  = 6  // columns
)

// keyboardOf returns the keyboard under a message, nil for none, and the version that it needs.
func keyboardOf(step bots.ID, buttons []bots.Button) (k *viber.Keyboard, api uint, err error) {
	if len(buttons) == 0 {
		return nil, 0, nil
	}
	if len(buttons) > maxButtons {
		return nil, 0, fmt.Errorf("%d buttons are too many: a keyboard has room for %d", len(buttons), maxButtons)
	}
	k = &viber.Keyboard{Type: "keyboard"}
	api = shareAPI
	for _, button := range buttons {
		wire, err := buttonOf(step, button)
		if err != nil {
			return nil, 0, err
		}
		if wire.Silent {
			api = silentAPI
		}
		k.Buttons = append(k.Buttons, wire)
	}
	return k, api, nil
}

func buttonOf(step bots.ID, button bots.Button) (viber.Button, error) {
	wire := viber.Button{Columns: fullWidth, Rows: 1, Text: label(button.Text)}
	if strings.TrimSpace(wire.Text) == "" {
		return wire, errors.New("a button has no text")
	}
	if button.URL != "" {
		wire.ActionType, wire.ActionBody, wire.Silent = viber.OpenURL, button.URL, true
		return wire, nil
	}
	body, err := encodeAnswer(step, repaired(button.Data))
	if err != nil {
		return wire, err
	}
	wire.ActionType, wire.ActionBody, wire.Silent = viber.Reply, body, true
	if button.Data == bots.ShareContact {
		wire.ActionType, wire.Silent = sharePhone, false // the card is there for the person to see
	}
	return wire, nil
}

// label is a button's text, which Viber reads as HTML and in which nobody says how to write a bracket.
func label(text string) string {
	return strings.NewReplacer("<", "‹", ">", "›").Replace(repaired(text))
}

func asksPhone(buttons []bots.Button) bool {
	for _, b := range buttons {
		if b.URL == "" && b.Data == bots.ShareContact {
			return true
		}
	}
	return false
}

package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
)

// The errors are put together as the library does it.
func TestWhatErrorsOfTheLibraryMean(t *testing.T) {
	wrap := func(words string, err error) error { return fmt.Errorf("%s: %w", words, err) }
	devices := func(err error) error {
		return wrap("failed to get device list", wrap("failed to send usync query", err))
	}
	writing := func(err error) error { return wrap("failed to send message node", err) }
	server := func(code int) error { return fmt.Errorf("%w %d", whatsmeow.ErrServerReturnedError, code) }
	flood := &whatsmeow.IQError{Code: 429, Text: "rate-overlimit"}
	for name, c := range map[string]struct {
		err   error
		fault bots.Fault
		code  string
		wait  bool
	}{
		"no answer in time":                         {whatsmeow.ErrMessageTimedOut, bots.Uncertain, "", false},
		"our time is over while waiting":            {context.DeadlineExceeded, bots.Uncertain, "", false},
		"stopped while waiting":                     {context.Canceled, bots.Uncertain, "", false},
		"cut while waiting":                         {&whatsmeow.DisconnectedError{Action: "message send"}, bots.Uncertain, "", false},
		"cut while waiting for the second time":     {&whatsmeow.DisconnectedError{Action: "message send (retry)"}, bots.Uncertain, "", false},
		"no connection for the second time":         {whatsmeow.ErrNotConnected, bots.Uncertain, "", false},
		"closed for the second time":                {socket.ErrSocketClosed, bots.Uncertain, "", false},
		"stopped while writing":                     {writing(context.Canceled), bots.Uncertain, "", false},
		"the connection broke while writing":        {writing(errors.New("broken pipe")), bots.Uncertain, "", false},
		"an error that nobody knows":                {errors.New("what is this"), bots.Uncertain, "", false},
		"no connection to write to":                 {writing(whatsmeow.ErrNotConnected), bots.Temporary, "", false},
		"a closed connection to write to":           {writing(socket.ErrSocketClosed), bots.Temporary, "", false},
		"a message that fits in no frame":           {writing(fmt.Errorf("%w (got 1 bytes)", socket.ErrFrameTooLarge)), bots.Rejected, "", false},
		"no connection to ask for devices":          {devices(whatsmeow.ErrNotConnected), bots.Temporary, "", false},
		"cut while asking for devices":              {devices(&whatsmeow.DisconnectedError{Action: "info query"}), bots.Temporary, "", false},
		"our time is over while asking for devices": {devices(context.DeadlineExceeded), bots.Temporary, "", false},
		"asked for too many devices":                {devices(flood), bots.Temporary, "429", true},
		"devices refused":                           {devices(&whatsmeow.IQError{Code: 503, Text: "service-unavailable"}), bots.Temporary, "503", false},
		"the store fails before":                    {wrap("failed to prefetch sessions", errors.New("disk")), bots.Temporary, "", false},
		"the store fails after encryption":          {wrap("failed to save cached sessions", errors.New("disk")), bots.Temporary, "", false},
		"logged out":                                {whatsmeow.ErrNotLoggedIn, bots.Temporary, "", false},
		"a chat that we may not begin":              {server(463), bots.Rejected, "463", false},
		"a stanza that is not taken":                {server(479), bots.Rejected, "479", false},
		"too many messages":                         {server(429), bots.Temporary, "429", true},
		"refused with another number":               {server(406), bots.Rejected, "406", false},
		"an error of the server":                    {server(500), bots.Uncertain, "500", false},
		"an error without a number":                 {whatsmeow.ErrServerReturnedError, bots.Uncertain, "0", false},
		"an address with a device":                  {whatsmeow.ErrRecipientADJID, bots.Rejected, "", false},
		"no hidden id, where the account needs one": {fmt.Errorf("no LID found for %s from server", olenaPhone), bots.Temporary, "", false},
		"asking for one fails":                      {fmt.Errorf("failed to get user info for %s to fill LID cache: %w", olenaPhone, flood), bots.Temporary, "429", true},
	} {
		t.Run(name, func(t *testing.T) {
			got := sendFault(c.err)
			if got.Fault != c.fault || got.Code != c.code || (got.RetryAfter > 0) != c.wait {
				t.Errorf("%v means %v, after %v; want %v (%s)", c.err, got, got.RetryAfter, c.fault, c.code)
			}
			if strings.Contains(got.Error(), "380") {
				t.Errorf("the error shows a number: %v", got)
			}
		})
	}
}

func TestWhatWhatsAppSaysOfANumber(t *testing.T) {
	other := types.NewJID("380500000000", types.DefaultUserServer)
	old := types.NewJID("5215512345678", types.DefaultUserServer)
	in := func(query string, jid types.JID, is bool) types.IsOnWhatsAppResponse {
		return types.IsOnWhatsAppResponse{Query: query, JID: jid, IsIn: is}
	}
	for name, c := range map[string]struct {
		said []types.IsOnWhatsAppResponse
		want types.JID
		code string
	}{
		"it knows it":                         {[]types.IsOnWhatsAppResponse{in("+380501112233", olenaPhone, true)}, olenaPhone, ""},
		"answers in another order":            {[]types.IsOnWhatsAppResponse{in("+380500000000", other, false), in("+380501112233", olenaPhone, true)}, olenaPhone, ""},
		"it writes the number in another way": {[]types.IsOnWhatsAppResponse{in("+380501112233", old, true)}, old, ""},
		"it answers with the hidden id":       {[]types.IsOnWhatsAppResponse{in("380501112233", olenaLID, true)}, olenaPhone, ""},
		"it does not know it":                 {[]types.IsOnWhatsAppResponse{in("+380501112233", olenaPhone, false)}, olenaPhone, "not_on_whatsapp"},
		"it speaks of somebody else":          {[]types.IsOnWhatsAppResponse{in("+380500000000", other, false)}, olenaPhone, "no_answer"},
		"it says nothing":                     {nil, olenaPhone, "no_answer"},
	} {
		got, err := answerFor(olenaPhone, c.said)
		code := ""
		if err != nil {
			code = bots.FaultOf(err).Code
		}
		if got != c.want || code != c.code {
			t.Errorf("%s: %v, %v; want %v, %q", name, got, err, c.want, c.code)
		}
		if unreachable := err != nil && bots.FaultOf(err).Fault == bots.Unreachable; unreachable != (c.code == "not_on_whatsapp") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package whatsapp

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/socket"

	"kaskad/bots"
)

// What WhatsApp's numbers mean is not documented: these are as users of the library report them. See
// https://github.com/tulir/whatsmeow/issues/1074 and https://github.com/WhiskeySockets/Baileys/issues/2441
const (
	codeNoChat  = 463 // this account may not begin a chat with this person now
	codeInvalid = 479 // the stanza is not taken: a broken session, or a number
	codeFlooded = 429
)

// pause is how long the lane waits when WhatsApp says that we ask too much: asking again makes it longer.
const pause = 2 * time.Minute

// sendFault says what an error of the library's SendMessage means. Whatever is not surely of the time before the message was written to
// the connection may have arrived.
//
// The texts of the library hold numbers of people, so that ours stand in their place.
func sendFault(err error) *bots.SendError {
	switch {
	case errors.Is(err, whatsmeow.ErrServerReturnedError):
		return refusal(err)
	case unwritten(err):
		return askFault(err)
	case errors.Is(err, errUnsealed):
		e := fault(bots.Temporary, "no_keys", errUnsealed.Error())
		e.RetryAfter, e.ChatOnly = pause, true
		return e
	case errors.Is(err, whatsmeow.ErrRecipientADJID), errors.Is(err, whatsmeow.ErrUnknownServer), strings.HasPrefix(err.Error(), "failed to marshal message"):
		return fault(bots.Rejected, "", "the message cannot be written")
	case errors.Is(err, socket.ErrFrameTooLarge):
		return fault(bots.Rejected, "", "the message is too large")
	case errors.Is(err, whatsmeow.ErrMessageTimedOut), errors.Is(err, context.DeadlineExceeded):
		return fault(bots.Uncertain, "", "whatsapp did not say in time that it has the message")
	case errors.Is(err, context.Canceled):
		return fault(bots.Uncertain, "", "stopped before whatsapp said that it has the message")
	}
	return fault(bots.Uncertain, "", "the connection broke before whatsapp said that it has the message")
}

// before are how the library's errors begin while it still prepares a message: see sendDM and SendMessage there.
var before = [...]string{
	"failed to get device list:", "failed to fetch LID mappings:", "failed to prefetch sessions:", "failed to save cached sessions:",
	"failed to process prekey bundle:", "failed to clear untrusted identity:", "cipher encryption failed:", "failed to get LID for PN ",
	"failed to get user info for ", "no LID found for ",
}

// unwritten reports whether an error surely comes from the time before the message was written.
func unwritten(err error) bool {
	for _, prefix := range before {
		if strings.HasPrefix(err.Error(), prefix) {
			return true
		}
	}
	if errors.Is(err, whatsmeow.ErrNotLoggedIn) || errors.Is(err, whatsmeow.ErrClientIsNil) {
		return true
	}
	// The bare errors are of the library's second writing, after the first got no answer.
	closed := errors.Is(err, whatsmeow.ErrNotConnected) || errors.Is(err, socket.ErrSocketClosed)
	return closed && strings.HasPrefix(err.Error(), "failed to send message node:")
}

// askFault says what an error means that came before anything was sent to a person.
func askFault(err error) *bots.SendError {
	if e, ok := errors.AsType[*bots.SendError](err); ok {
		return e
	}
	iq, ok := errors.AsType[*whatsmeow.IQError](err)
	switch {
	case ok && iq.Code == codeFlooded:
		e := fault(bots.Temporary, codeOf(iq.Code), "whatsapp is asked too much at once")
		e.RetryAfter = pause
		return e
	case ok:
		return fault(bots.Temporary, codeOf(iq.Code), "whatsapp did not tell which devices the person has")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, whatsmeow.ErrIQTimedOut):
		return fault(bots.Temporary, "", "there was no time left to send")
	}
	return fault(bots.Temporary, "", "whatsapp cannot be reached")
}

// refusal is a message that WhatsApp answered with an error.
func refusal(err error) *bots.SendError {
	text := err.Error() // "server returned error 463"
	code, _ := strconv.Atoi(text[strings.LastIndexByte(text, ' ')+1:])
	switch {
	case code == codeNoChat:
		return fault(bots.Rejected, codeOf(code), "whatsapp does not let this account begin a chat with this person now")
	case code == codeInvalid:
		return fault(bots.Rejected, codeOf(code), "whatsapp did not take the message")
	case code == codeFlooded:
		e := fault(bots.Temporary, codeOf(code), "whatsapp is sent too much at once")
		e.RetryAfter = pause
		return e
	case code >= 400 && code < 500:
		return fault(bots.Rejected, codeOf(code), "whatsapp did not take the message")
	}
	return fault(bots.Uncertain, codeOf(code), "whatsapp had an error of its own")
}

func codeOf(number int) string { return strconv.Itoa(number) }

func fault(f bots.Fault, code, why string) *bots.SendError {
	return &bots.SendError{Fault: f, Code: code, Err: errors.New(why)}
}

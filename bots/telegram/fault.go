package telegram

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

// faults maps Telegram's errors to ours: the first row with the code, and words that are in the description. The words are
// not documented; they are what https://github.com/tdlib/telegram-bot-api says today, hence the loose match.
var faults = []struct {
	code  int
	words string
	fault bots.Fault
}{
	{403, "bot was blocked by the user", bots.Refused},
	{403, "user is deactivated", bots.Unreachable},
	{403, "can't initiate conversation", bots.Unreachable}, // never pressed Start
	{403, "can't send messages to bots", bots.Unreachable},
	{403, "bot was kicked", bots.Unreachable}, // this and the next two: groups and channels
	{403, "bot is not a member", bots.Unreachable},
	{403, "chat was deleted", bots.Unreachable},
	{403, "", bots.Rejected}, // an address is given up for an exact reason only
	{400, "chat not found", bots.Unreachable},
	{400, "chat_id is empty", bots.Unreachable},
	{400, "peer_id_invalid", bots.Unreachable},
	{400, "upgraded to a supergroup", bots.Unreachable}, // the group has another id now
	{400, "logged out", bots.Misconfigured},             // the bot moved to another server
	{400, "frozen_method_invalid", bots.Misconfigured},  // the bot's account is frozen
	{400, "", bots.Rejected},
	{401, "", bots.Misconfigured},
	{404, "", bots.Misconfigured}, // a wrong token, or an api_url that knows no such method
	{409, "", bots.Misconfigured}, // another program uses the token
	{413, "", bots.Rejected},
	{429, "", bots.Temporary},
}

// faultOf says what an error answer means for what to do next. What nobody knows is uncertain, and so is every 5xx:
// Telegram has no key against sending twice, and its servers do fail after they took a message.
func faultOf(code int, description string) bots.Fault {
	description = strings.ToLower(description)
	for _, f := range faults {
		if f.code == code && strings.Contains(description, f.words) {
			return f.fault
		}
	}
	return bots.Uncertain
}

// hints tell the operator what to do about a code.
var hints = map[int]string{
	401: "the token is not valid any more: get one from @BotFather and write it into [telegram] token",
	404: "nothing answers to this token there: check [telegram] token and api_url",
	409: "another program uses the same token: stop it",
}

// failed turns what MakeRequest returned into a *bots.SendError.
func (b *Bot) failed(x *exchange, err error) error {
	if x.lost != nil {
		return x.lost
	}
	e, ok := errors.AsType[*tgbotapi.Error](err)
	if !ok {
		return unreadable(x)
	}
	code := e.Code
	if code == 0 {
		code = x.status
	}
	words := b.redact(e.Message)
	if hint := hints[code]; hint != "" {
		words += "; " + hint
	}
	send := &bots.SendError{Fault: faultOf(code, e.Message), Code: strconv.Itoa(code), Err: errors.New(words)}
	if e.MigrateToChatID != 0 {
		send.Err = &migrated{to: strconv.FormatInt(e.MigrateToChatID, 10), words: words}
	}
	if send.Fault == bots.Temporary {
		send.RetryAfter = retryAfter(e.RetryAfter, x.header)
	}
	return send
}

// unreadable is an answer that is no JSON: not Telegram's, but something's between us. Only codes with which nobody takes
// a message are believed.
func unreadable(x *exchange) error {
	e := &bots.SendError{Code: strconv.Itoa(x.status), Err: fmt.Errorf("the answer cannot be read (HTTP status %d)", x.status)}
	switch x.status {
	case http.StatusUnauthorized, http.StatusNotFound:
		e.Fault = bots.Misconfigured
		e.Err = fmt.Errorf("%w; %s", e.Err, hints[x.status])
	case http.StatusTooManyRequests:
		e.Fault, e.RetryAfter = bots.Temporary, retryAfter(0, x.header)
	}
	return e
}

const longestRetry = 24 * time.Hour // anything longer is a mistake, not a wish

// retryAfter is how long the whole bot has to be silent.
func retryAfter(seconds int, h http.Header) time.Duration {
	wait := time.Duration(min(seconds, int(longestRetry/time.Second))) * time.Second
	if wait <= 0 {
		wait = bots.RetryAfter(h, time.Now())
	}
	return max(wait, time.Second)
}

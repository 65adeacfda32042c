package viber

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
)

// statuses are Viber's answers: see https://creators.viber.com/docs/bots-api/errors. A status that is not here is its "general
// error": nobody says whether the message went out before it, so it is uncertain.
var statuses = map[int64]struct {
	name  string
	fault bots.Fault
	hint  string // for the operator
}{
	1:  {"invalidUrl", bots.Rejected, ""},
	2:  {"invalidAuthToken", bots.Misconfigured, "copy the token from the bot's page at https://partners.viber.com into [viber] token"},
	3:  {"badData", bots.Rejected, ""},
	4:  {"missingData", bots.Rejected, ""},
	5:  {"receiverNotRegistered", bots.Unreachable, ""},
	6:  {"receiverNotSubscribed", bots.Refused, ""},
	7:  {"publicAccountBlocked", bots.Misconfigured, "Viber has blocked the bot: ask Viber's support"},
	8:  {"publicAccountNotFound", bots.Misconfigured, "check [viber] token and api_url"},
	9:  {"publicAccountSuspended", bots.Misconfigured, "Viber has suspended the bot: ask Viber's support"},
	10: {"webhookNotSet", bots.Misconfigured, "the bot has no webhook: set [server] public_url, so that it is registered at the next start"},
	11: {"receiverNoSuitableDevice", bots.Unreachable, ""},
	12: {"tooManyRequests", bots.Temporary, ""},
	13: {"apiVersionNotSupported", bots.Rejected, ""},
	14: {"incompatibleWithVersion", bots.Rejected, ""},
	15: {"publicAccountNotAuthorized", bots.Misconfigured, "the bot may not send: finish its registration with Viber or its partner"},
	16: {"inchatReplyMessageNotAllowed", bots.Rejected, ""},
	17: {"publicAccountIsNotInline", bots.Rejected, ""},
	18: {"noPublicChat", bots.Rejected, ""},
	19: {"cannotSendBroadcast", bots.Rejected, ""},
	20: {"broadcastNotAllowed", bots.Rejected, ""},
	21: {"unsupportedCountry", bots.Rejected, ""}, // of the person or of the bot: an address is given up for an exact reason only
	22: {"paymentUnsupported", bots.Rejected, ""}, // people are not asked for money here
	23: {"freeMessagesExceeded", bots.Misconfigured, "the month's free messages are used up: make the bot a paid one, or wait for the next month"},
	24: {"noBalance", bots.Misconfigured, "the bot's account has no money left: top it up at Viber or its partner"},
}

// tooManyRest is how long the lane rests after "too many requests". Viber names no time, and the limit that it publishes is of
// one person: 100 messages an hour without an answer. The lane carries everybody's messages, so it rests for a moment only; the
// message itself is tried again later and later within its own step's time, and then the next channel has its turn. Giving it
// up at once would cost money whenever the limit was one of the whole bot.
const tooManyRest = time.Second

// judge says what an answer means; nil: Viber did what it was asked for.
func (b *Bot) judge(res bots.Response) *bots.SendError {
	var s status
	err := json.Unmarshal(res.Body, &s)
	code, ok := s.Code.int()
	switch {
	case err != nil || !ok, res.Status == http.StatusTooManyRequests:
		return unreadable(res)
	case code == 0 && res.Status/100 == 2:
		return nil
	case code == 0 || res.Status >= 500: // it contradicts itself, or failed on the way: the message may be out
		return &bots.SendError{Code: strconv.Itoa(res.Status), Err: fmt.Errorf("HTTP status %d with status %d", res.Status, code)}
	}
	return b.refused(code, s.Message, res.Header)
}

// refused is an answer of Viber that says no.
func (b *Bot) refused(code int64, words string, h http.Header) *bots.SendError {
	known := statuses[code]
	e := &bots.SendError{Fault: known.fault, Code: strconv.FormatInt(code, 10)}
	words = b.discreet(words)
	said := known.name
	if said == "" {
		said = "unknown status"
	}
	if words != "" && !strings.EqualFold(words, said) {
		said += ": " + words
	}
	switch lower := strings.ToLower(words); {
	case known.fault == bots.Rejected && strings.Contains(lower, "auth_token"): // "missing_auth_token"
		e.Fault, known.hint = bots.Misconfigured, statuses[2].hint
	case known.name == "" && strings.Contains(lower, "bad receiver id"): // 999; see Viber/sample-bot-isitup, issue 7
		e.Fault = bots.Unreachable
	}
	if known.hint != "" {
		said += "; " + known.hint
	}
	e.Err = errors.New(said)
	if e.Fault == bots.Temporary {
		e.RetryAfter = max(bots.RetryAfter(h, time.Now()), tooManyRest)
	}
	return e
}

// discreet keeps of Viber's words what cannot be the message's or a secret address: its validator quotes values behind a quote
// or a bracket.
func (b *Bot) discreet(words string) string {
	words = strings.ReplaceAll(words, b.cfg.Token.Reveal(), b.cfg.Token.String())
	if i := strings.IndexAny(words, "\"'`<>[](){}«“\n\r"); i >= 0 {
		words = words[:i]
	}
	words, _, _ = strings.Cut(words, "://")
	return strings.TrimSpace(bounded(words, 100))
}

// bounded cuts a text to so many characters, without control characters.
func bounded(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, repaired(s))
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

func repaired(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// unreadable is an answer that is not Viber's, but of something between us. Only codes with which nobody takes a message are
// believed.
func unreadable(res bots.Response) *bots.SendError {
	e := &bots.SendError{Code: strconv.Itoa(res.Status), Err: fmt.Errorf("the answer cannot be read (HTTP status %d)", res.Status)}
	switch res.Status {
	case http.StatusUnauthorized, http.StatusNotFound, http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		e.Fault = bots.Misconfigured
		e.Err = fmt.Errorf("%w; %s", e.Err, statuses[8].hint)
	case http.StatusTooManyRequests:
		e.Fault, e.RetryAfter = bots.Temporary, max(bots.RetryAfter(res.Header, time.Now()), tooManyRest)
	}
	return e
}

package whatsappcloud

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
)

const (
	noObject  = 33     // subcode of 100: the number in the address does not exist, or not for this token
	tooMany   = 130429 // per second
	rateRest  = 2 * time.Second
	limitRest = 5 * time.Minute // of limits by the hour, when Meta names no time
	mostRest  = time.Hour
	pairRate  = 131056 // to one person
	noAds     = 131050 // the person stopped our marketing in WhatsApp, and shut no door
)

// graphError is how the Graph API says no, in an answer and in a status.
type graphError struct {
	Code    number `json:"code"`
	Subcode number `json:"error_subcode"`
	Message string `json:"message"`
	Title   string `json:"title"`
	Data    struct {
		Details string `json:"details"`
	} `json:"error_data"`
}

// judge says what an answer means; nil: Meta did what it was asked for.
func (b *Bot) judge(res bots.Response) *bots.SendError {
	var body struct {
		Error *graphError `json:"error"`
	}
	if err := json.Unmarshal(res.Body, &body); err == nil && body.Error != nil {
		if code, ok := body.Error.Code.int(); ok {
			return b.refused(code, body.Error, res)
		}
	}
	if res.Status/100 == 2 && body.Error == nil {
		return nil // whether it can be read is its reader's business
	}
	return unreadable(res)
}

// refused is an answer of the Graph API that says no.
func (b *Bot) refused(code int64, g *graphError, res bots.Response) *bots.SendError {
	m, known := meaningOf(code)
	switch sub, _ := g.Subcode.int(); {
	case !known:
		m = unknownCode(res.Status)
	case code == 100 && sub == noObject:
		m = meanings[noObject]
	}
	e := &bots.SendError{Fault: m.fault, Code: cmp.Or(m.word, strconv.FormatInt(code, 10))}
	said := m.name
	if words := b.discreet(cmp.Or(g.Data.Details, g.Message)); words != "" {
		said += ": " + words
	}
	if m.hint != "" {
		said += "; " + m.hint
	}
	e.Err, e.AdsOnly = errors.New(said), code == noAds
	if e.Fault == bots.Temporary {
		e.RetryAfter = rest(code, res.Header)
		e.ChatOnly = code == pairRate
	}
	return e
}

// unknownCode is a code that is not in the book. A request that is at fault by HTTP was not carried out; of anything else nobody
// knows whether the message went out before it failed.
func unknownCode(status int) meaning {
	switch {
	case status == http.StatusTooManyRequests:
		return meaning{name: "too many requests", fault: bots.Temporary}
	case status/100 == 4:
		return meaning{name: "not taken, by a code that is not known here", fault: bots.Rejected}
	}
	return meaning{name: "failed with a code that is not known here", fault: bots.Uncertain}
}

// rest is how long the lane rests: as long as Meta says, within an hour.
func rest(code int64, h http.Header) time.Duration {
	least := limitRest
	switch code {
	case tooMany:
		least = rateRest
	case pairRate: // nobody else has to wait
		return pairPause
	}
	if told := max(bots.RetryAfter(h, time.Now()), regained(h)); told > 0 {
		return min(max(told, rateRest), mostRest)
	}
	return least
}

// regained reads when calls are taken again: minutes, by business account and kind of call.
func regained(h http.Header) time.Duration {
	var usage map[string][]struct {
		Minutes float64 `json:"estimated_time_to_regain_access"`
	}
	if json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &usage) != nil {
		return 0
	}
	most := 0.0
	for _, kinds := range usage {
		for _, u := range kinds {
			most = max(most, u.Minutes)
		}
	}
	return time.Duration(min(most, mostRest.Minutes()) * float64(time.Minute))
}

// unreadable is an answer that is not the Graph API's, but of something between us. Only codes with which nobody takes a message are
// believed.
func unreadable(res bots.Response) *bots.SendError {
	e := &bots.SendError{Code: strconv.Itoa(res.Status), Err: fmt.Errorf("the answer cannot be read (HTTP status %d)", res.Status)}
	switch res.Status {
	case http.StatusUnauthorized, http.StatusNotFound, http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		e.Fault = bots.Misconfigured
		e.Err = fmt.Errorf("%w; check [whatsapp_cloud] api_url, normally %s", e.Err, DefaultConfig().APIURL)
	case http.StatusTooManyRequests:
		e.Fault, e.RetryAfter = bots.Temporary, min(max(bots.RetryAfter(res.Header, time.Now()), rateRest), mostRest)
	}
	return e
}

var (
	codePrefix = regexp.MustCompile(`^\(#[0-9]+\) *`)
	longNumber = regexp.MustCompile(`\+?[0-9][0-9 -]{4,}[0-9]`)
)

// discreet keeps of Meta's words what cannot be the message's, a token or a phone: its validator quotes values behind a quote or a
// bracket.
func (b *Bot) discreet(said string) string {
	said = codePrefix.ReplaceAllString(said, "")
	said = strings.ReplaceAll(said, b.cfg.Token.Reveal(), b.cfg.Token.String())
	if i := strings.IndexAny(said, "\"'`<>[](){}«“\n\r"); i >= 0 {
		said = said[:i]
	}
	said, _, _ = strings.Cut(said, "://")
	return strings.TrimSpace(bounded(longNumber.ReplaceAllString(said, "…"), 120))
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

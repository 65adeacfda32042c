package whatsappcloud

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"kaskad/bots"
)

// levels are the statuses that prove something. "played" is said of voice messages, and is more than read.
var levels = map[string]bots.Level{"sent": bots.Accepted, "delivered": bots.Delivered, "read": bots.Read, "played": bots.Read}

// readStatus reads what became of a message of ours.
func readStatus(raw json.RawMessage, who contacts) (*bots.Event, error) {
	var s status
	if json.Unmarshal(raw, &s) != nil || !nameable(s.ID) || s.Status == "" {
		return nil, errBroken
	}
	level, known := levels[s.Status]
	if !known && s.Status != "failed" || s.RecipientType == "group" {
		return nil, nil // "deleted", "warning", and what Meta may invent
	}
	// The message is named by Meta and, where we sent it, by our step. The chat is left out: Meta may tell a person's user id of a
	// message that we sent to the phone, and a phone in another spelling than ours.
	r := &bots.Receipt{Sender: bots.WhatsAppCloud, ID: s.ID, Step: stepOf(s.Tag), Level: level, At: s.Timestamp.time()}
	if s.Status == "sent" {
		r.SentAt = r.At
	}
	if !known {
		r.Failed = true
		failure(s.Errors, r)
	}
	r.Free = s.Pricing.free()
	e := &bots.Event{ID: "s:" + s.Status + ":" + s.ID, Kind: bots.Reported, At: r.At, Receipt: r}
	e.Chat = at(s.chat(who))
	return e, nil
}

// chat is where the message went, so that what happened in one chat is taken in its order. Nobody is found by it, so the number is
// taken as it stands: statuses are what comes most.
func (s *status) chat(who contacts) string {
	switch digits := string(s.RecipientID); {
	case digits != "" && len(digits) <= 15 && strings.Trim(digits, "0123456789") == "":
		return "+" + digits
	case userOf(s.RecipientUserID) != "":
		return s.RecipientUserID
	}
	p := personOf(s.RecipientID, s.RecipientUserID, who)
	return cmp.Or(p.phone, p.user)
}

// failure writes what the errors of a failed message mean: the first that is known. A failure without a reason says nothing about
// the address.
func failure(all []graphError, r *bots.Receipt) {
	r.Fault = bots.Rejected
	for i, g := range all {
		code, ok := g.Code.int()
		if m, known := meaningOf(code); ok && known {
			r.Fault, r.AdsOnly, r.Reason = m.late(), code == noAds, cmp.Or(m.word, strconv.FormatInt(code, 10)+": "+m.name)
			return
		}
		if i == 0 && ok {
			r.Reason = strconv.FormatInt(code, 10)
		}
	}
}

// free reports whether Meta says that it bills nothing: see
// https://developers.facebook.com/documentation/business-messaging/whatsapp/pricing. What is free changes with the years, so nothing but
// its word counts.
func (p *pricing) free() bool {
	return p != nil && p.Billable != nil && !*p.Billable
}

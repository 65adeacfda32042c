package whatsappcloud

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"kaskad/bots"
)

// previous is the user id that a person had, where a system message tells it.
func (m *message) previous() string {
	if m.System == nil {
		return ""
	}
	return m.System.PreviousID
}

// changed is a system message: the person has another number, or another user id, from now on. Chat is the old address, Also and
// Data the new one. "user_changed_user_id" is unconfirmed.
func changed(m *message, e *bots.Event) bool {
	if m.System == nil {
		return false
	}
	if m.System.Type == "user_preference_changed" {
		chose(m.System.Marketing, e)
		return true
	}
	if t := m.System.Type; t != "user_changed_number" && t != "user_changed_user_id" {
		e.Kind = "" // the person's encryption changed, and the like
		return true
	}
	now := personOf(m.System.WaID, m.System.UserID, contactsOf(nil))
	to := cmp.Or(now.phone, now.user)
	e.Kind, e.Also, e.Data, e.Phone, e.MessageID = bots.Moved, at(to), to, now.phone, ""
	if to == e.Chat.ID {
		e.Kind = "" // the phone is the same, and the new user id comes beside it with the next message
	}
	return to != ""
}

// chose reads a choice in WhatsApp's own menu that comes as a message instead of a user_preferences call, as readPreference does: Meta's
// page of that webhook has this shape, too. That it comes to the Cloud API is unconfirmed. What is neither word says neither.
func chose(value string, e *bots.Event) {
	word, known := choices[value]
	if !known {
		e.Kind = ""
		return
	}
	e.Kind, e.Data, e.MessageID = bots.Pressed, word, ""
}

// choices are what a person can say in WhatsApp's own menu about our marketing, in the words that mean the same when they are written:
// see https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/user_preferences.
var choices = map[string]string{"stop": "stop", "resume": "start"}

// readPreference reads that choice as the press of a button: a no is a no wherever it is said.
func readPreference(raw json.RawMessage, who contacts) (*bots.Event, error) {
	var p preference
	if json.Unmarshal(raw, &p) != nil {
		return nil, errBroken
	}
	from := personOf(p.WaID, p.UserID, who)
	if !from.known() || p.Value == "" {
		return nil, errBroken
	}
	word, known := choices[p.Value]
	if !known || p.Category != "marketing_messages" {
		return nil, nil
	}
	sum := sha256.Sum256([]byte(from.phone + "\x00" + from.user))
	name := []string{"p", p.Value, string(p.Timestamp), hex.EncodeToString(sum[:8])}
	e := &bots.Event{ID: strings.Join(name, ":"), Kind: bots.Pressed, At: p.Timestamp.time(), Data: word}
	from.put(e)
	return e, nil
}

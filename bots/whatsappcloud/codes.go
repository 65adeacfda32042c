package whatsappcloud

import (
	"fmt"
	"regexp"
	"strings"

	"kaskad/bots"
)

// The answer of a button comes back as it was sent, from the person's own WhatsApp: "k:01h455vb4pex5:yes", mark, step, answer. A
// message without a step has none there: "k::yes". What lacks the mark is a button of an approved template that was made with an
// answer of its own.
const (
	answerMark = "k:"
	answerSep  = ":"

	// MaxButtonData is how many bytes a button's answer may have: WhatsApp's buttons take 256, those of templates 128.
	MaxButtonData = 100
)

func encodeAnswer(step bots.ID, data string) (string, error) {
	data = strings.TrimSpace(repaired(data)) // an id has no spaces around it, says Meta's schema
	if data == "" || len(data) > MaxButtonData {
		return "", fmt.Errorf("the answer of a button has 1 to %d bytes, one of them has %d", MaxButtonData, len(data))
	}
	return answerMark + step.String() + answerSep + data, nil
}

// decodeAnswer reads what a button brought back. A step is a claim: the core checks that it went to this chat.
func decodeAnswer(payload string) (step bots.ID, data string) {
	rest, marked := strings.CutPrefix(payload, answerMark)
	name, data, whole := strings.Cut(rest, answerSep)
	if !marked || !whole || data == "" {
		return 0, payload
	}
	if name == "" {
		return 0, data
	}
	step, err := bots.ParseID(name)
	if err != nil {
		return 0, payload
	}
	return step, data
}

// stepOf reads biz_opaque_callback_data, which Meta keeps and hands back. Another program of the same number may write its own.
func stepOf(tag string) bots.ID {
	step, err := bots.ParseID(tag)
	if err != nil {
		return 0
	}
	return step
}

// userShape is a business-scoped user id, or the parent form of it ("US.ENT.11815799212886844830").
var userShape = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$`)

// recipient puts an address into the field that its kind has in a request. The name "recipient" for user ids is what partners of Meta
// use; it is unconfirmed.
func recipient(id string) (to, user string, ok bool) {
	if userShape.MatchString(id) {
		return "", id, true
	}
	digits, plus := strings.CutPrefix(id, "+")
	if !plus || len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return "", "", false
	}
	return digits, "", true
}

func repaired(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// units counts UTF-16 units, as messengers count text.
func units(s string) (n int) {
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

// cut shortens a label to so many units.
func cut(s string, most int) string {
	if s = strings.TrimSpace(s); units(s) <= most {
		return s
	}
	n := 0
	for i, r := range s {
		if n += units(string(r)); n > most-1 {
			return strings.TrimSpace(s[:i]) + "…"
		}
	}
	return s
}

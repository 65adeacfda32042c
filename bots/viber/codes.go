package viber

import (
	"fmt"
	"strings"

	"kaskad/bots"
)

// A press comes back as a text message that is the button's ActionBody, so that one of ours must not be mistaken for what
// people type: "#k:01h455vb4pex5:yes", mark, step, answer. A message without a step has none there: "#k::yes".
const (
	answerMark = "#k:"
	answerSep  = ":"

	// MaxButtonData is how many bytes a button's answer may have.
	MaxButtonData = 200
)

func encodeAnswer(step bots.ID, data string) (string, error) {
	if data == "" || len(data) > MaxButtonData {
		return "", fmt.Errorf("the answer of a button has 1 to %d bytes, %q has %d", MaxButtonData, data, len(data))
	}
	return answerMark + step.String() + answerSep + data, nil
}

// decodeAnswer reads a message's text. A step is a claim: the core checks that it went to this chat.
func decodeAnswer(text string) (step bots.ID, data string, ours bool) {
	rest, marked := strings.CutPrefix(text, answerMark)
	name, data, whole := strings.Cut(rest, answerSep)
	if !marked || !whole || data == "" {
		return 0, "", false
	}
	if name == "" {
		return 0, data, true
	}
	step, err := bots.ParseID(name)
	if err != nil {
		return 0, "", false
	}
	return step, data, true
}

// Viber hands back the tracking_data of the last message that a person was shown with everything the person writes: our step,
// and whether that message asked for the phone.
const questionMark = ":share"

func encodeTracking(step bots.ID, asksPhone bool) string {
	if asksPhone {
		return step.String() + questionMark
	}
	return step.String()
}

// decodeTracking reads it back; what is not ours names no step.
func decodeTracking(s string) (step bots.ID, asksPhone bool) {
	name, asksPhone := strings.CutSuffix(s, questionMark)
	if name == "" {
		return 0, asksPhone
	}
	step, err := bots.ParseID(name)
	if err != nil {
		return 0, false
	}
	return step, asksPhone
}

package telegram

import (
	"fmt"
	"strings"

	"kaskad/bots"
)

const (
	maxCallback = 64 // bytes; see https://core.telegram.org/bots/api#inlinekeyboardbutton
	stepLen     = 13 // what bots.ID prints
	stepEnd     = ':'

	// MaxButtonData is how many bytes a button's answer may have, so that it travels together with the step.
	MaxButtonData = maxCallback - stepLen - 1
)

// encodeCallback writes which step a button belongs to and what its press means: "01h455vb4pex5:yes". A message without a
// step has buttons with the bare answer.
func encodeCallback(step bots.ID, data string) (string, error) {
	s := data
	if step != 0 {
		s = step.String() + string(stepEnd) + data
	}
	if s == "" || len(s) > maxCallback {
		return "", fmt.Errorf("the answer of a button has 1 to %d bytes, %q has %d", MaxButtonData, data, len(data))
	}
	return s, nil
}

// decodeCallback reads what came back. Data that is not ours (the message of another program that had the token, or made
// up by a client) has no step. A step is a claim: the core checks that it went to this chat.
func decodeCallback(s string) (step bots.ID, data string) {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= stepLen || s[stepLen] != stepEnd {
		return 0, s
	}
	step, err := bots.ParseID(s[:stepLen])
	if err != nil {
		return 0, s
	}
	return step, s[stepLen+1:]
}

// stepOf finds the step of a message of ours in the buttons that Telegram shows us with it.
func stepOf(m *message) bots.ID {
	if m == nil || m.ReplyMarkup == nil {
		return 0
	}
	for _, row := range m.ReplyMarkup.Rows {
		for _, button := range row {
			if step, _ := decodeCallback(button.CallbackData); step != 0 {
				return step
			}
		}
	}
	return 0
}

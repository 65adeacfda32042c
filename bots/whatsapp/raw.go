package whatsapp

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// rawEvent is the form in which quarantine keeps an event.
type rawEvent struct {
	Info    *types.MessageInfo `json:"info,omitempty"`
	Message []byte             `json:"message,omitempty"` // protobuf, as it was decrypted
	Request types.MessageID    `json:"request,omitempty"` // it came from the phone, which was asked for it
	Receipt *events.Receipt    `json:"receipt,omitempty"`
}

// rawOf writes down what the library gave us. It may be called while nothing is known of the event but that it cannot be read.
func rawOf(evt any) []byte {
	var raw rawEvent
	switch e := evt.(type) {
	case *events.Message:
		info := e.Info
		info.VerifiedName = nil // certificates, which nobody reads
		raw.Info, raw.Request = &info, e.UnavailableRequestID
		raw.Message, _ = proto.Marshal(e.RawMessage) // as unmarshalled: nothing can be missing
	case *events.Receipt:
		raw.Receipt = e
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return fmt.Appendf(nil, `{"error":%q}`, err.Error())
	}
	return text
}

// fromRaw is what rawOf was given.
func fromRaw(raw []byte) (any, error) {
	var have rawEvent
	if err := json.Unmarshal(raw, &have); err != nil {
		return nil, fmt.Errorf("whatsapp: what was kept of the event cannot be read: %w", err)
	}
	if have.Receipt != nil {
		return have.Receipt, nil
	}
	if have.Info == nil {
		return nil, errors.New("whatsapp: what was kept of the event is neither a message nor a receipt")
	}
	msg := new(waE2E.Message)
	if err := proto.Unmarshal(have.Message, msg); err != nil {
		return nil, fmt.Errorf("whatsapp: the message that was kept cannot be read: %w", err)
	}
	evt := &events.Message{Info: *have.Info, RawMessage: msg, UnavailableRequestID: have.Request}
	return evt.UnwrapRaw(), nil
}

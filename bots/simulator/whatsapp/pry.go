package whatsapp

import (
	"context"
	"fmt"
	"strconv"

	"go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Pry asks a device of an account for a message once more, whoever it was written to: WhatsApp hands on what is asked, and the device
// has to see for itself whose the message is. Count is how often it was asked before, and one.
func (c *Customer) Pry(ctx context.Context, phone string, device uint16, id string, count int) error {
	to := types.JID{User: digits(phone), Device: device, Server: types.DefaultUserServer}
	registration := []byte{0, 0, 0, 1}
	//lint:ignore SA1019 no method of the library asks for a message that it did not get
	err := c.cli.DangerousInternals().SendNode(ctx, binary.Node{
		Tag: "receipt", Attrs: binary.Attrs{"id": id, "to": to, "type": "retry"}, Content: []binary.Node{
			{Tag: "retry", Attrs: binary.Attrs{"count": strconv.Itoa(count), "id": id, "t": c.s.now(), "v": "1"}},
			{Tag: "registration", Content: registration},
		},
	})
	if err != nil {
		return fmt.Errorf("whatsapp simulator: customer: %w", err)
	}
	return nil
}

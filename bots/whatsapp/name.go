package whatsapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"go.mau.fi/whatsmeow"

	"kaskad/bots"
)

var _ bots.Namer = (*Bot)(nil)

// NameOf is the id under which a message goes out: the same for the same step, so that a receipt finds it whatever became of the
// call, and one that nobody else can guess. It has the form of the ids that WhatsApp Web makes.
func (b *Bot) NameOf(step bots.ID) string {
	mac := hmac.New(sha256.New, b.pen.key)
	mac.Write(step.Bytes())
	return whatsmeow.WebMessageIDPrefix + strings.ToUpper(hex.EncodeToString(mac.Sum(nil)[:9]))
}

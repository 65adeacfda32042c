package whatsapp

import (
	"context"
	"crypto/md5"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCompanionReg"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/store"
	"google.golang.org/protobuf/proto"

	"kaskad/bots"
)

// deviceName is what the phone lists among its linked devices.
const deviceName = "Kaskad"

// client makes the library's client for one connection.
//
// The library's reconnecting is off: it would handle what is left of the old connection beside the new one, and a message that both
// decrypt is acknowledged and lost.
func (b *Bot) client(dev *store.Device, told func(string, []any)) *whatsmeow.Client {
	cli := whatsmeow.NewClient(dev, libLog{log: b.opt.Log, told: told})
	cli.EnableAutoReconnect = false
	cli.DisableLoginAutoReconnect = true // code 515: asked for a new connection
	cli.SynchronousAck = true
	cli.EnableDecryptedEventBuffer = true
	cli.GetMessageForRetry = b.repeat
	cli.GetClientPayload = func() *waWa6.ClientPayload { return payload(dev, b.version) }
	cli.SetWebsocketHTTPClient(b.opt.Client)
	cli.SetPreLoginHTTPClient(b.opt.Client)
	cli.SetMediaHTTPClient(b.opt.Client)
	return cli
}

// payload is how the client names itself. It is made here and not in the library's variables: those are the whole process's, and its
// SetWAVersion does not reach the version that is sent.
func payload(dev *store.Device, version store.WAVersionContainer) *waWa6.ClientPayload {
	p := dev.GetClientPayload()
	if !version.IsZero() {
		p.UserAgent.AppVersion = version.ProtoAppVersion()
	}
	reg := p.GetDevicePairingData()
	if reg == nil {
		return p
	}
	if !version.IsZero() {
		sum := md5.Sum([]byte(version.String())) // as WhatsApp Web names its build
		reg.BuildHash = sum[:]
	}
	props := proto.Clone(store.DeviceProps).(*waCompanionReg.DeviceProps)
	props.Os = proto.String(deviceName)
	if text, err := proto.Marshal(props); err == nil {
		reg.DeviceProps = text
	}
	return p
}

// know takes whose session it is from the stored device, and gives it a push name when it has none: WhatsApp lets nobody be present
// without.
func (b *Bot) know(ctx context.Context, dev *store.Device) error {
	if name := b.pushName(); dev.PushName == "" || b.cfg.PushName != "" && dev.PushName != name {
		dev.PushName = name
		if err := dev.Save(ctx); err != nil {
			return fmt.Errorf("%s: the push name could not be kept: %w", FileName, err)
		}
	}
	pn, lid := dev.GetJID().ToNonAD(), dev.GetLID().ToNonAD()
	account := Account{Phone: bots.MessengerPhone(pn.User), Name: dev.PushName, Business: dev.BusinessName, Platform: dev.Platform}
	b.stand.mu.Lock()
	defer b.stand.mu.Unlock()
	b.stand.paired, b.stand.account, b.stand.pn, b.stand.lid = true, account, pn, lid
	return nil
}

// unknow forgets whose session it was.
func (b *Bot) unknow() {
	b.stand.mu.Lock()
	defer b.stand.mu.Unlock()
	b.stand.paired, b.stand.account = false, Account{}
	b.stand.pn, b.stand.lid = noJID, noJID
}

// pushName is as people see us who have not saved our number.
func (b *Bot) pushName() string {
	name := b.cfg.PushName
	if name == "" {
		name = b.opt.Name
	}
	if r := []rune(name); len(r) > longestName {
		name = string(r[:longestName])
	}
	if name == "" {
		name = deviceName
	}
	return name
}

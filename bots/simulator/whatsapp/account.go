package whatsapp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"

	"kaskad/bots/simulator/internal/stage"
)

// Traits are how an account behaves. Alter changes them at any time.
type Traits struct {
	// Name is the push name that others see with a message; a client's own presence sets it, too.
	Name string
	// AsLID lets what the account writes come from its LID, with the number beside it; else it comes from the number, with the LID
	// beside it.
	AsLID bool
	// BareAddress leaves out the address beside the first: with AsLID, the number is not told at all (whatsmeow #1014).
	BareAddress bool
	// ReceiptsAsLID lets the account's receipts come from its LID.
	ReceiptsAsLID bool
	// HidesReads switches read receipts off: reading is told to own devices only (read-self).
	HidesReads bool
	// Unregistered accounts have left WhatsApp: queries say that nobody is there.
	Unregistered bool
	// PasskeyOnly accounts do not let a device be paired without a passkey.
	PasskeyOnly bool
	// FewKeys lets its devices upload 50 prekeys at their first login instead of 812, which takes most of the time of it.
	FewKeys bool
	// Blocks lists numbers whose messages are acknowledged and never delivered.
	Blocks []string
}

// account is somebody's WhatsApp.
type account struct {
	Traits
	number       string // digits
	lid          string // user part
	identity     *keys.KeyPair
	signed       *keys.PreKey
	registration uint32
	devices      map[uint16]*device // 0 is the phone
	outages      stage.Faults[Outage]
	sent         int // messages with different ids, ever
}

// device is a phone, or what is paired with it.
type device struct {
	of           *account
	id           uint16
	noise        [32]byte // zero: nobody can log in as it
	identity     [32]byte
	registration uint32
	signed       preKey
	preKeys      []preKey
	few          bool // asks for fewer prekeys than the usual 812: our own customers
	link         *link
	active       bool // wants what waits
	present      bool // said that somebody looks
	waiting      []*waiting
}

// preKey is a public prekey as it travels.
type preKey struct {
	id, pub, signature []byte
}

// AddAccount makes somebody known to WhatsApp. The phone is a number like +380501112233, the lid one like 900001.
func (s *Server) AddAccount(phone, lid string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	number, hidden := digits(phone), digits(strings.TrimSuffix(lid, "@"+types.HiddenUserServer))
	if len(number) < 7 || hidden == "" {
		return errors.New("whatsapp simulator: an account needs a number with seven digits and a lid")
	}
	if s.accounts[number] != nil || s.lids[hidden] != nil {
		return errors.New("whatsapp simulator: the number or the lid is not free")
	}
	a := &account{number: number, lid: hidden, identity: keys.NewKeyPair(), registration: rand.Uint32N(1<<14) + 1, devices: map[uint16]*device{}}
	a.signed = a.identity.CreateSignedPreKey(1)
	a.devices[0] = &device{
		of: a, identity: *a.identity.Pub, registration: a.registration,
		signed: preKey{id: []byte{0, 0, 1}, pub: a.signed.Pub[:], signature: a.signed.Signature[:]},
	}
	s.accounts[number], s.lids[hidden] = a, a
	return nil
}

// Alter changes how an account behaves.
func (s *Server) Alter(phone string, change func(*Traits)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(phone)
	if err != nil {
		return err
	}
	change(&a.Traits)
	s.stage.Notify()
	return nil
}

// DeliverAsLID lets what an account writes and its receipts come from its LID.
func (s *Server) DeliverAsLID(phone string, on bool) error {
	return s.Alter(phone, func(t *Traits) { t.AsLID, t.ReceiptsAsLID = on, on })
}

// find is the account with a number. The caller holds s.mu.
func (s *Server) find(phone string) (*account, error) {
	if a := s.accounts[digits(phone)]; a != nil {
		return a, nil
	}
	return nil, errors.New("whatsapp simulator: nobody has that number; AddAccount first")
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// account is whose an address is, nil for a group or a stranger. The caller holds s.mu.
func (s *Server) account(jid types.JID) *account {
	switch jid.Server {
	case types.DefaultUserServer, types.LegacyUserServer:
		return s.accounts[digits(jid.User)]
	case types.HiddenUserServer:
		return s.lids[jid.User]
	}
	return nil
}

// deviceAt is the device with an address, nil when there is none. The caller holds s.mu.
func (s *Server) deviceAt(jid types.JID) *device {
	if a := s.account(jid); a != nil {
		return a.devices[jid.Device]
	}
	return nil
}

func (a *account) pn(device uint16) types.JID {
	return types.JID{User: a.number, Server: types.DefaultUserServer, Device: device}
}

func (a *account) hidden(device uint16) types.JID {
	return types.JID{User: a.lid, Server: types.HiddenUserServer, Device: device}
}

// at is the address of a device on the server (by number or by LID) that another address is on.
func (a *account) at(server string, device uint16) types.JID {
	if server == types.HiddenUserServer {
		return a.hidden(device)
	}
	return a.pn(device)
}

func (a *account) phone() string { return "+" + a.number }

// ids are the numbers of the account's devices, the phone first.
func (a *account) ids() []uint16 {
	out := make([]uint16, 0, len(a.devices))
	for id := range a.devices {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// free is the next device number.
func (a *account) free() uint16 {
	id := uint16(1)
	for a.devices[id] != nil {
		id++
	}
	return id
}

func (d *device) String() string { return fmt.Sprintf("device %d", d.id) }

// LID is the account's address without its number, as it stands in an address: 900001@lid.
func (s *Server) LID(phone string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(phone)
	if err != nil {
		return "", err
	}
	return a.hidden(0).String(), nil
}

// Devices are the numbers of an account's devices; 0 is the phone.
func (s *Server) Devices(phone string) []uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, err := s.find(phone); err == nil {
		return a.ids()
	}
	return nil
}

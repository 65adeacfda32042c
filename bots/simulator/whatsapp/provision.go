package whatsapp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

// Provision makes a device of an account that is paired already, and saves it in a store: whatsmeow.NewClient can take it. Device 0
// is the phone itself, and works as well.
func (s *Server) Provision(ctx context.Context, container *sqlstore.Container, phone string, id uint16) (*store.Device, error) {
	dev, err := s.provision(ctx, container, phone, id)
	if err != nil {
		return nil, fmt.Errorf("whatsapp simulator: provision device %d: %w", id, err)
	}
	return dev, nil
}

func (s *Server) provision(ctx context.Context, container *sqlstore.Container, phone string, id uint16) (*store.Device, error) {
	dev, a, err := s.prepare(container, phone, id)
	if err != nil {
		return nil, err
	}
	if err := dev.Save(ctx); err != nil {
		return nil, err
	}
	if err := dev.Identities.PutIdentity(ctx, a.hidden(0).SignalAddress().String(), *a.identity.Pub); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := a.devices[id]; old != nil && old.noise != [32]byte{} {
		return nil, errors.New("the number of the device is not free")
	}
	s.addDevice(a, id, dev)
	return dev, nil
}

// prepare fills in what pairing would have.
func (s *Server) prepare(container *sqlstore.Container, phone string, id uint16) (*store.Device, *account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(phone)
	if err != nil {
		return nil, nil, err
	}
	dev := container.NewDevice()
	if id == 0 { // there is one phone, and others have its keys
		dev.IdentityKey, dev.SignedPreKey, dev.RegistrationID = a.identity, a.signed, a.registration
	}
	pn := a.pn(id)
	dev.ID, dev.LID, dev.PushName, dev.Platform = &pn, a.hidden(id), a.Name, "android"
	if dev.PushName == "" {
		dev.PushName = "Account " + a.lid
	}
	identity, err := a.vouch(dev.IdentityKey.Pub[:], uint32(id))
	if err != nil {
		return nil, nil, err
	}
	identity.DeviceSignature = sign(dev.IdentityKey, whatsmeow.AdvDeviceSignaturePrefix, identity.Details, dev.IdentityKey.Pub[:], identity.AccountSignatureKey)
	dev.Account = identity
	return dev, a, nil
}

// vouch is the account's signature under a companion's identity key.
func (a *account) vouch(companion []byte, index uint32) (*waAdv.ADVSignedDeviceIdentity, error) {
	details, err := proto.Marshal(&waAdv.ADVDeviceIdentity{
		RawID: proto.Uint32(a.registration), Timestamp: proto.Uint64(uint64(time.Now().Unix())), KeyIndex: &index,
	})
	if err != nil {
		return nil, err
	}
	return &waAdv.ADVSignedDeviceIdentity{
		Details: details, AccountSignatureKey: a.identity.Pub[:],
		AccountSignature: sign(a.identity, whatsmeow.AdvAccountSignaturePrefix, details, companion),
	}, nil
}

// addDevice registers a device as its store describes it. The caller holds s.mu.
func (s *Server) addDevice(a *account, id uint16, dev *store.Device) *device {
	d := &device{
		of: a, id: id, noise: *dev.NoiseKey.Pub, identity: *dev.IdentityKey.Pub, registration: dev.RegistrationID, signed: public(dev.SignedPreKey),
	}
	a.devices[id] = d
	s.stage.Notify()
	return d
}

// public is a prekey as it travels.
func public(k *keys.PreKey) preKey {
	id := binary.BigEndian.AppendUint32(nil, k.KeyID)[1:]
	return preKey{id: id, pub: k.Pub[:], signature: k.Signature[:]}
}

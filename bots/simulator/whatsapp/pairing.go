package whatsapp

import (
	"context"
	"crypto/hmac"
	crand "crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	wire "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"google.golang.org/protobuf/proto"
)

// ErrPasskey is why an account with Traits.PasskeyOnly pairs with nobody. Since about 2026-06-30 many accounts confirm a new device
// with a passkey. The client is then asked for it by a notification, as users of the library saw it (whatsmeow #1185, #1233); after a
// code was typed, the usual answer comes before it without its key. The library that we have knows neither, and nothing more comes.
var ErrPasskey = errors.New("whatsapp simulator: the account asks for a passkey to pair a device, and the client knows none")

// errHungUp is why a pairing ends when the client does.
var errHungUp = errors.New("the client hung up")

// pairing is a connection of a client that belongs to nobody yet.
type pairing struct {
	link         *link
	noise        [32]byte
	identity     [32]byte
	registration uint32
	signed       preKey
	refs         []string

	code   []byte // its ephemeral key, encrypted with the 8 letters, when it asked for pairing by code
	typed  *typed // what somebody does with the 8 letters
	joins  *account
	id     uint16
	iq     string     // of the pair-success that is under way
	result chan error // gets how it ended, once; nil while nobody pairs it
}

// codes are how many QR codes a client gets to show: the first for 60 s, the others for 20.
const codes = 6

// beginPairing gives a new client its QR codes. The caller holds s.mu.
func (s *Server) beginPairing(l *link, who greeting) bool {
	data := who.payload.GetDevicePairingData()
	if len(data.GetEIdent()) != 32 || len(data.GetERegid()) != 4 {
		l.refuse(Outage{Reason: 400})
		return false
	}
	p := &pairing{
		link: l, noise: who.noise, identity: [32]byte(data.GetEIdent()), registration: binary.BigEndian.Uint32(data.GetERegid()),
		signed: preKey{id: data.GetESkeyID(), pub: data.GetESkeyVal(), signature: data.GetESkeySig()},
	}
	var refs []wire.Node
	for range codes {
		ref := "2@" + crand.Text()
		p.refs, s.refs[ref] = append(p.refs, ref), p
		refs = append(refs, wire.Node{Tag: "ref", Content: []byte(ref)})
	}
	l.pairing = p
	l.send(s.md(wire.Node{Tag: "pair-device", Content: refs}))
	return true
}

// md is a query that WhatsApp asks a client while it pairs.
func (s *Server) md(content wire.Node) wire.Node {
	return wire.Node{
		Tag: "iq", Attrs: wire.Attrs{"id": s.newID("P"), "type": "set", "xmlns": "md", "from": serverJID}, Content: []wire.Node{content},
	}
}

// endPairing forgets a client that paired or hung up. The caller holds s.mu.
func (s *Server) endPairing(p *pairing) {
	for _, ref := range p.refs {
		delete(s.refs, ref)
	}
	p.settle(errHungUp)
	p.link.pairing = nil
}

// settle tells who waits how a pairing ended; the first word counts.
func (p *pairing) settle(err error) {
	if p.result != nil {
		p.result <- err
		p.result = nil
	}
}

// ScanQR is somebody who scans the QR code of a client with their phone. It returns when the client is paired; the client then
// logs in by itself.
func (s *Server) ScanQR(ctx context.Context, code, phone string) error {
	return s.scan(ctx, code, phone, false)
}

// ScanForged is ScanQR with an answer that WhatsApp did not make for this client: it must refuse it, and it is an error if it does
// not.
func (s *Server) ScanForged(ctx context.Context, code, phone string) error {
	if err := s.scan(ctx, code, phone, true); err == nil {
		return errors.New("whatsapp simulator: the client took a forged pairing")
	}
	return nil
}

// EndQR hangs up on a client that shows QR codes, as when nobody scanned any. It is false when there is none with this code.
func (s *Server) EndQR(code string) bool {
	ref, _, _ := strings.Cut(code, ",")
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.refs[ref]
	if p == nil {
		return false
	}
	p.link.cut()
	return true
}

func (s *Server) scan(ctx context.Context, code, phone string, forged bool) error {
	parts := strings.Split(code, ",")
	if len(parts) != 4 {
		return errors.New("whatsapp simulator: this is no QR code of a client")
	}
	secret, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		return fmt.Errorf("whatsapp simulator: the secret in the QR code: %w", err)
	}
	if forged {
		secret = []byte("not what the client knows")
	}
	done, err := s.offer(parts[0], phone, secret)
	if err != nil {
		return err
	}
	return s.paired(ctx, done)
}

// paired waits for the end of a pairing.
func (s *Server) paired(ctx context.Context, done <-chan error) error {
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("whatsapp simulator: pair: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("whatsapp simulator: pair: %w", ctx.Err())
	}
}

func (s *Server) offer(ref, phone string, secret []byte) (<-chan error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(phone)
	if err != nil {
		return nil, err
	}
	p := s.refs[ref]
	switch {
	case p == nil:
		return nil, errors.New("whatsapp simulator: the QR code is over, or none of this server's")
	case p.result != nil:
		return nil, errors.New("whatsapp simulator: the client is being paired already")
	case a.PasskeyOnly:
		s.askPasskey(p)
		return nil, ErrPasskey
	}
	p.result = make(chan error, 1)
	done := p.result
	return done, s.join(p, a, secret)
}

// askPasskey asks a client for a passkey, as a browser would use it. The caller holds s.mu.
func (s *Server) askPasskey(p *pairing) {
	if p.code != nil {
		p.link.send(s.notification("link_code_companion_reg", wire.Node{
			Tag: "link_code_companion_reg", Attrs: wire.Attrs{"stage": "primary_hello"}, Content: []wire.Node{
				{Tag: "link_code_pairing_ref", Content: []byte(p.refs[0])},
			},
		}))
	}
	options := fmt.Sprintf(`{"challenge":%q,"rpId":"whatsapp.com","userVerification":"required"}`, crand.Text())
	p.link.send(s.notification("passkey_prologue_request", wire.Node{Tag: "passkey_request_options", Content: []byte(options)}))
}

// join tells a client whose device it becomes. The caller holds s.mu.
func (s *Server) join(p *pairing, a *account, secret []byte) error {
	p.joins, p.id = a, a.free()
	identity, err := a.vouch(p.identity[:], uint32(p.id))
	if err != nil {
		return err
	}
	details, err := proto.Marshal(identity)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(details)
	sealed, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentityHMAC{Details: details, HMAC: mac.Sum(nil)})
	if err != nil {
		return err
	}
	n := s.md(wire.Node{Tag: "pair-success", Content: []wire.Node{
		{Tag: "device-identity", Content: sealed},
		{Tag: "device", Attrs: wire.Attrs{"jid": a.pn(p.id), "lid": a.hidden(p.id)}},
		{Tag: "platform", Attrs: wire.Attrs{"name": "android"}},
	}})
	p.iq = text(n.Attrs, "id")
	p.link.send(n)
	return nil
}

// pairAnswer is what a client says to a query of ours. The caller holds s.mu.
func (s *Server) pairAnswer(l *link, n *wire.Node) answer {
	p := l.pairing
	if p == nil || p.iq == "" || text(n.Attrs, "id") != p.iq {
		return answer{} // it got the refs
	}
	if text(n.Attrs, "type") == "error" {
		failure := n.GetChildByTag("error")
		p.settle(fmt.Errorf("the client refused: %s %s", text(failure.Attrs, "code"), text(failure.Attrs, "text")))
		return answer{}
	}
	d := &device{of: p.joins, id: p.id, noise: p.noise, identity: p.identity, registration: p.registration, signed: p.signed}
	d.of.devices[d.id] = d
	s.announce(d)
	p.settle(nil)
	s.endPairing(p)
	l.end(Restart.node())
	return answer{}
}

// announce tells everybody that an account's devices changed, so that they write to all of them. The caller holds s.mu.
func (s *Server) announce(d *device) {
	for _, a := range s.accounts {
		for _, id := range a.ids() {
			if peer := a.devices[id]; peer != d {
				for _, of := range []string{"s.whatsapp.net", "lid"} {
					n := s.notification("devices", wire.Node{Tag: "update", Attrs: wire.Attrs{"device_hash": s.newID("2:")}})
					n.Attrs["from"] = d.of.at(of, 0)
					s.give(peer, n)
				}
			}
		}
	}
}

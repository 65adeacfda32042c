package whatsapp

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/pbkdf2"
	crand "crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	wire "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/util/keys"
)

// typed is somebody who typed the 8 letters into their phone.
type typed struct {
	by        *account
	ephemeral *keys.KeyPair
	companion []byte // the client's ephemeral public key
}

// EnterCode is somebody who types the 8 letters of a client into their phone. It returns when the client is paired.
func (s *Server) EnterCode(ctx context.Context, phone, code string) error {
	code = strings.ToUpper(strings.ReplaceAll(code, "-", ""))
	p, a, err := s.asking(phone)
	if err != nil {
		return err
	}
	companion, err := unwrap(code, p.code)
	if err != nil {
		return err
	}
	t := &typed{by: a, ephemeral: keys.NewKeyPair(), companion: companion}
	wrapped, err := wrap(code, t.ephemeral.Pub[:])
	if err != nil {
		return err
	}
	return s.paired(ctx, s.type8(p, t, wrapped))
}

// asking is the client that asked for a code for this number.
func (s *Server) asking(phone string) (*pairing, *account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(phone)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range s.refs {
		switch {
		case p.joins != a || p.code == nil:
		case p.result != nil:
			return nil, nil, errors.New("whatsapp simulator: the client is being paired already")
		case a.PasskeyOnly:
			s.askPasskey(p)
			return nil, nil, ErrPasskey
		default:
			return p, a, nil
		}
	}
	return nil, nil, errors.New("whatsapp simulator: no client has asked for a code for this number")
}

// type8 tells the client that the letters were typed.
func (s *Server) type8(p *pairing, t *typed, wrapped []byte) <-chan error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.typed, p.result = t, make(chan error, 1)
	done := p.result
	p.link.send(s.notification("link_code_companion_reg", wire.Node{
		Tag: "link_code_companion_reg", Attrs: wire.Attrs{"stage": "primary_hello"}, Content: []wire.Node{
			{Tag: "link_code_pairing_ref", Content: []byte(p.refs[0])},
			{Tag: "link_code_pairing_wrapped_primary_ephemeral_pub", Content: wrapped},
			{Tag: "primary_identity_pub", Content: slices.Clone(t.by.identity.Pub[:])},
		},
	}))
	return done
}

// pairQuery is what a client asks while it pairs. The caller holds s.mu.
func (s *Server) pairQuery(l *link, n *wire.Node) answer {
	asked, ok := n.GetOptionalChildByTag("link_code_companion_reg")
	if !ok || l.pairing == nil {
		return reply(iqError(n, 501))
	}
	switch text(asked.Attrs, "stage") {
	case "companion_hello":
		return s.companionHello(l.pairing, n, asked)
	case "companion_finish":
		return s.companionFinish(l.pairing, n, asked)
	}
	return reply(iqError(n, 400))
}

func (s *Server) companionHello(p *pairing, n *wire.Node, asked wire.Node) answer {
	a := s.account(jid(asked.Attrs, "jid"))
	key := content(asked.GetChildByTag("link_code_pairing_wrapped_companion_ephemeral_pub"))
	if a == nil || len(key) != 80 {
		return reply(iqError(n, 400))
	}
	p.joins, p.code = a, key
	return reply(result(n, wire.Node{Tag: "link_code_companion_reg", Attrs: wire.Attrs{"stage": "companion_hello"}, Content: []wire.Node{
		{Tag: "link_code_pairing_ref", Content: []byte(p.refs[0])},
	}}))
}

func (s *Server) companionFinish(p *pairing, n *wire.Node, asked wire.Node) answer {
	if p.typed == nil {
		return reply(iqError(n, 400))
	}
	secret, err := p.typed.secret(content(asked.GetChildByTag("link_code_pairing_wrapped_key_bundle")))
	if err != nil {
		p.settle(err)
		p.typed = nil
		return reply(iqError(n, 400))
	}
	return answer{nodes: []wire.Node{result(n)}, then: func() {
		if err := s.join(p, p.typed.by, secret); err != nil {
			p.settle(err)
		}
	}}
}

// errLetters is what a phone says to wrong letters.
var errLetters = errors.New("the letters are wrong")

// secret opens the client's key bundle, and is the secret that the pairing is proven with.
func (t *typed) secret(bundle []byte) ([]byte, error) {
	if len(bundle) < 32+12 {
		return nil, errLetters
	}
	shared, err := exchange(t.ephemeral.Priv, t.companion)
	if err != nil {
		return nil, errLetters
	}
	key, err := hkdf.Key(sha256.New, shared, bundle[:32], "link_code_pairing_key_bundle_encryption_key", 32)
	if err != nil {
		return nil, err
	}
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, bundle[32:44], bundle[44:], nil)
	if err != nil || len(plain) != 96 {
		return nil, errLetters
	}
	identities, err := exchange(t.by.identity.Priv, plain[:32])
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, slices.Concat(shared, identities, plain[64:]), nil, "adv_secret", 32)
}

// letters encrypts or decrypts with the 8 letters.
func letters(code string, salt, iv, data []byte) ([]byte, error) {
	key, err := pbkdf2.Key(sha256.New, code, salt, 2<<16, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(data))
	cipher.NewCTR(block, iv).XORKeyStream(out, data)
	return out, nil
}

func unwrap(code string, wrapped []byte) ([]byte, error) {
	return letters(code, wrapped[:32], wrapped[32:48], wrapped[48:80])
}

func wrap(code string, pub []byte) ([]byte, error) {
	head := make([]byte, 48) // salt, iv
	_, _ = crand.Read(head)  // never fails
	sealed, err := letters(code, head[:32], head[32:], pub)
	return append(head, sealed...), err
}

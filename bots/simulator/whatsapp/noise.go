package whatsapp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow/proto/waCert"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

// noise is the responder's half of Noise_XX_25519_AESGCM_SHA256.
type noise struct {
	hash, salt []byte
	key        cipher.AEAD
	counter    uint32
}

func newNoise(header []byte) (*noise, error) {
	start := []byte(socket.NoiseStartPattern) // 32 bytes: hash, salt and first key in one
	key, err := newGCM(start)
	if err != nil {
		return nil, err
	}
	n := &noise{hash: start, salt: start, key: key}
	n.mix(header)
	return n, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (n *noise) mix(data []byte) {
	sum := sha256.Sum256(append(append([]byte(nil), n.hash...), data...))
	n.hash = sum[:]
}

// mixKey takes a shared secret into the key.
func (n *noise) mixKey(priv *[32]byte, pub []byte) error {
	secret, err := exchange(priv, pub)
	if err != nil {
		return err
	}
	salt, key, err := n.expand(secret)
	if err != nil {
		return err
	}
	n.salt, n.counter = salt, 0
	n.key, err = newGCM(key)
	return err
}

func (n *noise) expand(secret []byte) (first, second []byte, err error) {
	both, err := hkdf.Key(sha256.New, secret, n.salt, "", 64)
	if err != nil {
		return nil, nil, err
	}
	return both[:32], both[32:], nil
}

func (n *noise) seal(plain []byte) []byte {
	out := n.key.Seal(nil, nonce(n.counter), plain, n.hash)
	n.counter++
	n.mix(out)
	return out
}

func (n *noise) open(sealed []byte) ([]byte, error) {
	plain, err := n.key.Open(nil, nonce(n.counter), sealed, n.hash)
	n.counter++
	n.mix(sealed)
	return plain, err
}

// split ends the handshake with the keys of the two directions.
func (n *noise) split() (in, out cipher.AEAD, err error) {
	fromClient, fromServer, err := n.expand(nil)
	if err != nil {
		return nil, nil, err
	}
	if in, err = newGCM(fromClient); err != nil {
		return nil, nil, err
	}
	out, err = newGCM(fromServer)
	return in, out, err
}

func nonce(counter uint32) []byte {
	iv := make([]byte, 12)
	binary.BigEndian.PutUint32(iv[8:], counter)
	return iv
}

func exchange(priv *[32]byte, pub []byte) ([]byte, error) {
	own, err := ecdh.X25519().NewPrivateKey(priv[:])
	if err != nil {
		return nil, err
	}
	other, err := ecdh.X25519().NewPublicKey(pub)
	if err != nil {
		return nil, err
	}
	return own.ECDH(other)
}

// certify signs a server's static key: root, intermediate, leaf. Clients look at serial numbers and signatures, not at dates.
func certify(static *keys.KeyPair) ([]byte, error) {
	middle := keys.NewKeyPair()
	intermediate, err := certificate(1, 0, middle, root())
	if err != nil {
		return nil, err
	}
	leaf, err := certificate(2, 1, static, middle)
	if err != nil {
		return nil, err
	}
	return proto.Marshal(&waCert.CertChain{Intermediate: intermediate, Leaf: leaf})
}

func certificate(serial, issuer uint32, of, by *keys.KeyPair) (*waCert.CertChain_NoiseCertificate, error) {
	details, err := proto.Marshal(&waCert.CertChain_NoiseCertificate_Details{
		Serial: &serial, IssuerSerial: &issuer, Key: of.Pub[:],
	})
	if err != nil {
		return nil, err
	}
	return &waCert.CertChain_NoiseCertificate{Details: details, Signature: sign(by, details)}, nil
}

func sign(by *keys.KeyPair, parts ...[]byte) []byte {
	var all []byte
	for _, part := range parts {
		all = append(all, part...)
	}
	signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*by.Priv), all)
	return signature[:]
}

// greeting is what a client says of itself in the handshake.
type greeting struct {
	noise   [32]byte // the key that proves which device it is
	payload *waWa6.ClientPayload
}

// shake is the handshake. frame reads the client's next frame, answer writes one.
func (s *Server) shake(frame func() ([]byte, error), answer func([]byte) error) (g greeting, in, out cipher.AEAD, err error) {
	n, err := newNoise(socket.WAConnHeader)
	if err != nil {
		return g, nil, nil, err
	}
	ephemeral := keys.NewKeyPair()
	hello, err := s.hello(n, ephemeral, frame)
	if err != nil {
		return g, nil, nil, err
	}
	if err := answer(hello); err != nil {
		return g, nil, nil, err
	}
	if g, err = finish(n, ephemeral, frame); err != nil {
		return g, nil, nil, err
	}
	in, out, err = n.split()
	return g, in, out, err
}

// hello reads the client's hello and makes ours.
func (s *Server) hello(n *noise, ephemeral *keys.KeyPair, frame func() ([]byte, error)) ([]byte, error) {
	theirs, err := readHandshake(frame)
	if err != nil {
		return nil, err
	}
	e := theirs.GetClientHello().GetEphemeral()
	n.mix(e)
	n.mix(ephemeral.Pub[:])
	if err := n.mixKey(ephemeral.Priv, e); err != nil {
		return nil, fmt.Errorf("the client's ephemeral key: %w", err)
	}
	static := n.seal(s.static.Pub[:])
	if err := n.mixKey(s.static.Priv, e); err != nil {
		return nil, err
	}
	return proto.Marshal(&waWa6.HandshakeMessage{ServerHello: &waWa6.HandshakeMessage_ServerHello{
		Ephemeral: ephemeral.Pub[:], Static: static, Payload: n.seal(s.certificate),
	}})
}

// finish reads who the client is.
func finish(n *noise, ephemeral *keys.KeyPair, frame func() ([]byte, error)) (greeting, error) {
	theirs, err := readHandshake(frame)
	if err != nil {
		return greeting{}, err
	}
	static, err := n.open(theirs.GetClientFinish().GetStatic())
	if err != nil || len(static) != 32 {
		return greeting{}, errors.Join(errors.New("the client's static key cannot be read"), err)
	}
	if err := n.mixKey(ephemeral.Priv, static); err != nil {
		return greeting{}, err
	}
	plain, err := n.open(theirs.GetClientFinish().GetPayload())
	if err != nil {
		return greeting{}, fmt.Errorf("the client's payload: %w", err)
	}
	g := greeting{noise: [32]byte(static), payload: &waWa6.ClientPayload{}}
	return g, proto.Unmarshal(plain, g.payload)
}

func readHandshake(frame func() ([]byte, error)) (*waWa6.HandshakeMessage, error) {
	data, err := frame()
	if err != nil {
		return nil, err
	}
	m := &waWa6.HandshakeMessage{}
	return m, proto.Unmarshal(data, m)
}

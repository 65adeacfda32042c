package app

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/acme"
)

// authority is a certificate authority that speaks ACME (RFC 8555), as much of it as one certificate for one name takes. It
// really looks whether the name is ours: by a handshake of RFC 8737 with the listener at knock.
type authority struct {
	*httptest.Server
	t    *testing.T
	root *x509.Certificate
	key  *ecdsa.PrivateKey

	mu      sync.Mutex
	knock   string // address of the listener that the name leads to
	life    []time.Duration
	nonces  map[string]bool
	account crypto.PublicKey
	orders  int
	valid   bool // the last authorization
	chain   []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, nonces: map[string]bool{}}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	a.root = a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}, nil, &a.key.PublicKey)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /directory", a.directory)
	mux.HandleFunc("HEAD /nonce", func(http.ResponseWriter, *http.Request) {})
	for path, answer := range map[string]func(payload []byte) (int, any){
		"/account": func([]byte) (int, any) { return 201, map[string]any{"status": "valid"} },
		"/order":   a.order, "/authz": a.authz, "/challenge": a.challenge, "/now": a.now, "/finalize": a.finalize,
	} {
		mux.HandleFunc("POST "+path, a.signed(answer))
	}
	mux.HandleFunc("POST /cert", a.signed(func([]byte) (int, any) { return 200, a.chain }))
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		nonce := rand.Text()
		a.nonces[nonce] = true
		w.Header().Set("Replay-Nonce", nonce)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(a.Close)
	return a
}

// sign makes a certificate; without a parent it signs itself.
func (a *authority) sign(c, parent *x509.Certificate, key crypto.PublicKey) *x509.Certificate {
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return signed
}

func (a *authority) directory(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]any{"newNonce": a.URL + "/nonce", "newAccount": a.URL + "/account", "newOrder": a.URL + "/order",
		"meta": map[string]string{"termsOfService": a.URL + "/terms"}})
}

// signed reads a request's JWS: its nonce is used once, its key is the account's, its signature is right.
func (a *authority) signed(answer func(payload []byte) (int, any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		payload, err := a.open(r)
		status, body := http.StatusBadRequest, any(map[string]string{"type": "urn:ietf:params:acme:error:malformed", "detail": fmt.Sprint(err)})
		if err == nil {
			status, body = answer(payload)
		}
		w.Header().Set("Location", a.URL+map[string]string{"/account": "/account/1", "/order": "/now", "/finalize": "/now"}[r.URL.Path])
		if raw, ok := body.([]byte); ok {
			w.Header().Set("Content-Type", "application/pem-certificate-chain")
			_, _ = w.Write(raw)
			return
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
}

func (a *authority) open(r *http.Request) ([]byte, error) {
	var jws struct{ Protected, Payload, Signature string }
	if err := json.NewDecoder(r.Body).Decode(&jws); err != nil {
		return nil, err
	}
	var head struct {
		Alg, Nonce, URL, KID string
		JWK                  *struct{ X, Y string }
	}
	if err := json.Unmarshal(unbase64(jws.Protected), &head); err != nil {
		return nil, err
	}
	if !a.nonces[head.Nonce] || head.URL != a.URL+r.URL.Path || head.Alg != "ES256" {
		return nil, fmt.Errorf("nonce, address or algorithm: %+v", head)
	}
	delete(a.nonces, head.Nonce)
	if head.JWK != nil && r.URL.Path == "/account" {
		point := slices.Concat([]byte{4}, unbase64(head.JWK.X), unbase64(head.JWK.Y))
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if err != nil {
			return nil, err
		}
		a.account = key
	}
	key, ok := a.account.(*ecdsa.PublicKey)
	sum, sig := sha256.Sum256([]byte(jws.Protected+"."+jws.Payload)), unbase64(jws.Signature)
	if !ok || len(sig) != 64 || !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		return nil, fmt.Errorf("the signature is wrong")
	}
	return unbase64(jws.Payload), nil
}

func unbase64(s string) []byte {
	b, _ := base64.RawURLEncoding.DecodeString(s) // nothing decodes to nothing, which is found wrong
	return b
}

const hookHost = "bots.example.com"

func identifier() any { return map[string]string{"type": "dns", "value": hookHost} }

func (a *authority) order([]byte) (int, any) {
	a.orders++
	a.valid, a.chain = false, nil
	return 201, a.state()
}

func (a *authority) now([]byte) (int, any) { return 200, a.state() }

func (a *authority) state() any {
	o := map[string]any{"status": "pending", "identifiers": []any{identifier()}, "authorizations": []string{a.URL + "/authz"}, "finalize": a.URL + "/finalize"}
	if a.valid {
		o["status"] = "ready"
	}
	if a.chain != nil {
		o["status"], o["certificate"] = "valid", a.URL+"/cert"
	}
	return o
}

func (a *authority) authz(payload []byte) (int, any) {
	status := map[bool]string{true: "valid", false: "pending"}[a.valid]
	if strings.Contains(string(payload), "deactivated") {
		status = "deactivated"
	}
	return 200, map[string]any{"status": status, "identifier": identifier(), "challenges": []any{
		map[string]string{"type": "http-01", "url": a.URL + "/challenge80", "token": "token80", "status": "pending"},
		map[string]string{"type": "tls-alpn-01", "url": a.URL + "/challenge", "token": challengeToken, "status": status}}}
}

const challengeToken = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"

// challenge knocks at the listener as RFC 8737 says.
func (a *authority) challenge([]byte) (int, any) {
	if err := a.look(); err != nil {
		return 400, map[string]string{"type": "urn:ietf:params:acme:error:unauthorized", "detail": err.Error()}
	}
	a.valid = true
	return 200, map[string]string{"type": "tls-alpn-01", "url": a.URL + "/challenge", "token": challengeToken, "status": "valid"}
}

func (a *authority) look() error {
	c, err := tls.Dial("tcp", a.knock, &tls.Config{ServerName: hookHost, NextProtos: []string{acme.ALPNProto}, InsecureSkipVerify: true})
	if err != nil {
		return fmt.Errorf("port 443: %w", err)
	}
	defer c.Close()
	leaf := c.ConnectionState().PeerCertificates[0]
	print, err := acme.JWKThumbprint(a.account)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(challengeToken + "." + print))
	want, err := asn1.Marshal(sum[:])
	if err != nil {
		return err
	}
	if c.ConnectionState().NegotiatedProtocol != acme.ALPNProto || len(leaf.DNSNames) != 1 || leaf.DNSNames[0] != hookHost {
		return fmt.Errorf("the answer is for %v", leaf.DNSNames)
	}
	for _, x := range leaf.Extensions {
		if x.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}) && x.Critical && string(x.Value) == string(want) {
			return nil
		}
	}
	return fmt.Errorf("the certificate does not answer the challenge")
}

func (a *authority) finalize(payload []byte) (int, any) {
	var in struct{ CSR string }
	if err := json.Unmarshal(payload, &in); err != nil || !a.valid {
		return 403, map[string]string{"type": "urn:ietf:params:acme:error:orderNotReady"}
	}
	csr, err := x509.ParseCertificateRequest(unbase64(in.CSR))
	if err != nil || csr.CheckSignature() != nil || len(csr.DNSNames) != 1 || csr.DNSNames[0] != hookHost {
		return 400, map[string]string{"type": "urn:ietf:params:acme:error:badCSR"}
	}
	life := 20 * time.Hour
	if len(a.life) > 0 {
		life, a.life = a.life[0], a.life[1:]
	}
	leaf := a.issue(big.NewInt(int64(100+a.orders)), time.Now().Add(-time.Hour), time.Now().Add(life), csr.PublicKey)
	a.chain = append(pemOf("CERTIFICATE", leaf.Raw), pemOf("CERTIFICATE", a.root.Raw)...)
	return 200, a.state()
}

// issue makes a certificate for the name.
func (a *authority) issue(serial *big.Int, from, to time.Time, key crypto.PublicKey) *x509.Certificate {
	return a.sign(&x509.Certificate{SerialNumber: serial, DNSNames: []string{hookHost}, NotBefore: from, NotAfter: to,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, a.root, key)
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// trust is a client's view: only this authority is believed, and the name has to be right.
func (a *authority) trust() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.root)
	return &tls.Config{RootCAs: pool, ServerName: hookHost}
}

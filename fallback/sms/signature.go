package sms

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"net/http"
	"net/url"
	"strings"

	"kaskad/bots"
)

// signature is the compiled [sms.report.signature]; nil for a provider that does not sign.
type signature struct {
	header string
	value  *query
	sum    func(key, text []byte) []byte
	key    string   // "token", "password", "secret" or none
	needs  []string // those of the three without which everybody could sign
	text   *query
	encode func([]byte) string
	hex    bool // capitals are as good
}

// signedWith are the variables of signature.text, in the order of their values.
var signedWith = []string{"$token", "$login", "$password", "$secret", "$body", "$urls"}

// maxSigned is how many texts a description may try on one call.
const maxSigned = 8

var plainHashes = map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New}

func compileSignature(d Signature, f *faults) *signature {
	if d == (Signature{}) {
		return nil
	}
	const key = "report.signature"
	s := &signature{header: http.CanonicalHeaderKey(d.Header), value: f.query(key+".value", d.Value), key: d.Key, encode: hex.EncodeToString, hex: true}
	if (d.Header == "") == (d.Value == "") {
		f.add(key, "write where the signature is: header, or value")
	}
	name, keyed := strings.CutPrefix(d.Hash, "hmac-")
	if s.sum = sumOf(name, keyed); s.sum == nil {
		f.add(key+".hash", "%q is not known; write md5, sha1, sha256, hmac-sha1 or hmac-sha256", d.Hash)
	}
	if keyed != (d.Key == "token" || d.Key == "password" || d.Key == "secret") || !keyed && d.Key != "" {
		f.add(key+".key", "an hmac has one: token, password or secret (report_secret); the others take theirs into text")
	}
	var err error
	if s.text, err = compileQuery(d.Text, signedWith...); err != nil || s.text == nil {
		f.add(key+".text", "write what is signed as a jq expression such as '$secret + .id' (%v)", err)
	}
	for _, name := range []string{"token", "password", "secret"} {
		if name == d.Key || strings.Contains(d.Text, "$"+name) {
			s.needs = append(s.needs, name)
		}
	}
	if len(s.needs) == 0 {
		f.add(key, "nothing secret is in it, so everybody could sign; use $secret, $token, $password or key")
	}
	switch d.Encoding {
	case "base64":
		s.encode, s.hex = base64.StdEncoding.EncodeToString, false
	case "", "hex":
	default:
		f.add(key+".encoding", "%q is not known; write hex or base64", d.Encoding)
	}
	return s
}

// sumOf is a hash, with a key or without; nil for one that is not known.
func sumOf(name string, keyed bool) func(key, text []byte) []byte {
	plain, ok := plainHashes[name]
	if !ok || keyed && name == "md5" {
		return nil
	}
	return func(key, text []byte) []byte {
		h := plain()
		if keyed {
			h = hmac.New(plain, key)
		}
		h.Write(text)
		return h.Sum(nil)
	}
}

// verify compares the signature of a call with what we make of it. Without our half of the secret nothing is genuine.
func (s *signature) verify(ctx context.Context, c Config, call bots.Call, input any) error {
	if s == nil {
		return nil
	}
	given := call.Header.Get(s.header)
	if s.value != nil {
		given = s.value.text(ctx, input)
	}
	if given == "" {
		return errors.New("it has no signature")
	}
	if s.hex {
		given = strings.ToLower(given)
	}
	secrets := map[string]string{"token": c.Token.Reveal(), "password": c.Password.Reveal(), "secret": c.ReportSecret.Reveal()}
	for _, name := range s.needs {
		if secrets[name] == "" {
			return errors.New("we have no " + name + " to check its signature with")
		}
	}
	texts, err := s.text.run(ctx, input, maxSigned, c.Token.Reveal(), c.Login, c.Password.Reveal(), c.ReportSecret.Reveal(), string(call.Body), urlsOf(c, call))
	if err != nil {
		return errors.New("what is signed cannot be computed")
	}
	for _, t := range texts {
		text, ok := t.(string)
		if ok && hmac.Equal([]byte(s.encode(s.sum([]byte(secrets[s.key]), []byte(text)))), []byte(given)) {
			return nil
		}
	}
	return errors.New("its signature is wrong")
}

// urlsOf are the addresses under which the provider may have signed a call: ours with the call's query, and the same with the
// port written, or not.
func urlsOf(c Config, call bots.Call) []any {
	u, err := url.Parse(c.ReportURL.Reveal())
	if err != nil || u.Host == "" {
		return []any{}
	}
	u.RawQuery = call.Query.Encode()
	urls := []any{u.String()}
	port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	switch {
	case u.Port() == "":
		u.Host += port
	default:
		u.Host = u.Hostname()
	}
	return append(urls, u.String())
}

package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// realm is an OpenID Connect provider that lets in whoever it is told to, and speaks the real protocol.
type realm struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu     sync.Mutex
	claims map[string]any    // of who signs in now; over those that it makes itself
	codes  map[string]string // the query with which each was asked for
	calls  map[string]int
	deny   bool
	sign   func(head, body string) string // nil: as it should
}

const (
	realmClient = "kaskad"
	realmSecret = "a secret of the client"
)

func newRealm(t *testing.T) *realm {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	mustAll(t, err)
	r := &realm{key: key, codes: map[string]string{}, calls: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", r.answer(func(http.ResponseWriter, *http.Request) any {
		return map[string]any{"issuer": r.URL, "authorization_endpoint": r.URL + "/auth", "token_endpoint": r.URL + "/token", "jwks_uri": r.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}}
	}))
	mux.HandleFunc("GET /keys", r.answer(func(http.ResponseWriter, *http.Request) any {
		return map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": raw64(key.N.Bytes()), "e": raw64(big.NewInt(int64(key.E)).Bytes())}}}
	}))
	mux.HandleFunc("GET /auth", r.signIn)
	mux.HandleFunc("POST /token", r.answer(r.token))
	r.Server = httptest.NewServer(mux)
	t.Cleanup(r.Close)
	return r
}

func raw64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (r *realm) answer(f func(http.ResponseWriter, *http.Request) any) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.calls[q.URL.Path]++
		w.Header().Set("Content-Type", "application/json")
		if said := f(w, q); said != nil {
			_ = json.NewEncoder(w).Encode(said)
		}
	}
}

// is says who signs in from now on.
func (r *realm) is(subject, email string, more ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sign, r.deny = nil, false
	r.claims = map[string]any{"sub": subject, "email": email, "email_verified": true}
	for i := 0; i < len(more); i += 2 {
		r.claims[more[i].(string)] = more[i+1]
	}
}

// signIn is the page at which people sign in there; here somebody already has.
func (r *realm) signIn(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ask := q.URL.Query()
	back := url.Values{"state": {ask.Get("state")}}
	switch {
	case ask.Get("client_id") != realmClient || ask.Get("response_type") != "code" || ask.Get("code_challenge_method") != "S256" || ask.Get("nonce") == "" || !strings.Contains(ask.Get("scope"), "openid"):
		http.Error(w, "what is this: "+q.URL.RawQuery, http.StatusBadRequest)
		return
	case r.deny:
		back.Set("error", "access_denied")
	default:
		code := fmt.Sprint("code-", len(r.codes))
		r.codes[code] = q.URL.RawQuery
		back.Set("code", code)
	}
	http.Redirect(w, q, ask.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token gives a signed token for a code, once, to whoever holds the secret and the verifier.
func (r *realm) token(w http.ResponseWriter, q *http.Request) any {
	refuse := func(why string) any {
		w.WriteHeader(http.StatusBadRequest)
		return map[string]string{"error": "invalid_grant", "error_description": why}
	}
	name, secret, basic := q.BasicAuth()
	if name, _ = url.QueryUnescape(name); !basic {
		name, secret = q.FormValue("client_id"), q.FormValue("client_secret")
	} else {
		secret, _ = url.QueryUnescape(secret)
	}
	ask, err := url.ParseQuery(r.codes[q.FormValue("code")])
	sum := sha256.Sum256([]byte(q.FormValue("code_verifier")))
	switch {
	case name != realmClient || secret != realmSecret:
		w.WriteHeader(http.StatusUnauthorized)
		return map[string]string{"error": "invalid_client"}
	case err != nil || ask.Get("nonce") == "":
		return refuse("no such code")
	case raw64(sum[:]) != ask.Get("code_challenge"):
		return refuse("the verifier is another one's")
	case q.FormValue("redirect_uri") != ask.Get("redirect_uri"):
		return refuse("the address is another one")
	}
	delete(r.codes, q.FormValue("code"))
	claims := map[string]any{"iss": r.URL, "aud": realmClient, "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "nonce": ask.Get("nonce")}
	maps.Copy(claims, r.claims)
	raw, err := json.Marshal(claims)
	if err != nil {
		return refuse(err.Error())
	}
	head, body := raw64([]byte(`{"alg":"RS256","kid":"1","typ":"JWT"}`)), raw64(raw)
	sign := r.sign
	if sign == nil {
		sign = r.signed
	}
	return map[string]any{"access_token": "at-" + rand.Text(), "token_type": "Bearer", "expires_in": 60, "id_token": sign(head, body)}
}

func (r *realm) signed(head, body string) string {
	sum := sha256.Sum256([]byte(head + "." + body))
	sig, err := rsa.SignPKCS1v15(rand.Reader, r.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return head + "." + body + "." + raw64(sig)
}

// realmed is a gateway whose people may sign in at a realm, with its first admin.
func realmed(t *testing.T, more string) (*plant, *surfer, *realm) {
	t.Helper()
	r := newRealm(t)
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	p.configure(func(text string) string {
		return text + fmt.Sprintf("\n[login]\nurl = \"http://%s\"\n%s\n[login.oidc]\nissuer = %q\nclient_id = %q\nclient_secret = %q\nname = \"Крамниця ID\"\n", p.admin, more, r.URL, realmClient, realmSecret)
	})
	p.start()
	admin := p.surfer()
	admin.open(p.run("people", "setup")).send("/setup", "name", "Олена", "email", first, "password", firstPassword)
	return p, admin, r
}

// Somebody who was invited comes in by the company's provider, without a password; whom the provider knows and nobody has invited does not, and
// whoever gets the address later is somebody else.
func TestPeopleSignInAtTheCompanysProvider(t *testing.T) {
	t.Parallel()
	p, admin, r := realmed(t, `second_factor = "everyone"`)
	_, _ = secured(admin, firstPassword)
	if n := r.calls["/.well-known/openid-configuration"]; n != 0 {
		t.Errorf("the provider was asked %d times before anybody came", n)
	}
	in := func(s *surfer) *surfer {
		s.open("/login").sees(200, "/login", "Увійти через Крамниця ID")
		return s.open("/login/provider?to=/account")
	}
	r.is("u-1", "ira@shop.example")
	in(p.surfer()).sees(403, "/login/back", "Вас не запрошено")
	admin.open("/people").send("/people", "name", "Іра", "email", "ira@shop.example", "role", "agent").sees(200, "/people", "Запрошення створено")
	invitation := invitationIn.FindString(admin.page)
	r.is("u-1", "Ira@Shop.example", "email_verified", false)
	in(p.surfer()).sees(403, "/login/back", "Пошту не підтверджено")
	r.is("u-1", "Ira@Shop.example")
	agent := p.surfer()
	in(agent).sees(200, "/account", "Ваша роль: оператор") // where she wanted to go; and no second factor is asked for here
	p.surfer().open(invitation).sees(403, "/invitation", "Це запрошення не діє")
	r.is("u-2", "ira@shop.example")
	in(p.surfer()).sees(403, "/login/back", "Вас не запрошено") // who has her address now is not her
	r.is("u-1", "irina.renamed@shop.example", "email_verified", false)
	second := p.surfer()
	in(second).sees(200, "/account", "Ваша роль: оператор") // she is who she is, under whatever address
	p.kill()
	p.start()
	agent.open("/").sees(200, "/", "Ви увійшли як Іра")
	admin.open("/people")
	id := regexp.MustCompile(`(?s)<b>Іра</b>.*?name="person" value="(\w+)"`).FindStringSubmatch(admin.page)[1]
	admin.send("/people/change", "person", id, "do", "disable").sees(200, "/people", "Вхід закрито")
	agent.open("/").sees(200, "/login", "Вхід")
	r.is("u-1", "ira@shop.example")
	in(p.surfer()).sees(403, "/login/back", "Вас не запрошено")
	lines := p.run("audit")
	for _, line := range []string{`Іра +127\.0\.0\.1 +bind-person +person [0-9a-z]+ provider`, `sign-in \(refused: provider\)`} {
		if !regexp.MustCompile(line).MatchString(lines) {
			t.Errorf("the audit has no line like %s:\n%s", line, lines)
		}
	}
	for _, secret := range []string{realmSecret, "code-", "at-", "eyJ", "u-1", "ira@"} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, p.log)
		}
	}
	p.finish()
}

// What does not prove who somebody is lets nobody in: each token that is not the provider's own, for us, for this sign-in, of now.
func TestTokensThatProveNothing(t *testing.T) {
	t.Parallel()
	p, admin, r := realmed(t, "")
	admin.open("/people").send("/people", "name", "Іра", "email", "ira@shop.example", "role", "agent").sees(200, "/people", "Запрошення створено")
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	mustAll(t, err)
	r.is("u-0", "ira@shop.example", "email", "\u212aira@shop.example")
	p.surfer().open("/login/provider").sees(403, "/login/back", "Пошту не підтверджено") // the Kelvin sign is no k
	for name, lie := range map[string]func(){
		"for another client":      func() { r.claims["aud"] = "shop" },
		"for several, and nobody": func() { r.claims["aud"] = []string{"shop", realmClient} },
		"made for another of two": func() { r.claims["aud"], r.claims["azp"] = []string{realmClient, "shop"}, "shop" },
		"made for another":        func() { r.claims["azp"] = "shop" },
		"of another provider":     func() { r.claims["iss"] = "https://elsewhere.example" },
		"of yesterday":            func() { r.claims["exp"] = time.Now().Add(-time.Hour).Unix() },
		"of another sign-in":      func() { r.claims["nonce"] = "another" },
		"without a nonce":         func() { r.claims["nonce"] = "" },
		"of nobody":               func() { r.claims["sub"] = "" },
		"signed by somebody else": func() { r.sign = (&realm{key: other}).signed },
		"not signed": func() {
			r.sign = func(_, body string) string { return raw64([]byte(`{"alg":"none"}`)) + "." + body + "." }
		},
		"signed with the public key as a secret": func() {
			r.sign = func(_, body string) string {
				return raw64([]byte(`{"alg":"HS256","kid":"1"}`)) + "." + body + "." + raw64([]byte("x"))
			}
		},
		"changed after it was signed": func() {
			r.sign = func(head, body string) string {
				good := r.signed(head, body)
				return head + "." + raw64([]byte(`{"sub":"u-9"}`)) + good[strings.LastIndexByte(good, '.'):]
			}
		},
		"refused there": func() { r.deny = true },
	} {
		r.is("u-1", "ira@shop.example")
		r.mu.Lock()
		lie()
		r.mu.Unlock()
		s := p.surfer()
		s.open("/login/provider")
		if s.status != http.StatusForbidden || !strings.Contains(s.page, "Вхід не відбувся") {
			t.Errorf("%s: %d %s", name, s.status, s.path)
		}
		s.open("/").sees(200, "/login", "Вхід")
	}
	r.is("u-1", "ira@shop.example", "aud", []string{"shop", realmClient}, "azp", realmClient)
	p.surfer().open("/login/provider").sees(200, "/", "Ви увійшли як Іра")
	if !strings.Contains(p.log.String(), "access_denied") {
		t.Errorf("the log does not have the provider's own word for a refusal:\n%s", p.log)
	}
	p.finish()
}

// Who has a password says so here first: whoever can make the provider believe an address does not become that person.
func TestAnEmailOpensNoAccountThatHasAPassword(t *testing.T) {
	t.Parallel()
	p, admin, r := realmed(t, "")
	agent := p.joined(admin, "ira@shop.example", "Іра")
	r.is("u-1", first)
	p.surfer().open("/login/provider").sees(403, "/login/back", "Спершу під'єднайте")
	admin.open("/account").sees(200, "/account", "Ви ще не входите там")
	admin.open("/login/provider").sees(403, "/login/back", "Спершу під'єднайте") // no link connects, whoever made it
	device, _ := secured(admin, firstPassword)
	for _, wrong := range [][]string{{}, {"password", "no"}, {"password", firstPassword}, {"password", "no", "code", device.code(1)}, {"password", firstPassword, "code", "000000"}} {
		admin.open("/account").send("/account/provider", wrong...) // whoever finds a browser open makes no way in for themselves
		if admin.status != 403 || strings.Contains(admin.page, `<a class="button"`) {
			t.Fatalf("%q: %d\n%s", wrong, admin.status, admin.page)
		}
	}
	admin.open("/account").send("/account/provider", "password", firstPassword, "code", device.code(1)).sees(200, "/account/provider", "Перейти")
	there := regexp.MustCompile(`<a class="button" href="([^"]+)"`).FindStringSubmatch(admin.page)[1]
	admin.open(there).sees(200, "/account", "Відтепер ви можете входити й там")
	other := p.surfer()
	other.open("/login/provider").sees(200, "/", "Ви увійшли як Олена")
	agent.open("/account").send("/account/provider", "password", agentPassword)
	there = regexp.MustCompile(`<a class="button" href="([^"]+)"`).FindStringSubmatch(agent.page)[1]
	agent.open(there).sees(403, "/login/back", "Вас не запрошено") // nobody is two people
	r.is("u-7", "ira@shop.example")
	agent.open("/account").send("/account/provider", "password", agentPassword)
	there = regexp.MustCompile(`<a class="button" href="([^"]+)"`).FindStringSubmatch(agent.page)[1]
	agent.setCookie("kaskad-session", other.cookie("kaskad-session"))
	agent.open(there).sees(403, "/login/back", "Нічого не змінено") // somebody else is signed in by now
	other.open("/").sees(200, "/", "Ви увійшли як Олена")
	p.finish()
}

// Coming back works in the browser that went away, with what it took along, and once, because the provider gives nobody in twice for one code;
// and an answer that never comes holds up nobody else.
func TestComingBackFromTheProvider(t *testing.T) {
	t.Parallel()
	p, admin, r := realmed(t, "")
	admin.open("/people").send("/people", "name", "Іра", "email", "ira@shop.example", "role", "agent").sees(200, "/people", "Запрошення створено")
	r.is("u-1", "ira@shop.example")
	// A browser that stops before it comes back: the address at which it would is somebody else's to use.
	caught := p.surfer()
	var back string
	caught.client.CheckRedirect = func(q *http.Request, _ []*http.Request) error {
		if q.URL.Path == "/login/back" {
			back = q.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}
	caught.open("/login/provider")
	if back == "" {
		t.Fatal("nobody was sent back")
	}
	p.surfer().open(back).sees(403, "/login/back", "Нічого не змінено") // another browser: a link that signs the victim in as somebody else
	caught.client.CheckRedirect = nil
	kept := caught.cookie("kaskad-away")
	caught.open(strings.Replace(back, "state=", "state=X", 1)).sees(403, "/login/back", "Нічого не змінено")
	caught.open(back).sees(200, "/", "Ви увійшли як Іра") // whoever led the browser to a wrong address has spoilt nothing
	caught.open(back).sees(403, "/login/back", "Нічого не змінено")
	again := p.surfer()
	again.setCookie("kaskad-away", kept)
	again.open(back).sees(403, "/login/back", "Вхід не відбувся")
	caught.open("/login/provider?to=//elsewhere.example/x").sees(200, "/", "Ви увійшли як Іра")
	caught.open("/").sees(200, "/", "Ви увійшли як Іра")
	p.kill()
	r.Close()
	p.start() // it starts without the provider
	s := p.surfer()
	s.open("/login/provider").sees(502, "/login/provider", "Сервіс входу не відповідає")
	s.open("/login").send("/login", "email", first, "password", firstPassword).sees(200, "/", "Ви увійшли як Олена")
	p.finish()
}

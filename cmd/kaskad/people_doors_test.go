package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/store"
)

// Who tries passwords waits, also with the right one, and longer every time; a gateway that is killed and started again forgets none of it. The
// admin's own browser comes in all the while.
func TestPasswordsAreTriedSlowly(t *testing.T) {
	t.Parallel()
	p, admin := founded(t)
	admin.send("/logout").sees(200, "/login", "Вхід")
	thief := p.surfer()
	thief.open("/login")
	tried := 0
	for ; tried < 50; tried++ {
		if thief.send("/login", "email", "olena@shop.example", "password", "guess number "+strconv.Itoa(tried)); thief.status == http.StatusTooManyRequests {
			break
		}
	}
	thief.sees(429, "/login", "Спроб було забагато")
	if tried < 10 || tried > 14 { // a slow machine lets the first waits pass
		t.Errorf("%d passwords were looked at until one had to wait; want 10, or a few more", tried)
	}
	waitFor(t, "a wait that outlasts a slow machine", func() bool { // of a second, two, four; then of eight
		if thief.send("/login", "email", "olena@shop.example", "password", "one more guess"); thief.status != http.StatusTooManyRequests {
			tried++
		}
		return tried >= 13
	})
	nobody := p.surfer()
	nobody.open("/login").send("/login", "email", "olena@shop.example", "password", firstPassword).sees(429, "/login", "Спроб було забагато")
	waitFor(t, "the tries to be written", func() bool {
		return strings.Contains(p.recorded("sign-in tries", "all"), fmt.Sprintf(`"n":%d,`, tried))
	})
	p.kill()
	p.start()
	for tried = 0; tried < 50; tried++ {
		if thief.send("/login", "email", "olena@shop.example", "password", "another guess"); thief.status == http.StatusTooManyRequests {
			break
		}
	}
	if tried > 1 {
		t.Errorf("after a crash %d tries were let in before one had to wait", tried)
	}
	admin.send("/login", "email", "olena@shop.example", "password", firstPassword).sees(200, "/", "Ви увійшли як Олена")
	lines := p.run("audit")
	for _, line := range []string{`nobody +127\.0\.0\.1 +sign-in \(refused: .+\) +person [0-9a-z]+`, `Олена +127\.0\.0\.1 +sign-in +person [0-9a-z]+`, `make-key +key [0-9a-z]+ admin`} {
		if !regexp.MustCompile(line).MatchString(lines) {
			t.Errorf("the audit has no line like %s:\n%s", line, lines)
		}
	}
	p.finish()
}

// recorded is a record of the gateway's as it stands on the disk just now.
func (p *plant) recorded(kind, id string) string {
	p.t.Helper()
	dir := p.t.TempDir()
	p.run("backup", filepath.Join(dir, store.FileName))
	db, err := store.Open(dir, store.Options{})
	mustAll(p.t, err)
	raw, err := db.Records(kind).Get(p.t.Context(), id)
	mustAll(p.t, err, db.Close())
	return string(raw)
}

// post sends a form as it is said, with headers.
func (s *surfer) post(path string, form url.Values, headers ...string) *surfer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.base+path, strings.NewReader(form.Encode()))
	mustAll(s.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.take(s.client.Do(r))
}

// formToken is what the forms of the open page hold.
func (s *surfer) formToken() string {
	s.t.Helper()
	for _, m := range hiddenField.FindAllStringSubmatch(s.page, -1) {
		if m[1] == "form" {
			return m[2]
		}
	}
	s.t.Fatalf("%s has no form:\n%s", s.path, s.page)
	return ""
}

// A form that is not a page's of ours changes nothing: neither of the two locks opens for the other's key.
func TestFormsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	p, admin := founded(t)
	other := p.surfer()
	other.open("/login")
	good := url.Values{"form": {admin.formToken()}}
	for name, c := range map[string]struct {
		form    url.Values
		headers []string
	}{
		"no token":                                 {url.Values{}, nil},
		"the token of another browser":             {url.Values{"form": {other.formToken()}}, nil},
		"the token is cut":                         {url.Values{"form": {good.Get("form")[:31]}}, nil},
		"the token, but from another site":         {good, []string{"Sec-Fetch-Site", "cross-site"}},
		"the token, but from a neighbouring site":  {good, []string{"Sec-Fetch-Site", "same-site"}},
		"the token, but the browser names another": {good, []string{"Origin", "https://evil.example"}},
		"the token, and nobody knows from where":   {good, []string{"Origin", "null"}},
		"more than a form":                         {url.Values{"form": good["form"], "x": {strings.Repeat("x", 40_000)}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			fresh := *admin
			fresh.t = t
			want := http.StatusForbidden
			if c.form.Has("x") {
				want = http.StatusRequestEntityTooLarge
			}
			fresh.post("/logout", c.form, c.headers...).sees(want, "/logout", "Нічого не змінено")
			fresh.open("/").sees(200, "/", "Ви увійшли як Олена")
		})
	}
	stranger := p.surfer()
	stranger.post("/login", url.Values{"email": {"olena@shop.example"}, "password": {firstPassword}}).sees(403, "/login", "Нічого не змінено") // signing somebody else in is a change, too
	admin.open("/logout").sees(405, "/logout", "Такої сторінки немає")                                                                         // opening an address changes nothing
	admin.open("/").sees(200, "/", "Ви увійшли як Олена")
	admin.post("/logout", good, "Sec-Fetch-Site", "same-origin", "Origin", admin.base).sees(200, "/login", "Вхід")
	p.finish()
}

// A token that somebody put into the browser before is none after signing in, and neither is that of the session before.
func TestSigningInMakesANewSession(t *testing.T) {
	t.Parallel()
	p, admin := founded(t)
	first := admin.cookie("kaskad-session")
	victim := p.surfer()
	victim.setCookie("kaskad-session", "thethiefknowsthistoken1234")
	victim.open("/login").send("/login", "email", "olena@shop.example", "password", firstPassword).sees(200, "/", "Ви увійшли як Олена")
	if now := victim.cookie("kaskad-session"); now == "thethiefknowsthistoken1234" || now == first {
		t.Errorf("the session is %s", now)
	}
	thief := p.surfer()
	thief.setCookie("kaskad-session", "thethiefknowsthistoken1234")
	thief.open("/").sees(200, "/login", "Вхід")
	p.finish()
}

// A page of a stranger whose name was made to lead here reads nothing, and signs nobody in.
func TestOtherNamesAreNotServed(t *testing.T) {
	t.Parallel()
	p, admin := founded(t)
	_, port, _ := strings.Cut(p.admin, ":")
	for host, want := range map[string]int{
		"evil.example:" + port: 421, "evil.example": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example:" + port: 421,
		"localhost:" + port: 200, "LOCALHOST:" + port: 200, "127.0.0.1:" + port: 200, "[::1]:" + port: 200, "192.168.1.5": 200,
	} {
		for _, path := range []string{"/", "/login"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, admin.base+path, nil)
			mustAll(t, err)
			r.Host = host
			r.AddCookie(&http.Cookie{Name: "kaskad-session", Value: admin.cookie("kaskad-session")})
			answer, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
			mustAll(t, err)
			answer.Body.Close()
			if got := answer.StatusCode; got != want && !(want == 200 && got == 303 && path == "/login") {
				t.Errorf("%s at %q is answered %d; want %d", path, host, got, want)
			}
		}
	}
	p.finish()
}

package inbox

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

// FuzzDoors knocks at every door with whatever somebody may send, as a stranger and as an agent: nothing goes wrong here, nobody is sent elsewhere,
// and nothing that was sent stands on a page as markup.
func FuzzDoors(f *testing.F) {
	h := newHall(f)
	now := h.now
	p, invitation, err := h.Accounts.Invite(f.Context(), now, people.NewPerson{Email: "ira@shop.example", Name: "Ira", Role: people.RoleAdmin})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := h.Accounts.Accept(f.Context(), now, invitation.Code, "a tractor that says nothing", ""); err != nil {
		f.Fatal(err)
	}
	token, err := h.Accounts.Begin(f.Context(), now, p.ID, people.Browser{})
	if err != nil {
		f.Fatal(err)
	}
	patterns := h.Patterns()
	for n := range patterns {
		f.Add(n, "to=/account&code=x&state=y&who=z&since=2026-03-02&until=2026-03-03&after=00", "email=ira@shop.example&password=x&code=000000&person="+p.ID+"&do=role&role=agent&name=x", "x.y.z", "uk,en;q=0.5", true)
	}
	f.Fuzz(func(t *testing.T, n int, query, form, cookie, language string, signedIn bool) {
		pattern := patterns[((n%len(patterns))+len(patterns))%len(patterns)]
		method, path, _ := strings.Cut(pattern, " ")
		if path == "/logout" || strings.HasPrefix(path, "/account/sessions") {
			return // it would end the session that the others need
		}
		if method == http.MethodPost {
			form += "&form=" + people.FormToken("form")
		}
		r := httptest.NewRequestWithContext(t.Context(), method, "https://kaskad.shop.example"+path, strings.NewReader(form))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header["Accept-Language"], r.Header["User-Agent"] = []string{language}, []string{cookie}
		for _, name := range []string{halfCookie, awayCookie, knownCookie} {
			r.AddCookie(&http.Cookie{Name: "__Host-" + name, Value: cookie})
		}
		r.AddCookie(&http.Cookie{Name: "__Host-" + formCookie, Value: "form"})
		if signedIn && (method == http.MethodGet || path == "/account/provider") { // nothing that changes who she is
			r.AddCookie(&http.Cookie{Name: "__Host-" + sessionCookie, Value: token.Reveal()})
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%s?%s with %q is answered %d", pattern, query, form, w.Code)
		}
		if to := w.Header().Get("Location"); to != "" && !strings.HasPrefix(to, "https://portal.example/auth?") {
			at, err := url.Parse(to)
			if err != nil || at.Host != "" || at.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
				t.Errorf("%s?%s with %q leads to %q", pattern, query, form, to)
			}
		}
		if strings.Contains(w.Body.String(), "<script") {
			t.Errorf("%s?%s with %q is answered with a script", pattern, query, form)
		}
	})
}

// FuzzMark reads marks of browsers, and keys of second factors as forms bring them back.
func FuzzMark(f *testing.F) {
	h := newHall(f)
	good := h.Throttle.Mark("abcdefgh")
	f.Add(good.Reveal(), "abcdefgh")
	f.Add("abcdefgh.x.y", "abcdefgh")
	f.Add("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "")
	f.Fuzz(func(t *testing.T, mark, person string) {
		known := h.Throttle.Known(bots.Secret(mark), person)
		if name, sign, _ := strings.Cut(strings.TrimPrefix(mark, person+"."), "."); known != "" && (known != person+"."+name || len(sign) != 24) {
			t.Errorf("%q is the mark %q of %q", mark, known, person)
		}
		if offer, ok := people.OfferedAgain("Shop: one", person+"@shop.example", bots.Secret(mark)); ok && !strings.Contains(offer.URL.Reveal(), "secret="+offer.Key.Reveal()) {
			t.Errorf("%q makes %q", mark, offer.URL.Reveal())
		}
	})
}

package links

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// shop is a store with one contact, who got delivery 7.
type shop struct {
	mu      sync.Mutex // a browser's calls come from elsewhere
	contact bots.Contact
	passed  bool // delivery 7 went to somebody else, by a text to the number that the contact has now
	events  []bots.Event
	deaf    bool // events have no effect
	err     error
	log     strings.Builder
}

// Read is a view of the shop's books.
func (s *shop) Read(_ context.Context, f func(fallback.View) error) error { return f(books{s: s}) }

// books are what the page asks of a store.
type books struct {
	fallback.View
	s *shop
}

func (b books) Delivery(id bots.ID) *fallback.Delivery {
	if id != 7 {
		return nil
	}
	if b.s.passed {
		return &fallback.Delivery{Plan: fallback.Plan{ID: 7, Contact: 41}, Status: fallback.Status{Route: []fallback.Leg{{Channel: bots.SMS, Message: 70}}}}
	}
	return &fallback.Delivery{Plan: fallback.Plan{ID: 7, Contact: 42}}
}

func (b books) Message(bots.ID) *bots.Message {
	return &bots.Message{ID: 70, To: bots.Address{Channel: bots.SMS, ID: b.s.now().Phone}}
}

func (books) MessageState(bots.ID) bots.MessageState { return bots.MessageState{} }
func (books) FindContact(bots.Ref) bots.ID           { return 42 }
func (books) Owners(bots.Ref) []bots.ID              { return []bots.ID{42} }

func (b books) Contact(bots.ID) *bots.Contact {
	c := b.s.now()
	return &c
}

func (s *shop) now() bots.Contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.contact
}

func (s *shop) told() []bots.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events
}

func (s *shop) receive(_ context.Context, e bots.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.events = append(s.events, e)
	if s.deaf {
		return nil
	}
	turn := bots.Turn{Event: e, Contact: s.contact}
	err := bots.DefaultCore().Apply(&turn, time.Now())
	s.contact = turn.Contact
	return err
}

func open(t testing.TB) (*shop, *Links) {
	t.Helper()
	s := &shop{contact: bots.Contact{ID: 42, Name: "Олена", Phone: "+380501112233", Locale: "uk"}}
	s.contact.Set(bots.Address{Channel: bots.Telegram, ID: "777000777"}, bots.Active, time.Now())
	l, err := New(Options{
		PublicURL: "https://bots.example.com/", Secret: "0123456789abcdef0123456789abcdef", Company: "Крамниця <&>", Locale: "uk", Zone: "Europe/Kyiv",
		Channels: []string{bots.Telegram, bots.Viber, bots.WhatsApp, bots.WhatsAppCloud, bots.SMS},
		Receive:  s.receive, Books: s, Log: slog.New(slog.NewTextHandler(&s.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, l
}

// link is the path of delivery 7's link.
func link(t testing.TB, l *Links) string {
	t.Helper()
	path, ok := strings.CutPrefix(l.Mint(&fallback.Delivery{Plan: fallback.Plan{ID: 7}}), "https://bots.example.com")
	if !ok {
		t.Fatal("the link does not begin with the public URL")
	}
	return path
}

func call(l *Links, method, path, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w
}

const form = "application/x-www-form-urlencoded"

// wishForm is what a browser posts of the page of somebody with Telegram and a phone.
const wishForm = "save=yes&of=0&shown=telegram&shown=sms&first=telegram&not=sms&hours=only&from=9&to=20"

func TestTheWayOut(t *testing.T) {
	const parts = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"
	for name, c := range map[string]struct{ contentType, body string }{
		"the button":                     {form, "stop=yes"},
		"a mail program's one click":     {form, "List-Unsubscribe=One-Click"},
		"a mail program's one in parts":  {"multipart/form-data; boundary=x", parts},
		"the button, with fields beside": {form, "a=b&stop=yes"},
	} {
		t.Run(name, func(t *testing.T) {
			s, l := open(t)
			path := link(t, l)
			if w := call(l, "GET", path, "", ""); w.Code != 200 || !strings.Contains(w.Body.String(), `name="stop"`) || len(s.events) > 0 {
				t.Fatalf("GET answers %d %s after %d events", w.Code, w.Body, len(s.events))
			}
			w := call(l, "POST", path, c.contentType, c.body)
			if w.Code != 200 || !strings.Contains(w.Body.String(), "Рекламу вимкнено") || strings.Contains(w.Body.String(), `name="stop"`) {
				t.Errorf("POST answers %d %s", w.Code, w.Body)
			}
			if len(s.events) != 1 || s.events[0].Kind != bots.WayOut || s.events[0].Contact != 42 || s.events[0].Delivery != 7 || s.events[0].ID == "" {
				t.Errorf("events: %+v", s.events)
			}
			if m := s.contact.Marketing; m.State != bots.Denied || !m.ByPerson || m.Source != "page" {
				t.Errorf("the consent is %+v", m)
			}
			if w := call(l, "GET", path, "", ""); strings.Contains(w.Body.String(), `name="stop"`) {
				t.Error("the button is still offered")
			}
			if call(l, "POST", path, c.contentType, c.body); len(s.events) != 1 {
				t.Errorf("a second press made %d events", len(s.events))
			}
		})
	}
}

func TestAPersonWhoCameBackCanLeaveAgain(t *testing.T) {
	s, l := open(t)
	path := link(t, l)
	call(l, "POST", path, form, "stop=yes")
	s.contact.Marketing = bots.Consent{State: bots.Given, ByPerson: true, At: time.Now()}
	call(l, "POST", path, form, "stop=yes")
	if len(s.events) != 2 || s.events[0].ID == s.events[1].ID || s.contact.Marketing.State != bots.Denied {
		t.Errorf("%d events, consent %+v", len(s.events), s.contact.Marketing)
	}
}

func TestANoToldByTheRetailerBecomesThePersons(t *testing.T) {
	s, l := open(t)
	s.contact.Marketing = bots.Consent{State: bots.Denied, Source: "call centre"}
	call(l, "POST", link(t, l), form, "stop=yes")
	if !s.contact.Marketing.ByPerson {
		t.Errorf("the consent is %+v", s.contact.Marketing)
	}
}

func TestWhatChangesNothing(t *testing.T) {
	_, l := open(t)
	path := link(t, l)
	other := l.codes.mint(8, 0)
	for name, c := range map[string]struct {
		method, path, contentType, body string
		status                          int
	}{
		"a scanner's GET":                 {"GET", path, "", "", 200},
		"a scanner's HEAD":                {"HEAD", path, "", "", 200},
		"GET with the answer in the URL":  {"GET", path + "?stop=yes", "", "", 200},
		"POST with it in the URL only":    {"POST", path + "?stop=yes&List-Unsubscribe=One-Click", form, "", 400},
		"a POST that says nothing":        {"POST", path, "", "", 400},
		"a form with a field too many":    {"POST", path, form, wishForm + "&name=anna", 400},
		"a form without hours":            {"POST", path, form, "save=yes&of=0&from=9&to=20", 400},
		"hours that no clock shows":       {"POST", path, form, strings.Replace(wishForm, "from=9", "from=24", 1), 400},
		"hours in another spelling":       {"POST", path, form, strings.Replace(wishForm, "from=9", "from=09", 1), 400},
		"hours of another kind":           {"POST", path, form, strings.Replace(wishForm, "hours=only", "hours=some", 1), 400},
		"a field twice":                   {"POST", path, form, wishForm + "&hours=any", 400},
		"a channel twice":                 {"POST", path, form, wishForm + "&not=sms", 400},
		"a channel that is none":          {"POST", path, form, wishForm + "&shown=pigeon", 400},
		"a no to what was not shown":      {"POST", path, form, wishForm + "&not=viber", 400},
		"first what was not shown":        {"POST", path, form, strings.Replace(wishForm, "first=telegram", "first=viber", 1), 400},
		"wishes in the URL only":          {"POST", path + "?" + wishForm, form, "", 400},
		"GET with wishes in the URL":      {"GET", path + "?" + wishForm, "", "", 200},
		"a yes where no no stands":        {"POST", path, form, "allow=yes&of=0", 200},
		"a yes with a field too many":     {"POST", path, form, "allow=yes&of=0&x=y", 400},
		"less than three hours":           {"POST", path, form, strings.Replace(wishForm, "to=20", "to=11", 1), 422},
		"no hours at all":                 {"POST", path, form, strings.Replace(wishForm, "to=20", "to=9", 1), 422},
		"wishes of an older page":         {"POST", path, form, strings.Replace(wishForm, "of=0", "of=abc", 1), 409},
		"wishes to another thing's code":  {"POST", "/u/" + other, form, wishForm, 404},
		"a POST of something else":        {"POST", path, "application/json", `{"stop":"yes"}`, 400},
		"a POST far too large":            {"POST", path, form, "a=" + strings.Repeat("b", 1<<20) + "&stop=yes", 413},
		"broken parts":                    {"POST", path, "multipart/form-data; boundary=x", "--x\r\nnonsense", 400},
		"another method":                  {"PUT", path, form, "stop=yes", 405},
		"no code":                         {"POST", "/u/", form, "stop=yes", 404},
		"a code with a letter changed":    {"POST", path[:len(path)-1] + flip(path[len(path)-1]), form, "stop=yes", 404},
		"a code in capitals":              {"POST", strings.ToUpper(path[:3]) + strings.ToUpper(path[3:]), form, "stop=yes", 404},
		"a code with something behind":    {"POST", path + "a", form, "stop=yes", 404},
		"the right code of another thing": {"POST", "/u/" + other, form, "stop=yes", 404},
		"a delivery's bare id":            {"POST", "/u/" + bots.ID(7).String(), form, "stop=yes", 404},
		"a page below the code":           {"POST", path + "/x", form, "stop=yes", 404},
	} {
		t.Run(name, func(t *testing.T) {
			s, l := open(t)
			if w := call(l, c.method, c.path, c.contentType, c.body); w.Code != c.status {
				t.Errorf("answered %d %.300s; want %d", w.Code, w.Body, c.status)
			}
			if len(s.events) != 0 || s.contact.Marketing.State != bots.Unknown || !s.contact.Wishes.Zero() {
				t.Errorf("it changed something: %+v", s.events)
			}
			if strings.Contains(s.log.String(), path[3:]) {
				t.Error("the log tells the code")
			}
		})
	}
}

// Whoever is told that a form was wrong is told it in the person's language.
func TestABadFormInThePersonsLanguage(t *testing.T) {
	s, l := open(t)
	s.contact.Locale = "en"
	if w := call(l, "POST", link(t, l), form, "stop=maybe"); w.Code != 400 || !strings.Contains(w.Body.String(), texts["en"].Plain[later].Title) {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

func flip(b byte) string {
	if b == 'a' {
		return "b"
	}
	return "a"
}

func TestThePageTellsNothingAndLoadsNothing(t *testing.T) {
	_, l := open(t)
	w := call(l, "GET", link(t, l), "", "")
	page := w.Body.String()
	for _, private := range []string{"Олена", "380501112233", "777000777", bots.ID(42).String(), bots.ID(7).String(), link(t, l)[3:]} {
		if strings.Contains(page, private) {
			t.Errorf("the page tells %q", private)
		}
	}
	if !strings.Contains(page, "Крамниця &lt;&amp;&gt;") || regexp.MustCompile(`(?i)<script|https?:|src=|url\(|@import|href=`).MatchString(page) {
		t.Errorf("the page is\n%s", page)
	}
	for name, want := range map[string]string{
		"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8",
		"X-Robots-Tag": "noindex, nofollow",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q; want %q", name, got, want)
		}
	}
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || !strings.Contains(policy, "form-action 'self'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("the policy is %q", policy)
	}
	if !strings.Contains(page, "<style>"+pageCSS+"</style>") {
		t.Error("the style is not the one that the policy allows")
	}
}

func TestLanguages(t *testing.T) {
	for name, c := range map[string]struct{ locale, accept, company, want string }{
		"the person's comes first":             {"uk", "en-US,en", "ru", "uk"},
		"a region does not matter":             {"ru-UA", "", "uk", "ru"},
		"the browser's when nothing is known":  {"", "pl-PL,ru;q=0.8,en;q=0.5", "uk", "ru"},
		"the browser's for an unknown one":     {"pl", "en-GB", "uk", "en"},
		"the company's when nobody says":       {"", "", "uk", "uk"},
		"English when nobody speaks ours":      {"pl", "de", "fr", "en"},
		"a header of nothing but commas":       {"", strings.Repeat(",", 10_000), "uk", "uk"},
		"the one behind sixteen is not looked": {"", strings.Repeat("xx,", 16) + "ru", "uk", "uk"},
	} {
		if got := language(c.locale, c.accept, c.company); got != c.want {
			t.Errorf("%s: %q; want %q", name, got, c.want)
		}
	}
	for lang, say := range texts {
		for m := wrongCode; m <= later; m++ {
			if say.Plain[m].Title == "" || say.Plain[m].Text == "" {
				t.Errorf("%s lacks words for message %d", lang, m)
			}
		}
		for v, i := reflect.ValueOf(say), 0; i < v.NumField(); i++ {
			if v.Field(i).IsZero() {
				t.Errorf("%s lacks %s", lang, v.Type().Field(i).Name)
			}
		}
	}
}

func TestAStoreThatCannotWrite(t *testing.T) {
	s, l := open(t)
	s.err = fallback.ErrUnavailable
	w := call(l, "POST", link(t, l), form, "stop=yes")
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "вимкнено") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	s.err, s.deaf = nil, true // taken to quarantine: stored, but of no effect
	if w := call(l, "POST", link(t, l), form, "stop=yes"); w.Code != 503 || !strings.Contains(s.log.String(), "quarantine") {
		t.Errorf("without effect it is answered %d; the log says %s", w.Code, &s.log)
	}
}

func TestHammeringOneCode(t *testing.T) {
	_, l := open(t)
	last := 0
	for range perWindow + 1 {
		last = call(l, "GET", link(t, l), "", "").Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("call %d is answered %d; want 429", perWindow+1, last)
	}
	now := time.Now()
	c := calls{}
	for i := range maxCounted + 10 {
		c.allow(bots.ID(i+1), now)
	}
	if len(c.n) > maxCounted || !c.allow(7, now.Add(window)) {
		t.Errorf("%d codes are counted", len(c.n))
	}
}

func TestLinksThatCannotBe(t *testing.T) {
	s, _ := open(t)
	if _, err := New(Options{Books: s, Receive: s.receive, Secret: "short"}); err == nil {
		t.Error("a short secret was taken")
	}
	if _, err := New(Options{Secret: "0123456789abcdef"}); err == nil {
		t.Error("links without a store were made")
	}
	l, err := New(Options{Books: s, Receive: s.receive, Secret: "0123456789abcdef"})
	if err != nil || l.Mint(&fallback.Delivery{Plan: fallback.Plan{ID: 7}}) != "" {
		t.Errorf("without a public URL there is a link, %v", err)
	}
}

func TestAnotherSecretIsAnotherCode(t *testing.T) {
	a, b := codes{[]byte("0123456789abcdef")}, codes{[]byte("0123456789abcdeg")}
	if _, _, ok := b.open(a.mint(7, 0)); ok || len(a.mint(7, 0)) != codeLen || len(SampleWayOut()) != len("/u/"+a.mint(7, 0)) {
		t.Errorf("a code of another secret is taken, or has %d characters", len(a.mint(7, 0)))
	}
}

// The leg is told within the same length, and a code that tells none, as older ones, opens.
func TestACodeTellsTheLeg(t *testing.T) {
	c := codes{[]byte("0123456789abcdef")}
	const latest = bots.ID(1<<legAt - 1)
	for _, id := range []bots.ID{7, 1_767_225_600_000_000, latest, latest | bots.TestMark} {
		for leg, want := range map[int]int{0: 0, 1: 1, 15: 15, legMask - 1: legMask - 1, legMask: fallback.NoLeg, fallback.NoLeg: fallback.NoLeg} {
			code := c.mint(id, leg)
			if got, at, ok := c.open(code); !ok || got != id || at != want || len(code) != codeLen {
				t.Errorf("leg %d of %v is opened as leg %d of %v (%t), by %d letters", leg, id, at, got, ok, len(code))
			}
		}
	}
	old := letters.EncodeToString(append(bots.ID(7).Bytes(), c.mac(7)...))
	if id, leg, ok := c.open(old); !ok || id != 7 || leg != fallback.NoLeg {
		t.Errorf("an old code is opened as leg %d of %v (%t)", leg, id, ok)
	}
}

// FuzzCode: whatever opens is exactly what was minted.
func FuzzCode(f *testing.F) {
	c := codes{[]byte("0123456789abcdef0123456789abcdef")}
	for _, s := range []string{"", "a", c.mint(7, 0), c.mint(7, 2)[1:], strings.ToUpper(c.mint(7, 0)), c.mint(1<<legAt-1|bots.TestMark, legMask-1), c.mint(7, fallback.NoLeg), strings.Repeat("a", codeLen), strings.Repeat("7", codeLen)} {
		f.Add(s)
	}
	_, l := open(f)
	f.Fuzz(func(t *testing.T, s string) {
		if id, leg, ok := c.open(s); ok && c.mint(id, leg) != s {
			t.Errorf("%q opens %v of leg %d, which is spelt %q", s, id, leg, c.mint(id, leg))
		}
		r := httptest.NewRequest("GET", "/u/x", nil)
		r.URL.Path = prefix + s
		w := httptest.NewRecorder()
		l.ServeHTTP(w, r)
		if w.Code != 404 && w.Code != 200 && w.Code != 429 {
			t.Errorf("%q is answered %d", s, w.Code)
		}
	})
}

func TestNothingAtAllAndBack(t *testing.T) {
	s, l := open(t)
	path := link(t, l)
	call(l, "POST", path, form, "silence=yes")
	c := s.contact
	if !c.Silent() || !c.All.ByPerson || c.All.Words != texts["en"].Silence && c.All.Words != texts["uk"].Silence || !strings.HasPrefix(c.All.Version, "page:") {
		t.Fatalf("the consent is %+v, want the person's own no to everything, with the button's words and their version", c.All)
	}
	page := call(l, "GET", path, "", "").Body.String()
	if !strings.Contains(page, `name="unsilent"`) || strings.Contains(page, `name="allow"`) || strings.Contains(page, `name="silence"`) {
		t.Error("the page offers something else than to be written to again")
	}
	if w := call(l, "POST", path, form, "unsilent=yes&of=0"); w.Code != http.StatusConflict || !s.contact.Silent() {
		t.Errorf("an old form: %d, %+v", w.Code, s.contact.All)
	}
	call(l, "POST", path, form, "unsilent=yes&of="+stamp(c.All.At))
	if s.contact.Silent() || s.contact.Marketing.State != bots.Denied {
		t.Errorf("after it was taken back: %+v, %+v; want marketing off", s.contact.All, s.contact.Marketing)
	}
}

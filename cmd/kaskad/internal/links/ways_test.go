package links

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
	"kaskad/templates"
)

// hall is a store with the ways into it.
type hall struct {
	*Ways
	memory *fallbacktest.Memory
	full   atomic.Bool // the disk: no counts are written
}

type memoryBooks struct{ *fallbacktest.Memory }

func (m memoryBooks) Read(_ context.Context, f func(fallback.View) error) (err error) {
	m.View(func(v fallback.View) { err = f(v) })
	return err
}

func newHall(t *testing.T, change ...func(*WaysOptions)) *hall {
	t.Helper()
	words, err := templates.Load(templates.Options{Locale: "uk"}, templates.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{memory: &fallbacktest.Memory{}}
	to := func(form string) func(string) (string, error) {
		return func(code string) (string, error) { return form + code, nil }
	}
	o := WaysOptions{
		PublicURL: "https://bots.example.com/", Company: func() templates.Company {
			return templates.Company{Name: "Shop <7>", PrivacyURL: "https://shop.example/privacy"}
		}, Locale: "uk",
		Open:  map[string]func(string) (string, error){bots.Telegram: to("https://t.me/shop_bot?start="), bots.Viber: to("viber://pa?chatURI=shop&context="), bots.WhatsApp: to("https://wa.me/1?text="), bots.WhatsAppCloud: to("https://wa.me/2?text=")},
		Books: memoryBooks{h.memory}, Words: words.Phrase,
		Wrong: func(w http.ResponseWriter, _ *http.Request, status int) { w.WriteHeader(status) },
		Shown: func(ctx context.Context, pages map[fallback.FunnelKey]uint64) error {
			if h.full.Load() {
				return errors.New("the disk is full")
			}
			return h.memory.Update(ctx, func(tx fallback.Tx) error {
				for k, n := range pages {
					tx.AddFunnel(k, fallback.Funnel{Shown: n})
				}
				return nil
			})
		},
	}
	for _, f := range change {
		f(&o)
	}
	if h.Ways, err = NewWays(o); err != nil {
		t.Fatal(err)
	}
	err = h.memory.Update(t.Context(), func(tx fallback.Tx) error {
		who := &bots.Contact{ID: tx.NewID(), Name: "Olena", Phone: "+380501112233"}
		tx.PutContact(who)
		tx.PutLink(fallback.Link{Token: "ABCDEFGHIJKLM", Contact: who.ID, Source: bots.SourceSMS, Expires: tx.Now().Add(time.Hour)})
		tx.PutLink(fallback.Link{Token: "OLDANDUSEDONE", Contact: who.ID, Used: true, Channel: bots.Viber})
		for _, s := range []bots.Source{{Code: "shop7", Name: "Shop 7"}, {Code: "viber-only", Name: "V", Channels: []string{bots.Viber}}, {Code: "gone", Name: "G", Retired: tx.Now()}} {
			tx.PutSource(s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// get opens a page; headers are written "Name: value".
func (h *hall) get(path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = "203.0.113.9:4711"
	r.Header.Set("User-Agent", "Mozilla/5.0 (Android 14; Mobile)")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if name == "From" {
			r.RemoteAddr = value
			continue
		}
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (h *hall) shownOf(code string) map[string]uint64 {
	all := map[string]uint64{}
	h.memory.View(func(v fallback.View) {
		v.Funnel(code, "2000-01-01", "9999-12-31", func(k fallback.FunnelKey, n fallback.Funnel) { all[k.Channel] += n.Shown })
	})
	return all
}

// TestAPageOffersItsBots: the page leads to our bots, with its own code, and to nothing else.
func TestAPageOffersItsBots(t *testing.T) {
	h := newHall(t)
	for path, c := range map[string]struct {
		status int
		has    []string
		hasNot []string
	}{
		"/go/shop7":               {200, []string{`href="https://t.me/shop_bot?start=shop7"`, `href="viber://pa?chatURI=shop&amp;context=shop7"`, `href="https://wa.me/2?text=shop7"`, "Shop &lt;7&gt;"}, []string{"wa.me/1", "<script"}},
		"/go/shop7/viber":         {200, []string{"viber://pa?"}, []string{"t.me"}},
		"/go/shop7/whatsapp":      {200, []string{"wa.me/1"}, []string{"t.me"}},
		"/go/viber-only":          {200, []string{"viber://pa?"}, []string{"t.me"}},
		"/go/viber-only/telegram": {404, nil, []string{"t.me"}},
		"/go/ABCDEFGHIJKLM":       {200, []string{"start=ABCDEFGHIJKLM"}, []string{"Olena", "380501112233"}},
		"/go/OLDANDUSEDONE":       {200, []string{"viber://pa?"}, []string{"t.me", "Olena"}},
		"/go/gone":                {410, nil, []string{"t.me"}},
		"/go/shop8":               {404, nil, []string{"t.me"}},
		"/go/":                    {404, nil, nil},
		"/go/shop7/sms":           {404, nil, nil},
		"/go/https%3A%2F%2Fevil.example/telegram": {404, nil, []string{"evil"}},
	} {
		w := h.get(path)
		if w.Code != c.status || w.Header().Get("Location") != "" {
			t.Errorf("%s answers %d to %q, want %d", path, w.Code, w.Header().Get("Location"), c.status)
		}
		for _, want := range c.has {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
		for _, not := range c.hasNot {
			if strings.Contains(w.Body.String(), not) {
				t.Errorf("%s has %s", path, not)
			}
		}
		if csp := w.Header().Get("Content-Security-Policy"); c.status == 200 && !strings.HasPrefix(csp, "default-src 'none'; style-src 'sha256-") {
			t.Errorf("%s has the policy %q", path, csp)
		}
	}
	for accept, lang := range map[string]string{"ru-RU,uk;q=0.8": "ru", "de, en;q=0.5": "en", "": "uk", "ja": "uk"} {
		if body := h.get("/go/shop7", "Accept-Language: "+accept).Body.String(); !strings.Contains(body, `<html lang="`+lang+`">`) {
			t.Errorf("%q is answered in another language than %s", accept, lang)
		}
	}
	if h.Page("shop7", "viber") != "https://bots.example.com/go/shop7/viber" || !h.Mine("/go/shop7") || h.Mine("/go/test-shop7") || !h.Mine("/go/ABCDEFGHIJKLM") || h.Mine("/go/XBCDEFGHIJKLM") {
		t.Error("codes are taken for another side's")
	}
}

// TestOnlyPeopleAreCounted: previews, repeats and questions about a page are none of them.
func TestOnlyPeopleAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.Run(ctx) }()
		h.get("/go/shop7")
		h.get("/go/shop7")                           // the same caller, again
		h.get("/go/shop7", "From: 203.0.113.10:1")   // another one
		h.get("/go/shop7/viber")                     // another page
		h.get("/go/ABCDEFGHIJKLM")                   // of a text
		h.get("/go/shop7", "User-Agent: Viber/13.3") // looks
		h.get("/go/shop7", "User-Agent: TelegramBot (like TwitterBot)")
		h.get("/go/shop7", "Sec-Purpose: prefetch", "From: 203.0.113.11:1")
		r := httptest.NewRequest(http.MethodHead, "/go/shop7", nil)
		r.RemoteAddr = "203.0.113.12:1"
		r.Header.Set("User-Agent", "Mozilla/5.0")
		h.ServeHTTP(httptest.NewRecorder(), r)
		h.full.Store(true)
		time.Sleep(2 * time.Second)
		h.full.Store(false)
		time.Sleep(2 * time.Second)
		if got := h.shownOf("shop7"); got[""] != 2 || got[bots.Viber] != 1 || h.shownOf(bots.SourceSMS)[""] != 1 {
			t.Errorf("shown %v and %v of texts, want 2, 1 of Viber, and 1", got, h.shownOf(bots.SourceSMS))
		}
		h.get("/go/shop7", "From: 203.0.113.13:1")
		cancel() // what was counted last is written at the end
		if err := <-done; err != nil || h.shownOf("shop7")[""] != 3 {
			t.Errorf("at the end %v are shown: %v", h.shownOf("shop7"), err)
		}
	})
}

// TestCodesAreNotTried: whoever tries many is refused, right code or not.
func TestCodesAreNotTried(t *testing.T) {
	h := newHall(t)
	for range guessesPerCaller {
		h.get("/go/nosuch")
	}
	if w := h.get("/go/shop7"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("a caller who tried a hundred codes is answered %d", w.Code)
	}
	if w := h.get("/go/shop7", "From: 203.0.113.10:1"); w.Code != http.StatusOK {
		t.Errorf("another caller is answered %d", w.Code)
	}
}

// TestABotThatIsNotKnownYet: the page shows those that are, and says to come again when there is none.
func TestABotThatIsNotKnownYet(t *testing.T) {
	not := func(string) (string, error) { return "", errors.New("not now") }
	h := newHall(t, func(o *WaysOptions) {
		o.Open = map[string]func(string) (string, error){bots.Telegram: not, bots.Viber: o.Open[bots.Viber]}
	})
	if body := h.get("/go/shop7").Body.String(); strings.Contains(body, "Telegram") || !strings.Contains(body, "Viber") {
		t.Errorf("the page offers\n%s", body)
	}
	none := newHall(t, func(o *WaysOptions) { o.Open = map[string]func(string) (string, error){bots.Telegram: not} })
	if w := none.get("/go/shop7"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without a bot it answers %d", w.Code)
	}
}

// TestASheetLoadsNothing: a page to print has its codes in it, and words in its language.
func TestASheetLoadsNothing(t *testing.T) {
	h := newHall(t)
	links := []SheetLink{{bots.Telegram, "https://t.me/shop_bot?start=shop7"}, {bots.Viber, "https://bots.example.com/go/shop7/viber"}, {bots.WhatsApp, "https://wa.me/380?text=%D0%92%20%23shop7"}}
	raw, err := h.Print(Sheet{Name: "Shop 7 <till>", Links: links, Paper: "a6", Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(raw), "<wbr>", "")
	for _, want := range []string{`<body class="a6">`, `<html lang="en">`, "Point your phone", "Shop 7 &lt;till&gt;", "t.me/shop_bot?start=shop7", "bots.example.com/go/shop7/viber", "WhatsApp"} {
		if !strings.Contains(page, want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
	if n := strings.Count(page, "<svg"); n != 3 || strings.Contains(page, "src=") || strings.Contains(page, "<script") || strings.Contains(page, "url(") {
		t.Errorf("the sheet has %d codes, or loads something", n)
	}
}

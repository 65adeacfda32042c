package links

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
)

// street is a gateway with one customer, who got a Telegram message with two tracked links.
type street struct {
	*fallbacktest.Memory
	t         *testing.T
	rules     *fallback.Rules
	world     *fallback.World
	links     *Redirect
	delivery  *fallback.Delivery
	attempt   *fallback.Attempt
	events    []bots.Event
	unread    error // what reading fails with
	unwritten error
	log       strings.Builder
}

const (
	firstTarget  = "https://shop.example/sale?utm_source=kaskad#top"
	secondTarget = "http://xn--80aqecdrlilg.xn--j1amh/?a=%D0%B6"
	browser      = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
)

// Read is a view of the store.
func (s *street) Read(_ context.Context, f func(fallback.View) error) (err error) {
	if s.unread != nil {
		return s.unread
	}
	s.View(func(v fallback.View) { err = f(v) })
	return err
}

func (s *street) receive(ctx context.Context, e bots.Event) error {
	if s.unwritten != nil {
		return s.unwritten
	}
	s.events = append(s.events, e)
	_, err := s.Receive(ctx, e, s.rules, s.world)
	if errors.Is(err, fallback.ErrSeen) {
		err = nil
	}
	return err
}

// onStreet plays a story in a bubble of its own, from the moment when the message is being sent.
func onStreet(t *testing.T, story func(*street)) {
	synctest.Test(t, func(t *testing.T) {
		s := &street{Memory: &fallbacktest.Memory{}, t: t, rules: fallbacktest.Rules(), world: &fallback.World{Boot: 1}}
		pages, err := New(Options{Secret: "0123456789abcdef", Company: "Крамниця", Locale: "uk", Receive: s.receive, Books: s})
		s.must(err)
		s.links, err = NewRedirect(RedirectOptions{
			PublicURL: "https://bots.example.com/", Secret: "0123456789abcdef0123456789abcdef", Books: s, Receive: s.receive,
			Wrong: pages.NoLink, Log: slog.New(slog.NewTextHandler(&s.log, nil)),
		})
		s.must(err)
		s.send("42")
		story(s)
	})
}

func (s *street) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// send begins a delivery to a customer, until clicked; its attempt is under way.
func (s *street) send(chat string) {
	s.t.Helper()
	home := bots.Address{Channel: bots.Telegram, ID: chat}
	var person bots.ID
	s.must(s.Update(s.t.Context(), func(tx fallback.Tx) error {
		c := &bots.Contact{ID: tx.NewID(), Created: tx.Now()}
		c.Set(home, bots.Active, tx.Now())
		tx.PutContact(c)
		person = c.ID
		return nil
	}))
	cascade := fallback.Cascade{Deadline: 24 * time.Hour, Steps: []fallback.Step{{Channel: bots.Telegram, Wait: time.Hour, Until: fallback.Until{Level: bots.Engaged, Exact: "clicked"}}}}
	got, err := s.Accept(s.t.Context(), &fallback.Request{To: bots.Ref{Kind: "id", Value: person.String()}, Text: chat, Cascade: cascade}, s.rules, s.world)
	s.must(err)
	s.delivery = s.Delivery(got.ID)
	s.attempt, err = s.Claim(s.t.Context(), &fallback.Intent{Delivery: got.ID, Out: bots.Outgoing{To: home, Text: "hi"}, Links: []string{firstTarget, secondTarget, "javascript:alert(1)"}}, s.rules, s.world)
	if err != nil || s.attempt == nil {
		s.t.Fatalf("Claim = %v, %v", s.attempt, err)
	}
}

// accepted ends the attempt.
func (s *street) accepted() {
	s.t.Helper()
	s.must(s.Settle(s.t.Context(), s.attempt, fallback.Result{Receipt: bots.Receipt{Sender: bots.Telegram, ID: fmt.Sprint(s.attempt.Message)}}, s.rules, s.world))
}

// path is where link n of the last message is.
func (s *street) path(n int) string {
	return strings.TrimPrefix(s.links.Mint(s.delivery, n), "https://bots.example.com")
}

type visit struct {
	method, path, from string
	header             map[string]string
}

func (s *street) call(c visit) *httptest.ResponseRecorder {
	if c.method == "" {
		c.method = "GET"
	}
	r := httptest.NewRequest(c.method, c.path, nil)
	r.Header.Set("User-Agent", browser)
	if c.from != "" {
		r.RemoteAddr = c.from
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.links.ServeHTTP(w, r)
	return w
}

// goes checks that a call is sent on to an address.
func (s *street) goes(c visit, to string) {
	s.t.Helper()
	w := s.call(c)
	h := w.Header()
	if w.Code != http.StatusFound || h.Get("Location") != to || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Set-Cookie") != "" {
		s.t.Errorf("%s %s is answered %d %v; want 302 to %s", c.method, c.path, w.Code, h, to)
	}
}

// is checks the delivery's state, and what was counted of the last call.
func (s *street) is(state, outcome string, events int) {
	s.t.Helper()
	if got := s.Delivery(s.delivery.ID).State.String(); got != state {
		s.t.Errorf("the delivery is %s, want %s", got, state)
	}
	if s.links.Counts()[outcome] == 0 || len(s.events) != events {
		s.t.Errorf("counted %v after %d events; want %s after %d", s.links.Counts(), len(s.events), outcome, events)
	}
	if q := s.Quarantined(); len(q) > 0 {
		s.t.Errorf("in quarantine: %+v", q)
	}
}

func TestAClick(t *testing.T) {
	onStreet(t, func(s *street) {
		s.accepted()
		time.Sleep(10 * time.Second)
		s.goes(visit{path: s.path(1)}, secondTarget)
		s.is("done", clickCounted, 1)
		d := s.Delivery(s.delivery.ID)
		if d.Proof != "click" || d.ReachedBy() != bots.Telegram {
			t.Errorf("reached by %s through %s", d.ReachedBy(), d.Proof)
		}
		var state bots.MessageState
		s.View(func(v fallback.View) { state = v.MessageState(s.attempt.Message) })
		if state.Level != bots.Engaged || state.EngagedAt.IsZero() {
			t.Errorf("the message is %+v", state)
		}
		for range 1000 {
			s.goes(visit{path: s.path(1)}, secondTarget)
		}
		s.is("done", clickRepeat, 1)
		s.goes(visit{path: s.path(0)}, firstTarget)
		time.Sleep(time.Minute)
		s.goes(visit{path: s.path(1)}, secondTarget)
		s.is("done", clickCounted, 3)
		if s.events[0].ID == s.events[1].ID || s.events[0].ID == s.events[2].ID || strings.Contains(s.events[0].ID, s.path(1)[3:]) {
			t.Errorf("the events are %q, %q, %q", s.events[0].ID, s.events[1].ID, s.events[2].ID)
		}
	})
}

// After a crash, a click of the same minute is the same event.
func TestAClickIsOneEventAMinute(t *testing.T) {
	onStreet(t, func(s *street) {
		s.accepted()
		time.Sleep(10 * time.Second)
		s.goes(visit{path: s.path(0)}, firstTarget)
		time.Sleep(time.Second)
		s.links.clicks = tally[place]{}
		s.goes(visit{path: s.path(0)}, firstTarget)
		if len(s.events) != 2 || s.events[0].ID != s.events[1].ID {
			t.Errorf("events %+v", s.events)
		}
	})
}

func TestWhatIsNoClick(t *testing.T) {
	agent := func(name string) map[string]string { return map[string]string{"User-Agent": name} }
	for name, c := range map[string]struct {
		call    visit
		outcome string
	}{
		"HEAD":                      {visit{method: "HEAD"}, clickHead},
		"Telegram's preview":        {visit{header: agent("TelegramBot (like TwitterBot)")}, clickViewer},
		"Viber's preview":           {visit{header: agent("Viber/13.3.0.21 CFNetwork/1121.2.2 Darwin/19.6.0")}, clickViewer},
		"WhatsApp's preview":        {visit{header: agent("WhatsApp/2.23.20.0 A")}, clickViewer},
		"Facebook's preview":        {visit{header: agent("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)")}, clickViewer},
		"Facebook's new one":        {visit{header: agent("meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)")}, clickViewer},
		"Twitter":                   {visit{header: agent("Twitterbot/1.0")}, clickViewer},
		"Slack":                     {visit{header: agent("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)")}, clickViewer},
		"Discord":                   {visit{header: agent("Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)")}, clickViewer},
		"Google":                    {visit{header: agent("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")}, clickViewer},
		"Google reads aloud":        {visit{header: agent("Mozilla/5.0 (Linux; Android 10; K) Chrome/126.0.0.0 Safari/537.36 (compatible; Google-Read-Aloud; +https://support.google.com/webmasters/answer/1061943)")}, clickViewer},
		"Bing":                      {visit{header: agent("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)")}, clickViewer},
		"Bing's preview":            {visit{header: agent("Mozilla/5.0 (Windows NT 6.1) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b")}, clickViewer},
		"Apple":                     {visit{header: agent("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Safari/605.1.15 (Applebot/0.1)")}, clickViewer},
		"Yandex":                    {visit{header: agent("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)")}, clickViewer},
		"a crawler":                 {visit{header: agent("SomeCrawler/1")}, clickViewer},
		"a spider":                  {visit{header: agent("Baiduspider")}, clickViewer},
		"a scanner of mail":         {visit{header: agent("Mozilla/5.0 MailScanner/5")}, clickViewer},
		"who does not say":          {visit{header: agent("")}, clickViewer},
		"a page fetched ahead":      {visit{header: map[string]string{"Sec-Purpose": "prefetch;prerender"}}, clickAhead},
		"fetched ahead, as before":  {visit{header: map[string]string{"Purpose": "prefetch"}}, clickAhead},
		"Safari's preview":          {visit{header: map[string]string{"X-Purpose": "preview"}}, clickAhead},
		"Firefox, fetching ahead":   {visit{header: map[string]string{"X-Moz": "prefetch"}}, clickAhead},
		"an open of the other kind": {visit{header: map[string]string{"Sec-Purpose": "Prefetch"}}, clickAhead},
	} {
		t.Run(name, func(t *testing.T) {
			onStreet(t, func(s *street) {
				s.accepted()
				time.Sleep(time.Minute)
				c.call.path = s.path(0)
				s.goes(c.call, firstTarget)
				s.is("waiting", c.outcome, 0)
			})
		})
	}
}

func TestPeoplesBrowsersClick(t *testing.T) {
	for _, name := range []string{
		browser,
		"Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Viber/22.8.0",
		"Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36 Telegram-Android/10.14.5 (Samsung SM-A546B; Android 13; SDK 33; AVERAGE)",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0.0.0 YaBrowser/24.6.0.0 Safari/537.36",
	} {
		if viewer(http.Header{"User-Agent": {name}}) {
			t.Errorf("a person's browser is taken for a program: %s", name)
		}
	}
}

// The messenger looks at a link before it answers us, and right after.
func TestALookIsNoClick(t *testing.T) {
	onStreet(t, func(s *street) {
		time.Sleep(20 * time.Second)
		s.goes(visit{path: s.path(0)}, firstTarget)
		s.is("sending", fallback.VoidSending, 0)
		s.accepted()
		time.Sleep(2999 * time.Millisecond)
		s.goes(visit{path: s.path(0)}, firstTarget)
		s.is("waiting", fallback.VoidEarly, 0)
		time.Sleep(time.Millisecond)
		s.goes(visit{path: s.path(0)}, firstTarget)
		s.is("done", clickCounted, 1)
	})
}

func TestAClickProvesItsOwnDelivery(t *testing.T) {
	onStreet(t, func(s *street) {
		s.accepted()
		first := s.delivery
		s.send("42") // the same chat
		s.accepted()
		time.Sleep(10 * time.Second)
		s.goes(visit{path: s.path(0)}, firstTarget)
		s.is("done", clickCounted, 1)
		if got := s.Delivery(first.ID).State; got != fallback.Waiting {
			t.Errorf("the one before is %s", got)
		}
	})
}

func TestAnUncertainAttemptIsProvenByItsClick(t *testing.T) {
	onStreet(t, func(s *street) {
		s.must(s.Settle(t.Context(), s.attempt, fallback.Result{Err: &bots.SendError{Fault: bots.Uncertain}}, s.rules, s.world))
		time.Sleep(10 * time.Second)
		s.goes(visit{path: s.path(0)}, firstTarget)
		s.is("done", clickCounted, 1)
	})
}

func TestTheStoreCannotWrite(t *testing.T) {
	onStreet(t, func(s *street) {
		s.accepted()
		time.Sleep(10 * time.Second)
		s.unwritten = fallback.ErrUnavailable
		s.goes(visit{path: s.path(0)}, firstTarget)
		s.is("waiting", clickUnstored, 0)
		if !strings.Contains(s.log.String(), "was not stored") || strings.Contains(s.log.String(), s.path(0)[3:]) {
			t.Errorf("the log says %q", s.log.String())
		}
		s.unwritten = nil
		s.goes(visit{path: s.path(0)}, firstTarget) // within the same minute: the first was none
		s.is("done", clickCounted, 1)
		s.unread = errors.New("no disk")
		if w := s.call(visit{path: s.path(0)}); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("with a store that cannot read: %d %v", w.Code, w.Header())
		}
	})
}

func TestWhatLeadsNowhere(t *testing.T) {
	onStreet(t, func(s *street) {
		s.accepted()
		right := s.path(0)
		unknown := s.links.Mint(&fallback.Delivery{Plan: fallback.Plan{ID: s.delivery.ID + 1000}}, 0)
		for name, c := range map[string]struct {
			method, path string
			status       int
		}{
			"no code":                     {"GET", "/l/", 404},
			"one letter changed":          {"GET", right[:len(right)-1] + flip(right[len(right)-1]), 404},
			"the first letter changed":    {"GET", "/l/" + flip(right[3]) + right[4:], 404},
			"cut off":                     {"GET", right[:len(right)-1], 404},
			"something behind it":         {"GET", right + "x", 404},
			"a page below it":             {"GET", right + "/x", 404},
			"an address in place of it":   {"GET", "/l/https://evil.example/", 404},
			"letters that are no digits":  {"GET", "/l/" + strings.Repeat("%C3%A9", 8) + "a", 404},
			"a link that is not there":    {"GET", s.path(3), 404},
			"a record that is no page":    {"GET", s.path(2), 404},
			"a delivery that is not kept": {"GET", strings.TrimPrefix(unknown, "https://bots.example.com"), 404},
			"POST":                        {"POST", right, 405},
			"DELETE":                      {"DELETE", right, 405},
			"OPTIONS":                     {"OPTIONS", right, 405},
		} {
			w := s.call(visit{method: c.method, path: c.path})
			if w.Code != c.status || w.Header().Get("Location") != "" || !strings.Contains(w.Body.String(), "Крамниця") || !strings.Contains(w.Body.String(), "Посилання не діє") {
				t.Errorf("%s: %d %v %.200s", name, w.Code, w.Header(), w.Body)
			}
			if w.Header().Get("Cache-Control") != "no-store" || strings.Contains(w.Body.String(), "<form") || w.Code == 405 && w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s: %v", name, w.Header())
			}
		}
		if len(s.events) > 0 {
			t.Errorf("events %+v", s.events)
		}
	})
}

// A record that somebody wrote into the file leads nowhere, unless it is a page.
func TestOnlyPagesAreRedirectedTo(t *testing.T) {
	for target, want := range map[string]bool{
		"https://shop.example/": true, "http://shop.example": true, "HTTPS://shop.example/": true,
		"javascript:alert(1)": false, "//evil.example": false, "/u/x": false, "": false, "data:text/html,x": false, "https:///x": false,
		"https://a@evil.example": false, "https://shop.example/\r\nSet-Cookie: a=b": false, "https://shop.example/\nx": false, "https://крамниця.укр/": false, "ftp://a.example": false,
	} {
		if _, got := location(target); got != want {
			t.Errorf("%q: %t", target, got)
		}
	}
}

// Who tries codes is slowed down, and others are not: neither by the message that is meant, nor by the address behind which they are.
func TestCodesCannotBeTried(t *testing.T) {
	onStreet(t, func(s *street) {
		s.accepted()
		time.Sleep(10 * time.Second)
		right := s.path(0)
		guess := func(i int) string { return right[:len(right)-2] + string(digits[i/62%62]) + string(digits[i%62]) }
		tried := func(path string, times int, from func(int) string) (last int) {
			for i := range times {
				if p := guess(i); path == "" && p != right {
					last = s.call(visit{path: p, from: from(i)}).Code
				} else if path != "" {
					last = s.call(visit{path: path, from: from(i)}).Code
				}
			}
			return last
		}
		many := func(i int) string { return fmt.Sprintf("203.0.113.%d:1", i) }
		if got := tried("", guessesPerMessage+5, many); got != 429 {
			t.Errorf("the code of one message, from many addresses: the last guess is answered %d", got)
		}
		if got := s.call(visit{path: right, from: "198.51.100.1:1"}).Code; got != 429 {
			t.Errorf("and then the right one: %d; whoever tries all would know it", got)
		}
		s.send("43")
		s.accepted()
		time.Sleep(10 * time.Second)
		s.goes(visit{path: s.path(0), from: "198.51.100.1:1"}, firstTarget) // another message's
		one := func(int) string { return "198.51.100.2:9" }
		if got := tried("/l/x", guessesPerCaller+1, one); got != 429 {
			t.Errorf("from one address: %d", got)
		}
		if got := s.call(visit{path: s.path(1), from: "198.51.100.2:1"}).Code; got != 429 {
			t.Errorf("and then a right one: %d", got)
		}
		six := func(i int) string { return fmt.Sprintf("[2001:db8::%x]:1", i) }
		if got := tried("/l/x", guessesPerCaller+1, six); got != 429 {
			t.Errorf("from one network: %d", got)
		}
		behind := func(int) string { return "127.0.0.1:5" }
		if got := tried("/l/x", guessesPerCaller+1, behind); got != 404 {
			t.Errorf("through our own proxy: %d", got)
		}
		s.goes(visit{path: s.path(0), from: "127.0.0.1:6"}, firstTarget)
		time.Sleep(tallyTime)
		s.goes(visit{path: right, from: "198.51.100.2:1"}, firstTarget)
	})
}

// What is remembered of callers is bounded.
func TestATallyIsBounded(t *testing.T) {
	var tl tally[int]
	now := time.Now()
	for i := range 3 * mostTally {
		if tl.add(i, now); len(tl.n) > mostTally {
			t.Fatalf("%d entries", len(tl.n))
		}
	}
}

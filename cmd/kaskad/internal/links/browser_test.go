package links

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"kaskad/bots"
)

// openTab is one tab of a real browser that runs no script; the test is skipped where there is none.
func openTab(t *testing.T) context.Context {
	t.Helper()
	found := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome", "headless-shell"} {
		if path, err := exec.LookPath(name); err == nil {
			found = path
			break
		}
	}
	if found == "" {
		t.Skip("no Chromium here; this enables it: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox, chromedp.WSURLReadTimeout(time.Minute))
	all, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(all)
	t.Cleanup(end)
	ctx, late := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(late)
	do(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// source is the page as the browser has it.
func source(t *testing.T, ctx context.Context) string {
	t.Helper()
	html, err := chromedp.Run(ctx, chromedp.OuterHTML(chromedp.CSS("html")))
	if err != nil {
		t.Fatal(err)
	}
	return html
}

// press presses what a selector names, and waits for the page that comes.
func press(t *testing.T, ctx context.Context, selector string) {
	t.Helper()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		t.Fatal(err)
	}
}

// TestThePageInABrowserWithoutScript is a person with a narrow phone, and one with a keyboard.
func TestThePageInABrowserWithoutScript(t *testing.T) {
	ctx := openTab(t)
	s, l := open(t)
	s.contact.Set(bots.Address{Channel: bots.Viber, ID: "v42"}, bots.Active, time.Now())
	server := httptest.NewServer(l)
	defer server.Close()
	probe := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<title>quiet</title><body><script>document.body.innerHTML='ran'</script>"))
	}))
	defer probe.Close()
	do(t, ctx, chromedp.EmulateViewport(320, 640, chromedp.EmulateMobile), chromedp.Navigate(probe.URL))
	if strings.Contains(source(t, ctx), "<body>ran") {
		t.Fatal("the browser runs scripts")
	}
	at := server.URL + link(t, l)
	do(t, ctx, chromedp.Navigate(at))
	if len(s.told()) != 0 {
		t.Fatal("opening the page changed something")
	}
	fits(t, ctx, 320)

	press(t, ctx, "button[name=stop]")
	if html := source(t, ctx); !strings.Contains(html, "Рекламу вимкнено") || s.now().Marketing.State != bots.Denied {
		t.Fatalf("consent %+v; the page is\n%s", s.now().Marketing, html)
	}
	press(t, ctx, "button[name=allow]")
	if html := source(t, ctx); !strings.Contains(html, "знову дозволено") || s.now().Marketing.State != bots.Given {
		t.Fatalf("consent %+v; the page is\n%s", s.now().Marketing, html)
	}

	do(t, ctx, chromedp.Click(chromedp.CSS("input[name=first][value=viber]")), chromedp.Click(chromedp.CSS("input[name=not][value=sms]")),
		chromedp.Click(chromedp.CSS("input[name=hours][value=only]")), chromedp.SendKeys(chromedp.CSS("select[name=from]"), "10"))
	fits(t, ctx, 320)
	press(t, ctx, "button[name=save]")
	c := s.now()
	if h, ok := c.Wishes.Open(); c.Preferred != bots.Viber || !slices.Equal(c.Wishes.NotOn, []string{bots.SMS}) || !ok || h.From != 10 || h.To != usualTo {
		t.Fatalf("preferred %q, wishes %+v; the page is\n%s", c.Preferred, c.Wishes, source(t, ctx))
	}

	do(t, ctx, chromedp.Navigate(at))
	if _, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter)); err != nil { // the stop is the first thing a keyboard comes to
		t.Fatal(err)
	}
	if s.now().Marketing.State != bots.Denied {
		t.Errorf("consent %+v after Tab and Enter", s.now().Marketing)
	}
}

// fits reports a page that is wider than the screen.
func fits(t *testing.T, ctx context.Context, width float64) {
	t.Helper()
	m, err := chromedp.Call(ctx, page.GetLayoutMetrics, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	if m.CSSContentSize.Width > width {
		t.Errorf("the page is %v wide on a screen of %v", m.CSSContentSize.Width, width)
	}
}

// TestPicturesOfThePage writes what the page looks like, for people to see.
func TestPicturesOfThePage(t *testing.T) {
	dir := os.Getenv("KASKAD_PAGES")
	if dir == "" {
		t.Skip("this writes pictures of the page: KASKAD_PAGES=/some/folder go test -run TestPicturesOfThePage ./cmd/kaskad/internal/links")
	}
	ctx := openTab(t)
	for _, locale := range []string{"uk", "ru", "en"} {
		s, l := open(t)
		l.Company = "Крамниця"
		s.contact.Locale = locale
		s.contact.Set(bots.Address{Channel: bots.Viber, ID: "v42"}, bots.Active, time.Now())
		server := httptest.NewServer(l)
		at := server.URL + link(t, l)
		shots(t, ctx, at, filepath.Join(dir, locale+"-before"))
		s.form(t, l, "hours=only&from=9&to=20&first=viber&not=sms")
		shots(t, ctx, at, filepath.Join(dir, locale+"-wishes"))
		do(t, ctx, chromedp.Click(chromedp.CSS("input[name=hours][value=only]")))
		press(t, ctx, "button[name=save]")
		shots(t, ctx, "", filepath.Join(dir, locale+"-saved"))
		do(t, ctx, chromedp.SendKeys(chromedp.CSS("select[name=to]"), "10"))
		press(t, ctx, "button[name=save]")
		shots(t, ctx, "", filepath.Join(dir, locale+"-narrow"))
		s.form(t, l, "hours=only&from=9&to=20&first=&not=sms&not=telegram&not=viber")
		call(l, "POST", link(t, l), form, "stop=yes")
		shots(t, ctx, at, filepath.Join(dir, locale+"-stopped"))
		shots(t, ctx, server.URL+"/u/nonsense", filepath.Join(dir, locale+"-wrong"))
		server.Close()
	}
}

func (s *shop) form(t *testing.T, l *Links, wishes string) {
	t.Helper()
	body := "save=yes&of=" + stamp(s.now().Wishes.At) + "&shown=telegram&shown=viber&shown=sms&" + wishes
	if w := call(l, "POST", link(t, l), form, body); w.Code != 200 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
}

// shots takes pictures of a page, or of the one that is open, on a phone and a desk, by day and by night.
func shots(t *testing.T, ctx context.Context, url, name string) {
	t.Helper()
	if url != "" {
		do(t, ctx, chromedp.Navigate(url))
	}
	for size, width := range map[string]int64{"phone": 320, "desk": 1100} {
		for _, scheme := range []string{"light", "dark"} {
			do(t, ctx, chromedp.EmulateViewport(width, 640), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
				_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
				return err
			}))
			shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name+"-"+size+"-"+scheme+".png", shot, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

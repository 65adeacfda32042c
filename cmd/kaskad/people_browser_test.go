package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestTheDoorsInABrowser is the first admin, who comes in with a real browser that runs no script, looks at all pages, in light and dark, on a
// screen and on a narrow phone, and invites somebody with a long name. No page is wider than its screen. KASKAD_PAGES=/some/folder
// writes what they look like.
func TestTheDoorsInABrowser(t *testing.T) {
	t.Parallel()
	ctx := tab(t)
	p := doored(t)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	press := func(selector string) { t.Helper(); press(t, ctx, selector) }
	look := looker(t, ctx)
	do(chromedp.Navigate(strings.TrimSpace(p.run("people", "setup"))))
	look("setup", "Перший адміністратор")
	do(chromedp.SendKeys(chromedp.CSS("#name"), "Олена Коваленко-Вишневецька"), chromedp.SendKeys(chromedp.CSS("#email"), "olena@shop.example"), chromedp.SendKeys(chromedp.CSS("#password"), firstPassword))
	press("form[action='/setup'] button")
	look("home", "Ви увійшли як Олена")
	do(chromedp.Navigate("http://" + p.admin + "/people"))
	do(chromedp.SendKeys(chromedp.CSS("#name"), strings.Repeat("Довгеім'я", 8)), chromedp.SendKeys(chromedp.CSS("#email"), strings.Repeat("long", 20)+"@shop.example"))
	press("form[action='/people'] button")
	look("invited", "Довгеім")
	do(chromedp.Navigate("http://" + p.admin + "/people"))
	look("people", "olena@shop.example")
	do(chromedp.Navigate("http://" + p.admin + "/account"))
	look("account", "olena@shop.example")
	press("main a[href='/account/second']")
	look("second", "Aegis")
	typed, err := chromedp.Run(ctx, chromedp.Value(chromedp.CSS("#key")))
	mustAll(t, err)
	phone := deviceOf(t, typed)
	do(chromedp.SendKeys(chromedp.CSS("#code"), phone.code(0)), chromedp.SendKeys(chromedp.CSS("#password"), firstPassword))
	press("form[action='/account/second'] button")
	look("recovery", "Коди відновлення")
	invitation := strings.Fields(p.run("people", "add", "petro@shop.example", "--name", "Петро", "--role", "agent"))
	press("form.out button")
	look("login", "Вхід")
	do(chromedp.SendKeys(chromedp.CSS("#email"), "olena@shop.example"), chromedp.SendKeys(chromedp.CSS("#password"), "не той пароль"))
	press("form[action='/login'] button")
	look("wrong", "olena@shop.example")
	do(chromedp.SendKeys(chromedp.CSS("#password"), firstPassword))
	press("form[action='/login'] button")
	look("code", "шість цифр")
	do(chromedp.SendKeys(chromedp.CSS("#code"), phone.code(1)))
	press("form[action='/login/code'] button")
	do(chromedp.Navigate("http://" + p.admin + "/account/second"))
	look("second-on", "Залишилося кодів відновлення: 10")
	press("form.out button")
	for _, word := range invitation {
		if strings.HasPrefix(word, "http") {
			do(chromedp.Navigate(word))
			look("invitation", "Петро")
		}
	}
	p.finish()
}

// TestTheProviderInABrowser is somebody who was invited and comes in by the company's provider, after a look at the page that turns strangers away.
func TestTheProviderInABrowser(t *testing.T) {
	t.Parallel()
	ctx := tab(t)
	p, admin, r := realmed(t, "")
	look := looker(t, ctx)
	button := "a[href^='/login/provider']"
	mustAll(t, chromedp.Do(ctx, chromedp.Navigate("http://"+p.admin+"/login")))
	look("login-provider", "Увійти через Крамниця ID")
	r.is("u-1", "ira@shop.example")
	press(t, ctx, button)
	look("not-invited", "Вас не запрошено")
	mustAll(t, chromedp.Do(ctx, chromedp.Navigate("http://"+p.admin+"/login"), chromedp.SendKeys(chromedp.CSS("#email"), "olena@shop.example"), chromedp.SendKeys(chromedp.CSS("#password"), firstPassword)))
	press(t, ctx, "form[action='/login'] button")
	mustAll(t, chromedp.Do(ctx, chromedp.Navigate("http://"+p.admin+"/account")))
	look("connect", "bind-password")
	mustAll(t, chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#bind-password"), "не той пароль")))
	press(t, ctx, "form[action='/account/provider'] button")
	look("connect-wrong", "aria-invalid")
	press(t, ctx, "form.out button")
	admin.open("/people").send("/people", "name", "Іра", "email", "ira@shop.example", "role", "agent").sees(200, "/people", "Запрошення створено")
	mustAll(t, chromedp.Do(ctx, chromedp.Navigate("http://"+p.admin+"/login?to=/account")))
	press(t, ctx, button)
	look("account-provider", "Ваша роль: оператор")
	p.finish()
}

// tab is one tab of a real browser that runs no script; the test is skipped where there is none.
func tab(t *testing.T) context.Context {
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
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox, chromedp.Flag("accept-lang", "uk"), chromedp.WSURLReadTimeout(time.Minute))
	all, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(all)
	t.Cleanup(end)
	ctx, late := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(late)
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	mustAll(t, err)
	return ctx
}

// press presses a button that brings another page.
func press(t *testing.T, ctx context.Context, selector string) {
	t.Helper()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		t.Fatal(err)
	}
}

// looker looks at the open page in light and dark, on a screen and on a narrow phone: no page is wider than its screen.
func looker(t *testing.T, ctx context.Context) func(name, text string) {
	return func(name, text string) {
		t.Helper()
		html, err := chromedp.Run(ctx, chromedp.OuterHTML(chromedp.CSS("html")))
		for begun := time.Now(); time.Since(begun) < patience && (err != nil || !strings.Contains(html, text)); time.Sleep(20 * time.Millisecond) { // the page before may be gone while it is read
			html, err = chromedp.Run(ctx, chromedp.OuterHTML(chromedp.CSS("html")))
		}
		mustAll(t, err)
		if !strings.Contains(html, text) {
			t.Fatalf("%s has no %q:\n%s", name, text, html)
		}
		for _, width := range []int64{360, 1000} {
			for _, scheme := range []string{"light", "dark"} {
				mustAll(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 700), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
					_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
					return err
				})))
				m, err := chromedp.Call(ctx, page.GetLayoutMetrics, cdp.Empty{})
				mustAll(t, err)
				if m.CSSContentSize.Width > float64(width) {
					t.Errorf("%s is %v wide on a screen of %d", name, m.CSSContentSize.Width, width)
				}
				if dir := os.Getenv("KASKAD_PAGES"); dir != "" {
					shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
					mustAll(t, err)
					mustAll(t, os.WriteFile(filepath.Join(dir, name+"-"+scheme+"-"+map[int64]string{360: "phone", 1000: "screen"}[width]+".png"), shot, 0o600))
				}
			}
		}
	}
}

package main

import (
	"bytes"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// surfer is a person with a browser.
type surfer struct {
	t      *testing.T
	base   string
	client *http.Client
	status int
	path   string // of the page that is open
	page   string
}

func (p *plant) surfer() *surfer {
	t, ok := p.t.(*testing.T)
	if !ok {
		p.t.Fatal("people surf in tests")
	}
	jar, err := cookiejar.New(nil)
	mustAll(t, err)
	return &surfer{t: t, base: "http://" + p.admin, client: &http.Client{Jar: jar}}
}

func (s *surfer) take(answer *http.Response, err error) *surfer {
	s.t.Helper()
	mustAll(s.t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	mustAll(s.t, err)
	s.status, s.path, s.page = answer.StatusCode, answer.Request.URL.Path, html.UnescapeString(string(raw))
	return s
}

// open opens a page: a path, or a whole address.
func (s *surfer) open(path string) *surfer {
	s.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = s.base + path
	}
	return s.take(s.client.Get(strings.TrimSpace(path)))
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)

// send fills in the form of the open page that goes to a path.
func (s *surfer) send(action string, fields ...string) *surfer {
	s.t.Helper()
	form := url.Values{}
	_, inside, ok := strings.Cut(s.page, `action="`+action+`"`)
	if !ok {
		s.t.Fatalf("the page %s has no form to %s:\n%s", s.path, action, s.page)
	}
	inside, _, _ = strings.Cut(inside, "</form>")
	for _, m := range hiddenField.FindAllStringSubmatch(inside, -1) {
		form.Set(m[1], m[2])
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return s.take(s.client.PostForm(s.base+action, form))
}

// sees checks what is open.
func (s *surfer) sees(status int, path, text string) *surfer {
	s.t.Helper()
	if s.status != status || s.path != path || !strings.Contains(s.page, text) {
		s.t.Fatalf("open is %d %s; want %d %s with %q\n%s", s.status, s.path, status, path, text, s.page)
	}
	return s
}

const (
	firstPassword  = "троє коней у полі"
	secondPassword = "рожевий трактор мовчить"
)

// doored is a running gateway in which nobody can sign in yet.
func doored(t *testing.T) *plant {
	t.Helper()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	p.start()
	return p
}

// founded is a running gateway with its first admin, who is signed in.
func founded(t *testing.T) (*plant, *surfer) {
	t.Helper()
	p := doored(t)
	admin := p.surfer()
	admin.open(p.run("people", "setup")).sees(200, "/setup", "Перший адміністратор")
	admin.send("/setup", "name", "Олена", "email", "Olena@Shop.example", "password", firstPassword).sees(200, "/", "Ви увійшли як Олена")
	return p, admin
}

// The first admin comes in by the setup address, once; what was made outlives a crash; signing out ends the session for good.
func TestTheFirstAdminComesIn(t *testing.T) {
	t.Parallel()
	p := doored(t)
	stale := strings.TrimSpace(p.run("people", "setup"))
	address := strings.TrimSpace(p.run("people", "setup"))
	admin := p.surfer()
	admin.open("/").sees(200, "/login", "Увійти ще нікому")
	admin.open(stale).sees(403, "/setup", "Ця адреса не діє")
	admin.open(address[:len(address)-1]).sees(403, "/setup", "Ця адреса не діє")
	admin.open(address).sees(200, "/setup", "Перший адміністратор")
	admin.send("/setup", "name", "Олена", "email", "olena@shop.example", "password", "password123").sees(422, "/setup", "Такий пароль пробують серед перших")
	admin.send("/setup", "name", "Олена", "email", "olena@shop.example", "password", "коротко").sees(422, "/setup", "щонайменше 10 символів")
	admin.send("/setup", "name", "Олена", "email", "olena@shop.example", "password", firstPassword).sees(200, "/", "Ваша роль: адміністратор")
	if text := p.log.String(); strings.Contains(text, address[strings.Index(address, "code="):]) || !strings.Contains(text, "kaskad people setup") {
		t.Errorf("the log, which is no terminal, has the code, or does not say how to get one:\n%s", text)
	}
	p.surfer().open(address).sees(200, "/login", "Вхід") // it was used
	p.kill()
	raw, err := os.ReadFile(p.data() + "/kaskad.db")
	mustAll(t, err)
	for name, secret := range map[string]string{"the setup code": address[strings.Index(address, "=")+1:], "the password": firstPassword, "the token of the session": admin.cookie("kaskad-session")} {
		if secret == "" || strings.Contains(string(raw), secret) {
			t.Errorf("%s (%d bytes) stands in kaskad.db", name, len(secret))
		}
	}
	p.start()
	admin.open("/").sees(200, "/", "Ви увійшли як Олена")
	token := admin.cookie("kaskad-session")
	admin.send("/logout").sees(200, "/login", "Вхід")
	admin.setCookie("kaskad-session", token)
	admin.open("/").sees(200, "/login", "Вхід") // the token that somebody kept opens nothing
	admin.send("/login", "email", "olena@shop.example", "password", "щось зовсім інше").sees(403, "/login", "Неправильна пошта або пароль")
	admin.send("/login", "email", "olena@shop.example", "password", firstPassword).sees(200, "/", "Ви увійшли як Олена")
	if again := admin.cookie("kaskad-session"); again == token || again == "" {
		t.Error("signing in again gave the token that the browser had")
	}
	p.finish()
}

func (s *surfer) cookie(name string) string {
	at, err := url.Parse(s.base)
	mustAll(s.t, err)
	for _, c := range s.client.Jar.Cookies(at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (s *surfer) setCookie(name, value string) {
	at, err := url.Parse(s.base)
	mustAll(s.t, err)
	s.client.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// fails runs a command that is expected not to work.
func (p *plant) fails(args ...string) (code int, out, errs string) {
	p.t.Helper()
	var o, e bytes.Buffer
	code = run(p.t.Context(), append([]string{"-c", p.config}, args...), app.Streams{Out: &o, Err: &e})
	return code, o.String(), e.String()
}

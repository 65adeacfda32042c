package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// device is an app for one-time codes, as RFC 6238 has it.
type device struct {
	t    *testing.T
	key  []byte
	used string // the code that turned it on: a new one is shown every thirty seconds, whatever the test does just then
}

var shownKey = regexp.MustCompile(`<input id="key" class="link" readonly value="([A-Z2-7]+)">`)

// deviceFor takes the key that the open page shows.
func deviceFor(s *surfer) device {
	s.t.Helper()
	m := shownKey.FindStringSubmatch(s.page)
	if m == nil {
		s.t.Fatalf("%s shows no key:\n%s", s.path, s.page)
	}
	return deviceOf(s.t, m[1])
}

// deviceOf takes a key that was typed.
func deviceOf(t *testing.T, typed string) device {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(typed)
	mustAll(t, err)
	return device{t: t, key: key}
}

// code is that of a moment so many steps of thirty seconds from now.
func (d device) code(steps int) string {
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(time.Now().Unix()/30+int64(steps)))
	mac := hmac.New(sha1.New, d.key)
	mac.Write(at[:])
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:])&0x7fffffff%1_000_000)
}

var recoveryCode = regexp.MustCompile(`<code>([a-z2-7-]{19})</code>`)

// secured turns a second factor on for whoever is signed in; it returns the device and the recovery codes.
func secured(s *surfer, password string) (device, []string) {
	s.t.Helper()
	s.open("/account/second").sees(200, "/account/second", "Другий фактор")
	d := deviceFor(s)
	d.used = d.code(0)
	s.send("/account/second", "code", d.used, "password", password).sees(200, "/account/second", "Коди відновлення")
	var codes []string
	for _, m := range recoveryCode.FindAllStringSubmatch(s.page, -1) {
		codes = append(codes, m[1])
	}
	if len(codes) != 10 {
		s.t.Fatalf("%d recovery codes:\n%s", len(codes), s.page)
	}
	return d, codes
}

// joined invites an agent, who comes in.
func (p *plant) joined(admin *surfer, email, name string) *surfer {
	p.t.Helper()
	admin.open("/people").send("/people", "name", name, "email", email, "role", "agent").sees(200, "/people", "Запрошення створено")
	return p.comesIn(invitationIn.FindString(admin.page), name)
}

const first = "olena@shop.example"

// Who has a second factor comes in with its code and by no password alone; each code works once, whatever happens in between.
func TestASecondFactor(t *testing.T) {
	t.Parallel()
	p, admin := founded(t)
	elsewhere := p.surfer()
	elsewhere.open("/login").send("/login", "email", first, "password", firstPassword).sees(200, "/", "Ви увійшли як Олена")
	admin.open("/account").sees(200, "/account", "Для входу досить самого пароля")
	admin.open("/account/second")
	wrong := deviceFor(admin)
	admin.send("/account/second", "code", "123", "password", firstPassword).sees(403, "/account/second", "Код не той")
	if again := deviceFor(admin); string(again.key) != string(wrong.key) {
		t.Error("after a slip the page shows another key than the one that was scanned")
	}
	admin.send("/account/second", "code", wrong.code(0), "password", "не той пароль").sees(403, "/account/second", "Теперішній пароль інший")
	admin.send("/account/second", "code", wrong.code(5), "password", firstPassword).sees(403, "/account/second", "Код не той")
	d, recovery := secured(admin, firstPassword)
	elsewhere.open("/").sees(200, "/login", "Вхід") // other sessions have ended
	admin.open("/account").sees(200, "/account", "Після пароля у вас запитують код")
	admin.open("/people").sees(200, "/people", "другий фактор")

	admin.open("/").send("/logout")
	admin.send("/login", "email", first, "password", "не той пароль").sees(403, "/login", "Неправильна пошта або пароль")
	admin.send("/login", "email", first, "password", firstPassword).sees(200, "/login/code", "шість цифр")
	half := admin.cookie("kaskad-half")
	admin.open("/account").sees(200, "/login", "Вхід")                                                   // the password alone opens nothing
	admin.open("/login/code").send("/login/code", "code", d.used).sees(403, "/login/code", "Код не той") // it was used to turn it on
	next := d.code(1)
	admin.send("/login/code", "code", next[:3]+" "+next[3:]).sees(200, "/", "Ви увійшли як Олена")
	admin.send("/logout")
	admin.setCookie("kaskad-half", half)
	admin.open("/login/code").sees(200, "/login", "Вхід") // what stood between password and code was used up

	admin.open("/login").send("/login", "email", first, "password", firstPassword).send("/login/code", "code", next).sees(403, "/login/code", "Код не той")
	admin.send("/login/code", "code", strings.ToUpper(recovery[3])).sees(200, "/", "Ви увійшли як Олена")
	admin.open("/account/second").sees(200, "/account/second", "Залишилося кодів відновлення: 9.")
	admin.open("/").send("/logout").send("/login", "email", first, "password", firstPassword).sees(200, "/login/code", "шість цифр")
	p.kill()
	p.start()
	admin.send("/login/code", "code", recovery[4]).sees(200, "/login", "Вхід") // who is interrupted writes the password again
	admin.send("/login", "email", first, "password", firstPassword).send("/login/code", "code", recovery[3]).sees(403, "/login/code", "Код не той")
	admin.send("/login/code", "code", recovery[4]).sees(200, "/", "Ви увійшли як Олена")

	admin.open("/account/second").send("/account/second/off", "password", "не той пароль", "code", recovery[5]).sees(403, "/account/second/off", "Теперішній пароль інший")
	admin.send("/account/second/off", "password", firstPassword, "code", recovery[4]).sees(403, "/account/second/off", "Код не той")
	admin.send("/account/second/off", "password", firstPassword, "code", recovery[5]).sees(200, "/account", "Другий фактор вимкнено")
	admin.send("/logout").send("/login", "email", first, "password", firstPassword).sees(200, "/", "Ви увійшли як Олена")
	lines := p.run("audit")
	for _, line := range []string{`second-factor +person [0-9a-z]+ on`, `second-factor +person [0-9a-z]+ off`, `sign-in \(refused: .*code.*\)`} {
		if !regexp.MustCompile(line).MatchString(lines) {
			t.Errorf("the audit has no line like %s:\n%s", line, lines)
		}
	}
	for _, secret := range append(recovery, next) {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log has a code")
		}
	}
	p.finish()
}

// Codes are tried slowly, and knowing the password gives nobody more tries; whoever loses the device is let in anew by an admin, and what was
// known before is worth nothing then.
func TestCodesOfTheSecondFactorAreTriedSlowly(t *testing.T) {
	t.Parallel()
	p, admin := founded(t)
	agent := p.joined(admin, "ira@shop.example", "Іра")
	d, recovery := secured(agent, agentPassword)
	thief := p.surfer()
	enter := func(s *surfer) {
		s.open("/login").send("/login", "email", "ira@shop.example", "password", agentPassword)
	}
	enter(thief)
	tried := 0
	for ; tried < 40; tried++ {
		if tried%2 == 1 { // the password once more, in between
			enter(thief)
		}
		if thief.send("/login/code", "code", fmt.Sprint(100000+tried)); thief.status == http.StatusTooManyRequests {
			break
		}
	}
	if tried < 5 || tried > 10 { // a slow machine lets the first waits pass
		t.Errorf("%d codes were looked at until one had to wait; want 5, or a few more", tried)
	}
	waitFor(t, "a wait that outlasts a slow machine", func() bool { // of a second, two, four; then of eight
		if thief.send("/login/code", "code", "200000"); thief.status != http.StatusTooManyRequests {
			tried++
			enter(thief)
		}
		return tried >= 8
	})
	enter(thief)
	thief.send("/login/code", "code", recovery[0]).sees(429, "/login/code", "Спроб було забагато")
	agent.open("/").send("/logout") // her own browser is counted by itself
	agent.send("/login", "email", "ira@shop.example", "password", agentPassword).send("/login/code", "code", recovery[1]).sees(200, "/", "Ви увійшли як Іра")

	late := p.surfer()
	enter(late)
	late.sees(200, "/login/code", "шість цифр")
	id := regexp.MustCompile(`(?s)<b>Іра</b>.*?name="person" value="(\w+)"`).FindStringSubmatch(admin.open("/people").sees(200, "/people", "другий фактор").page)[1]
	admin.send("/people/change", "person", id, "do", "reset").sees(200, "/people/change", "Запрошення")
	for _, code := range []string{d.code(1), recovery[2], ""} {
		late.send("/login/code", "code", code).sees(200, "/login", "Вхід") // the password was taken away, and so was what it was right for
		late.open("/").sees(200, "/login", "Вхід")
		late.page = `action="/login/code"><input type="hidden" name="form" value="` + late.formToken() + `"></form>`
	}
	p.finish()
}

// Where a role must have a second factor, who has none sets one up before anything else, on pages and in calls.
func TestASecondFactorThatMustBe(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "\n[login]\nsecond_factor = \"admins\"\n")
	p.start()
	admin := p.surfer()
	admin.open(p.run("people", "setup"))
	admin.send("/setup", "name", "Олена", "email", first, "password", firstPassword).sees(200, "/account/second", "Для вашої ролі потрібен другий фактор")
	admin.open("/people").sees(200, "/account/second", "Для вашої ролі потрібен другий фактор")
	call := func() int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, admin.base+"/v1/people", nil)
		mustAll(t, err)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		answer, err := admin.client.Do(r)
		mustAll(t, err)
		answer.Body.Close()
		return answer.StatusCode
	}
	if got := call(); got != http.StatusForbidden {
		t.Errorf("a call of somebody without a second factor is answered with %d", got)
	}
	secured(admin, firstPassword)
	if got := call(); got != http.StatusOK {
		t.Errorf("a call of somebody with one is answered with %d", got)
	}
	agent := p.joined(admin, "ira@shop.example", "Іра")
	agent.open("/").sees(200, "/", "Ви увійшли як Іра")
	p.finish()
}

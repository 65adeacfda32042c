package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var invitationIn = regexp.MustCompile(`http://[^"<> ]+/invitation\?code=\w+`)

const agentPassword = "капуста летить на схід"

// comesIn lets somebody come in by an invitation.
func (p *plant) comesIn(invitation, name string) *surfer {
	p.t.Helper()
	s := p.surfer()
	s.open(invitation).sees(200, "/invitation", name)
	return s.send("/invitation", "password", agentPassword).sees(200, "/", "Ви увійшли як "+name)
}

// api makes a call of the API as a script of the open page would; token: with the header that it holds.
func (s *surfer) api(method, path, body string, headers ...string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, strings.NewReader(body))
	mustAll(s.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := s.client.Do(r)
	mustAll(s.t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	mustAll(s.t, err)
	return answer.StatusCode, string(raw)
}

// An agent is invited, comes in once by the address, may do what an agent may on pages and calls, and is out with all sessions the moment that an
// admin says so.
func TestAnAgentIsInvitedAndKeptOut(t *testing.T) {
	t.Parallel()
	p, admin := founded(t)
	admin.open("/people").send("/people", "name", "Ірина", "email", "iryna@shop.example", "role", "agent").sees(200, "/people", "Запрошення створено")
	invitation := invitationIn.FindString(admin.page)
	agent := p.comesIn(invitation, "Ірина")
	p.surfer().open(invitation).sees(403, "/invitation", "Це запрошення не діє") // once
	agent.open("/people").sees(403, "/people", "Не для вашої ролі")
	agent.open("/").sees(200, "/", "Ваша роль: оператор")
	second := p.surfer()
	second.open("/login").send("/login", "email", "IRYNA@shop.example", "password", agentPassword).sees(200, "/", "Ви увійшли як Ірина")

	token := second.formToken()
	ours := []string{"Kaskad-Form", token}
	for _, c := range []struct {
		what, method, path, body string
		headers                  []string
		status                   int
		text                     string
	}{
		{"reads with the token", "GET", "/v1/conversations", "", ours, 200, `"items"`},
		{"reads, as the browser says", "GET", "/v1/conversations", "", []string{"Sec-Fetch-Site", "same-origin"}, 200, `"items"`},
		{"nothing proves the page", "GET", "/v1/conversations", "", nil, 403, "not_our_page"},
		{"another site, which a link leads from", "GET", "/v1/contacts", "", []string{"Sec-Fetch-Site", "cross-site"}, 403, "not_our_page"},
		{"writes without the token", "POST", "/v1/conversations/ext:X/replies", `{"text":"x"}`, []string{"Sec-Fetch-Site", "same-origin"}, 403, "not_our_page"},
		{"the token of somebody else", "POST", "/v1/conversations/ext:X/replies", `{"text":"x"}`, []string{"Kaskad-Form", admin.formToken()}, 403, "not_our_page"},
		{"the token, from another site", "POST", "/v1/conversations/ext:X/replies", `{"text":"x"}`, append([]string{"Sec-Fetch-Site", "cross-site"}, ours...), 403, "not_our_page"},
		{"an agent answers", "POST", "/v1/conversations/ext:X/replies", `{"text":"x"}`, ours, 404, "unknown_contact"},
		{"an agent does not send", "POST", "/v1/deliveries", `{"to":"ext:X","text":"x","purpose":"service"}`, ours, 403, "your role, agent, has reply,read"},
		{"an agent does not erase", "DELETE", "/v1/contacts/ext:X", "", ours, 403, "forbidden"},
		{"an agent makes no keys", "POST", "/v1/keys", `{"name":"x","scopes":["admin"]}`, ours, 403, "forbidden"},
		{"with a key the cookie counts for nothing", "GET", "/v1/keys", "", []string{"Authorization", "Bearer " + p.key}, 200, `"items"`},
		{"nor does it help a key that is none", "GET", "/v1/conversations", "", []string{"Authorization", "Bearer ka_nothing", "Kaskad-Form", token}, 401, "unauthorized"},
	} {
		if status, text := second.api(c.method, c.path, c.body, c.headers...); status != c.status || !strings.Contains(text, c.text) {
			t.Errorf("%s: %d %s; want %d with %s", c.what, status, text, c.status, c.text)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, agent.base+"/v1/stream", nil)
	mustAll(t, err)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	stream, err := agent.client.Do(r)
	mustAll(t, err)
	defer stream.Body.Close()
	if stream.StatusCode != 200 {
		t.Fatalf("the stream is answered %d", stream.StatusCode)
	}

	id := regexp.MustCompile(`(?s)<b>Ірина</b>.*?name="person" value="(\w+)"`).FindStringSubmatch(admin.open("/people").page)[1]
	admin.send("/people/change", "person", id, "do", "disable").sees(200, "/people", "Вхід закрито")
	agent.open("/").sees(200, "/login", "Вхід")
	if status, text := second.api("GET", "/v1/conversations", "", ours...); status != 401 {
		t.Errorf("the session of somebody who is kept out is answered %d %s", status, text)
	}
	agent.send("/login", "email", "iryna@shop.example", "password", agentPassword).sees(403, "/login", "Неправильна пошта або пароль")
	mustAll(t, p.call("PUT", "/v1/contacts/ext:C-1", map[string]any{"phone": "+380501112233"}, nil)) // something to tell
	if rest, err := io.ReadAll(stream.Body); strings.Contains(string(rest), "contact.created") {
		t.Errorf("the stream of somebody who is kept out goes on (%v): %s", err, rest)
	}
	p.run("people", "enable", "iryna@shop.example")
	agent.send("/login", "email", "iryna@shop.example", "password", agentPassword).sees(200, "/", "Ви увійшли як Ірина")
	p.run("people", "role", "iryna@shop.example", "marketer")
	agent.open("/").sees(200, "/login", "Вхід")
	agent.send("/login", "email", "iryna@shop.example", "password", agentPassword).sees(200, "/", "Ваша роль: маркетолог")
	p.finish()
}

// The last admin stays, whoever asks; who has lost the password comes in by an invitation, also the only admin; a password that is changed ends
// the other sessions.
func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	p, admin := founded(t)
	var all struct{ Items []struct{ ID string } }
	mustAll(t, p.call("GET", "/v1/people", nil, &all))
	me := all.Items[0].ID
	admin.open("/people").send("/people/change", "person", me, "do", "disable").sees(422, "/people/change", "Це останній адміністратор")
	admin.send("/people/change", "person", me, "do", "role", "role", "agent").sees(422, "/people/change", "Це останній адміністратор")
	for _, args := range [][]string{{"people", "disable", "olena@shop.example"}, {"people", "role", "olena@shop.example", "agent"}} {
		if code, _, errs := p.fails(args...); code != exitFailed || !strings.Contains(errs, "last admin") {
			t.Errorf("kaskad %s: exit %d, %s", strings.Join(args, " "), code, errs)
		}
	}
	p.run("people", "add", "petro@shop.example", "--name", "Петро", "--role", "admin") // invited, and not here: does not count
	admin.open("/people").send("/people/change", "person", me, "do", "disable").sees(422, "/people/change", "Це останній адміністратор")

	elsewhere := p.surfer()
	elsewhere.open("/login").send("/login", "email", "olena@shop.example", "password", firstPassword).sees(200, "/", "Ви увійшли як Олена")
	admin.open("/account").sees(200, "/account", "Де ви увійшли")
	admin.send("/account/password", "old", "не той пароль зовсім", "password", secondPassword).sees(403, "/account/password", "Теперішній пароль інший")
	admin.send("/account/password", "old", firstPassword, "password", "короткий").sees(422, "/account/password", "Пароль закороткий")
	elsewhere.open("/").sees(200, "/", "Ви увійшли як Олена")
	admin.send("/account/password", "old", firstPassword, "password", secondPassword).sees(200, "/account", "Пароль змінено")
	elsewhere.open("/").sees(200, "/login", "Вхід")
	elsewhere.send("/login", "email", "olena@shop.example", "password", firstPassword).sees(403, "/login", "Неправильна пошта")
	elsewhere.send("/login", "email", "olena@shop.example", "password", secondPassword).sees(200, "/", "Ви увійшли як Олена")
	admin.open("/account").send("/account/sessions").sees(200, "/account", "там ви вже вийшли")
	elsewhere.open("/").sees(200, "/login", "Вхід")

	invitation := strings.TrimSpace(p.run("people", "reset", "olena@shop.example"))
	admin.open("/").sees(200, "/login", "Вхід")
	admin.send("/login", "email", "olena@shop.example", "password", secondPassword).sees(403, "/login", "Неправильна пошта")
	p.comesIn(invitation, "Олена").open("/people").sees(200, "/people", "Запросити людину")
	p.finish()
}

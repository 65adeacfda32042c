package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	"kaskad/cmd/kaskad/internal/app"
)

// textShop is a gateway without messengers; sections are its [[sms]].
func textShop(t *testing.T, public bool, sections ...string) *plant {
	t.Helper()
	p := &plant{t: t, dir: t.TempDir(), public: freeAddress(t), admin: freeAddress(t)}
	p.config = filepath.Join(p.dir, "config.toml")
	address := ""
	if public {
		address = "http://" + p.public
	}
	text := fmt.Sprintf(textShopConfig, p.public, p.admin, address, p.data()) + strings.Join(sections, "")
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.sow()
	return p
}

const textShopConfig = `
[company]
name = "Крамниця"
[server]
listen = %q
admin = %q
public_url = %q
data_dir = %q
catch_up = "1s"
[frequency]
same_message = "0s"
[cascades.text]
steps = [{ channel = "sms" }]
quiet_hours = { from = "00:00", to = "00:00" }
`

const signedWith = "the-secret-of-reports"

// speaks starts the simulator of a preset; what it takes is on the phone soon.
func speaks(t *testing.T, preset string) *simsms.Server {
	t.Helper()
	s, err := simsms.New(simsms.Options{Provider: preset, Secret: signedWith, Speed: 20, Habits: simsms.Always(simsms.Act{Do: simsms.Deliver, After: time.Second})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// entry is an [[sms]] with nothing but the preset, the keys that it wants and the address of its simulator.
func entry(t *testing.T, name, preset string, s *simsms.Server, more ...string) string {
	t.Helper()
	all := app.SMSPresets()
	i := slices.IndexFunc(all, func(p app.SMSPreset) bool { return p.Name == preset })
	if i < 0 {
		t.Fatalf("there is no preset %s", preset)
	}
	values := map[string]string{"token": s.Token(), "login": simsms.DefaultLogin, "password": simsms.DefaultPassword, "sender": "Shop", "api_url": ""}
	text := fmt.Sprintf("[[sms]]\nname = %q\npreset = %q\napi_url = %q\nprice = { amount = \"0.92\", currency = \"UAH\" }\n", name, preset, s.URL())
	for _, key := range append(all[i].Keys, "sender") { // which every simulator wants
		if values[key] != "" && !strings.Contains(text, "\n"+key+" = ") {
			text += fmt.Sprintf("%s = %q\n", key, values[key])
		}
	}
	return text + strings.Join(more, "\n") + "\n"
}

// enter does what the operator does in the provider's cabinet: the address of the reports that kaskad check shows goes there.
func (p *plant) enter(s *simsms.Server, name, behind string) {
	p.t.Helper()
	m := regexp.MustCompile("sms/" + name + ": reports and replies come to (\\S+)").FindStringSubmatch(p.run("check"))
	if m == nil {
		p.t.Fatalf("kaskad check shows no address for %s", name)
	}
	if err := s.SetReportURL(m[1] + behind); err != nil {
		p.t.Fatal(err)
	}
}

// write sends an SMS to a phone.
func (p *plant) write(phone string) string {
	p.t.Helper()
	return p.mustSend(map[string]any{"to": "phone:" + phone, "text": "Нараховано 120 балів", "purpose": "service", "cascade": "text"})
}

// reason is why the only step of a delivery went the way it did.
func (p *plant) reason(id string) string {
	p.t.Helper()
	var d struct{ Steps []struct{ Reason string } }
	if err := p.call("GET", "/v1/deliveries/"+id, nil, &d); err != nil || len(d.Steps) != 1 {
		p.t.Fatalf("delivery %s has the steps %v (%v), want one", id, d.Steps, err)
	}
	return d.Steps[0].Reason
}

// sent counts calls that asked for a message, and those that asked for statuses.
func sent(s *simsms.Server) (sends, asks int) {
	for _, c := range s.Calls() {
		switch c.Path {
		case "/send":
			sends++
		case "/status", "/news":
			asks++
		}
	}
	return sends, asks
}

// Each provider as an operator would write it: a message is delivered, as the provider itself tells or as it says when asked, and a
// number that is none fails.
func TestPresetsFromOutside(t *testing.T) {
	for name, tt := range map[string]struct {
		more   []string
		enters string // what is written behind the address of the reports; "no": nothing is to be entered
		asked  bool   // it makes no reports
		reason string // of a number that is none
		stop   string // of a number on the provider's stop list
	}{
		"turbosms": {more: []string{`report_secret = "` + signedWith + `"`}, reason: "unreachable", stop: "refused"},
		"smsc":     {enters: "?charset=utf-8", reason: "rejected", stop: "rejected"},
		"smsru":    {reason: "rejected", stop: "refused"},
		"decision": {enters: "no", more: []string{"[sms.poll]", `every = "1s"`}, asked: true, reason: "unreachable", stop: "unreachable"},
		"alphasms": {enters: "no", more: []string{"[sms.poll]", `every = "1s"`}, asked: true, reason: "rejected", stop: "rejected"},
		"twilio":   {enters: "no", reason: "unreachable", stop: "refused"},
		"infobip":  {enters: "no", reason: "rejected", stop: "rejected"},
		"kannel":   {enters: "no", reason: "rejected", stop: "rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := speaks(t, name)
			p := textShop(t, true, entry(t, "main", name, s, tt.more...))
			p.start()
			if tt.enters != "no" {
				p.enter(s, "main", tt.enters)
			}
			const nobody, stopped = "+380501110002", "+380501110003"
			s.SetUnreachable(nobody, true)
			s.SetStopped(stopped, true)
			good, bad, no := p.write(phone), p.write(nobody), p.write(stopped)
			if d := p.await(good, "done"); d.ReachedBy != "sms" || d.Proof != "receipt" {
				t.Errorf("reached by %s with proof %s, want sms with receipt", d.ReachedBy, d.Proof)
			}
			p.await(bad, "failed")
			p.await(no, "failed")
			if r := p.reason(bad); !strings.HasPrefix(r, tt.reason) {
				t.Errorf("the number that is none: %q, want %s", r, tt.reason)
			}
			if r := p.reason(no); !strings.HasPrefix(r, tt.stop) {
				t.Errorf("the number on the stop list: %q, want %s", r, tt.stop)
			}
			if n := len(s.Messages("")); n != 1 {
				t.Errorf("%d SMS went out, want 1", n)
			}
			if _, asks := sent(s); tt.asked && asks == 0 {
				t.Error("it was never asked for statuses")
			}
			p.finish()
		})
	}
}

// A gateway that dies while the provider thinks does not send again; the report, which names our message, tells the end.
func TestKilledInAHangingSMS(t *testing.T) {
	t.Parallel()
	s := speaks(t, "twilio")
	s.Fail(simsms.Fault{Kind: simsms.HangAfterAccept})
	p := textShop(t, true, entry(t, "main", "twilio", s))
	p.start()
	id := p.write(phone)
	if _, err := s.WaitMessage(t.Context(), phone, 1); err != nil {
		t.Fatal(err)
	}
	p.kill()
	p.start()
	p.await(id, "done")
	if sends, _ := sent(s); sends != 1 || len(s.Messages(phone)) != 1 {
		t.Errorf("%d calls made %d SMS, want one of each", sends, len(s.Messages(phone)))
	}
	p.finish()
}

// The next provider gets a message only when the one before certainly did not take it.
func TestTheNextProvider(t *testing.T) {
	t.Parallel()
	first, second := speaks(t, "twilio"), speaks(t, "infobip")
	p := textShop(t, true, entry(t, "first", "twilio", first), entry(t, "second", "infobip", second))
	p.start()
	for i, tt := range []struct {
		name  string
		fault simsms.Fault
		state string
		next  int // messages that the second gets
	}{
		{"the person said no", simsms.Fault{Kind: simsms.Refuse, Code: "21610"}, "failed", 0},
		{"the number is none", simsms.Fault{Kind: simsms.Refuse, Code: "21211"}, "failed", 0},
		{"nobody knows whether it took it", simsms.Fault{Kind: simsms.BadGateway}, "waiting", 0},
		{"it took it and broke off", simsms.Fault{Kind: simsms.CutAfter}, "done", 0},
		{"it does not take this one", simsms.Fault{Kind: simsms.Refuse, Code: "21612"}, "done", 1},
		{"it wants to be left alone", simsms.Fault{Kind: simsms.FloodWait, RetryAfter: 60}, "done", 1},
		{"it does not know us", simsms.Fault{Kind: simsms.Refuse, Code: "20003"}, "done", 1},
	} {
		to := fmt.Sprintf("+38050111001%d", i)
		tt.fault.To, tt.fault.Times = to, -1
		first.Fail(tt.fault)
		id := p.write(to)
		p.await(id, tt.state)
		if n := len(second.Messages(to)); n != tt.next {
			t.Errorf("%s: the second provider got %d messages, want %d", tt.name, n, tt.next)
		}
	}
	p.finish()
}

// try runs a command, with a person who answers; nobody: there is no terminal.
func (p *plant) try(answer io.Reader, args ...string) (code int, out, errs string) {
	p.t.Helper()
	var o, e bytes.Buffer
	code = run(p.t.Context(), append([]string{"-c", p.config}, args...), app.Streams{In: answer, Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func TestSMSTestThroughTheGateway(t *testing.T) {
	t.Parallel()
	s := speaks(t, "turbosms")
	p := textShop(t, true, entry(t, "main", "turbosms", s, `report_secret = "`+signedWith+`"`), "[spend]\nper_day = { amount = \"1.50\", currency = \"UAH\" }\n")
	p.start()
	p.enter(s, "main", "")
	code, _, errs := p.try(nil, "sms", "test", "--to", phone)
	if code != exitUsage || !strings.Contains(errs, "--yes") || len(s.Messages("")) != 0 {
		t.Errorf("without a terminal: exit %d, %q, %d SMS; want 2, a word of --yes and none", code, errs, len(s.Messages("")))
	}
	code, _, errs = p.try(strings.NewReader("n\n"), "sms", "test", "--to", phone)
	if code != exitFailed || !strings.Contains(errs, "one part costs 0.92 UAH") || len(s.Messages("")) != 0 {
		t.Errorf("with a no: exit %d, %q, %d SMS; want 1, the price and none", code, errs, len(s.Messages("")))
	}
	code, out, errs := p.try(strings.NewReader("y\n"), "sms", "test", "--to", phone, "--text", "hello")
	if code != exitDone {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	m := s.Messages(phone)
	if len(m) != 1 || m[0].Text != "hello" {
		t.Fatalf("the phone got %v", m)
	}
	for _, want := range []string{
		"asked     POST /message/send.json", "HTTP 200", "accepted, id " + m[0].ID, "0.92 UAH for 1 of 0.92 UAH each", `is taken as delivered`,
		"the end   delivered", "balance   1000.00 before, 999.50 after", "report    Did a report come", "unverified = []",
	} {
		if !strings.Contains(strings.ReplaceAll(out, "1000 ", "1000.00 "), want) {
			t.Errorf("nothing with %q in\n%s", want, out)
		}
	}
	if strings.Contains(out+errs, s.Token()) || strings.Contains(out+errs, signedWith) {
		t.Errorf("a secret is shown:\n%s", out)
	}
	// The second one would go beyond the day's limit.
	code, _, errs = p.try(nil, "sms", "test", "--yes", "--to", phone)
	if code != exitFailed || !strings.Contains(errs, "spend") || len(s.Messages("")) != 1 {
		t.Errorf("beyond the day's limit: exit %d, %q, %d SMS", code, errs, len(s.Messages("")))
	}
	var list struct{ Items []json.RawMessage }
	if err := p.call("GET", "/v1/deliveries", nil, &list); err != nil || len(list.Items) != 0 {
		t.Errorf("a test is nobody's delivery, and there are %d (%v)", len(list.Items), err)
	}
	for _, address := range []string{p.public, p.admin} { // it is for the socket alone
		req, err := http.NewRequest("POST", "http://"+address+"/v1/sms/tests", strings.NewReader(`{"to":"`+phone+`","text":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+p.key)
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("POST /v1/sms/tests over the network: %d, want 404", answer.StatusCode)
		}
	}
	p.finish()
}

// A report that is signed with another secret is refused, and the test says so and what to look at.
func TestSMSTestWithAWrongSecret(t *testing.T) {
	t.Parallel()
	s := speaks(t, "turbosms")
	p := textShop(t, true, entry(t, "main", "turbosms", s, `report_secret = "another-secret-of-ours"`))
	p.start()
	p.enter(s, "main", "")
	code, out, errs := p.try(nil, "sms", "test", "--yes", "--to", phone, "--wait", "2s")
	if code != exitFailed || !strings.Contains(out, "a call was refused") || !strings.Contains(errs, "did not report in time") || !strings.Contains(errs, "Webhooks") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	p.finish()
}

// Without a gateway the provider is asked, and the money counts all the same.
func TestSMSTestWithoutAGateway(t *testing.T) {
	t.Parallel()
	for preset, tt := range map[string]struct {
		code int
		says []string
		not  string
	}{
		"decision": {exitDone, []string{"GET /ru/js/send", "nobody can call us", "asked for the status, it says what is taken as delivered", "the end   delivered"}, "Please look"},
		"kannel":   {exitDone, []string{"HTTP 202", "accepted, id none", "nobody can call us", "inbound   Answer the message"}, "the end"},
		"infobip":  {exitDone, []string{"asking would take what a gateway waits for"}, "the end"},
	} {
		t.Run(preset, func(t *testing.T) {
			t.Parallel()
			s := speaks(t, preset)
			p := textShop(t, false, entry(t, "main", preset, s))
			code, out, errs := p.try(nil, "sms", "test", "--yes", "--to", "050 111 00 01", "--wait", "30s")
			if code != tt.code || len(s.Messages(phone)) != 1 {
				t.Fatalf("exit %d and %d SMS, want %d and 1\n%s%s", code, len(s.Messages(phone)), tt.code, out, errs)
			}
			for _, want := range tt.says {
				if !strings.Contains(out, want) {
					t.Errorf("nothing with %q in\n%s", want, out)
				}
			}
			if strings.Contains(out, tt.not) {
				t.Errorf("%q is in\n%s", tt.not, out)
			}
		})
	}
}

// What is wrong is told with what it was taken for; what costs nothing is not counted.
func TestSMSTestThatFails(t *testing.T) {
	t.Parallel()
	s := speaks(t, "twilio")
	p := textShop(t, false, entry(t, "main", "twilio", s), "[spend]\nper_day = { amount = \"1\", currency = \"UAH\" }\n")
	for _, tt := range []struct {
		name  string
		fault *simsms.Fault
		args  []string
		code  int
		says  string
	}{
		{"a phone that is none", nil, []string{"--to", "12"}, exitUsage, "phone"},
		{"a provider that is none", nil, []string{"--to", phone, "--provider", "other"}, exitUsage, `"other" is no provider here; there are main`},
		{"a wait that is none", nil, []string{"--to", phone, "--wait", "1h"}, exitUsage, "10m"},
		{"a token that is wrong", &simsms.Fault{Kind: simsms.Refuse, Code: "20003"}, []string{"--to", phone}, exitFailed, "taken as  misconfigured (20003)"},
		{"a number that is none", &simsms.Fault{Kind: simsms.Refuse, Code: "21211"}, []string{"--to", phone}, exitFailed, "taken as  unreachable (21211)"},
		{"an answer that is none", &simsms.Fault{Kind: simsms.BadGateway}, []string{"--to", phone, "--wait", "1s"}, exitFailed, "taken as  uncertain"},
	} {
		if tt.fault != nil {
			s.Fail(*tt.fault)
		}
		code, out, errs := p.try(nil, append([]string{"sms", "test", "--yes"}, tt.args...)...)
		if code != tt.code || !strings.Contains(out+errs, tt.says) {
			t.Errorf("%s: exit %d, want %d with %q\n%s%s", tt.name, code, tt.code, tt.says, out, errs)
		}
	}
	code, out, errs := p.try(nil, "sms", "test", "--yes", "--json", "--to", phone)
	if code != exitFailed || !strings.Contains(errs, "spend") { // the uncertain one may have cost money
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
}

func TestSMSTestAsJSON(t *testing.T) {
	t.Parallel()
	s := speaks(t, "alphasms")
	p := textShop(t, false, entry(t, "main", "alphasms", s))
	code, out, errs := p.try(nil, "sms", "test", "--yes", "--json", "--to", phone)
	var got app.SMSTest
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitDone || got.End != "delivered" || !got.Accepted || got.Cost.Amount != "0.92" || got.After == nil || len(got.Questions) != 1 {
		t.Errorf("exit %d, %v\n%s%s", code, err, out, errs)
	}
}

func TestSMSPresets(t *testing.T) {
	p := &plant{t: t, config: filepath.Join(t.TempDir(), "none.toml")}
	out := p.run("sms", "presets")
	for _, preset := range simsms.Providers() {
		if !regexp.MustCompile(`(?m)^` + preset + ` `).MatchString(out) {
			t.Errorf("no line of %s in\n%s", preset, out)
		}
	}
	var all []struct {
		Name             string
		Keys, Unverified []string
		Signed           bool
	}
	if err := json.Unmarshal([]byte(p.run("sms", "presets", "--json")), &all); err != nil || len(all) != len(simsms.Providers()) || all[6].Name != "turbosms" || !all[6].Signed || !slices.Equal(all[6].Keys, []string{"token", "sender"}) {
		t.Errorf("as JSON: %v, %+v", err, all)
	}
	if code, _, errs := p.try(nil, "sms", "presets", "turbo"); code != exitUsage || !strings.Contains(errs, `no preset "turbo"`) {
		t.Errorf("a preset that is none: exit %d, %s", code, errs)
	}
	// What is printed can stand in config.toml in place of the preset.
	s := speaks(t, "smsru")
	file := strings.Replace(p.run("sms", "presets", "smsru"), "[[sms]]", "[[sms]]\nname = \"main\"\ntoken = \""+s.Token()+"\"\nprice = { amount = \"1\", currency = \"UAH\" }", 1)
	file = regexp.MustCompile(`(?m)^api_url.*$`).ReplaceAllString(file, `api_url = "`+s.URL()+`"`)
	shop := textShop(t, false, file)
	if out := shop.run("check", "--live"); !strings.Contains(out, "balance 1000") {
		t.Errorf("check says\n%s", out)
	}
}

// check says why a provider is asked, and warns when it can neither call nor be asked.
func TestCheckOfProvidersThatNobodyHears(t *testing.T) {
	t.Parallel()
	turbo, kannel := speaks(t, "turbosms"), speaks(t, "kannel")
	sections := []string{entry(t, "main", "turbosms", turbo, `report_secret = "`+signedWith+`"`), entry(t, "box", "kannel", kannel)}
	deaf := textShop(t, false, sections...)
	code, out, errs := deaf.try(nil, "check")
	if code != exitDone || !strings.Contains(out, "sms/main: it is asked what became of messages: nobody can call us") || !strings.Contains(errs, "sms[1].report") || strings.Contains(errs, "sms[0].report") {
		t.Errorf("nobody can call us: exit %d\n%s%s", code, out, errs)
	}
	hears := textShop(t, true, sections...)
	code, out, errs = hears.try(nil, "check")
	if code != exitDone || !strings.Contains(out, "sms/main: it is asked what became of messages: nobody has seen its reports come yet") || !strings.Contains(out, "sms/main: where that address is entered: the section \"Webhooks\"") || strings.Contains(errs, "].report:") {
		t.Errorf("providers can call us: exit %d\n%s%s", code, out, errs)
	}
}

func TestBalanceInMetrics(t *testing.T) {
	t.Parallel()
	turbo, kannel := speaks(t, "turbosms"), speaks(t, "kannel")
	p := textShop(t, false, entry(t, "main", "turbosms", turbo), entry(t, "box", "kannel", kannel))
	p.start()
	metric := regexp.MustCompile(`kaskad_sms_balance\{currency="",sender="sms/main"\} 1000`)
	waitFor(t, "the balance in /metrics", func() bool {
		answer, err := http.Get("http://" + p.admin + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		raw, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("sms/box")) {
			t.Error("a provider without a balance has one")
		}
		return metric.Match(raw)
	})
	p.finish()
}

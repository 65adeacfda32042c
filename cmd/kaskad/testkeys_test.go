package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	simgraph "kaskad/bots/simulator/graph"
	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	simviber "kaskad/bots/simulator/viber"
	"kaskad/cmd/kaskad/internal/app"
)

// rehearsal is a plant with all channels, whose real customers do nothing, and who calls it with a test key.
func rehearsal(t *testing.T) (real, test *plant) {
	t.Helper()
	vb, err := simviber.New(simviber.Options{})
	mustAll(t, err)
	t.Cleanup(func() { vb.Close() })
	cloud, err := simgraph.New(simgraph.Options{})
	mustAll(t, err)
	t.Cleanup(func() { cloud.Close() })
	real = newPlant(t, simtelegram.Options{}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.NoReport})}, fmt.Sprintf(`
[viber]
token = %q
name = "Крамниця"
api_url = %q
price = { amount = "0.84", currency = "UAH" }
[whatsapp_cloud]
phone_number_id = %q
token = %q
app_secret = %q
verify_token = %q
api_url = "%s/v23.0"
price = { amount = "1.10", currency = "UAH" }
[cascades.never]
steps = [{ channel = "telegram", wait = "1h" }, { channel = "sms" }]
quiet_hours = { from = "00:00", to = "00:00" }
`, vb.Token(), vb.URL(), cloud.PhoneID(), cloud.Token(), cloud.AppSecret(), cloud.VerifyToken(), cloud.URL()))
	t.Cleanup(func() {
		if n := len(cloud.Calls()); n > 0 {
			t.Errorf("%d calls went out to the real WhatsApp Cloud", n)
		}
	})
	mustAll(t, appendTo(real.config, fmt.Sprintf("[templates]\ndir = %q\n", filepath.Join(real.dir, "templates"))))
	raw, err := os.ReadFile(real.config)
	mustAll(t, err, os.WriteFile(real.config, []byte(strings.Replace(string(raw), "per_day = 0, per_week = 0", "per_day = 1, per_week = 1", 1)), 0o600))
	own := filepath.Join(real.dir, "templates", "sale")
	mustAll(t, os.MkdirAll(own, 0o700), os.WriteFile(filepath.Join(own, "uk.md"), []byte(saleText), 0o600))
	real.start()
	return real, real.testKey()
}

const saleText = `+++
purpose = "marketing"
[links]
track = true
+++
Знижки: [на все](https://shop.example/sale)

{{way_out}}
`

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// testKey makes a test key, and is the plant as who has it sees it.
func (p *plant) testKey() *plant {
	p.t.Helper()
	var made madeKey
	mustAll(p.t, json.Unmarshal([]byte(p.run("key", "new", "--name", "try", "--scopes", "admin", "--test", "--json")), &made))
	if !strings.HasPrefix(made.Key, "kt_") {
		p.t.Fatalf("the test key begins with %.3s", made.Key)
	}
	return p.as(made.Key)
}

// as is the plant with another key.
func (p *plant) as(key string) *plant {
	other := *p
	other.key = key
	return &other
}

// at is a cascade of one step, at any hour.
func at(channel, wait string) map[string]any {
	return map[string]any{"steps": []map[string]any{{"channel": channel, "wait": wait}}, "quiet_hours": map[string]any{"from": "00:00", "to": "00:00"}}
}

// bonusTo asks for one.
func bonusTo(ref, channel, wait string) map[string]any {
	return map[string]any{"to": ref, "template": "bonus", "data": map[string]any{"points": 120}, "cascade": at(channel, wait)}
}

// calls counts what went out to the real messengers and the real provider.
func (p *plant) sent() int { return len(p.tg.CallsOf("sendMessage")) + len(p.sms.Messages("")) }

func TestWhatPeopleOfTheTestSideDo(t *testing.T) {
	t.Parallel()
	real, test := rehearsal(t)
	viber := func(n string) string { return "kaskadTestPerson0000" + n + "==" }
	people := map[string]func(string) string{
		"telegram": func(n string) string { return "7000" + n }, "viber": viber, "sms": func(n string) string { return "+3805011122" + n },
		"whatsapp_cloud": func(n string) string { return "+3806722233" + n },
	}
	type end struct{ state, step, proof, reason string }
	all := map[string]map[string]end{
		"telegram": {
			"00": {"done", "engaged", "button", ""}, "01": {"done", "engaged", "button", ""}, "02": {"done", "engaged", "reply", ""}, "03": {"done", "engaged", "reaction", ""},
			"04": {"unconfirmed", "accepted", "", ""}, "05": {"failed", "failed", "", "unreachable"}, "06": {"failed", "failed", "", "refused"},
			"07": {"failed", "failed", "", "rejected"}, "08": {"unconfirmed", "uncertain", "", ""}, "09": {"done", "engaged", "button", ""}, "10": {"unconfirmed", "accepted", "", ""},
		},
		"viber": {
			"00": {"done", "read", "receipt", ""}, "01": {"done", "read", "receipt", ""}, "02": {"done", "engaged", "", ""}, "03": {"done", "read", "receipt", ""},
			"04": {"unconfirmed", "delivered", "", ""}, "05": {"failed", "failed", "", "unreachable"}, "06": {"failed", "failed", "", "refused"},
			"07": {"failed", "failed", "", "rejected"}, "08": {"unconfirmed", "uncertain", "", ""}, "09": {"done", "read", "receipt", ""}, "10": {"unconfirmed", "delivered", "", ""},
		},
		"whatsapp_cloud": {
			"00": {"done", "read", "receipt", ""}, "01": {"done", "read", "receipt", ""}, "02": {"done", "engaged", "", ""}, "03": {"done", "engaged", "", ""},
			"04": {"unconfirmed", "delivered", "", ""}, "05": {"failed", "failed", "", "131026"}, "06": {"failed", "failed", "", "refused"},
			"07": {"failed", "failed", "", "rejected"}, "08": {"unconfirmed", "uncertain", "", ""}, "09": {"done", "read", "receipt", ""}, "10": {"unconfirmed", "delivered", "", ""},
		},
		"sms": {
			"00": {"done", "delivered", "receipt", ""}, "01": {"done", "delivered", "receipt", ""}, "02": {"done", "delivered", "receipt", ""}, "03": {"done", "delivered", "receipt", ""},
			"04": {"unconfirmed", "accepted", "", ""}, "05": {"failed", "failed", "", "unreachable"}, "06": {"failed", "failed", "", "refused"},
			"07": {"failed", "failed", "", "rejected"}, "08": {"unconfirmed", "uncertain", "", ""}, "09": {"done", "delivered", "receipt", ""}, "10": {"failed", "failed", "", "undelivered"},
		},
	}
	ids := map[string]string{}
	for channel, ends := range all {
		for n, want := range ends {
			ref := "ext:" + channel + n
			mustAll(t, test.call("PUT", "/v1/contacts/"+ref, map[string]any{"addresses": []map[string]string{{"channel": channel, "id": people[channel](n)}}}, nil))
			wait := "1m" // nobody is late, however slow the machine is
			if want.state == "unconfirmed" {
				wait = "3s"
			}
			ids[ref] = test.mustSend(bonusTo(ref, channel, wait))
		}
	}
	clicked := test.sale("ext:opens", "+380501112211", "sms")
	for channel, ends := range all {
		for n, want := range ends {
			var d struct {
				State, Proof string
				Steps        []struct{ State, Reason string }
				Test         bool
				Cost         struct{ Amount string }
			}
			id := ids["ext:"+channel+n]
			test.await(id, "done", "unconfirmed", "failed")
			for begun := time.Now(); time.Since(begun) < patience; time.Sleep(20 * time.Millisecond) { // whoever answers or reacts has read it a moment before, which ends the delivery already
				mustAll(t, test.call("GET", "/v1/deliveries/"+id, nil, &d))
				if d.Steps[0].State == want.step {
					break
				}
			}
			got := d.Steps[0]
			if d.State != want.state || got.State != want.step || want.proof != "" && d.Proof != want.proof || !strings.HasPrefix(got.Reason, want.reason) {
				t.Errorf("%s …%s: %s by %q, its step %s (%s); want %+v", channel, n, d.State, d.Proof, got.State, got.Reason, want)
			}
			if !d.Test || d.Cost.Amount != "0" {
				t.Errorf("%s …%s: test %v, cost %s; want a marked one that costs nothing", channel, n, d.Test, d.Cost.Amount)
			}
		}
	}
	if now := test.await(clicked, "done", "unconfirmed", "failed"); now.Proof != "click" {
		t.Errorf("who opens links ended as %+v", now)
	}
	waitFor(t, "the reply by SMS", func() bool {
		var head talkHead
		return test.call("GET", "/v1/conversations/ext:sms02", nil, &head) == nil && head.State == "open"
	})
	if n := real.sent(); n > 0 {
		t.Errorf("%d messages went out to real channels", n)
	}
	real.finish()
}

// sale sends somebody a link whose click ends the delivery.
func (p *plant) sale(card, phone, channel string) string {
	p.t.Helper()
	mustAll(p.t, p.call("PUT", "/v1/contacts/"+card, map[string]any{
		"phone": phone, "consents": map[string]any{"marketing": map[string]any{"state": "given", "at": time.Now().Add(-time.Hour), "source": "till"}},
	}, nil))
	cascade := at(channel, "1m")
	cascade["steps"].([]map[string]any)[0]["until"] = "clicked"
	return p.mustSend(map[string]any{"to": card, "template": "sale", "cascade": cascade})
}

// everything reads what the changes feed of a key has.
func (p *plant) everything() (all []struct {
	Type string
	Test bool
	Data struct{ Contact, Delivery string }
}) {
	p.t.Helper()
	var page struct{ Items json.RawMessage }
	mustAll(p.t, p.call("GET", "/v1/changes?limit=1000", nil, &page), json.Unmarshal(page.Items, &all))
	return all
}

type sidedContact struct {
	ID       string
	Test     bool
	Name     string
	Consents struct {
		Marketing struct{ State, Source string }
	}
}

func (p *plant) contact(ref string) (c sidedContact) {
	p.t.Helper()
	mustAll(p.t, p.call("GET", "/v1/contacts/"+ref, nil, &c))
	return c
}

// TestNothingOfTheTestSideTouchesTheRealOne has one card, one phone and one chat on both sides of one gateway.
func TestNothingOfTheTestSideTouchesTheRealOne(t *testing.T) {
	t.Parallel()
	real, test := rehearsal(t)
	const card, chat = "ext:C-1", 4201
	mustAll(t, real.tg.AddPerson(simtelegram.Person{ID: chat, FirstName: "Олена", Started: true}))
	contact := map[string]any{
		"phone": phone, "addresses": []map[string]string{{"channel": "telegram", "id": fmt.Sprint(chat)}},
		"consents": map[string]any{"marketing": map[string]any{"state": "given", "at": time.Now().Add(-time.Hour), "source": "till"}},
	}
	for name, p := range map[string]*plant{"real": real, "test": test} {
		contact["name"] = name
		mustAll(t, p.call("PUT", "/v1/contacts/"+card, contact, nil))
	}
	told := func() (n int) { // of people: of a channel something may be told at any time
		for _, c := range real.everything() {
			if c.Data.Contact+c.Data.Delivery != "" {
				n++
			}
		}
		return n
	}
	before := told()
	promo := map[string]any{"to": card, "template": "sale", "cascade": at("telegram", "1m"), "key": "promo-1"}
	first := test.mustSend(promo)
	if now := test.await(first, "done"); now.Proof != "click" || !strings.HasPrefix(first, "4") {
		t.Errorf("the test delivery %s is %+v", first, now)
	}
	test.clicks(card, "https://shop.example/sale")
	test.stopsBy(card)

	t.Run("each side has its own person", func(t *testing.T) {
		r, s := real.contact(card), test.contact(card)
		if r.Name != "real" || r.Test || !strings.HasPrefix(r.ID, "0") || s.Name != "test" || !s.Test || !strings.HasPrefix(s.ID, "4") {
			t.Errorf("real %+v, test %+v", r, s)
		}
	})
	t.Run("a stop on the test side is none on the real one", func(t *testing.T) {
		if r, s := real.contact(card), test.contact(card); r.Consents.Marketing.State != "given" || s.Consents.Marketing.State != "denied" {
			t.Errorf("real %+v, test %+v", r.Consents, s.Consents)
		}
	})
	t.Run("nothing went out, was counted or was told", func(t *testing.T) {
		if n := real.sent(); n > 0 {
			t.Errorf("%d messages went out to real channels", n)
		}
		if after := told(); after != before {
			t.Errorf("the real side had %d changes and has %d", before, after)
		}
		for _, c := range real.everything() {
			if c.Test || strings.HasPrefix(c.Data.Contact+c.Data.Delivery, "4") {
				t.Errorf("the real side tells of %+v", c)
			}
		}
		for _, c := range test.everything() {
			if !c.Test || strings.HasPrefix(c.Data.Contact, "0") || strings.HasPrefix(c.Data.Delivery, "0") {
				t.Errorf("the test side tells of %+v", c)
			}
		}
		if m := real.metrics(); strings.Contains(m, "kaskad_sends_total") || strings.Contains(m, "kaskad_deliveries_total") {
			t.Errorf("the metrics count it:\n%s", m)
		}
	})
	t.Run("neither sees the other's ids", func(t *testing.T) {
		own := real.mustSend(map[string]any{"to": card, "template": "bonus", "data": map[string]any{"points": 1}, "cascade": "never"})
		for _, c := range []struct {
			p        *plant
			id, says string
		}{{real, first, "a real key cannot see it"}, {test, own, "a test key cannot see it"}} {
			err := c.p.call("GET", "/v1/deliveries/"+c.id, nil, nil)
			if err == nil || !strings.Contains(err.Error(), "404") || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", c.id, err)
			}
		}
	})
	t.Run("the real person's marketing of the day is not used up, nor the key, nor the same words", func(t *testing.T) {
		promo["cascade"] = "never"
		id := real.mustSend(promo)
		if id == first || strings.HasPrefix(id, "4") {
			t.Errorf("the real key is answered %s for the idempotency key of a test", id)
		}
		real.await(id, "waiting")
	})
	t.Run("a stop on the real side is none on the test one", func(t *testing.T) {
		const other = "ext:C-2"
		mustAll(t, real.tg.AddPerson(simtelegram.Person{ID: 4301, FirstName: "Ігор", Started: true}))
		contact["addresses"], contact["phone"] = []map[string]string{{"channel": "telegram", "id": "4301"}}, "+380501110301"
		for _, p := range []*plant{real, test} {
			mustAll(t, p.call("PUT", "/v1/contacts/"+other, contact, nil))
		}
		_, err := real.tg.Say(4301, "СТОП")
		mustAll(t, err)
		waitFor(t, "the stop", func() bool { return real.contact(other).Consents.Marketing.State == "denied" })
		if s := test.contact(other); s.Consents.Marketing.State != "given" {
			t.Errorf("the test side has %+v", s)
		}
	})
	t.Run("a link that opens a bot leads to nobody", func(t *testing.T) {
		var made struct {
			Links []struct{ Channel, URL string }
		}
		mustAll(t, test.call("POST", "/v1/contacts/"+card+"/links", nil, &made))
		for _, l := range made.Links {
			if !strings.HasPrefix(l.URL, "https://t.me/kt?") && !strings.HasPrefix(l.URL, "viber://pa?chatURI=kt&") {
				t.Errorf("%s is linked to %s", l.Channel, l.URL)
			}
		}
		if len(made.Links) != 2 {
			t.Errorf("%d links; want Telegram's and Viber's", len(made.Links))
		}
	})
	t.Run("a pause of the test side pauses nothing real", func(t *testing.T) {
		mustAll(t, test.call("POST", "/v1/pause", map[string]any{}, nil))
		var r, s struct{ Paused []struct{ Scope string } }
		mustAll(t, real.call("GET", "/v1/status", nil, &r), test.call("GET", "/v1/status", nil, &s))
		if len(r.Paused) > 0 || len(s.Paused) != 1 {
			t.Errorf("real %+v, test %+v", r, s)
		}
	})
	real.finish()
}

// link finds an address of ours in what the program wrote to a person.
func (p *plant) link(card, under string) string {
	p.t.Helper()
	var talk struct {
		Items []struct{ Direction, Text string }
	}
	mustAll(p.t, p.call("GET", "/v1/conversations/"+card+"/messages", nil, &talk))
	for _, m := range talk.Items {
		if found := regexp.MustCompile(regexp.QuoteMeta("http://"+p.public+under) + `[0-9A-Za-z]+`).FindString(m.Text); found != "" {
			return found
		}
	}
	p.t.Fatalf("no message has a link %s: %+v", under, talk.Items)
	return ""
}

// clicks opens the tracked link of the last message.
func (p *plant) clicks(card, to string) {
	p.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(p.link(card, "/l/"))
	mustAll(p.t, err)
	answer.Body.Close()
	if got := answer.Header.Get("Location"); answer.StatusCode/100 != 3 || !strings.HasPrefix(got, to) {
		p.t.Errorf("the link of a test message is answered %d to %q; want %s", answer.StatusCode, got, to)
	}
}

// stopsBy lets the person go the way out that the last message to them has.
func (p *plant) stopsBy(card string) {
	p.t.Helper()
	answer, err := http.Post(p.link(card, "/u/"), "application/x-www-form-urlencoded", strings.NewReader("List-Unsubscribe=One-Click"))
	mustAll(p.t, err)
	answer.Body.Close()
	if answer.StatusCode != 200 {
		p.t.Fatalf("the way out of a test message is answered %d", answer.StatusCode)
	}
}

// A reload reaches both sides, and a test side that is built after it.
func TestAReloadReachesTheTestSide(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	words := filepath.Join(p.dir, "words", "ready", "uk.md")
	p.put(words, "Перше слово {{.n}}")
	p.configure(func(text string) string { return text + "[templates]\ndir = \"words\"\n" })
	p.start()
	test := p.testKey()
	says := func(n int, want, cascade string) {
		t.Helper()
		ref := fmt.Sprint("ext:C-", n)
		mustAll(t, test.call("PUT", "/v1/contacts/"+ref, map[string]any{"addresses": []map[string]string{{"channel": "telegram", "id": fmt.Sprint(7000 + n)}}}, nil))
		ask := map[string]any{"to": ref, "template": "ready", "data": map[string]any{"n": n}, "cascade": at("telegram", "1m")}
		if cascade != "" {
			ask["cascade"] = cascade
		}
		test.await(test.mustSend(ask), "done")
		var talk struct{ Items []struct{ Text string } }
		mustAll(t, test.call("GET", "/v1/conversations/"+ref+"/messages", nil, &talk))
		if len(talk.Items) == 0 || talk.Items[0].Text != fmt.Sprint(want, " ", n) {
			t.Errorf("the test side says %+v; want %s", talk.Items, want)
		}
	}
	says(1, "Перше слово", "")
	p.put(words, "Друге слово {{.n}}")
	p.configure(func(text string) string { return text + "[cascades.later]\n" + atOnce })
	p.reload(false)
	says(2, "Друге слово", "later")
	p.stopTestSide()
	test = p.testKey()
	says(3, "Друге слово", "later")
	p.finish()
}

// stream follows the changes until they end, and then gives all that was said.
func (p *plant) stream() <-chan string {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), "GET", "http://"+p.admin+"/v1/stream", nil)
	mustAll(p.t, err)
	r.Header.Set("Authorization", "Bearer "+p.key)
	answer, err := http.DefaultClient.Do(r)
	mustAll(p.t, err)
	if answer.StatusCode != 200 || answer.Header.Get("Kaskad-Test") != "true" {
		p.t.Fatalf("a stream is answered %d, Kaskad-Test: %q", answer.StatusCode, answer.Header.Get("Kaskad-Test"))
	}
	said := make(chan string, 1)
	go func() {
		defer answer.Body.Close()
		all, _ := io.ReadAll(answer.Body) // it may be cut off: what was said until then counts
		said <- string(all)
	}()
	return said
}

// stopTestSide revokes every test key, and waits until the test side has ended.
func (p *plant) stopTestSide() {
	p.t.Helper()
	var list []struct {
		ID   string
		Test bool
	}
	mustAll(p.t, json.Unmarshal([]byte(p.run("key", "list", "--json")), &list))
	for _, k := range list {
		if k.Test {
			p.run("key", "revoke", k.ID)
		}
	}
	waitFor(p.t, "the end of the test side", func() bool { return p.free(filepath.Join(p.dir, "data", "test", "kaskad.db")) })
}

// free reports whether nobody has a store open.
func (p *plant) free(path string) bool {
	p.t.Helper()
	f, err := os.Open(path)
	mustAll(p.t, err)
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// TestTestRecordsOutliveARestart kills the gateway: what the test side had accepted goes on, and new messages are told from old ones.
func TestTestRecordsOutliveARestart(t *testing.T) {
	t.Parallel()
	real, test := rehearsal(t)
	mustAll(t, test.call("PUT", "/v1/contacts/ext:C-1", map[string]any{"phone": phone, "addresses": []map[string]string{{"channel": "telegram", "id": "7001"}}}, nil))
	first := test.mustSend(bonusTo("ext:C-1", "telegram", "1m"))
	test.await(first, "done")
	ask := bonusTo("ext:C-1", "telegram", "1m")
	ask["send_at"], ask["data"] = time.Now().Add(2*time.Second), map[string]any{"points": 2}
	planned := test.mustSend(ask)
	real.kill()
	real.start()
	if now := test.await(first, "done"); now.Proof != "button" {
		t.Errorf("after the kill the first is %+v", now)
	}
	if now := test.await(planned, "done"); now.Proof != "button" {
		t.Errorf("what was accepted before the kill ended as %+v", now)
	}
	real.finish()
}

func TestTheTestSideIsThereWhileThereIsATestKey(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	p.start()
	dir := filepath.Join(p.dir, "data", "test")
	if _, err := os.Stat(dir); err == nil {
		t.Error("without a test key there is a test store")
	}
	test := p.testKey()
	stream := test.stream()
	id := test.mustSend(map[string]any{"to": "phone:" + phone, "text": "1", "purpose": "service", "cascade": at("sms", "1m")})
	test.await(id, "done")
	var list []struct {
		ID, Name string
		Test     bool
	}
	mustAll(t, json.Unmarshal([]byte(p.run("key", "list", "--json")), &list))
	for _, k := range list {
		if k.Test != (k.Name == "try") {
			t.Errorf("the list of keys is %+v", list)
		}
	}
	if table := p.run("key", "list"); len(list) != 2 || strings.Count(table, " real ") != 1 {
		t.Errorf("the keys are %+v, and the table is\n%s", list, table)
	}
	p.stopTestSide()
	if events := <-stream; !strings.Contains(events, "delivery.accepted") || strings.Count(events, "data: ") != strings.Count(events, `"test":true`) {
		t.Errorf("until the test side ended its stream said %s", events)
	}
	if err := test.call("GET", "/v1/deliveries/"+id, nil, nil); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a revoked test key: %v", err)
	}
	again := p.testKey()
	if now := again.await(id, "done"); now.State != "done" {
		t.Errorf("with a new test key the old record is %+v", now)
	}
	if !strings.Contains(p.run("check", "--store"), "agree") {
		t.Error("check --store of a running gateway with a test side finds faults")
	}
	p.finish()
	if log := p.log.String(); strings.Count(log, "the test side is running") != 2 || strings.Count(log, "the test side has ended") != 2 {
		t.Errorf("the test side did not end with its last key and begin with a new one:\n%s", log)
	}
}

// TestATestStoreThatCannotBeOpened is no trouble of the real side's.
func TestATestStoreThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, quick)
	test := p.testKey()
	dir := filepath.Join(p.dir, "data", "test")
	raw, err := os.ReadFile(filepath.Join(p.dir, "data", "kaskad.db"))
	mustAll(t, err, os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "kaskad.db"), raw, 0o600))
	p.start()
	if err := test.call("GET", "/v1/status", nil, nil); err == nil || !strings.Contains(err.Error(), "503") || !strings.Contains(err.Error(), "test_side_down") {
		t.Errorf("a test key is answered %v", err)
	}
	mustAll(t, p.call("GET", "/v1/status", nil, nil), p.call("GET", "/readyz", nil, nil))
	p.stop()
	if !strings.Contains(p.log.String(), "the test side does not work") {
		t.Errorf("the log does not say why:\n%s", p.log)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"-c", p.config, "check", "--store"}, app.Streams{Out: &out, Err: &errs}); code != exitFailed || !strings.Contains(out.String(), "test side: ") {
		t.Errorf("check --store leaves with %d and says %s%s", code, out.String(), errs.String())
	}
}

// TestTwoOfTheTestSideAreMerged: with a test key, and nobody of the real side, who has the same REFs, is touched.
func TestTwoOfTheTestSideAreMerged(t *testing.T) {
	t.Parallel()
	real, test := rehearsal(t)
	for _, side := range []*plant{real, test} {
		for ref, number := range map[string]string{"ext:C-1": "+380501112200", "ext:C-2": "+380501112201"} {
			mustAll(t, side.call("PUT", "/v1/contacts/"+ref, map[string]any{"phone": number}, nil))
		}
	}
	var merged struct {
		Result struct{ ID string }
	}
	mustAll(t, test.call("POST", "/v1/contacts/ext:C-1/merge", map[string]any{"from": "ext:C-2"}, &merged))
	ids := func() (all [2][2]string) {
		for i, side := range []*plant{real, test} {
			for j, ref := range []string{"ext:C-1", "ext:C-2"} {
				var c struct{ ID string }
				mustAll(t, side.call("GET", "/v1/contacts/"+ref, nil, &c))
				all[i][j] = c.ID
			}
		}
		return all
	}
	if got := ids(); got[0][0] == got[0][1] || got[1][0] != got[1][1] || got[1][0] != merged.Result.ID {
		t.Errorf("C-1 and C-2 are %v for the real key, %v for the test key", got[0], got[1])
	}
	if err := real.call("POST", "/v1/contacts/ext:C-1/merge", map[string]any{"from": merged.Result.ID}, nil); err == nil {
		t.Error("a contact of the test side goes into one of the real side")
	}
	mustAll(t, test.call("POST", "/v1/contacts/ext:C-1/unmerge", map[string]any{"from": "ext:C-2"}, nil))
	if got := ids(); got[1][0] == got[1][1] {
		t.Errorf("taken apart they are %v", got[1])
	}
}

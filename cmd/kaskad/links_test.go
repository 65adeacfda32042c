package main

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// deafSMS is a plant whose SMS provider tells of no replies: there only a click proves that a text was read.
func deafSMS(t *testing.T, words string) *plant {
	t.Helper()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver, After: 50 * time.Millisecond})}, "")
	p.put(filepath.Join(p.dir, "words", "sale", "uk.md"), words)
	p.configure(func(text string) string {
		from, to := strings.Index(text, "[sms.inbound]"), strings.Index(text, "[frequency]")
		return text[:from] + text[to:] + "[templates]\ndir = \"words\"\n[cascades.clicks]\nsteps = [{ channel = \"sms\", wait = \"2s\", until = \"read\" }, { channel = \"telegram\", until = \"accepted\" }]\nquiet_hours = { from = \"00:00\", to = \"00:00\" }\n"
	})
	return p
}

const saleWords = `+++
buttons = [{ text = "Купити", url = "https://shop.example/buy/{{.card}}" }]
[links]
track = true
utm = { campaign = "spring" }
[example]
card = "48"
+++
Знижки: https://shop.example/sale#top
`

// opened is how the gateway answers whoever opens a link with a program of this name.
func opened(t testing.TB, method, link, agent string) (status int, location string) {
	t.Helper()
	req, err := http.NewRequest(method, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", agent)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: patience}
	answer, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode == http.StatusFound && (answer.Header.Get("Cache-Control") != "no-store" || len(answer.Cookies()) > 0) {
		t.Errorf("%s is answered with %v", link, answer.Header)
	}
	return answer.StatusCode, answer.Header.Get("Location")
}

const aBrowser = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"

// click opens a link as a person, again and again until it counts: not within three seconds of the channel's acceptance.
func (p *plant) click(id, link, target string) state {
	p.t.Helper()
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(250 * time.Millisecond) {
		if status, to := opened(p.t, "GET", link, aBrowser); status != http.StatusFound || to != target {
			p.t.Fatalf("%s leads to %q (%d), want %s", link, to, status, target)
		}
		var now state
		if err := p.call("GET", "/v1/deliveries/"+id, nil, &now); err != nil {
			p.t.Fatal(err)
		}
		if now.State == "done" {
			return now
		}
	}
	p.t.Fatal("the click does not count")
	return state{}
}

var trackedForm = regexp.MustCompile(`http://127\.0\.0\.1:\d+/l/[0-9A-Za-z]{17}\b`)

func patient(channel, until string) map[string]any {
	return map[string]any{"to": "ext:C-1", "template": "sale", "data": map[string]any{"card": "48/2"},
		"cascade": map[string]any{"steps": []map[string]any{{"channel": channel, "wait": "1h", "until": until}}, "quiet_hours": map[string]string{"from": "00:00", "to": "00:00"}}}
}

func TestAClickOnALinkInAnSMS(t *testing.T) {
	t.Parallel()
	p := deafSMS(t, saleWords)
	p.start()
	p.person("C-1", 42, phone, nil)
	id := p.mustSend(patient("sms", "clicked"))
	waitFor(t, "the SMS", func() bool { return len(p.sms.Messages(phone)) == 1 })
	links := trackedForm.FindAllString(p.sms.Messages(phone)[0].Text, -1)
	if len(links) != 2 || strings.Contains(p.sms.Messages(phone)[0].Text, "shop.example") {
		t.Fatalf("the SMS says %q", p.sms.Messages(phone)[0].Text)
	}
	const sale = "https://shop.example/sale?utm_source=kaskad&utm_medium=sms&utm_campaign=spring#top"
	time.Sleep(3100 * time.Millisecond) // so that the time is not what keeps these from counting
	for agent, method := range map[string]string{"TelegramBot (like TwitterBot)": "GET", "Viber/13.3.0.21": "GET", aBrowser: "HEAD"} {
		if status, to := opened(t, method, links[0], agent); status != http.StatusFound || to != sale {
			t.Errorf("%s by %s leads to %q (%d)", method, agent, to, status)
		}
	}
	for link, want := range map[string]int{links[0][:len(links[0])-1] + "!": 404, links[0] + "x": 404} {
		if status, to := opened(t, "GET", link, aBrowser); status != want || to != "" {
			t.Errorf("a wrong code is answered %d and leads to %q", status, to)
		}
	}
	if status, _ := opened(t, "POST", links[0], aBrowser); status != 405 {
		t.Errorf("POST is answered %d", status)
	}
	p.await(id, "waiting")

	p.put(filepath.Join(p.dir, "words", "sale", "uk.md"), strings.ReplaceAll(saleWords, "shop.example", "new.example"))
	p.reload(false)
	if d := p.click(id, links[1], "https://shop.example/buy/48%2F2?utm_source=kaskad&utm_medium=sms&utm_campaign=spring"); d.ReachedBy != "sms" || d.Proof != "click" {
		t.Errorf("reached by %s with proof %s", d.ReachedBy, d.Proof)
	}
	p.engaged(id)
	p.proven(id, "click")

	p.kill() // the links of a message outlive the process
	p.start()
	if status, to := opened(t, "GET", links[0], aBrowser); status != http.StatusFound || to != sale {
		t.Errorf("after a crash it leads to %q (%d)", to, status)
	}
	if text := p.metrics(); !strings.Contains(text, `kaskad_clicks_total{outcome="counted"} 1`) {
		t.Errorf("the metrics do not count the click of this process:\n%s", text)
	}
	p.finish()
	if strings.Contains(p.log.String(), links[0][len(links[0])-17:]) {
		t.Error("the log has a code")
	}
}

// engaged checks that the delivery's step says when the person clicked.
func (p *plant) engaged(id string) {
	p.t.Helper()
	var d struct {
		Steps []struct {
			EngagedAt time.Time `json:"engaged_at"`
		}
	}
	if err := p.call("GET", "/v1/deliveries/"+id, nil, &d); err != nil || len(d.Steps) != 1 || d.Steps[0].EngagedAt.IsZero() {
		p.t.Errorf("the steps are %+v (%v), want the time of the click", d.Steps, err)
	}
}

// proven checks that the outbox tells the proof of a delivery, once.
func (p *plant) proven(id, proof string) {
	p.t.Helper()
	var list struct {
		Items []struct {
			Type string
			Data struct{ Delivery, Reason string }
		}
	}
	if err := p.call("GET", "/v1/changes", nil, &list); err != nil {
		p.t.Fatal(err)
	}
	n := 0
	for _, c := range list.Items {
		if c.Type == "delivery.proof" && c.Data.Delivery == id && c.Data.Reason == proof {
			n++
		}
	}
	if n != 1 {
		p.t.Errorf("the changes tell of %d proofs through a %s: %+v", n, proof, list.Items)
	}
}

func (p *plant) metrics() string {
	p.t.Helper()
	answer, err := http.Get("http://" + p.admin + "/metrics")
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// A link whose message nobody opened proves nothing: the next channel's turn comes.
func TestAnSMSThatNobodyClicksFallsDue(t *testing.T) {
	t.Parallel()
	p := deafSMS(t, saleWords)
	p.start()
	p.person("C-1", 42, phone, nil)
	id := p.mustSend(map[string]any{"to": "ext:C-1", "template": "sale", "data": map[string]any{"card": "48"}, "cascade": "clicks"})
	waitFor(t, "the SMS", func() bool { return len(p.sms.Messages(phone)) == 1 })
	link := trackedForm.FindString(p.sms.Messages(phone)[0].Text)
	if d := p.await(id, "done"); d.ReachedBy != "telegram" {
		t.Errorf("reached by %s through %s, want Telegram, after the SMS was delivered and not clicked", d.ReachedBy, d.Proof)
	}
	p.got(1, 1)
	waitFor(t, "the late click", func() bool { // kept as late, and counted
		if status, _ := opened(t, "GET", link, aBrowser); status != http.StatusFound {
			t.Fatalf("the link is answered %d", status)
		}
		return strings.Contains(p.metrics(), `kaskad_clicks_total{outcome="counted"} 1`)
	})
	for name, body := range map[string]map[string]any{
		"free text":                       {"to": "ext:C-1", "text": "Знижки: https://shop.example", "purpose": "service", "cascade": "clicks"},
		"a template without tracked link": {"to": "ext:C-1", "template": "bonus", "data": map[string]any{"points": 1}, "cascade": "clicks"},
	} {
		if _, err := p.send(body); err == nil || !strings.Contains(err.Error(), "invalid_cascade") {
			t.Errorf("%s through a cascade that waits for a click: %v", name, err)
		}
	}
	p.finish()
}

// On Telegram a link that can be followed is something to press: no button asks besides.
func TestAClickOnAButtonInTelegram(t *testing.T) {
	t.Parallel()
	p := deafSMS(t, saleWords)
	p.start()
	p.person("C-1", 42, phone, nil)
	id := p.mustSend(patient("telegram", "read"))
	waitFor(t, "the message", func() bool { return len(p.tg.Messages(42)) == 1 })
	m := p.tg.Messages(42)[0]
	if len(m.Buttons) != 1 || len(m.Buttons[0]) != 1 || !trackedForm.MatchString(m.Buttons[0][0].URL) || len(trackedForm.FindAllString(m.Raw, -1)) != 2 {
		t.Fatalf("Telegram was sent %q with %+v", m.Raw, m.Buttons)
	}
	d := p.click(id, m.Buttons[0][0].URL, "https://shop.example/buy/48%2F2?utm_source=kaskad&utm_medium=telegram&utm_campaign=spring")
	if d.ReachedBy != "telegram" || d.Proof != "click" {
		t.Errorf("reached by %s with proof %s", d.ReachedBy, d.Proof)
	}
	p.got(1, 0)
	var talk struct{ Items []struct{ Text string } }
	if err := p.call("GET", "/v1/conversations/ext:C-1/messages", nil, &talk); err != nil || len(talk.Items) != 1 || !trackedForm.MatchString(talk.Items[0].Text) {
		t.Errorf("the conversation keeps %+v (%v), want what was sent", talk.Items, err)
	}
	p.finish()
}

// Check knows which steps only a click ends, and what it takes.
func TestCheckKnowsClicks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		words, url string
		want       []string
		code       int
	}{
		"all is there":              {saleWords, "http://127.0.0.1:1", []string{"only a click on a tracked link gives it on sms"}, 0},
		"no template tracks":        {"Знижки: https://shop.example/sale {{.card}}\n", "http://127.0.0.1:1", []string{"no template has one there"}, 2},
		"no public address":         {saleWords, "", []string{"nothing on sms can give it", "set [server] public_url"}, 2},
		"no public address, no SMS": {saleWords, "-", []string{"words/sale/uk.md:4", "links cannot be tracked without a public address"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := deafSMS(t, c.words)
			p.configure(func(text string) string {
				text = strings.Replace(text, `public_url = "http://`+p.public+`"`, `public_url = "`+strings.Trim(c.url, "-")+`"`, 1)
				if c.url == "-" {
					text = strings.Replace(text, `until = "read"`, `until = "accepted"`, 1)
				}
				return text
			})
			out, errs, code := kaskad(t, "-c", p.config, "check")
			for _, want := range c.want {
				if code != c.code || !strings.Contains(out+errs, want) {
					t.Errorf("check leaves with %d and says %s%s; want %q", code, out, errs, want)
				}
			}
		})
	}
}

// Preview shows samples of our addresses, as long as real ones, and where they lead.
func TestPreviewOfTrackedLinks(t *testing.T) {
	t.Parallel()
	p := deafSMS(t, saleWords)
	out, errs, code := kaskad(t, "-c", p.config, "preview", "sale")
	if code != 0 || errs != "" {
		t.Fatalf("preview leaves with %d: %s", code, errs)
	}
	for _, want := range []string{
		"http://" + p.public + "/l/00000000000000000", "[Купити] http://" + p.public + "/l/00000000000000001",
		"…/l/00000000000000000 → https://shop.example/sale?utm_source=kaskad&utm_medium=sms&utm_campaign=spring#top",
		"…/l/00000000000000001 → https://shop.example/buy/48?utm_source=kaskad&utm_medium=telegram&utm_campaign=spring",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	var shown app.Preview
	out, _, _ = kaskad(t, "-c", p.config, "preview", "sale", "--json")
	if err := json.Unmarshal([]byte(out), &shown); err != nil || len(shown.Channels) != 2 || len(shown.Channels[0].Links) != 2 {
		t.Fatalf("preview --json prints %s (%v)", out, err)
	}
	for _, link := range shown.Channels[0].Links {
		if !trackedForm.MatchString(link.URL) || !strings.HasPrefix(link.Target, "https://shop.example/") {
			t.Errorf("link %+v", link)
		}
	}
}

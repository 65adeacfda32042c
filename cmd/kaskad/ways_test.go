package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// TestASourceFromTheSheetToTheFunnel is the way of one person: a source is made, its page is opened, its code is scanned, the phone is
// shared, a yes is said; and the funnel says so.
func TestASourceFromTheSheetToTheFunnel(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	p.start()
	var made source
	if err := json.Unmarshal([]byte(p.run("links", "new", "--name", "Shop 7, till 3", "--code", "shop7-till3", "--kind", "till", "--tag", "shop=7", "--json")), &made); err != nil {
		t.Fatal(err)
	}
	if made.URL != "http://"+p.public+"/go/shop7-till3" || len(made.Links) != 1 || made.Links[0].URL != "https://t.me/kaskad_demo_bot?start=shop7-till3" {
		t.Fatalf("the source is %+v", made)
	}
	page := p.page(made.URL, "uk", http.StatusOK)
	for _, want := range []string{`<html lang="uk">`, "Крамниця", `href="https://t.me/kaskad_demo_bot?start=shop7-till3"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	mustAll(t, p.tg.AddPerson(simtelegram.Person{ID: 42, FirstName: "Olena", Phone: phone}))
	_, err := p.tg.Start(42, "shop7-till3")
	mustAll(t, err)
	if _, err := p.tg.WaitMessage(t.Context(), 42, 1); err != nil {
		t.Fatal(err)
	}
	_, err = p.tg.ShareContact(42, simtelegram.OwnContact)
	mustAll(t, err)
	_, err = p.tg.Say(42, "START")
	mustAll(t, err)
	p.reach("shop7-till3", reach{Shown: 1, Started: 1, Shared: 1, Consented: 1})
	var contact struct {
		Source struct{ Code, Channel string }
	}
	mustAll(t, p.call("GET", "/v1/contacts/telegram:42", nil, &contact))
	if contact.Source.Code != "shop7-till3" || contact.Source.Channel != "telegram" {
		t.Errorf("the contact came by %+v", contact.Source)
	}
	if table := p.run("links", "funnel"); !strings.Contains(table, "telegram") || !strings.Contains(table, "Shop 7, till 3") {
		t.Errorf("the table says\n%s", table)
	}
	p.run("links", "retire", "shop7-till3")
	p.page(made.URL, "uk", http.StatusGone)
	p.finish()
}

// page opens a page as a person's browser does.
func (p *plant) page(link, language string, want int) string {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, link, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("User-Agent", aBrowser)
	req.Header.Set("Accept-Language", language)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != want || !strings.Contains(answer.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		p.t.Errorf("%s answers %d (%v) with %v, want %d", link, answer.StatusCode, err, answer.Header, want)
	}
	return string(body)
}

// reach waits until a source counts what it should.
func (p *plant) reach(code string, want reach) {
	p.t.Helper()
	var all []sourceReach
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(100 * time.Millisecond) {
		if err := json.Unmarshal([]byte(p.run("links", "funnel", "--source", code, "--json")), &all); err != nil {
			p.t.Fatal(err)
		}
		if slices.ContainsFunc(all, func(s sourceReach) bool { return s.Code == code && s.reach == want }) {
			return
		}
	}
	p.t.Errorf("the funnel says %+v, want %+v", all, want)
}

// TestATextMovesSomebodyToTheBot: the link of a text opens the page, a tap there makes the number's owner known in the bot, the next
// message is free, and whoever gets the link passed on hears that it is not theirs.
func TestATextMovesSomebodyToTheBot(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver})}, quick+"[links]\nrecruit = true\n")
	p.start()
	p.await(p.mustSend(map[string]any{"to": "phone:" + phone, "text": "Hi", "purpose": "service", "cascade": "quick"}), "done")
	texts := p.sms.Messages(phone)
	said, link, found := strings.Cut(texts[len(texts)-1].Text, "http://")
	if !found || !strings.HasPrefix(said, "Hi\n") {
		t.Fatalf("the text says %+v", texts)
	}
	page := p.page("http://"+link, "en", http.StatusOK)
	_, token, _ := strings.Cut(link, "/go/")
	if !strings.Contains(page, `href="https://t.me/kaskad_demo_bot?start=`+token+`"`) || strings.Contains(page, strings.TrimPrefix(phone, "+")) {
		t.Fatalf("the page is\n%s", page)
	}
	for id, name := range map[int64]string{42: "Olena", 43: "Petro"} {
		mustAll(t, p.tg.AddPerson(simtelegram.Person{ID: id, FirstName: name}))
	}
	for _, id := range []int64{42, 43} {
		_, err := p.tg.Start(id, token)
		mustAll(t, err)
		m, err := p.tg.WaitMessage(t.Context(), id, 1)
		if err != nil {
			t.Fatal(err)
		}
		if refused := strings.Contains(m.Text, "посилання"); refused != (id == 43) {
			t.Errorf("%d hears %q", id, m.Text)
		}
	}
	free := p.mustSend(map[string]any{"to": "phone:" + phone, "text": "Thank you", "purpose": "service", "cascade": map[string]any{"steps": []any{map[string]any{"channel": "telegram", "until": "accepted"}, map[string]any{"channel": "sms"}}, "quiet_hours": map[string]string{"from": "00:00", "to": "00:00"}}})
	p.await(free, "done")
	var v struct {
		Invited, Moved, Reached uint64
		Saved                   struct{ Amount string }
	}
	if err := json.Unmarshal([]byte(p.run("links", "recruits", "--json")), &v); err != nil {
		t.Fatal(err)
	}
	if v.Invited != 1 || v.Moved != 1 || v.Reached != 1 || v.Saved.Amount != "0.92" {
		t.Errorf("the report says %+v", v)
	}
	p.reach("sms", reach{Shown: 1, Started: 2})
	p.finish()
}

package main

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	simtelegram "kaskad/bots/simulator/telegram"
)

// A link lies in a chat. After the chat has become another contact's, what is said behind it is said by who has the chat now: the next
// message to that one obeys.
func TestALinkOfBeforeTheChatMoved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		say  func(page url.Values)
		want string
	}{
		"a stop": {func(page url.Values) { page.Set("stop", "yes") }, "skipped"},
		"hours": {func(page url.Values) {
			from := time.Now().UTC().Add(6 * time.Hour).Hour()
			for field, value := range map[string]string{"first": "", "hours": "only", "from": strconv.Itoa(from), "to": strconv.Itoa((from + 3) % 24), "save": "yes"} {
				page.Set(field, value)
			}
		}, "held"},
		"a channel": {func(page url.Values) {
			for field, value := range map[string]string{"first": "", "not": "telegram", "hours": "any", "from": "9", "to": "20", "save": "yes"} {
				page.Set(field, value)
			}
		}, "skipped"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := hurried(t, nil)
			link := p.movedLink()
			page := p.open(link)
			c.say(page)
			answer, err := http.PostForm(link, page)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			have := len(p.tg.Messages(77))
			d := p.await(p.mustSend(promoTo("ext:CRM", "zwei")), "waiting", "done", "skipped", "failed", "held")
			if answer.StatusCode != 200 || d.State != c.want || len(p.tg.Messages(77)) != have {
				t.Errorf("the page answers %d; the next delivery is %s (%s), %d more messages; want %s", answer.StatusCode, d.State, d.Reason, len(p.tg.Messages(77))-have, c.want)
			}
			p.finish()
		})
	}
}

// movedLink is the way out in a chat that was ext:OLD's when it came and is ext:CRM's now: the person shared the phone.
func (p *plant) movedLink() string {
	p.t.Helper()
	const phone = "+380501119977"
	if err := p.tg.AddPerson(simtelegram.Person{ID: 77, FirstName: "Anna", Phone: phone, Started: true}); err != nil {
		p.t.Fatal(err)
	}
	given := map[string]any{"marketing": map[string]any{"state": "given", "at": time.Now().UTC().Format(time.RFC3339), "source": "form"}}
	for ref, body := range map[string]map[string]any{
		"ext:OLD": {"consents": given, "addresses": []map[string]string{{"channel": "telegram", "id": "77"}}},
		"ext:CRM": {"consents": given, "phone": phone},
	} {
		if err := p.call("PUT", "/v1/contacts/"+ref, body, nil); err != nil {
			p.t.Fatal(err)
		}
	}
	p.await(p.mustSend(promoTo("ext:OLD", "eins")), "waiting")
	link := wayOutIn.FindString(p.tg.Messages(77)[0].Raw)
	if _, err := p.tg.ShareContact(77, simtelegram.OwnContact); err != nil {
		p.t.Fatal(err)
	}
	waitFor(p.t, "the chat's move", func() bool {
		var c struct {
			Addresses []struct{ Channel, ID string }
		}
		if err := p.call("GET", "/v1/contacts/ext:CRM", nil, &c); err != nil {
			p.t.Fatal(err)
		}
		for _, a := range c.Addresses {
			if a.Channel == "telegram" && a.ID == "77" {
				return true
			}
		}
		return false
	})
	waitFor(p.t, "the thanks for the number", func() bool { return len(p.tg.Messages(77)) == 2 }) // which go out after it has moved
	return link
}

// promoTo asks for marketing on Telegram alone, at any hour of the day.
func promoTo(ref, title string) map[string]any {
	return map[string]any{"to": ref, "template": "promo", "data": map[string]any{"title": title, "text": "До неділі"},
		"cascade": map[string]any{"steps": []map[string]any{{"channel": "telegram", "wait": "1h", "until": "engaged"}}, "quiet_hours": map[string]string{"from": "00:00", "to": "00:00"}}}
}

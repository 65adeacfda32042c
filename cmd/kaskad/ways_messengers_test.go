package main

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kaskad/bots/simulator/graph"
	simviber "kaskad/bots/simulator/viber"
	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

// till is a source that the ways in on other messengers begin at.
func (p *plant) till() (page string) {
	p.t.Helper()
	var made source
	mustAll(p.t, json.Unmarshal([]byte(p.run("links", "new", "--name", "Shop 7, till 3", "--code", "shop7-till3", "--json")), &made))
	return made.URL
}

// opens opens a page as a person's phone does, and gives the link to the bot on it.
func (p *plant) opens(page string) string {
	p.t.Helper()
	found := regexp.MustCompile(`href="((?:viber:|https://wa\.me/)[^"]*)"`).FindStringSubmatch(p.page(page, "uk", http.StatusOK))
	if found == nil {
		p.t.Fatalf("%s offers no bot", page)
	}
	return html.UnescapeString(found[1])
}

// writes is what a wa.me link writes for the person.
func (p *plant) writes(link, number string) string {
	p.t.Helper()
	u, err := url.Parse(link)
	mustAll(p.t, err)
	if u.Path != "/"+number || u.Query().Get("text") == "" {
		p.t.Errorf("the link is %s, want one to %s", link, number)
	}
	return u.Query().Get("text")
}

// personal is a one-time link of a contact's.
func (p *plant) personal(ref, channel string) string {
	p.t.Helper()
	var made struct{ Links []struct{ URL string } }
	mustAll(p.t, p.call("POST", "/v1/contacts/"+ref+"/links", map[string]any{"channels": []string{channel}}, &made))
	return made.Links[0].URL
}

// moved compares what the links in texts did.
func (p *plant) moved(invited, moved, reached uint64, saved string) {
	p.t.Helper()
	var v struct {
		Invited, Moved, Reached uint64
		Saved                   struct{ Amount string }
	}
	mustAll(p.t, json.Unmarshal([]byte(p.run("links", "recruits", "--json")), &v))
	if v.Invited != invited || v.Moved != moved || v.Reached != reached || v.Saved.Amount != saved {
		p.t.Errorf("the report says %+v", v)
	}
}

// recruiting is a gateway whose texts invite people.
func (p *plant) recruiting() {
	p.t.Helper()
	p.stop()
	p.configure(func(text string) string { return text + "[links]\nrecruit = true\n" })
	p.start()
}

// invited sends a text, and gives the page that its link opens.
func (p *plant) invited(ref, number string) string {
	p.t.Helper()
	p.await(p.mustSend(map[string]any{"to": ref, "text": "Hi", "purpose": "service", "cascade": way("sms")}), "done")
	texts := p.sms.Messages(number)
	_, link, found := strings.Cut(texts[len(texts)-1].Text, "http://")
	if !found {
		p.t.Fatalf("the text says %q", texts[len(texts)-1].Text)
	}
	return "http://" + link
}

// TestASourceOnViber is the way of one person on Viber: the page, the link, the phone with its code, a yes; then a one-time link, which is of
// no use to a second person.
func TestASourceOnViber(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	link := p.opens(p.till() + "/viber")
	if !strings.HasPrefix(link, "viber://pa?chatURI=") || !strings.HasSuffix(link, "context=shop7-till3") {
		t.Errorf("the page leads to %s", link)
	}
	mustAll(t, vb.OpenLink(olena, link))
	p.hears(vb, olena, 1, "Вас вітає")
	p.reach("shop7-till3", reach{Shown: 1, Started: 1})
	_, err := vb.SharePhone(olena)
	mustAll(t, err)
	p.hears(vb, olena, 2, "код із шести цифр")
	p.reach("shop7-till3", reach{Shown: 1, Started: 1}) // a number that is only said is not shared
	_, err = vb.Say(olena, p.texted(1))
	mustAll(t, err)
	p.hears(vb, olena, 3, "упізнали")
	_, err = vb.Say(olena, "START")
	mustAll(t, err)
	p.reach("shop7-till3", reach{Shown: 1, Started: 1, Shared: 1, Consented: 1})

	once, thief := p.personal("ext:C-1", "viber"), simviber.UserID(9)
	mustAll(t, vb.AddPerson(simviber.Person{ID: thief, Name: "Чужий"}), vb.OpenLink(olena, once))
	waitFor(t, "the second welcome", func() bool {
		return len(slices.DeleteFunc(vb.Messages(olena), func(m simviber.Message) bool { return !m.Welcome })) == 2
	})
	mustAll(t, vb.OpenLink(thief, once))
	p.hears(vb, thief, 1, "чужих даних")
	if external, _ := p.owner(thief); external != "" {
		t.Errorf("whoever got the link passed on is %q", external)
	}
	if external, _ := p.owner(olena); external != "C-1" {
		t.Errorf("the owner is %q", external)
	}
	p.finish()
}

// TestATextMovesSomebodyToViber: what comes next costs less, though it is not free there.
func TestATextMovesSomebodyToViber(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	p.recruiting()
	mustAll(t, vb.OpenLink(olena, p.opens(p.invited("ext:C-1", phone)+"/viber")))
	welcome := p.hears(vb, olena, 1, "Вас вітає")
	_, err := vb.PressButton(olena, welcome.Token, 0)
	mustAll(t, err)
	waitFor(t, "the address to become active", func() bool { return p.viberState() == "active" })
	p.await(p.mustSend(map[string]any{"to": "ext:C-1", "text": "Thank you", "purpose": "service", "cascade": way("viber 1m accepted", "sms")}), "done")
	p.moved(1, 1, 0, "0")
	p.reach("sms", reach{Shown: 1, Started: 1})
	p.finish()
}

// TestSourcesOnAPairedPhone: the code is the last word of what the link writes for people, and their phone is known by that.
func TestSourcesOnAPairedPhone(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "[links]\nrecruit = true\n")
	greeting := s.writes(s.opens(s.till()+"/whatsapp"), strings.TrimPrefix(shopPhone, "+"))
	number, lid := numbered(1)
	c := s.joins(simwhatsapp.Person{Phone: number, LID: lid, Name: "Олена"})
	for _, text := range []string{greeting, "START"} {
		_, err := c.Say(t.Context(), shopPhone, text)
		mustAll(t, err)
	}
	s.reach("shop7-till3", reach{Shown: 1, Started: 1, Shared: 1, Consented: 1})

	// a text moves a second one, who writes from the number that the text went to; a third one gets the link passed on
	second, lid2 := numbered(2)
	mustAll(t, s.call("PUT", "/v1/contacts/ext:W-2", map[string]any{"phone": second}, nil))
	words := s.writes(s.opens(s.invited("ext:W-2", second)+"/whatsapp"), strings.TrimPrefix(shopPhone, "+"))
	mover := s.joins(simwhatsapp.Person{Phone: second, LID: lid2, Name: "Петро"})
	_, err := mover.Say(t.Context(), shopPhone, words)
	mustAll(t, err)
	waitFor(t, "the tap to be heard", func() bool { return s.has("ext:W-2", "whatsapp") })
	s.await(s.mustSend(map[string]any{"to": "ext:W-2", "text": "Thank you", "purpose": "service", "cascade": way("whatsapp 1m accepted", "sms")}), "done")
	s.moved(1, 1, 1, "0.92")
	third, lid3 := numbered(3)
	late := s.joins(simwhatsapp.Person{Phone: third, LID: lid3, Name: "Чужий"})
	_, err = late.Say(t.Context(), shopPhone, words)
	mustAll(t, err)
	s.reach("sms", reach{Shown: 1, Started: 2, Shared: 2})
	var stranger struct{ ExternalID string }
	mustAll(t, s.call("GET", "/v1/contacts/whatsapp:"+url.PathEscape(third), nil, &stranger))
	if stranger.ExternalID != "" {
		t.Errorf("whoever got the link passed on is %q", stranger.ExternalID)
	}
	s.finish()
}

// has reports whether a contact was heard on a channel.
func (p *plant) has(ref, channel string) bool {
	p.t.Helper()
	var c struct {
		Addresses []struct{ Channel, State string }
	}
	mustAll(p.t, p.call("GET", "/v1/contacts/"+ref, nil, &c))
	for _, a := range c.Addresses {
		if a.Channel == channel && a.State == "active" {
			return true
		}
	}
	return false
}

// TestSourcesOnTheBusinessPlatform: the same by the number of the platform, and a one-time link for somebody whose phone it hides.
func TestSourcesOnTheBusinessPlatform(t *testing.T) {
	t.Parallel()
	b := newBoulevard(t)
	b.recruiting()
	mustAll(t, b.meta.Verify(b.door))
	greeting := b.greets(b.till() + "/whatsapp_cloud")
	mustAll(t, b.meta.AddPerson(graph.Person{Phone: "380671110001", Name: "Олена"}))
	_, err := b.meta.Say("380671110001", greeting)
	mustAll(t, err)
	b.reach("shop7-till3", reach{Shown: 1, Started: 1, Shared: 1}) // Meta tells things out of their order
	_, err = b.meta.Say("380671110001", "START")
	mustAll(t, err)
	b.reach("shop7-till3", reach{Shown: 1, Started: 1, Shared: 1, Consented: 1})

	mustAll(t, b.call("PUT", "/v1/contacts/ext:B-2", map[string]any{"phone": "+380671110002"}, nil))
	words := b.greets(b.invited("ext:B-2", "+380671110002") + "/whatsapp_cloud")
	mustAll(t, b.meta.AddPerson(graph.Person{Phone: "380671110002", Name: "Ганна", HidesPhone: true}))
	_, err = b.meta.Say("380671110002", words)
	mustAll(t, err)
	waitFor(t, "the tap to be heard", func() bool { return b.has("ext:B-2", "whatsapp_cloud") })
	b.moved(1, 1, 0, "0")
	b.reach("sms", reach{Shown: 1, Started: 1})
	b.finish()
}

// greets is what the link of a page writes for the person.
func (b *boulevard) greets(page string) string {
	b.t.Helper()
	u, err := url.Parse(b.opens(page))
	mustAll(b.t, err)
	return u.Query().Get("text")
}

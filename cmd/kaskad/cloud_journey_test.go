package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/graph"
	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

const cloudText = `
[whatsapp_cloud]
phone_number_id = %q
token = %q
app_secret = %q
verify_token = %q
api_url = "%s/v23.0"
rate = 1000
price = { amount = "0.50", currency = "UAH" }
`

// addedText is within 24 hours a text with a button, and else a template that Meta has approved.
const addedText = `+++
purpose = "service"
buttons = [{ text = "Дякую", data = "thanks" }]

[approved]
name = "bonus_added"
body = ["{{.points}}"]
buttons = [{ data = "thanks" }]

[example]
points = 120
+++
Нараховано балів: {{.points}}
`

// boulevard is a gateway on the Business Platform, whose webhook calls come twice, in batches and out of order.
type boulevard struct {
	*plant
	meta *graph.Server
	door string
}

func newBoulevard(t *testing.T) *boulevard {
	t.Helper()
	meta, err := graph.New(graph.Options{Twice: 3, Batch: 4, Gather: 10 * time.Millisecond, Shuffle: 30 * time.Millisecond, Repeats: slices.Repeat([]time.Duration{200 * time.Millisecond}, 300)})
	mustAll(t, err)
	t.Cleanup(func() { meta.Close() })
	mustAll(t, meta.AddTemplate(graph.Template{Name: "bonus_added", Language: "uk", Body: "Нараховано балів: {{1}}", Buttons: []graph.TemplateButton{{Text: "Дякую"}}}))
	words := fmt.Sprintf(cloudText, meta.PhoneID(), meta.Token(), meta.AppSecret(), meta.VerifyToken(), meta.URL())
	b := &boulevard{plant: newPlant(t, simtelegram.Options{}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver})}, words), meta: meta}
	b.put(filepath.Join(b.dir, "words", "added", "uk.md"), addedText)
	b.configure(func(text string) string { return text + "[templates]\ndir = \"words\"\n" })
	b.start()
	found := regexp.MustCompile(`whatsapp_cloud: Meta calls (\S+)`).FindStringSubmatch(b.run("check"))
	if found == nil {
		t.Fatal("kaskad check does not say where Meta calls")
	}
	b.door = found[1]
	mustAll(t, meta.Verify(b.door)) // the operator presses Verify and save
	return b
}

// in is the same boulevard for a story of its own.
func (b *boulevard) in(t *testing.T) *boulevard {
	p := *b.plant
	p.t = t
	return &boulevard{&p, b.meta, b.door}
}

// client adds somebody with a phone, known to the gateway under a card; wrote: within the last 24 hours.
func (b *boulevard) client(who graph.Person, card string, wrote bool) {
	b.t.Helper()
	mustAll(b.t, b.meta.AddPerson(who))
	phone := "+" + who.Phone
	contact := map[string]any{"phone": phone, "addresses": []map[string]string{{"channel": "whatsapp_cloud", "id": phone}}}
	mustAll(b.t, b.call("PUT", "/v1/contacts/ext:"+card, contact, nil))
	if wrote {
		_, err := b.meta.Say(who.Phone, greeting)
		mustAll(b.t, err)
		waitFor(b.t, "the greeting", func() bool { return len(b.said(card)) == 1 })
	}
}

// points sends the template, for which there is a text and an approved one.
func (b *boulevard) points(ref string) string {
	b.t.Helper()
	return b.mustSend(map[string]any{"to": ref, "template": "added", "data": map[string]any{"points": 120}, "cascade": way("whatsapp_cloud 1m", "sms")})
}

// free sends a text of the caller's.
func (b *boulevard) free(ref string, steps ...string) string {
	b.t.Helper()
	return b.mustSend(map[string]any{"to": ref, "text": "Замовлення тут", "purpose": "service", "cascade": way(steps...)})
}

// ends waits for the end of a delivery and compares it and its steps.
func (b *boulevard) ends(id, by, proof string, steps ...string) {
	b.t.Helper()
	(&street{plant: b.plant}).ends(id, by, proof, steps...)
}

// got is the one message that somebody was shown.
func (b *boulevard) got(who string) graph.Message {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), time.Minute)
	defer stop()
	m, err := b.meta.WaitMessage(ctx, who, 1)
	mustAll(b.t, err)
	if n := len(b.meta.Messages(who)); n != 1 {
		b.t.Errorf("%d messages were shown, want the one", n)
	}
	return m
}

// The Business Platform from outside: what each customer does, and what becomes of the delivery.
func TestTheBusinessPlatformFromOutside(t *testing.T) {
	t.Parallel()
	b := newBoulevard(t)
	t.Run("stories", func(t *testing.T) {
		for name, story := range onTheBoulevard {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				story(b.in(t))
			})
		}
	})
	flush, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	mustAll(t, b.meta.Flush(flush))
	if odd := b.meta.Oddities(); len(odd) > 0 {
		t.Errorf("Meta wonders about %v", odd)
	}
	for _, post := range b.meta.Posts() {
		if !post.Done {
			t.Errorf("a webhook call was never answered 200: %+v", post.Tries)
		}
	}
	b.finish()
}

var onTheBoulevard = map[string]func(b *boulevard){
	"within 24 hours there are buttons, and a press proves": func(b *boulevard) {
		who := graph.Person{Phone: "380671000001", Name: "Анна", HidesReads: true, Habits: graph.Always(graph.Act{Do: graph.PressNth})}
		b.client(who, "M-1", true)
		b.ends(b.points("ext:M-1"), "whatsapp_cloud", "button", "whatsapp_cloud engaged")
		if m := b.got(who.Phone); m.Type != "interactive" || len(m.Buttons) != 1 || m.Template != "" {
			b.t.Errorf("what was shown: %+v", m)
		}
	},
	"after 24 hours the approved template goes, and reading it proves": func(b *boulevard) {
		who := graph.Person{Phone: "380671000002", Name: "Борис", Habits: graph.Always(graph.Act{Do: graph.ReadAll})}
		b.client(who, "M-2", false)
		b.ends(b.points("ext:M-2"), "whatsapp_cloud", "receipt", "whatsapp_cloud read")
		if m := b.got(who.Phone); m.Template != "bonus_added" || m.Text != "Нараховано балів: 120" {
			b.t.Errorf("what was shown: %+v", m)
		}
	},
	"after 24 hours a press under the approved template proves": func(b *boulevard) {
		who := graph.Person{Phone: "380671000003", HidesReads: true, Habits: graph.Always(graph.Act{Do: graph.PressNth})}
		b.client(who, "M-3", false)
		b.ends(b.points("ext:M-3"), "whatsapp_cloud", "button", "whatsapp_cloud engaged")
	},
	"after 24 hours free text is passed over before it is sent": func(b *boulevard) {
		who := graph.Person{Phone: "380671000004"}
		b.client(who, "M-4", false)
		b.ends(b.free("ext:M-4", "whatsapp_cloud 1m", "sms"), "sms", "receipt", "whatsapp_cloud skipped window_closed", "sms delivered")
		if n := len(b.meta.Accepted(who.Phone)); n != 0 {
			b.t.Errorf("%d messages were tried", n)
		}
	},
	"read comes without delivered": func(b *boulevard) {
		who := graph.Person{Phone: "380671000005", ChatOpen: true}
		b.client(who, "M-5", true)
		b.ends(b.free("ext:M-5", "whatsapp_cloud 1m", "sms"), "whatsapp_cloud", "receipt", "whatsapp_cloud read")
		if told := b.meta.Statuses(b.got(who.Phone).ID); slices.Contains(told, "delivered") {
			b.t.Errorf("Meta told %v: this proves nothing of what is skipped", told)
		}
	},
	"a failure after the answer goes on to SMS": func(b *boulevard) {
		b.client(graph.Person{Phone: "380671000006", FailsLate: 131026}, "M-6", true)
		id := b.free("ext:M-6", "whatsapp_cloud 1h", "sms")
		b.ends(id, "sms", "receipt")
		if step := b.await(id, "done").Steps[0]; step.State != "failed" || !strings.HasPrefix(step.Reason, "131026: ") {
			b.t.Errorf("the step is %+v", step)
		}
	},
	"silence goes on to SMS": func(b *boulevard) {
		b.client(graph.Person{Phone: "380671000007", HidesReads: true, Habits: graph.Always(graph.Act{Do: graph.ReadAll})}, "M-7", true)
		b.ends(b.free("ext:M-7", "whatsapp_cloud 2s", "sms"), "sms", "receipt", "whatsapp_cloud delivered", "sms delivered")
	},
	"who hides the phone is a contact by the other id": hidesPhone,
	"what Meta did not sign changes nothing":           forged,
	"what comes again changes nothing": func(b *boulevard) {
		who := graph.Person{Phone: "380671000010"}
		b.client(who, "M-10", true)
		ctx, stop := context.WithTimeout(b.t.Context(), time.Minute)
		defer stop()
		post, err := b.meta.WaitPost(ctx, "text", 1)
		mustAll(b.t, err)
		for range 3 {
			if again, err := b.meta.Repeat(post); err != nil || again.HTTP != 200 {
				b.t.Errorf("the same call again is answered %s, %v", again, err)
			}
		}
		if said := b.said("M-10"); len(said) != 1 {
			b.t.Errorf("the conversation has %q", said)
		}
	},
	"a reaction and an answer that quotes": func(b *boulevard) {
		who := graph.Person{Phone: "380671000011", Habits: graph.Always(graph.Act{Do: graph.PutEmoji, Text: "👍"})}
		b.client(who, "M-11", true)
		b.ends(b.free("ext:M-11", "whatsapp_cloud 1m engaged", "sms"), "whatsapp_cloud", "reaction", "whatsapp_cloud engaged")
		other := graph.Person{Phone: "380671000012", Habits: graph.Always(graph.Act{Do: graph.QuoteText, Text: "так"})}
		b.client(other, "M-12", true)
		b.ends(b.free("ext:M-12", "whatsapp_cloud 1m engaged", "sms"), "whatsapp_cloud", "reply", "whatsapp_cloud engaged")
	},
}

// hidesPhone: webhooks name somebody by the business-scoped id alone, who is written to by it.
func hidesPhone(b *boulevard) {
	const phone = "380671000009"
	mustAll(b.t, b.meta.AddPerson(graph.Person{Phone: phone, Name: "Ганна", HidesPhone: true, Habits: graph.Always(graph.Act{Do: graph.ReadAll})}))
	_, err := b.meta.Say(phone, "без номера")
	mustAll(b.t, err)
	ref := "whatsapp_cloud:" + b.meta.UserIDOf(phone)
	waitFor(b.t, "her words", func() bool { return b.call("GET", "/v1/contacts/"+ref, nil, nil) == nil })
	b.ends(b.free(ref, "whatsapp_cloud 1m", "sms"), "whatsapp_cloud", "receipt", "whatsapp_cloud read")
	if m := b.got(phone); !m.ByUserID {
		b.t.Errorf("it was addressed to her phone, which nobody told: %+v", m)
	}
}

// forged: a wrong word in the challenge, a wrong signature and none.
func forged(b *boulevard) {
	q := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"1158201444"}, "hub.verify_token": {"another-word"}}
	answer, err := http.Get(b.door + "?" + q.Encode())
	mustAll(b.t, err)
	answer.Body.Close()
	if answer.StatusCode != 403 {
		b.t.Errorf("a wrong word is answered %d, want 403", answer.StatusCode)
	}
	load := graph.NewLoad(graph.Options{First: 1 << 40})
	call, _ := load.Text("380671000099", "Чужий", "пусти", time.Now())
	for _, signature := range []string{"", graph.Sign("another", call.Body), strings.Replace(call.Signature, "sha256=", "sha1=", 1)} {
		if got, err := b.meta.Deliver(call.Body, signature); err != nil || got.HTTP/100 != 4 {
			b.t.Errorf("signed %.12q it is answered %s, %v", signature, got, err)
		}
	}
	if err := b.call("GET", "/v1/contacts/whatsapp_cloud:%2B380671000099", nil, nil); err == nil {
		b.t.Error("whoever they are is a contact now")
	}
	if got, err := b.meta.Deliver(call.Body, call.Signature); err != nil || got.HTTP != 200 {
		b.t.Errorf("the same with Meta's signature is answered %s, %v", got, err)
	}
}

// An answer that is lost is found again by our own data in what Meta tells, also when the gateway is killed meanwhile: it sends nothing
// a second time.
func TestALostAnswerOfTheBusinessPlatform(t *testing.T) {
	t.Parallel()
	b := newBoulevard(t)
	lost := func(n int) (phone, id string) {
		who := graph.Person{Phone: fmt.Sprintf("38067200000%d", n)}
		card := fmt.Sprintf("M-%d", n)
		b.client(who, card, true)
		b.meta.Fail(graph.Fault{Method: graph.Messages, Kind: graph.HangAfterAccept, To: who.Phone})
		id = b.free("ext:"+card, "whatsapp_cloud 1m", "sms")
		if m := b.got(who.Phone); m.Data == "" {
			t.Error("the message carries no data of ours")
		}
		return who.Phone, id
	}
	phone, id := lost(1)
	mustAll(t, b.meta.Read(phone))
	b.ends(id, "whatsapp_cloud", "receipt", "whatsapp_cloud read")
	other, late := lost(2)
	b.kill()
	b.check()
	mustAll(t, b.meta.Read(other)) // told until somebody answers
	b.start()
	b.ends(late, "whatsapp_cloud", "receipt", "whatsapp_cloud read")
	b.got(phone)
	b.got(other)
	if n := len(b.meta.CallsOf(graph.Messages)); n != 2 {
		t.Errorf("%d calls to send, want two", n)
	}
	b.finish()
}

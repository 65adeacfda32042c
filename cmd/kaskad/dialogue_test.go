package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	simviber "kaskad/bots/simulator/viber"
)

// always open, so that no test looks at the clock
const openHours = `
[company.hours]
mon = "00:00-24:00"
tue = "00:00-24:00"
wed = "00:00-24:00"
thu = "00:00-24:00"
fri = "00:00-24:00"
sat = "00:00-24:00"
sun = "00:00-24:00"
`

// talkative is a plant whose bot says all that it can, with staff in a group.
func talkative(t *testing.T, extra string) *plant {
	t.Helper()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, openHours+extra)
	p.edit(taciturn, "")
	mustAll(t, os.WriteFile(filepath.Join(p.dir, "faq.toml"), []byte(questionsFile), 0o600))
	p.start()
	mustAll(t,
		p.tg.AddPerson(simtelegram.Person{ID: agent, FirstName: "Ірина"}),
		p.tg.AddGroup(simtelegram.Group{ID: staffGroup, Title: "Support", Members: []int64{agent}}),
	)
	p.bind(staffGroup, agent)
	return p
}

// edit changes words of the configuration.
func (p *plant) edit(from, to string) {
	p.t.Helper()
	raw, err := os.ReadFile(p.config)
	mustAll(p.t, err)
	if !strings.Contains(string(raw), from) {
		p.t.Fatalf("the configuration has no %q", from)
	}
	mustAll(p.t, os.WriteFile(p.config, []byte(strings.Replace(string(raw), from, to, 1)), 0o600))
}

// reads waits for the n-th message to a person in Telegram, and checks its words.
func (p *plant) reads(who int64, n int, words ...string) simtelegram.Message {
	p.t.Helper()
	waitFor(p.t, fmt.Sprintf("message %d to %d", n, who), func() bool { return len(p.tg.Messages(who)) >= n })
	m := p.tg.Messages(who)[n-1]
	for _, w := range words {
		if !strings.Contains(m.Text, w) {
			p.t.Errorf("message %d is %q, want %q in it", n, m.Text, w)
		}
	}
	return m
}

// offers are the labels of the buttons under a message.
func offers(m simtelegram.Message) (all []string) {
	for _, row := range m.Buttons {
		for _, b := range row {
			all = append(all, b.Text)
		}
	}
	return all
}

// press presses the button with this label.
func (p *plant) press(who int64, m simtelegram.Message, label string) {
	p.t.Helper()
	n := slices.Index(offers(m), label)
	if n < 0 {
		p.t.Fatalf("no button %q under %q, there are %v", label, m.Text, offers(m))
	}
	_, err := p.tg.PressButton(who, m.ID, n)
	mustAll(p.t, err)
}

func (p *plant) says(who int64, text string) {
	p.t.Helper()
	_, err := p.tg.Say(who, text)
	mustAll(p.t, err)
}

func TestTheMenuInTelegram(t *testing.T) {
	t.Parallel()
	p := talkative(t, "")
	p.person("C-1", shopper, phone, nil)
	p.says(shopper, "Меню")
	menu := p.reads(shopper, 1, "Чим можемо допомогти")
	if want := []string{"Моя картка", "Години роботи", "Поговорити з людиною"}; !slices.Equal(offers(menu), want) {
		t.Errorf("the menu offers %v, want %v", offers(menu), want)
	}
	p.press(shopper, menu, "Години роботи")
	p.reads(shopper, 2, "Зараз ми працюємо", "Пн–Нд: 00:00–24:00")
	p.says(shopper, "ГРАФІК РОБОТИ!")
	p.reads(shopper, 3, "Зараз ми працюємо")
	p.press(shopper, menu, "Поговорити з людиною")
	p.reads(shopper, 4, "Передали вашу розмову")
	if post := p.post(staffGroup, 2); !strings.Contains(post.Text, "просить людину") {
		t.Errorf("staff read %q", post.Text)
	}
	p.says(shopper, "А коли привезуть?") // nothing that the bot knows
	post := p.post(staffGroup, 3)
	if !strings.Contains(post.Text, "А коли привезуть?") {
		t.Errorf("staff read %q", post.Text)
	}
	_, err := p.tg.ReplyIn(staffGroup, agent, post.ID, "За рік")
	mustAll(t, err)
	p.reads(shopper, 5, "За рік")
	p.says(shopper, "меню") // staff are talking: the bot is silent, and they read it
	if post := p.post(staffGroup, 4); !strings.Contains(post.Text, "меню") {
		t.Errorf("staff read %q", post.Text)
	}
	p.press(shopper, menu, "Години роботи")
	if post := p.post(staffGroup, 5); !strings.Contains(post.Text, "натискає «Години роботи»") {
		t.Errorf("staff read %q", post.Text)
	}
	p.says(shopper, "стоп") // heeded and confirmed all the same
	p.reads(shopper, 6, "реклами від нас більше не буде")
	if n := len(p.tg.Messages(shopper)); n != 6 {
		t.Errorf("the customer got %d messages, want 6", n)
	}
	p.finish()
}

func TestTheBotAsksOnceAcrossACrash(t *testing.T) {
	t.Parallel()
	p := talkative(t, "")
	mustAll(t, p.call("PUT", "/v1/contacts/ext:C-1", map[string]any{"phone": phone}, nil))
	mustAll(t, p.tg.AddPerson(simtelegram.Person{ID: shopper, FirstName: "Олена", Phone: phone}))
	_, err := p.tg.Start(shopper, "")
	mustAll(t, err)
	welcome := p.reads(shopper, 1, "Вас вітає")
	if k := welcome.Keyboard; k == nil || len(k.Rows) != 2 || !k.Rows[0][0].RequestContact || k.Rows[1][0].Text != "Пізніше" {
		t.Fatalf("the welcome has the keyboard %+v", k)
	}
	p.says(shopper, "Пізніше")
	question := p.reads(shopper, 2, "Чи надсилати вам")
	p.kill()
	p.start()
	p.press(shopper, question, "Пізніше")
	p.reads(shopper, 3, "Чим можемо допомогти") // both were asked: what is left is the menu
	_, err = p.tg.ShareContact(shopper, simtelegram.OwnContact)
	mustAll(t, err)
	saved := p.reads(shopper, 4, "упізнали")
	if !slices.Contains(offers(saved), "Моя картка") {
		t.Errorf("whoever is known is offered %v", offers(saved))
	}
	_, err = p.tg.Start(shopper, "")
	mustAll(t, err)
	again := p.reads(shopper, 5, "Вас вітає")
	if again.Keyboard != nil || !slices.Contains(offers(again), "Це не я") {
		t.Errorf("the second welcome offers %v and the keyboard %+v", offers(again), again.Keyboard)
	}
	if n := len(p.tg.Messages(shopper)); n != 5 {
		t.Errorf("the customer got %d messages, want 5", n)
	}
	p.finish()
}

const questionsFile = `
[delivery.uk]
hear = ["доставка", "чи є доставка"]
text = """
Доставляємо за **2 дні**."""
[delivery.ru]
hear = ["есть доставка"]
text = "Доставляем за 2 дня."
`

// system is a retailer's system that knows the balance of one card, and counts who asks.
func system(t *testing.T) (address string, asked *atomic.Int64, down *atomic.Bool) {
	asked, down = &atomic.Int64{}, &atomic.Bool{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if strings.HasSuffix(r.URL.Path, "C-404") {
			http.NotFound(w, r)
			return
		}
		if down.Load() || r.URL.Path != "/cards/C-1" || r.Header.Get("Authorization") != "Bearer secret-of-crm" {
			http.Error(w, "{}", http.StatusBadGateway)
			return
		}
		fmt.Fprint(w, `{"card": {"points": 345.50}}`)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked, down
}

func TestQuestionsBalanceAndCard(t *testing.T) {
	t.Parallel()
	address, asked, down := system(t)
	p := talkative(t, fmt.Sprintf(`
[dialogue]
faq = "faq.toml"
[dialogue.balance]
api_url = %q
token = "secret-of-crm"
path = "/cards/{{.external_id}}"
headers = { Authorization = "Bearer {{.token}}" }
value = ".card.points"
keep = "0s"
`, address))
	p.person("C-1", shopper, phone, nil)
	mustAll(t, p.tg.AddPerson(simtelegram.Person{ID: 43, FirstName: "Чужий", Phone: "+380509999999", Started: true}))
	p.says(shopper, "Чи є доставка?")
	p.reads(shopper, 1, "Доставляємо за 2 дні.")
	p.says(shopper, "баланс")
	p.reads(shopper, 2, "Ваші бонуси: 345.50")
	p.person("C-404", 44, "+380671112244", nil)
	p.says(44, "баланс")
	p.reads(44, 1, "ми не знайшли")
	down.Store(true)
	p.says(shopper, "Мої бонуси")
	p.reads(shopper, 3, "система магазину зараз не відповідає")
	p.says(shopper, "моя картка")
	p.reads(shopper, 4, "C-1")
	before := asked.Load()
	p.says(43, "баланс") // a stranger: nobody is asked, and nothing is shown
	if m := p.reads(43, 1, "Поділіться"); m.Keyboard == nil || !m.Keyboard.Rows[0][0].RequestContact {
		t.Errorf("a stranger is offered %+v", m.Keyboard)
	}
	p.says(43, "картка")
	p.reads(43, 2, "Поділіться")
	if n := asked.Load(); n != before {
		t.Errorf("the system was asked %d times about a stranger", n-before)
	}
	for _, secret := range []string{"345.50", "secret-of-crm", address} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log tells %q:\n%s", secret, p.log)
		}
	}
	p.finish()
}

func TestThisIsNotMe(t *testing.T) {
	t.Parallel()
	p := talkative(t, "")
	p.person("C-1", shopper, phone, nil)
	_, err := p.tg.Start(shopper, "")
	mustAll(t, err)
	welcome := p.reads(shopper, 1, "Вас вітає")
	p.reads(shopper, 2, "Чи надсилати вам")
	p.press(shopper, welcome, "Це не я")
	p.reads(shopper, 3, "від'єднали")
	if post := p.post(staffGroup, 2); !strings.Contains(post.Text, "каже «Це не я»") || strings.Contains(post.Text, "C-1 ·") && strings.Contains(post.Text, phone) {
		t.Errorf("staff read %q", post.Text)
	}
	var old struct {
		Addresses []struct{ Channel string }
	}
	mustAll(t, p.call("GET", "/v1/contacts/ext:C-1", nil, &old))
	for _, a := range old.Addresses {
		if a.Channel == "telegram" {
			t.Errorf("the card keeps the chat: %+v", old.Addresses)
		}
	}
	p.says(shopper, "моя картка")
	if m := p.reads(shopper, 4, "Поділіться"); strings.Contains(m.Text, "C-1") {
		t.Errorf("the stranger is shown %q", m.Text)
	}
	p.finish()
}

func TestTheDialogueInViber(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	p.stop()
	p.edit(taciturn, openHours)
	p.start()
	mustAll(t, vb.OpenLink(olena, p.personalLink()))
	welcome, err := vb.WaitMessage(t.Context(), olena, 1)
	mustAll(t, err)
	_, err = vb.PressButton(olena, welcome.Token, 0) // begin
	mustAll(t, err)
	question, err := vb.WaitMessage(t.Context(), olena, 2)
	mustAll(t, err)
	if !strings.Contains(question.Text, "Чи надсилати вам") || len(question.Buttons) != 3 {
		t.Fatalf("the question is %+v", question)
	}
	_, err = vb.PressButton(olena, question.Token, 0)
	mustAll(t, err)
	thanks, err := vb.WaitMessage(t.Context(), olena, 3)
	mustAll(t, err)
	var c struct {
		Consents struct {
			Marketing struct{ State, Source string }
		}
	}
	mustAll(t, p.call("GET", "/v1/contacts/ext:C-1", nil, &c))
	if m := c.Consents.Marketing; m.State != "given" || m.Source != "dialogue:consent" {
		t.Errorf("the consent is %+v", m)
	}
	hours := slices.IndexFunc(thanks.Buttons, func(b simviber.Button) bool { return b.Text == "Години роботи" })
	if hours < 0 {
		t.Fatalf("under the thanks stand %+v", thanks.Buttons)
	}
	_, err = vb.PressButton(olena, thanks.Token, hours)
	mustAll(t, err)
	open, err := vb.WaitMessage(t.Context(), olena, 4)
	mustAll(t, err)
	if !strings.Contains(open.Text, "Зараз ми працюємо") {
		t.Errorf("the hours are %q", open.Text)
	}
	if odd := vb.Oddities(); len(odd) > 0 {
		t.Errorf("Viber wondered about %v", odd)
	}
	p.finish()
}

// personalLink is the link that tells who opens the bot.
func (p *plant) personalLink() string {
	p.t.Helper()
	var made struct{ Links []struct{ URL string } }
	mustAll(p.t, p.call("POST", "/v1/contacts/ext:C-1/links", map[string]any{"channels": []string{"viber"}}, &made))
	return made.Links[0].URL
}

// On a paired phone there are no buttons: a number means what stood under it.
func TestTheDialogueOnWhatsApp(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "")
	b := s.buyer(1, nil, nil)
	s.stop()
	s.edit(taciturn, openHours)
	s.start()
	s.connected()
	_, err := b.Say(t.Context(), shopPhone, "меню")
	mustAll(t, err)
	shown(t, b.Customer, "Чим можемо допомогти? Оберіть нижче або просто напишіть: відповість наш співробітник.\n\n1. Моя картка\n2. Години роботи\n3. Поговорити з людиною")
	_, err = b.Say(t.Context(), shopPhone, "1")
	mustAll(t, err)
	shown(t, b.Customer, "Ваша картка: *W-1*. Назвіть цей номер на касі.")
	shown(t, b.Customer, "Чи надсилати вам сюди наші акції та пропозиції? Відмовитися можна будь-коли: надішліть STOP.\n\n1. Так, надсилайте\n2. Ні, дякую\n3. Пізніше")
	_, err = b.Say(t.Context(), shopPhone, "2")
	mustAll(t, err)
	shown(t, b.Customer, "Зрозуміло: реклами не буде. Повідомлення про ваші бонуси та замовлення надходитимуть і далі.")
	var c struct {
		Consents struct {
			Marketing struct{ State, Source, Words string }
		}
	}
	mustAll(t, s.call("GET", "/v1/contacts/ext:W-1", nil, &c))
	if m := c.Consents.Marketing; m.State != "denied" || m.Source != "dialogue:consent" || !strings.HasPrefix(m.Words, "Ні, дякую ← Чи надсилати") {
		t.Errorf("the consent is %+v", m)
	}
	s.finish()
}

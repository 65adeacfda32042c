package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// Several groups of staff: whose conversations each gets, and how one passes from one to another.

const (
	lvivForum   = -1001000000600
	englishRoom = -1000000700 // a plain group
	lvivAgent   = 72
	third       = 44 // one more customer
)

const severalGroups = shortHold + `
[[staff.groups]]
name = "lviv"
attributes = { city = "Львів" }

[[staff.groups]]
name = "english"
languages = ["en"]
`

// side is one of several groups.
type side struct {
	p     *plant
	group int64
	who   int64 // of the team there
}

func (s side) topics() []simtelegram.Topic { return s.p.tg.Topics(s.group) }

// stands waits for a post of the bot with these words; it says in which topic.
func (s side) stands(words ...string) simtelegram.Message {
	s.p.t.Helper()
	var found simtelegram.Message
	waitFor(s.p.t, fmt.Sprintf("a post with %q in %d; there are %q", words, s.group, s.texts()), func() bool {
		for _, m := range s.p.tg.Messages(s.group) {
			if !m.Deleted && containsAll(m.Text, words) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

func (s side) texts() (all []string) {
	for _, m := range s.p.tg.Messages(s.group) {
		all = append(all, m.Text)
	}
	return all
}

// never checks that no post has these words.
func (s side) never(words string) {
	s.p.t.Helper()
	if i := slices.IndexFunc(s.texts(), func(text string) bool { return strings.Contains(text, words) }); i >= 0 {
		s.p.t.Errorf("in %d there stands %q", s.group, s.texts()[i])
	}
}

func (s side) says(thread int, text string) int {
	s.p.t.Helper()
	id, err := s.p.tg.WriteIn(s.group, s.who, simtelegram.Said{Thread: thread, Text: text})
	mustAll(s.p.t, err)
	return id
}

// joins binds the group with a code of its own.
func (s side) joins(name string) {
	s.p.t.Helper()
	var made struct{ Command string }
	mustAll(s.p.t, json.Unmarshal([]byte(s.p.run("staff", "code", "--json", "--group", name)), &made))
	_, err := s.p.tg.SayIn(s.group, s.who, made.Command)
	mustAll(s.p.t, err)
	s.stands("група підтримки")
}

// withGroups is a running plant with three groups of staff, and a customer of each: C-1 of the first, C-2 of lviv, C-3 of english.
func withGroups(t *testing.T) (p *plant, first, lviv, english side) {
	t.Helper()
	p = newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1, GroupRate: -1}, simsms.Options{}, quick+severalGroups)
	p.start()
	first, lviv, english = side{p, deskForum, agent}, side{p, lvivForum, lvivAgent}, side{p, englishRoom, agent}
	mustAll(t,
		p.tg.AddPerson(simtelegram.Person{ID: agent, FirstName: "Ірина"}), p.tg.AddPerson(simtelegram.Person{ID: lvivAgent, FirstName: "Лев"}),
		p.tg.AddGroup(simtelegram.Group{ID: deskForum, Title: "Support", Forum: true, Members: []int64{agent}}),
		p.tg.AddGroup(simtelegram.Group{ID: lvivForum, Title: "Львів", Forum: true, Members: []int64{lvivAgent}}),
		p.tg.AddGroup(simtelegram.Group{ID: englishRoom, Title: "English", Members: []int64{agent}}),
	)
	p.person("C-1", shopper, phone, nil)
	p.person("C-2", second, "+380501112244", nil)
	p.person("C-3", third, "+380501112255", nil)
	mustAll(t,
		p.call("PUT", "/v1/contacts/ext:C-2", map[string]any{"attributes": map[string]any{"city": "львів"}}, nil),
		p.call("PUT", "/v1/contacts/ext:C-3", map[string]any{"locale": "en"}, nil),
	)
	first.joins("main")
	lviv.joins("lviv")
	english.joins("english")
	return p, first, lviv, english
}

func (p *plant) customerSays(who int64, text string) {
	p.t.Helper()
	_, err := p.tg.Say(who, text)
	mustAll(p.t, err)
}

// reads waits until a customer has a message with this text.
func (p *plant) getsTo(who int64, text string) {
	p.t.Helper()
	waitFor(p.t, fmt.Sprintf("%d to read %q", who, text), func() bool {
		return slices.ContainsFunc(p.tg.Messages(who), func(m simtelegram.Message) bool { return m.Text == text })
	})
}

func (p *plant) groupOf(card string) string {
	p.t.Helper()
	var talk struct{ Group string }
	mustAll(p.t, p.call("GET", "/v1/conversations/ext:"+card, nil, &talk))
	return talk.Group
}

func TestEachGroupGetsItsConversations(t *testing.T) {
	t.Parallel()
	p, first, lviv, english := withGroups(t)
	p.customerSays(shopper, "Питання до всіх")
	p.customerSays(second, "Питання до Львова")
	p.customerSays(third, "A question in English")
	first.stands("👤 C-1", "Питання до всіх")
	inLviv := lviv.stands("👤 C-2", "Питання до Львова")
	inEnglish := english.stands("C-3", "A question in English")
	lviv.says(inLviv.Thread, "Львів слухає")
	p.getsTo(second, "Львів слухає")
	_, err := p.tg.ReplyIn(englishRoom, agent, inEnglish.ID, "We are listening")
	mustAll(t, err)
	p.getsTo(third, "We are listening")
	p.kill()
	p.customerSays(second, "Ще питання")
	p.start()
	if m := lviv.stands("Ще питання"); m.Thread != inLviv.Thread {
		t.Errorf("after a crash it stands in %d, not in %d", m.Thread, inLviv.Thread)
	}
	for _, x := range []struct {
		at    side
		never []string
	}{{first, []string{"Львова", "English", "Ще питання"}}, {lviv, []string{"до всіх", "English"}}, {english, []string{"до всіх", "Львова"}}} {
		for _, words := range x.never {
			x.at.never(words)
		}
	}
	if got := []string{p.groupOf("C-1"), p.groupOf("C-2"), p.groupOf("C-3")}; !slices.Equal(got, []string{"main", "lviv", "english"}) {
		t.Errorf("the conversations are of %q", got)
	}
	p.finish()
}

func TestAConversationIsTransferred(t *testing.T) {
	t.Parallel()
	p, first, lviv, _ := withGroups(t)
	p.customer("Чи є чай?")
	old := first.stands("👤 C-1", "Чи є чай?")
	first.says(old.Thread, "Зараз дізнаюся")
	p.getsTo(shopper, "Зараз дізнаюся")
	p.customer("А кава?")
	first.stands("А кава?")
	p.emoji(first.says(old.Thread, "/transfer харків"), "")
	first.stands("Такої групи немає", "main, lviv")
	p.emoji(first.says(old.Thread, "/transfer Lviv"), "👌")
	first.stands("Розмову передано групі «lviv»")
	waitFor(t, "the old topic to be closed", func() bool { return p.topicAt(old.Thread).Closed })
	card := lviv.stands("👤 C-1", "Останні повідомлення", "Зараз дізнаюся", "А кава?")
	lviv.says(card.Thread, "Чай і кава є")
	p.getsTo(shopper, "Чай і кава є")
	n := len(p.tg.Messages(shopper))
	first.says(old.Thread, "Я теж відповім")
	first.stands("цю розмову має інша група", "lviv")
	p.silent(n)
	p.customer("Дякую, а какао?")
	lviv.stands("а какао?")
	first.never("а какао?")
	if got := p.groupOf("C-1"); got != "lviv" {
		t.Errorf("the conversation is of %q", got)
	}
	mustAll(t, p.call("PATCH", "/v1/conversations/ext:C-1", map[string]any{"group": "main"}, nil))
	waitFor(t, "the topic of before to be open", func() bool { return !p.topicAt(old.Thread).Closed })
	if m := first.stands("а какао?"); m.Thread != old.Thread || len(first.topics()) != 1 {
		t.Errorf("it stands in %d, of %d topics", m.Thread, len(first.topics()))
	}
	lviv.stands("Розмову передано групі «main»")
	waitFor(t, "the topic in lviv to be closed", func() bool { return lviv.topics()[0].Closed })
	if err := p.call("PATCH", "/v1/conversations/ext:C-1", map[string]any{"group": "nowhere"}, nil); err == nil || !strings.Contains(err.Error(), "unknown_staff_group") {
		t.Errorf("a group that is not there: %v", err)
	}
	if back, not := p.erases("C-1"); back == 0 || not != 0 {
		t.Errorf("%d were taken back, and %d not", back, not)
	}
	for _, topic := range slices.Concat(first.topics(), lviv.topics()) {
		if !topic.Deleted {
			t.Errorf("of who was erased there is the topic %q", topic.Name)
		}
	}
	p.finish()
}

func TestAGroupThatIsNotThere(t *testing.T) {
	t.Parallel()
	p, first, lviv, english := withGroups(t)
	p.customerSays(second, "Перше питання")
	lviv.stands("Перше питання")
	mustAll(t, p.tg.Expel(lvivForum, lvivAgent))
	p.customerSays(second, "Друге питання")
	waitFor(t, "the trouble to show", func() bool { return strings.Contains(p.ready(), "kaskad staff code --group lviv") })
	p.customerSays(third, "Another question")
	english.stands("Another question")
	if out := p.run("staff", "groups"); !strings.Contains(out, "add it again, or kaskad staff code --group lviv") {
		t.Errorf("the groups are listed as\n%s", out)
	}
	time.Sleep(6 * time.Second) // the first group's desk keeps every five seconds how far it has read
	p.customer("Добрий день")
	first.stands("Добрий день")
	first.never("питання")
	p.stop()
	p.edit(severalGroups, shortHold)
	p.start()
	first.stands("Друге питання") // which no group has shown yet
	p.customerSays(second, "Третє питання")
	first.stands("👤 C-2") // with what was written before, or with that, too
	first.stands("Третє питання")
	p.customerSays(third, "And another")
	first.stands("And another")
	english.never("And another")
	p.finish()
}

// Of two customers of two groups who are one person one group has the conversation: the other's topic says so and is closed, until they are two
// again.
func TestOnePersonOfTwoGroups(t *testing.T) {
	t.Parallel()
	p, first, lviv, _ := withGroups(t)
	p.customerSays(shopper, "Де замовлення?")
	first.stands("Де замовлення?")
	p.customerSays(second, "А моє?")
	thread := lviv.stands("А моє?").Thread
	closed := func(want bool) {
		t.Helper()
		waitFor(t, fmt.Sprintf("the topic of lviv to be closed: %t", want), func() bool {
			return slices.ContainsFunc(lviv.topics(), func(x simtelegram.Topic) bool { return x.Thread == thread && x.Closed == want })
		})
	}
	mustAll(t, p.call("POST", "/v1/contacts/ext:C-1/merge", map[string]any{"from": "ext:C-2"}, nil))
	if said := lviv.stands("групі «main»"); said.Thread != thread {
		t.Errorf("it stands in %d, want %d", said.Thread, thread)
	}
	closed(true)
	p.customerSays(second, "Алло?")
	first.stands("Алло?")
	lviv.never("Алло?")
	mustAll(t, p.call("POST", "/v1/contacts/ext:C-1/unmerge", map[string]any{"from": "ext:C-2"}, nil))
	closed(false)
	p.customerSays(second, "Це я")
	if said := lviv.stands("Це я"); said.Thread != thread {
		t.Errorf("it stands in %d, want %d", said.Thread, thread)
	}
	p.finish()
}

func TestAConversationComesBackFromAPlainGroup(t *testing.T) {
	t.Parallel()
	p, first, _, english := withGroups(t)
	p.customer("Чи є чай?")
	old := first.stands("👤 C-1", "Чи є чай?")
	p.emoji(first.says(old.Thread, "/transfer english"), "👌")
	english.stands("C-1", "Чи є чай?")
	waitFor(t, "the topic to be closed", func() bool { return p.topicAt(old.Thread).Closed })
	mustAll(t, p.call("PATCH", "/v1/conversations/ext:C-1", map[string]any{"group": "main"}, nil))
	waitFor(t, "the topic to be open again", func() bool { return !p.topicAt(old.Thread).Closed })
	first.says(old.Thread, "Так, є")
	p.getsTo(shopper, "Так, є")
	p.finish()
}

// A conversation that is given back in the moment in which its topic is being closed: the topic is closed, and opened again.
func TestAConversationComesBackWhileItsTopicIsBeingClosed(t *testing.T) {
	t.Parallel()
	p, first, _, english := withGroups(t)
	p.customer("Чи є чай?")
	old := first.stands("👤 C-1", "Чи є чай?")
	p.tg.Fail(simtelegram.Fault{Method: "closeForumTopic", Kind: simtelegram.Delay, Delay: 2 * time.Second})
	p.emoji(first.says(old.Thread, "/transfer english"), "👌")
	english.stands("C-1", "Чи є чай?")
	waitFor(t, "the closing to be under way", func() bool { return len(p.tg.CallsOf("closeForumTopic")) > 0 })
	mustAll(t, p.call("PATCH", "/v1/conversations/ext:C-1", map[string]any{"group": "main"}, nil))
	waitFor(t, "the topic to be opened after it was closed all the same", func() bool { // closed it is for a moment only
		return len(p.tg.CallsOf("reopenForumTopic")) > 0 && !p.topicAt(old.Thread).Closed
	})
	first.says(old.Thread, "Так, є")
	p.getsTo(shopper, "Так, є")
	p.finish()
}

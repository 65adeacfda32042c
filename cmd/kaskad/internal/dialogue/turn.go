package dialogue

import (
	"fmt"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/templates"
)

// turn is one answer on its way: the change, the person, and what the bot remembers of the conversation.
type turn struct {
	d       *Dialogue
	tx      fallback.Tx
	change  *bots.Change
	contact *bots.Contact
	talk    bots.Conversation
	say     func(fallback.Ask) error
	asked   int // messages said so far
}

// scope is whose idempotency keys the bot's are.
const scope = "dialogue"

// open reads what an answer needs; nil: the person is gone.
func (d *Dialogue) open(tx fallback.Tx, c *bots.Change, say func(fallback.Ask) error) *turn {
	contact := tx.Contact(c.Contact)
	if contact == nil {
		return nil
	}
	talk := tx.Conversation(c.Contact)
	talk.Contact = contact.ID // of an absorbed one it is the one that did
	return &turn{d: d, tx: tx, change: c, contact: contact, talk: talk, say: say}
}

// run answers, unless that was done already, and keeps what is remembered.
func (t *turn) run(answer func(*turn) error) error {
	if _, done := t.tx.Key(scope + "\x00" + t.key()); done {
		return nil
	}
	if t.flooded() {
		return nil
	}
	before := t.talk.Bot
	if err := answer(t); err != nil {
		return err
	}
	if t.talk.Bot != before {
		t.tx.PutConversation(t.talk)
	}
	return nil
}

// flooded reports whether the answer is one too many: what the person said holds without it. A code, which has bounds of its own, goes.
func (t *turn) flooded() bool {
	in, botted := bots.IntentOf(t.change.Reason)
	return botted && in != bots.ClaimsPhone && t.talk.Bot.Flooded(t.d.Config.PerHour, t.tx.Now())
}

// key is the idempotency key of the first message of an answer.
func (t *turn) key() string {
	c := t.change
	switch c.Type {
	case linked: // once a minute is enough: whoever presses Start a hundred times gets no hundred messages
		return fmt.Sprintf("%s:%s:%s:%d", Greets(c.Reason), c.Contact, c.Channel, c.At.Unix()/60)
	case consent: // once a day each is enough: whoever repeats STOP has been heard, and the answer may cost money
		return fmt.Sprintf("%s:%s:%s", confirms(c), c.Contact, c.At.UTC().Format(time.DateOnly))
	}
	if t.d.Hours != nil && goesToPeople(c) {
		return t.awayKey()
	}
	return "answer:" + c.Message.String()
}

// ask is one message of ours: a template with its data, and what is offered under it.
type ask struct {
	template string
	data     map[string]any
	choices  []bots.Button
	phone    bool // the button that shares the phone
}

// tell says one message in the chat that the change came from. Where there are no buttons, choices are numbers, which are remembered.
func (t *turn) tell(a ask) error {
	key := t.key()
	if t.asked > 0 {
		key = fmt.Sprintf("%s:%d", key, t.asked)
	}
	t.asked++
	if !t.d.Buttons[t.change.Channel] && len(a.choices) > 0 {
		var shown []string
		for _, c := range a.choices {
			shown = append(shown, c.Data)
		}
		t.talk.Bot.Show(shown, t.tx.Now())
	}
	return t.say(fallback.Ask{
		To: t.change.Contact.String(), Conversation: true, Channel: t.change.Channel, Chat: t.chat(), Scope: scope, Key: key,
		Template: a.template, Data: a.data, Choices: a.choices, AskContact: a.phone,
	})
}

// chat is where the person's message stands that is answered; zero: the change came without one.
func (t *turn) chat() bots.Address {
	if m := t.tx.Message(t.change.Message); m != nil && m.In {
		return m.To
	}
	return bots.Address{}
}

func (t *turn) phrase(p templates.Phrase) string { return t.d.Words().Phrase(t.locale(), p) }

func (t *turn) locale() string {
	if t.contact.Locale != "" {
		return t.contact.Locale
	}
	return t.d.Locale
}

// button offers an intent under its own label.
func (t *turn) button(in bots.Intent) bots.Button {
	return bots.Button{Text: t.phrase(labels[in]), Data: string(in)}
}

// menu is what can be offered to this person now.
func (t *turn) menu() (all []bots.Button) {
	if !t.d.Config.Menu {
		return nil
	}
	if t.contact.Verified() && t.contact.ExternalID != "" {
		all = append(all, t.button(bots.WantsCard))
	}
	if t.d.Balances.can(t.contact) {
		all = append(all, t.button(bots.WantsBalance))
	}
	if t.d.Hours != nil {
		all = append(all, t.button(bots.WantsHours))
	}
	if t.contact.Marketing.State == bots.Denied {
		all = append(all, bots.Button{Text: t.phrase(templates.MenuResume), Data: resumeWord})
	} else if t.contact.Marketing.State == bots.Given {
		all = append(all, bots.Button{Text: t.phrase(templates.MenuStop), Data: stopWord})
	}
	return append(all, t.button(bots.WantsPerson))
}

// The answers of the buttons about marketing are the keywords themselves: the core heeds them as it does the words.
const (
	stopWord   = "stop"
	resumeWord = "start"
)

// beside is the menu under another answer: where there are no buttons, only the menu itself has numbers.
func (t *turn) beside() []bots.Button {
	if !t.d.Buttons[t.change.Channel] {
		return nil
	}
	return t.menu()
}

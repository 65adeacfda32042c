package bots

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Intent is what a message asks of the bot itself; empty: it is for people. The same words are the answers of the bot's own buttons.
type Intent string

// The intents. One that begins with FAQ names the answer that the operator wrote.
const (
	WantsMenu    Intent = "menu"
	WantsCard    Intent = "card"
	WantsBalance Intent = "balance"
	WantsHours   Intent = "hours"
	WantsPerson  Intent = "person"
	WantsLater   Intent = "later" // not now, to a question of the bot's
	SaysBegin    Intent = "begin" // the button of a welcome
	SaysYes      Intent = "consent_yes"
	SaysNo       Intent = "consent_no"
	SaysNotMe    Intent = "not_me"       // the person is not who the retailer takes them for
	SharesPhone  Intent = "phone"        // the messenger handed over the person's phone, or a code proved it
	SharesCard   Intent = "phone_card"   // the same to whoever shared it, of a card that proves nothing: staff have to look
	ShowsCard    Intent = "card_foreign" // a card that is not the person's own: only the button shares a phone
	FAQ          Intent = "faq-"
)

// The intents about a phone that is only claimed, and the one-time code that proves it.
const (
	ClaimsPhone Intent = "phone_claimed" // a code is due
	WantsCode   Intent = "new_code"
	WaitsCode   Intent = "code_wait"   // one was asked for just now
	WrongCode   Intent = "code_wrong"  // or too late, or tried too often: whoever guesses learns no more
	NoCode      Intent = "code_staff"  // there were enough for today: staff have to look
	CodeAbroad  Intent = "code_abroad" // none go to such a number, whoever has it: staff have to look
	OtherPhone  Intent = "other_phone"
	DeniesCode  Intent = "not_asked" // whoever got a code did not ask for it
)

// Botted begins the reason of a change message.received whose message the bot answers: the intent follows.
const Botted = "bot:"

// LeftToStaff is the reason of a change message.received whose button the bot would have answered, if staff were not talking there.
const LeftToStaff = "staff_talk"

// IntentOf reads the reason of a change message.received.
func IntentOf(reason string) (in Intent, ok bool) {
	name, ok := strings.CutPrefix(reason, Botted)
	return Intent(name), ok && name != ""
}

// ForStaff reports whether staff have to see the message as well.
func (in Intent) ForStaff() bool {
	return in == WantsPerson || in == SaysNotMe || in == NoCode || in == CodeAbroad || in == SharesCard || in == ShowsCard
}

// always reports whether the bot heeds it even while staff talk: it changes what is known of the person.
func (in Intent) always() bool {
	switch in {
	case SaysYes, SaysNo, SaysNotMe, SharesPhone, SharesCard, ClaimsPhone, WantsCode, WaitsCode, WrongCode, NoCode, CodeAbroad, OtherPhone, DeniesCode:
		return true
	}
	return false
}

// BotTalk is what the bot remembers of a conversation: it asks nothing twice, and it stops.
type BotTalk struct {
	AskedPhone   time.Time
	AskedConsent time.Time
	AskedOther   time.Time // for the phone of another contact, whose link was opened here
	Wants        time.Time // since when a person is asked for, and nobody has answered; zero: none is
	Choices      string    // the intents that were shown as numbers last, apart by blanks
	ChoicesAt    time.Time
	Hour         time.Time // since when Answers counts
	Answers      int
	Claim        Claim // of a phone that waits for its code
}

// choicesLife is how long a number means what the bot showed under it.
const choicesLife = time.Hour

// otherLife is how long a number that is typed is taken for the one that was asked for.
const otherLife = 24 * time.Hour

// AwaitsOther reports whether the phone of another contact was asked for.
func (b *BotTalk) AwaitsOther(now time.Time) bool {
	return !b.AskedOther.IsZero() && now.Sub(b.AskedOther) < otherLife
}

// Answer counts one more answer of the bot; false: there were enough for this hour, and two programs may be talking to each other.
func (b *BotTalk) Answer(most int, now time.Time) bool {
	if now.Sub(b.Hour) >= time.Hour || now.Before(b.Hour) {
		b.Hour, b.Answers = now, 0
	}
	b.Answers++
	return b.Answers <= most
}

// Flooded reports whether the person has made the bot answer so much more than it is to that it hears, and says nothing any more.
func (b *BotTalk) Flooded(most int, now time.Time) bool {
	return b.Answers > flood*most && now.Sub(b.Hour) < time.Hour
}

// flood is how many times as often the bot answers what it always heeds: each answer may cost money.
const flood = 3

// Show notes what stands under the numbers of a message.
func (b *BotTalk) Show(choices []string, now time.Time) {
	b.Choices, b.ChoicesAt = strings.Join(choices, " "), now
}

// Chosen is what a number means; empty: it is a number of the person's own.
func (b *BotTalk) Chosen(text string, now time.Time) string {
	n, err := strconv.Atoi(strings.Trim(strings.TrimSpace(text), ".)"))
	all := strings.Fields(b.Choices)
	if err != nil || n < 1 || n > len(all) || now.Sub(b.ChoicesAt) > choicesLife {
		return ""
	}
	return all[n-1]
}

// carry takes what was asked in a conversation whose chat moved here.
func (b *BotTalk) carry(from BotTalk) {
	latest(&b.AskedPhone, from.AskedPhone)
	latest(&b.AskedConsent, from.AskedConsent)
	if b.Wants.IsZero() {
		b.Wants = from.Wants
	}
	b.Claim.carry(from.Claim)
	if from.Hour.After(b.Hour) {
		b.Hour, b.Answers = from.Hour, from.Answers
	}
}

func latest(t *time.Time, at time.Time) {
	if at.After(*t) {
		*t = at
	}
}

// StaffTalking reports whether staff are talking with the person: they wrote a short while ago, or somebody has taken it on.
func (c *Conversation) StaffTalking(silent time.Duration, now time.Time) bool {
	if now.Before(c.PausedTo) {
		return true
	}
	taken := c.Assignee != "" && (c.State == Open || c.State == Snoozed && now.Before(c.SnoozedTo))
	return taken || !c.StaffAt.IsZero() && now.Sub(c.StaffAt) < silent
}

// Bot is how the bot answers by itself. The zero value answers nothing.
type Bot struct {
	// Understand tells what a message, or the answer of a button, asks of the bot. It is pure. Nil: nothing is understood.
	Understand func(text string, pressed bool) Intent
	Silent     time.Duration // after staff wrote
	Most       int           // answers per conversation and hour
}

// meant is what the person says with a text: a number means what the bot showed under it.
func (c Core) meant(t *Turn, text string, now time.Time) string {
	if c.Bot.Understand == nil || !Messenger(t.Event.Chat.Channel) {
		return text
	}
	if said := t.Conversation.Bot.Chosen(text, now); said != "" && t.Offered {
		return said
	}
	return text
}

// Asked is what a message asks of the bot, were nobody talking there; empty: nothing.
func (c Core) Asked(t *Turn, now time.Time) Intent {
	e := &t.Event
	text := e.Data
	if e.Kind != Pressed {
		text = c.meant(t, e.Text, now)
	}
	return c.asked(t, text)
}

func (c Core) asked(t *Turn, text string) Intent {
	e := &t.Event
	switch {
	case c.Bot.Understand == nil || !Messenger(e.Chat.Channel):
		return ""
	case t.Asks != "":
		return t.Asks
	case e.showsCard():
		return ShowsCard
	case len(e.Media) > 0 || c.Keyword(text):
		return ""
	case e.Kind == Shared:
		return SharesPhone
	}
	in := c.Bot.Understand(text, e.Kind == Pressed || text != e.Text)
	if t.Conversation.Bot.Claim.Phone == "" && (in == WantsCode || in == OtherPhone && !t.Contact.unknown()) {
		return "" // no code is awaited: it is about something else
	}
	return in
}

// showsCard reports whether the event is nothing but a contact card, which is not known to be the person's own, where phones are shared
// as cards.
func (e *Event) showsCard() bool {
	return (e.Chat.Channel == Telegram || e.Chat.Channel == Viber) && len(e.Media) == 1 && e.Media[0].Type == "contact" && e.Text == "" && e.Data == ""
}

// unknown reports whether the person's phone is proven, and the retailer has told of nobody who has it: it may be another one that the shop
// knows the person by.
func (c *Contact) unknown() bool { return c.ExternalID == "" && c.Phone != "" && !c.PhoneClaimed }

// understand decides whether the bot answers a message by itself.
func (c Core) understand(t *Turn, text string, now time.Time) {
	e := &t.Event
	in := c.asked(t, text)
	switch {
	case in == "" || in == SaysNotMe && !t.Contact.told():
		return
	case !in.always() && t.Conversation.StaffTalking(c.Bot.Silent, now):
		t.LeftToStaff = e.Kind == Pressed
		return
	case !t.Conversation.Bot.Answer(c.Bot.Most, now) && !in.always():
		return
	}
	t.Intent = in
	t.heed(now)
}

// Keyword reports whether a text is one of the words about consent, which have an answer of their own.
func (c Core) Keyword(text string) bool {
	return c.Heard(text).Means != MeansNothing
}

// heed does what an intent changes by itself.
func (t *Turn) heed(now time.Time) {
	switch t.Intent {
	case SaysYes:
		t.give(DialogueConsent, now)
	case SaysNo:
		t.deny(DialogueConsent, false, now)
	case WantsPerson:
		t.wantsPerson(now)
	case SaysNotMe:
		t.disown(now)
	case OtherPhone:
		t.Conversation.Bot.Claim.Drop()
		t.Conversation.Bot.AskedPhone = now
		if c := &t.Contact; c.ExternalID != "" || c.Phone != "" && !c.PhoneClaimed { // else any number that is typed is one that was asked for
			t.Conversation.Bot.AskedOther = now
		}
	}
}

// wantsPerson notes since when a person is asked for.
func (t *Turn) wantsPerson(now time.Time) {
	if b := &t.Conversation.Bot; b.Wants.IsZero() {
		b.Wants = now
		t.Note(Change{Type: PersonWanted, Channel: t.Event.Chat.Channel})
	}
}

// PersonWanted is the type of the change by which a person is asked for, and nobody has answered yet.
const PersonWanted = "conversation.person_wanted"

// DialogueConsent is the source of what a person answered to the bot's question.
const DialogueConsent = "dialogue:consent"

// told reports whether somebody told us of the person, or the person proved to be somebody: there is a name to be wrong about.
func (c *Contact) told() bool {
	return c.ExternalID != "" || c.Phone != "" && !c.PhoneClaimed && !c.PhoneHeard
}

// Verified reports whether a chat of the contact may be shown what the retailer knows of the person: a messenger proved the phone, a
// personal link led there, or the retailer told the address. A phone that is only claimed proves nothing, and neither does one whose owner
// said that the retailer takes them for somebody else.
func (c *Contact) Verified() bool {
	return c.ExternalID != "" || c.Phone != "" && !c.PhoneClaimed && !c.Disowns()
}

// disown takes the chat away from the contact at the person's own word: the number, or the account, is somebody else's now. Whoever
// writes is a stranger from here on. What was forbidden in the chat stays forbidden there.
func (t *Turn) disown(now time.Time) {
	e, old := &t.Event, t.Contact
	places := []Address{e.Chat}
	for _, a := range append(old.Chat(e.Chat), e.Twin()) {
		if a.ID != "" && !slices.Contains(places, a) {
			places = append(places, a)
		}
	}
	disowned := old.Disowned
	if phone := e.Proves(); phone != "" && (old.Phone == phone || old.Named("phone", phone) || old.Named(NameClaimed, phone)) {
		disowned = phone
		old.loseNumber(phone) // the number itself has another owner
		t.Proven = Owner{}
	}
	t.lose(old, now, places...)
	bot := t.Conversation.Bot
	t.NewContact, t.Conversation = true, Conversation{Bot: BotTalk{Hour: bot.Hour, Answers: bot.Answers, Claim: bot.Claim}}
	t.Contact = Contact{Name: e.callsItself(), Locale: old.Locale, Created: now, Disowned: disowned}
	for _, a := range places {
		t.Contact.Set(a, Active, now)
	}
	if len(places) == 2 {
		t.Contact.pair(places[0], places[1], now)
	}
	t.Note(Change{Type: "contact.updated", Contact: old.ID, Channel: e.Chat.Channel, Reason: ReasonNotMe})
	t.Note(Change{Type: "contact.created", Channel: e.Chat.Channel, Reason: ReasonNotMe})
	t.numbered(now)
	t.inherit(&old, now)
}

// ReasonNotMe: the person said that they are not who the chat belonged to.
const ReasonNotMe = "not_me"

package bots

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Core holds the pure rules of a conversation: who an event comes from, what it appends, proves and forbids.
type Core struct {
	Keywords
	// Welcome words what is said in the response to the call by which a person opens the bot. It is pure. Nil: nothing is said.
	Welcome func(contact *Contact, channel string) Outgoing
	// NotYours words the same for a person whose link was another's, by the reason. It is pure. Nil: as if it were no link.
	NotYours func(refused string, contact *Contact, channel string) Outgoing
	// Greets reports whether a text is nothing but what a link of ours wrote for the person. Nil: none is.
	Greets func(text string) bool
	Bot    Bot
}

// ErrUnreadable is an event that no rule can take: it goes to quarantine.
var ErrUnreadable = errors.New("the event cannot be understood")

// Apply decides what one event changes. It is pure: it changes only the turn, and may run more than once.
func (c Core) Apply(t *Turn, now time.Time) error {
	e := &t.Event
	switch e.Kind {
	case Reported:
		return t.reported()
	case ByOwner:
		t.byOwner(now)
		return nil
	case Moved:
		return t.renumbered(now)
	}
	if err := t.whose(now); err != nil {
		return err
	}
	switch e.Kind {
	case Wrote:
		c.wrote(t, now)
	case Started, Opened:
		c.started(t, now)
	case Shared:
		t.strays(now)
		t.shared(now)
		if e.Phone != "" || t.Asks != "" || e.showsCard() {
			c.understand(t, e.Text, now)
		}
		t.append(TextMessage, e.Text, now)
		t.answered()
	case Pressed:
		c.consent(t, e.Data, now)
		c.understand(t, e.Data, now)
		t.append(PressMessage, e.Data, now)
		t.engaged("button")
	case Reacted:
		if e.Data == "" {
			return nil // taken back: what was proven stays proven
		}
		t.append(ReactionMessage, e.Data, now)
		t.engaged("reaction")
	case Edited:
		if said := c.Heard(e.Text); said.no() { // a yes is said anew: messengers tell of edits that nobody made
			t.deny("keyword:"+said.Word, said.Means == MeansStopAll, now)
		}
		t.append(EditMessage, e.Text, now)
	case Deleted:
		if t.known() {
			t.append(DeleteMessage, "", now)
		}
	case Blocked:
		t.blocked(now)
	case Unblocked:
		t.Note(Change{Type: "contact.unblocked", Channel: e.Chat.Channel})
	case WayOut:
		t.deny("page", false, now)
	case Silenced:
		t.deny("page", true, now)
	case NoAds:
		t.deny("stop:"+e.Chat.Channel, false, now)
	case Allowed:
		if !e.outOfDate(t.Contact.Marketing.At) {
			t.give("page", now)
		}
	case Unsilent:
		if !e.outOfDate(t.Contact.All.At) {
			t.unsilence("page", now)
		}
	case Wished:
		return t.wished(now)
	case Clicked:
		t.Proofs = append(t.Proofs, Proof{Kind: "click", Level: Engaged, At: e.At, Step: e.Step, Delivery: e.Delivery})
	default:
		return fmt.Errorf("%w: kind %q", ErrUnreadable, e.Kind)
	}
	return nil
}

// whose finds the contact of an event, moves an address that a link or a shared phone claims, and makes a contact for a
// stranger.
func (t *Turn) whose(now time.Time) error {
	e := &t.Event
	if e.known() {
		if t.Contact.ID == 0 {
			return fmt.Errorf("%w: %s without a contact", ErrUnreadable, e.Kind)
		}
		return nil
	}
	if e.Kind == "" && e.Chat.ID == "" {
		return fmt.Errorf("%w: it is not what it calls itself", ErrUnreadable) // an adapter keeps what it could not read
	}
	if e.Chat.Channel == "" || e.Chat.ID == "" {
		return fmt.Errorf("%w: %s without an address", ErrUnreadable, e.Kind)
	}
	t.doubtCard(now)
	forbade := t.abandoned(now)
	t.owner(now)
	if t.Contact.ID == 0 && (e.Kind == Blocked || e.Kind == Deleted) {
		return nil // a stranger shut a door nobody knocked at, or took back what nobody here has
	}
	if t.Contact.ID == 0 {
		t.NewContact = true
		t.Contact = Contact{Name: e.callsItself(), Locale: e.Locale, Created: now}
		if e.Chat.Channel == SMS {
			t.Contact.Phone = e.Chat.ID
		}
		t.Note(Change{Type: "contact.created", Channel: e.Chat.Channel})
	}
	if t.Contact.Name == "" {
		t.Contact.Name = e.callsItself()
	}
	if t.Contact.Locale == "" {
		t.Contact.Locale = e.Locale
	}
	if e.Kind != Blocked {
		t.active(now)
		t.numbered(now)
		t.came(now)
	}
	t.inherit(&forbade, now)
	t.inheritWishes(&forbade.Wishes, now)
	return nil
}

// known reports whether the event has somebody whose it is.
func (t *Turn) known() bool { return t.Contact.ID != 0 || t.NewContact }

// active notes that the person was heard at the address.
func (t *Turn) active(now time.Time) {
	was := t.Contact.Address(t.Event.Chat)
	fresh := was == nil
	state := Active
	if t.Event.Kind == Opened {
		state = Unverified
		if !fresh {
			state = was.State // looking in opens nothing that was shut, and shuts nothing
		}
	}
	if t.Contact.Set(t.Event.Chat, state, now) {
		t.Contact.Updated = now
	}
	if fresh || t.Event.opens() || t.Way.Refused == LinkUnproven {
		t.Note(Change{Type: "contact.linked", Channel: t.Event.Chat.Channel, State: string(t.Event.Kind), Reason: t.Way.Refused})
	}
	t.activeToo(now)
}

// doubtCard takes a phone shared on Viber as a mere card when it is somebody's already, or when the person has another that was told
// or proven. Viber tells no phones, and a changed client can send any card as its own: whoever sends another person's must not get
// what is meant for that person. So is every card for which a code is asked (Turn.Asks); without codes, one that is nobody's yet is kept as
// claimed. On WhatsApp a card says nothing: the messenger itself tells the phone of who writes, where it may.
func (t *Turn) doubtCard(now time.Time) {
	e := &t.Event
	if e.Kind != Shared || e.Coded || e.Chat.Channel != Viber && !TwoAddresses(e.Chat.Channel) {
		return
	}
	others := t.Claimed.ID != 0 && t.Claimed.ID != t.Contact.ID
	known := t.Contact.Phone != "" && !t.Contact.PhoneClaimed && t.Contact.Phone != e.Phone
	if !others && !known && e.Chat.Channel == Viber && t.Asks == "" {
		return
	}
	e.Media, e.Phone = []Media{{Type: "contact", Text: e.Phone}}, ""
	t.Claimed, t.ClaimedTalk = Contact{}, Conversation{}
	t.Note(Change{Type: "contact.phone_unproven", Channel: e.Chat.Channel})
	if bot := &t.Conversation.Bot; others && !known && t.Asks == "" && e.Chat.Channel == Viber {
		t.Asks = SharesCard // what the person reads must not tell that we know the number
		bot.Claim.Phone, bot.Claim.Chat, bot.Claim.Asked = e.Media[0].Text, e.Chat, now
	}
}

// strays takes a phone that is proven and nobody's for no answer, where the phone that another contact's link came to was asked for: it
// was mistyped, or is another one of the person's own. Whoever is known keeps the phone that the retailer tells, and is asked again.
func (t *Turn) strays(now time.Time) {
	e, c := &t.Event, &t.Contact
	own := c.Phone == e.Phone || c.Named("phone", e.Phone)
	if e.Phone == "" || own || c.Phone == "" || c.PhoneClaimed || !t.Conversation.Bot.AwaitsOther(now) {
		return
	}
	if !e.Coded {
		e.Media = []Media{{Type: "contact", Text: e.Phone}}
	}
	e.Phone, t.Asks = "", OtherPhone
}

func (t *Turn) shared(now time.Time) {
	if t.Event.Phone == "" {
		return
	}
	claimed := t.Event.Chat.Channel == Viber && !t.Event.Coded // told, not proven: see doubtCard
	t.Contact.PhoneHeard = false
	if t.Contact.Phone != t.Event.Phone {
		t.Contact.PhoneClaimed = claimed
		t.Contact.Remove(Address{Channel: SMS, ID: t.Contact.Phone}) // texts go to the number the person gave
		t.Contact.Phone = t.Event.Phone
		t.Contact.Updated = now
		t.Note(Change{Type: "contact.updated", Channel: t.Event.Chat.Channel, Reason: "phone shared"})
	}
	state := Unverified
	if !claimed {
		state, t.Contact.PhoneClaimed = Active, false
	}
	if at := (Address{Channel: SMS, ID: t.Event.Phone}); state == Active || t.Contact.Address(at) == nil {
		t.Contact.Set(at, state, now)
	}
}

func (c Core) wrote(t *Turn, now time.Time) {
	e := &t.Event
	said := c.meant(t, e.Text, now)
	t.keyword = c.consent(t, said, now)
	c.understand(t, said, now)
	t.append(TextMessage, e.Text, now)
	t.answered()
}

// started takes a person who opened the bot.
func (c Core) started(t *Turn, now time.Time) {
	e := &t.Event
	if e.Text != "" { // where opening is a message of its own
		t.append(TextMessage, e.Text, now)
		t.unreferenced()
	}
	say := c.Welcome
	if t.Way.Refused != "" && c.NotYours != nil {
		say = func(to *Contact, channel string) Outgoing { return c.NotYours(t.Way.Refused, to, channel) }
	}
	if !e.Answerable || say == nil {
		return
	}
	out := say(&t.Contact, e.Chat.Channel)
	if asksPhone(out.Buttons) {
		t.Conversation.Bot.AskedPhone = now
	}
	t.Said = &Message{To: e.Chat, Channel: e.Chat.Channel, Text: out.Text, Markup: out.Markup, Media: Picture(out.Image), Buttons: out.Buttons, At: now}
	for i := range t.Changes {
		if t.Changes[i].Type == "contact.linked" && t.Way.Refused == "" {
			t.Changes[i].Reason = Welcomed
		}
	}
}

// asksPhone reports whether the person is asked to share the phone.
func asksPhone(buttons []Button) bool {
	return slices.ContainsFunc(buttons, func(b Button) bool { return b.Data == ShareContact })
}

// Welcomed is the reason of a change contact.linked whose person was greeted in the response to the call.
const Welcomed = "welcomed"

// opens reports whether the person opened the bot, perhaps by a link of ours.
func (e *Event) opens() bool { return e.Kind == Started || e.Kind == Opened }

// byLink reports whether a payload of the event is what a link of ours carried: where links carry nothing but a text, the person wrote it.
func (e *Event) byLink() bool {
	return e.opens() || e.Kind == Wrote && TwoAddresses(e.Chat.Channel) && e.Payload != ""
}

// outOfDate reports whether something was said on our page in sight of another word than the one that stands.
func (e *Event) outOfDate(stands time.Time) bool {
	return e.Shown != nil && e.Shown.UnixMicro() != stands.UnixMicro()
}

// known reports whether the event came through a link of ours, or about a message of ours, which tells whose it is.
func (e *Event) known() bool {
	switch e.Kind {
	case WayOut, Silenced, Allowed, Unsilent, Wished, Clicked, NoAds:
		return true
	}
	return false
}

// append puts the event into the conversation.
func (t *Turn) append(kind MessageKind, text string, now time.Time) {
	e := &t.Event
	at := t.saidAt(now)
	t.Message = &Message{In: true, Kind: kind, To: e.Chat, Channel: e.Chat.Channel, Text: text, Media: named(e.Media), ProviderID: e.MessageID, At: at, Came: e.ArrivedAt}
	changed := "message.received"
	switch kind {
	case EditMessage:
		changed = "message.edited"
	case DeleteMessage:
		changed = "message.deleted"
	}
	t.Note(Change{Type: changed, Channel: e.Chat.Channel, State: string(e.Kind), Reason: t.botted()})
	if !e.At.IsZero() && !e.Timeless {
		t.Conversation.did(e.Chat.Channel, at)
	}
	if e.Kind == Started {
		t.Conversation.used(t.Message) // nobody waits for an answer to a /start
		return
	}
	if changed == "message.received" && t.heard() {
		t.Note(Change{Type: "conversation.opened", Channel: e.Chat.Channel})
	}
}

// heard takes the message into the head: one that the bot answers waits for nobody, unless staff have to see it.
func (t *Turn) heard() (opened bool) {
	switch {
	case t.LeftToStaff || t.Intent.ForStaff():
		return t.Conversation.waits(t.Message, t.Message.NeedsNobody() && !t.Intent.ForStaff())
	case t.Intent != "":
		return t.Conversation.passing(t.Message)
	case t.keyword && t.Message.Kind == TextMessage:
		return t.Conversation.waits(t.Message, true)
	}
	return t.Conversation.Heard(t.Message)
}

// botted is the reason of the message's change: what became of it.
func (t *Turn) botted() string {
	switch {
	case t.Intent != "":
		return Botted + string(t.Intent)
	case t.LeftToStaff:
		return LeftToStaff
	}
	return ""
}

func (t *Turn) blocked(now time.Time) {
	if t.Contact.ID == 0 {
		return
	}
	if !t.heardSince(now) {
		for _, a := range t.Contact.Chat(t.Event.Chat) {
			t.Contact.Set(a, BlockedState, now)
		}
		t.Contact.Updated = now
		t.Note(Change{Type: "contact.blocked", Channel: t.Event.Chat.Channel})
	}
	t.deny("block:"+t.Event.Chat.Channel, false, now)
}

// heardSince reports whether the person has done something on the event's channel after the event, which was told late.
func (t *Turn) heardSince(now time.Time) bool {
	return t.Conversation.LastDidOn == t.Event.Chat.Channel && t.Conversation.LastDid.After(t.saidAt(now))
}

// saidAt is when the event happened, by the messenger's clock, and now at the latest: a wild time must not outlast every later
// word.
func (t *Turn) saidAt(now time.Time) time.Time {
	if at := t.Event.At; !at.IsZero() && at.Before(now) {
		return at
	}
	return now
}

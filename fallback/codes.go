package fallback

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// A phone that is only the person's word (a card on Viber, a number that was typed) is proven by a one-time code that goes to that phone.
// Until then nothing is known of who owns it: no name, no balance, no link, no consent moves, and every answer is the same whether we know
// the number or not.
//
// The code answers a person's own message, so that it is of purpose conversation: it goes at once, at night too, and needs no consent to
// marketing. But who reads it may have asked for nothing: a no to everything that stands at the number, or that its owner said, keeps it
// back, and so does "not me" under an earlier one, for a day. Whoever waits for it is told the same as ever.

// CodeRules bound the one-time codes. Without a key, with PerDay 0, or without texts, none are sent, and a phone stays claimed.
type CodeRules struct {
	Key       bots.Secret
	Life      time.Duration
	Pause     time.Duration // before a further code for the same phone
	Tries     int           // answers to one code
	PerPerson int           // codes in a day, whatever the phones
	PerPhone  int           // whoever asks
	PerDay    int           // in all: somebody may ask in the name of many
	// Countries (ISO 3166) are those to whose mobiles codes go; none: to all numbers. Whoever gets a share of what a text to a number abroad
	// costs has many of them.
	Countries []string
}

// Codes is what is kept of the codes of one phone, of one chat, or of all of them; it names nobody.
type Codes struct {
	Since  time.Time // since when Sent counts
	Sent   int
	At     time.Time // when the last one went out
	To     string    // which chat got it, keyed; empty: a text
	Denied time.Time // when its owner said that nobody asked
	Drawn  []Drawn   // the last ones; of a chat, those that were asked for there
}

// allCodes is under which name the codes of all phones are counted.
const allCodes = "all"

const codeDay = 24 * time.Hour

// codeLate is for how long digits are taken for a code that is over: the same answer as to a wrong one.
const codeLate = 24 * time.Hour

// On reports whether phones are proven by codes.
func (k *CodeRules) On(r *Rules) bool { return k.Key != "" && k.PerDay > 0 && r.on(bots.SMS) }

// goes reports whether codes go to such a number. It asks for nothing but the number itself, so that it says nothing of who has it.
func (k *CodeRules) goes(phone string) bool {
	return len(k.Countries) == 0 || bots.Textable(phone) && slices.Contains(k.Countries, bots.PhoneCountry(phone))
}

// keyed is a short hash that only the owner of the key can make.
func (k *CodeRules) keyed(parts ...string) string {
	mac := hmac.New(sha256.New, []byte(k.Key.Reveal()))
	for _, p := range parts {
		fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

func (k *CodeRules) phone(number string) string { return k.keyed("phone", number) }

func (k *CodeRules) chat(a bots.Address) string { return k.keyed("chat", a.Channel, a.ID) }

// seal is what is kept of a code: it fits nothing but this claim.
func (k *CodeRules) seal(c *bots.Claim, code string) string {
	return k.keyed("code", c.Chat.Channel, c.Chat.ID, c.Phone, c.Asked.UTC().Format(time.RFC3339Nano), code)
}

// counted are the codes since a day that is not over.
func (n *Codes) counted(now time.Time) int {
	if now.Sub(n.Since) >= codeDay || now.Before(n.Since) {
		return 0
	}
	return n.Sent
}

func (n *Codes) add(now time.Time) {
	n.Sent = n.counted(now) + 1
	if n.Sent == 1 {
		n.Since = now
	}
}

// denies reports whether the owner of a phone said lately that nobody asked for codes there, after a claim began.
func (n *Codes) denies(since, now time.Time) bool {
	return !n.Denied.IsZero() && now.Sub(n.Denied) < codeDay && !n.Denied.Before(since)
}

// claims reads what an event has to do with a phone that its person claims, before the rules of a conversation do.
func claims(tx Tx, t *bots.Turn, r *Rules) {
	k, e := &r.Codes, &t.Event
	if !k.On(r) || !bots.Messenger(e.Chat.Channel) || r.Core.Bot.Understand == nil {
		return
	}
	switch e.Kind {
	case bots.Shared:
		if e.Chat.Channel == bots.Viber && !owns(tx, t, e.Phone) {
			t.Asks = k.ask(tx, t, e.Phone)
		}
	case bots.Wrote:
		if !k.answer(tx, t) && len(e.Media) == 0 {
			k.asked(tx, t, r)
		}
	case bots.Pressed:
		k.asked(tx, t, r)
	}
}

// owns reports whether a phone is the person's already: no code is needed. Whoever only claims one is not found by it.
func owns(tx Tx, t *bots.Turn, phone string) bool {
	return t.Contact.ID != 0 && t.Contact.Phone == phone && tx.FindContact(bots.Ref{Kind: "phone", Value: phone}) == t.Contact.ID
}

// asked takes what is said about codes besides the codes themselves, and a number that is typed.
func (k *CodeRules) asked(tx Tx, t *bots.Turn, r *Rules) {
	claim := &t.Conversation.Bot.Claim
	switch in := r.Core.Asked(t, tx.Now()); in {
	case bots.WantsCode:
		if t.Asks = bots.OtherPhone; claim.Phone != "" && here(tx, t) {
			t.Asks = k.ask(tx, t, claim.Phone)
		}
	case bots.SaysNotMe:
		if k.gotOne(tx, t) { // it is about the code that came here just now, not about whose chat it is
			t.Asks = bots.DeniesCode
		}
	case "":
		if phone := typed(t, r, tx.Now()); phone != "" {
			t.Asks = k.ask(tx, t, phone)
		}
	}
}

// here reports whether the claim of a conversation was made in the event's chat, which has two addresses on WhatsApp.
func here(tx View, t *bots.Turn) bool {
	return slices.Contains(sides(tx, t.Event.Chat, t.Event.Twin()), t.Conversation.Bot.Claim.Chat)
}

// typed is the number that a message is nothing but, of a person whose phone we asked for and do not know, or who opened another contact's
// link; empty: it is for staff.
func typed(t *bots.Turn, r *Rules, now time.Time) string {
	c, e, bot := &t.Contact, &t.Event, &t.Conversation.Bot
	known := c.Phone != "" && !c.PhoneClaimed || e.Proves() != ""
	asked := !known && !bot.AskedPhone.IsZero() || bot.AwaitsOther(now)
	if e.Kind != bots.Wrote || !asked || t.Conversation.StaffTalking(r.Core.Bot.Silent, now) || strings.ContainsAny(e.Text, "\n\r") {
		return ""
	}
	phone, err := bots.Phone(e.Text, r.Country)
	if err != nil {
		return ""
	}
	return phone
}

// gotOne reports whether a code for somebody's claim of the person's phone went to this chat a short while ago.
func (k *CodeRules) gotOne(tx Tx, t *bots.Turn) bool {
	if t.Contact.Phone == "" {
		return false
	}
	n := tx.Codes(k.phone(t.Contact.Phone))
	return n.To == k.chat(t.Event.Chat) && tx.Now().Sub(n.At) < k.Life
}

// ask begins a claim, whose code the dialogue draws, if there were not too many.
func (k *CodeRules) ask(tx Tx, t *bots.Turn, phone string) bots.Intent {
	claim, now := &t.Conversation.Bot.Claim, tx.Now()
	if claim.Phone == phone && here(tx, t) && now.Sub(claim.Asked) < k.Pause {
		return bots.WaitsCode
	}
	if !k.goes(phone) {
		return bots.CodeAbroad
	}
	of, all := tx.Codes(k.phone(phone)), tx.Codes(allCodes)
	switch {
	case all.counted(now) >= k.PerDay: // first: it stands in the way of everybody
		t.NoCode = CodesSpent
	case of.counted(now) >= k.PerPhone:
		t.NoCode = PhoneSpent
	case claim.Counted(now) >= k.PerPerson:
		t.NoCode = PersonSpent
	}
	if t.NoCode != "" {
		return bots.NoCode
	}
	of.add(now)
	all.add(now)
	all.At = now
	tx.PutCodes(k.phone(phone), of)
	tx.PutCodes(allCodes, all)
	claim.Next(phone, t.Event.Chat, now.UTC().Truncate(time.Microsecond))
	return bots.ClaimsPhone
}

// answer takes a message that may be the code of a claim; it reports whether it was one, right or not. The right one makes the event a
// phone that is proven.
func (k *CodeRules) answer(tx Tx, t *bots.Turn) bool {
	claim, e, now := &t.Conversation.Bot.Claim, &t.Event, tx.Now()
	code := bots.ReadCode(e.Text)
	if code == "" || len(e.Media) > 0 || claim.Phone == "" || !here(tx, t) || claim.Hash == "" || claim.Tries >= k.Tries || now.Sub(claim.Asked) >= codeLate {
		return false
	}
	claim.Tries++
	of := tx.Codes(k.phone(claim.Phone))
	fits := hmac.Equal([]byte(k.seal(claim, code)), []byte(claim.Hash))
	if !fits || !now.Before(claim.Expires) || of.denies(claim.Asked, now) {
		t.Asks = bots.WrongCode
		return true
	}
	phone := claim.Phone
	claim.Drop()
	if t.Contact.ID != 0 { // the chat may go to another contact now: this one must not keep a claim that was used
		t.Conversation.Contact = t.Contact.ID
		tx.PutConversation(t.Conversation)
	}
	e.Kind, e.Phone, e.Coded = bots.Shared, phone, true
	t.Claimed, t.ClaimedTalk = owner(tx, tx.FindContact(bots.Ref{Kind: "phone", Value: phone}))
	return true
}

// denied ends the claims of a phone whose owner did not ask for a code, and sends none there for a day.
func (k *CodeRules) denied(tx Tx, t *bots.Turn) {
	if t.Intent != bots.DeniesCode || t.Contact.Phone == "" || t.Contact.PhoneClaimed {
		return
	}
	n := tx.Codes(k.phone(t.Contact.Phone))
	n.Denied, n.To = tx.Now(), ""
	tx.PutCodes(k.phone(t.Contact.Phone), n)
}

// Issue puts a fresh code into the claim of a conversation, and says by which message it goes out; false: to nobody, as the owner of the
// number wants nothing of us. That looks the same to whoever claims it. On are the channels that are on.
func (k *CodeRules) Issue(tx Tx, talk *bots.Conversation, code string, on func(channel string) bool) (Ask, bool) {
	claim, now := &talk.Bot.Claim, tx.Now()
	if claim.Phone == "" || claim.Hash != "" {
		return Ask{}, false // it went out, or the person has thought better of it
	}
	claim.Hash, claim.Expires, claim.Tries = k.seal(claim, code), now.Add(k.Life), 0
	name := k.phone(claim.Phone)
	of := tx.Codes(name)
	if unwilling(tx, claim.Phone) || of.denies(time.Time{}, now) {
		return Ask{}, false
	}
	text := bots.Address{Channel: bots.SMS, ID: claim.Phone}
	a := Ask{To: talk.Contact.String(), Conversation: true, Channel: bots.SMS, Place: text, Within: k.Life}
	k.hide(&a, claim, code)
	of.To = ""
	k.draw(&of, name, code, now)
	asker := tx.Codes(k.chat(claim.Chat))
	k.draw(&asker, k.chat(claim.Chat), code, now)
	tx.PutCodes(k.chat(claim.Chat), asker)
	if c := tx.Contact(tx.FindContact(bots.Ref{Kind: "phone", Value: claim.Phone})); c != nil {
		a.To = c.ID.String()
		if chat, ok := proven(tx, c, on); ok && chat != claim.Chat && !claim.Again {
			a.Channel, a.Then, of.To = chat.Channel, bots.SMS, k.chat(chat)
		}
	}
	tx.PutCodes(name, of)
	return a, true
}

// proven is a chat where the owner of a phone was heard, on a channel that proves who writes.
func proven(tx View, c *bots.Contact, on func(string) bool) (bots.Address, bool) {
	channels := []string{bots.Telegram, bots.WhatsApp, bots.WhatsAppCloud}
	if last := tx.Conversation(c.ID).LastUsed; slices.Contains(channels, last) {
		channels = append([]string{last}, channels...)
	}
	for _, channel := range channels {
		if a, ok := c.At(channel); ok && a.State == bots.Active && on(channel) {
			return a.Address, true
		}
	}
	return bots.Address{}, false
}

// unwilling reports whether a no to everything stands at a number, was said by one of those who have it, or by one who was erased.
func unwilling(tx View, number string) bool {
	if no := tx.KeptNo(tx.Mark(bots.Ref{Kind: "phone", Value: number})); no.All {
		return true
	}
	if word := tx.Word(number); word.State == bots.Denied && word.Everything {
		return true
	}
	return slices.ContainsFunc(tx.Owners(bots.Ref{Kind: bots.SMS, Value: number}), func(id bots.ID) bool {
		c := tx.Contact(id)
		return c != nil && !c.Claims(number) && c.Silent()
	})
}

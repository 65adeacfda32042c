package dialogue

import (
	"strings"

	"kaskad/bots"
	"kaskad/templates"
)

// labels are what stands on the buttons of the intents.
var labels = map[bots.Intent]templates.Phrase{
	bots.WantsCard: templates.MenuCard, bots.WantsBalance: templates.MenuBalance, bots.WantsHours: templates.MenuHours, bots.WantsPerson: templates.MenuPerson,
	bots.WantsCode: templates.NewCode, bots.OtherPhone: templates.OtherPhone, bots.DeniesCode: templates.NotMe,
	bots.SaysNotMe: templates.NotMe, bots.WantsLater: templates.Later, bots.SaysYes: templates.ConsentYes, bots.SaysNo: templates.ConsentNo,
}

// confirmed is what a person reads who said a keyword: by what it made of the consent, the template.
var confirmed = map[string]string{bots.Denied.String(): "stopped", bots.Given.String(): "resumed"}

// confirms is the template that confirms a change of consent.
func confirms(c *bots.Change) string {
	if strings.HasPrefix(c.Reason, bots.AllReason) && c.State == bots.Denied.String() {
		return "stopped_all"
	}
	return confirmed[c.State]
}

// Greets is the template that greets whoever opens the bot, by why the link does not say who it is: one that was another person's, or is
// over, opens nothing.
func Greets(refused string) string {
	switch refused {
	case bots.LinkSpent, bots.LinkExpired, bots.LinkOther:
		return "link_used"
	case bots.LinkUnproven:
		return "link_other"
	}
	return "welcome"
}

// Can reports whether an intent has an answer in this configuration.
func (c *Config) Can(in bots.Intent, hours bool) bool {
	switch in {
	case bots.WantsMenu, bots.WantsPerson, bots.WantsCard, bots.SaysNotMe:
		return c.Menu
	case bots.WantsBalance:
		return c.Menu && c.Balance.APIURL != ""
	case bots.WantsHours:
		return c.Menu && hours
	case bots.SaysBegin, bots.WantsLater:
		return c.Menu || c.AskPhone || c.AskConsent
	}
	return intents(in) != nil
}

// isFAQ reports whether an intent is answered with the operator's own words.
func isFAQ(in bots.Intent) bool { return strings.HasPrefix(string(in), string(bots.FAQ)) }

// intents is how an intent is answered; nil: it is none of ours.
func intents(in bots.Intent) func(*turn) error {
	if isFAQ(in) {
		return func(t *turn) error { return t.tell(ask{template: string(in), choices: t.beside()}) }
	}
	switch in {
	case bots.WantsMenu:
		return (*turn).showMenu
	case bots.WantsCard:
		return (*turn).card
	case bots.WantsHours:
		return (*turn).hours
	case bots.WantsPerson:
		return (*turn).person
	case bots.SaysBegin, bots.WantsLater:
		return (*turn).onward
	case bots.SharesPhone, bots.SharesCard:
		return (*turn).shared
	case bots.WaitsCode, bots.WrongCode:
		return func(t *turn) error { return t.tell(ask{template: string(in), choices: t.aboutCode()}) }
	case bots.NoCode, bots.CodeAbroad, bots.DeniesCode:
		return func(t *turn) error { return t.tell(ask{template: string(in)}) }
	case bots.ShowsCard:
		return func(t *turn) error {
			return t.tell(ask{template: string(in), phone: t.contact.Phone == "" && t.canShare()})
		}
	case bots.OtherPhone:
		return func(t *turn) error { return t.tell(ask{template: string(in), phone: t.canShare(), choices: t.later()}) }
	case bots.SaysYes, bots.SaysNo:
		return func(t *turn) error { return t.tell(ask{template: string(in), choices: t.beside()}) }
	case bots.WantsCode: // the rules of codes put what comes of it in its place; here codes were switched off since
		return (*turn).onward
	case bots.SaysNotMe:
		return func(t *turn) error { return t.tell(ask{template: "not_me", choices: t.beside()}) }
	}
	return nil
}

// shared says that the phone was heard, and whether it is somebody's whom we know.
func (t *turn) shared() error {
	known := t.contact.ExternalID != ""
	if err := t.tell(ask{template: "phone_saved", data: map[string]any{"known": known}, choices: t.besidePhone(known)}); err != nil {
		return err
	}
	return t.question()
}

// besidePhone is the menu under a phone that was heard, and, where the shop knows nobody by it, a way to name another one that it does.
func (t *turn) besidePhone(known bool) []bots.Button {
	choices := t.beside()
	if !known && t.d.Codes.Key != "" && t.contact.Phone != "" && !t.contact.PhoneClaimed && t.d.Buttons[t.change.Channel] {
		choices = append(choices, t.button(bots.OtherPhone))
	}
	return choices
}

func (t *turn) confirm() error { return t.tell(ask{template: confirms(t.change)}) }

// welcome greets, and asks for the phone where a button can share it. Who is known is offered the menu, and a way to say that it is
// somebody else.
func (t *turn) welcome() error {
	if !t.talk.Bot.Answer(t.d.Config.PerHour, t.tx.Now()) {
		return nil
	}
	if t.change.Reason == bots.LinkUnproven {
		return t.tell(ask{template: Greets(t.change.Reason), phone: t.canShare(), choices: t.later()})
	}
	if t.mayAskPhone() {
		t.talk.Bot.AskedPhone = t.tx.Now()
		return t.tell(ask{template: Greets(t.change.Reason), phone: true, choices: []bots.Button{t.button(bots.WantsLater)}})
	}
	choices := t.beside()
	if t.known() && len(choices) > 0 {
		choices = append(choices, t.button(bots.SaysNotMe))
	}
	if err := t.tell(ask{template: Greets(t.change.Reason), choices: choices}); err != nil {
		return err
	}
	return t.question()
}

// known reports whether the retailer takes the person for somebody.
func (t *turn) known() bool {
	return t.contact.ExternalID != "" || t.contact.Phone != "" && !t.contact.PhoneClaimed && !t.contact.PhoneHeard
}

// mayAskPhone reports whether the phone is to be asked for: once, where it is not known and a button can share it.
func (t *turn) mayAskPhone() bool {
	return t.d.Config.AskPhone && t.contact.Phone == "" && t.canShare() && t.talk.Bot.AskedPhone.IsZero()
}

// canShare reports whether the channel has a button that shares the phone.
func (t *turn) canShare() bool {
	return t.change.Channel == bots.Telegram || t.change.Channel == bots.Viber
}

// onward asks what there is to ask, else offers the menu.
func (t *turn) onward() error {
	switch {
	case t.mayAskPhone():
		t.talk.Bot.AskedPhone = t.tx.Now()
		return t.tell(ask{template: "ask_phone", phone: true, choices: []bots.Button{t.button(bots.WantsLater)}})
	case t.mayAskConsent():
		return t.question()
	}
	return t.showMenu()
}

// mayAskConsent reports whether marketing is to be asked about: once, where nothing was said about it.
func (t *turn) mayAskConsent() bool {
	return t.d.Config.AskConsent && !t.d.OptOut && t.contact.Marketing.State == bots.Unknown && t.talk.Bot.AskedConsent.IsZero()
}

// question asks about marketing, if that was never done.
func (t *turn) question() error {
	if !t.mayAskConsent() {
		return nil
	}
	t.talk.Bot.AskedConsent = t.tx.Now()
	return t.tell(ask{template: "ask_consent", choices: []bots.Button{t.button(bots.SaysYes), t.button(bots.SaysNo), t.button(bots.WantsLater)}})
}

func (t *turn) showMenu() error {
	if !t.d.Config.Menu {
		return nil
	}
	return t.tell(ask{template: "menu", choices: t.menu()})
}

// hours says when the shop is open.
func (t *turn) hours() error {
	if t.d.Hours == nil {
		return t.showMenu()
	}
	now := t.d.Hours.At(t.tx.Now())
	data := map[string]any{
		"now_open": now.Open, "until": now.until(), "opens": t.opens(now), "week": t.d.Hours.week(t.days(), t.phrase(templates.DayOff)),
		"soon": t.d.Hours.soon(t.tx.Now(), t.phrase(templates.DayOff)),
	}
	if err := t.tell(ask{template: "hours", data: data, choices: t.beside()}); err != nil {
		return err
	}
	return t.afterwards()
}

// person says that staff will answer, and when.
func (t *turn) person() error {
	opens := ""
	if t.d.Hours != nil {
		hours := t.d.Hours.At(t.tx.Now())
		if opens = t.opens(hours); opens != "" {
			t.talk.Bot.Away = hours.Opens.UTC()
		}
	}
	return t.tell(ask{template: "person", data: map[string]any{"opens": opens}})
}

// afterwards asks about marketing where nobody opens a bot: on WhatsApp, after the first answer.
func (t *turn) afterwards() error {
	if bots.TwoAddresses(t.change.Channel) {
		return t.question()
	}
	return nil
}

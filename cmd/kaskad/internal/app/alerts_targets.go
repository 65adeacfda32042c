package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/bots/telegram"
	"kaskad/cmd/kaskad/internal/alert"
	"kaskad/cmd/kaskad/internal/mail"
	"kaskad/fallback"
)

// Hears is what one target wants to hear.
type Hears struct {
	From  string     `toml:"from"` // "warning": everything; "critical"
	Hours AlertHours `toml:"hours"`
}

// AlertHours are those in which a target hears what is not critical, in the company's zone.
type AlertHours struct {
	From string `toml:"from"`
	To   string `toml:"to"`
}

// The targets of alerts.
const (
	staffTarget   = "staff"
	ownerTarget   = "owner"
	mailTarget    = "mail"
	webhookTarget = "webhook"
)

// targets are those that the configuration names, with how each is told.
func (a *App) targets() []alert.Target {
	c := a.cfg.Alerts
	var all []alert.Target
	add := func(name string, tell func(context.Context, string, []alert.Line) error) {
		all = append(all, alert.Target{Name: name, Rules: c.rules(name, a.cfg.Company.Timezone), Tell: tell})
	}
	if c.Staff {
		add(staffTarget, a.alertStaff)
	}
	if c.Owner != "" {
		add(ownerTarget, a.alertOwner)
	}
	if c.Mail.On() {
		a.post = mail.New(c.Mail)
		add(mailTarget, a.alertMail)
	}
	if c.Webhook != "" {
		add(webhookTarget, a.alertWebhook)
	}
	return all
}

// rules are what a target hears; what is wrong with them was said when the configuration was read.
func (c *Alerts) rules(name, zone string) alert.Rules {
	h := c.Hears[name]
	r := alert.Rules{Critical: h.From == "critical"}
	r.From, _ = minuteOf(h.Hours.From)
	r.To, _ = minuteOf(h.Hours.To)
	if at, err := time.LoadLocation(zone); err == nil {
		r.Zone = at
	}
	return r
}

// minuteOf reads a time of day; an empty one is midnight.
func minuteOf(text string) (int, bool) {
	if text == "" {
		return 0, true
	}
	at, err := time.Parse("15:04", text)
	return at.Hour()*60 + at.Minute(), err == nil
}

// hears looks for rules of targets that there are not, and for rules that cannot be read.
func (l *loader) hears(c *Alerts) {
	on := map[string]bool{staffTarget: c.Staff, ownerTarget: c.Owner != "", mailTarget: c.Mail.On(), webhookTarget: c.Webhook != ""}
	for name, h := range c.Hears {
		key := "alerts.hears." + name
		if is, known := on[name]; !known {
			l.add(key, "is no target: write staff, owner, mail or webhook")
			continue
		} else if !is {
			l.warn(key, "%s is not told anything: it is not written in [alerts]", name)
		}
		if h.From != "" && h.From != "critical" && h.From != "warning" {
			l.add(key+".from", "%q: write critical, or warning for everything", h.From)
		}
		_, from := minuteOf(h.Hours.From)
		_, to := minuteOf(h.Hours.To)
		if written := h.Hours.From != "" || h.Hours.To != ""; !from || !to || written && h.Hours.From == h.Hours.To {
			l.add(key+".hours", "write from when to when, such as { from = \"08:00\", to = \"20:00\" }")
		}
	}
}

// owner looks whether an owner is written as one can be told.
func (l *loader) owner(cfg *Config) {
	o := cfg.Alerts.Owner
	if o == "" {
		return
	}
	if id, is := strings.CutPrefix(o, bots.Telegram+":"); !is || !telegram.IsPerson(id) {
		l.add("alerts.owner", "%q is nobody: write telegram: and the number of an account, such as telegram:123456789", o)
	}
	if cfg.Telegram.Token == "" {
		l.add("alerts.owner", "cannot be told without [telegram] token")
	}
}

// alertStaff posts in the first group of staff. Where nothing can be posted now, another target is to be used.
func (a *App) alertStaff(ctx context.Context, _ string, lines []alert.Line) error {
	now := a.condition()
	bad := now.degraded()
	for _, name := range []string{bots.Staff, bots.Telegram} {
		if _, is := bad[name]; is {
			return fmt.Errorf("%s itself is not well, so nothing is posted", name)
		}
	}
	return a.engine.Staff(ctx, a.db, func(tx fallback.Tx, post fallback.Poster) error {
		room, err := fallback.ReadStaffRoom(tx, "")
		if err != nil {
			return err
		}
		if room.Group == "" {
			return errors.New("no group is bound: kaskad staff code")
		}
		_, err = post(room.Contact, alert.Words(a.cfg.Company.Locale, lines), fallback.Post{})
		return err
	})
}

// alertOwner writes in the owner's own chat. It asks Telegram itself, beside the road that messages to people take: what holds that road up is
// what the owner is to hear of, and the answer says whether it arrived.
func (a *App) alertOwner(ctx context.Context, _ string, lines []alert.Line) error {
	c := a.channels[bots.Telegram]
	if c == nil || c.staff == nil {
		return errors.New("there is no bot of Telegram")
	}
	_, id, _ := strings.Cut(a.cfg.Alerts.Owner, ":")
	_, err := c.staff.Send(ctx, bots.Outgoing{To: bots.Address{Channel: bots.Telegram, ID: id}, Text: alert.Words(a.cfg.Company.Locale, lines)})
	return ownerTold(err)
}

// ownerTold is why the owner was not told, in words that say what to do.
func ownerTold(err error) error {
	if err == nil {
		return nil
	}
	switch bots.FaultOf(err).Fault {
	case bots.Unreachable, bots.Refused:
		return errors.New("the bot may not write there: the owner has to open the bot and press Start, and not block it; and the number in [alerts] owner has to be right")
	case bots.Misconfigured:
		return errors.New("telegram refuses the bot: kaskad check --live says why")
	case bots.Uncertain:
		return errors.New("telegram did not answer; it may have arrived")
	}
	return errors.New("telegram does not take it now")
}

// alertMail writes to those who look after the program.
func (a *App) alertMail(ctx context.Context, id string, lines []alert.Line) error {
	text := alert.Words(a.cfg.Company.Locale, lines)
	subject, _, _ := strings.Cut(text, " — ")
	if a.cfg.Company.Name != "" {
		subject = a.cfg.Company.Name + ": " + subject
	}
	refused, err := a.post.Send(ctx, mail.Letter{ID: id, Subject: subject, Text: text})
	if err == nil && refused > 0 {
		a.log.Warn("some addresses of [alerts.mail] took no mail", "refused", refused)
	}
	return err
}

// alertWebhook calls the operator's address.
func (a *App) alertWebhook(ctx context.Context, id string, lines []alert.Line) error {
	type told struct {
		State string `json:"state"`
		alert.Open
	}
	body := struct {
		Type string `json:"type"`
		Text string `json:"text"`
		Data []told `json:"alerts"`
	}{Type: "alert", Text: alert.Words(a.cfg.Company.Locale, lines), Data: []told{}}
	for _, l := range lines {
		if l.Stage == alert.Trial {
			body.Type = "test"
			continue
		}
		body.Data = append(body.Data, told{[]string{"raised", "lasting", "resolved"}[l.Stage], l.Open})
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return a.webhooks.Say(ctx, a.cfg.Alerts.Webhook, a.cfg.Alerts.WebhookSecret.Reveal(), id, raw)
}

// woken asks whether those could be woken whom something else than our own store has to reach: the owner's chat, the mail server.
func (f *Findings) woken(ctx context.Context, cfg *Config, channels map[string]*channel) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	said := func(what string, err error, well string) {
		if err != nil {
			f.failed = true
			f.say("alerts: %s: %v", what, err)
			return
		}
		f.say("alerts: %s: %s", what, well)
	}
	if c := channels[bots.Telegram]; c != nil && c.staff != nil && cfg.Alerts.Owner != "" {
		_, id, _ := strings.Cut(cfg.Alerts.Owner, ":")
		said(ownerTarget, ownerTold(c.staff.MayWrite(ctx, id)), "the bot may write there")
	}
	if cfg.Alerts.Mail.On() {
		said(mailTarget, mail.New(cfg.Alerts.Mail).Check(ctx), "the server lets us in; whether it takes mail says kaskad alerts test")
	}
}

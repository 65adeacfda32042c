package fallback

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/templates"
)

// A text to somebody whom no messenger of ours reaches may carry a link to the bots: whoever taps it is that person from then on, and
// what comes next costs less. It is added only where the text takes as many parts as without it.

const (
	// InviteLife is how long a link in a text tells who taps it.
	InviteLife = 7 * 24 * time.Hour
	// inviteToken letters have 65 bits: few enough for a text, and too many to be tried.
	inviteToken = 13
	// inviteMask stands for the token in what is kept of a text, and so in what staff, callers, searches and exports read: whoever taps
	// the link is the person. It has the letters of a token, so that it takes as many parts.
	inviteMask = "XXXXXXXXXXXXX"
)

// token is that of the link in the text of a leg. It is kept nowhere but under the link itself: a further attempt makes it again.
func (k *CodeRules) token(d *Delivery) string {
	mac := hmac.New(sha256.New, []byte(k.Key.Reveal()))
	fmt.Fprintf(mac, "link in a text:%s:%d", d.ID, d.Leg)
	return base32.StdEncoding.EncodeToString(mac.Sum(nil))[:inviteToken]
}

// wire is a message as it goes out: with what is masked wherever it is kept.
func (in *Intent) wire(out bots.Outgoing) bots.Outgoing {
	out = showWay(unmask(out, in.Code), in.Way)
	if i := strings.LastIndex(out.Text, inviteMask); i >= 0 && in.Token != "" {
		out.Text = out.Text[:i] + in.Token + out.Text[i+len(inviteMask):]
	}
	return out
}

// invite adds a link to a text, if that costs nothing and there is none of ours in it.
func (e *Engine) invite(in *Intent, have *Loaded, price func(string) (int, bots.Money)) {
	d, c := have.Delivery, have.Contact
	if e.Invite == nil || e.Rules.Codes.Key == "" || have.Shared || have.Sent != nil || len(in.Links) > 0 || !invitable(d, c, &in.Out, e.Rules) {
		return
	}
	link := e.Invite(inviteMask)
	if link == "" || linked(in.Out.Text, link) {
		return
	}
	for _, words := range []string{e.set().Phrase(e.locale(c), templates.Recruit), e.set().LatinPhrase(e.locale(c), templates.Recruit)} {
		text := in.Out.Text + "\n" + words + " " + link
		parts, cost := price(text)
		if parts == in.Parts && cost == in.Cost {
			in.Out.Text, in.Token = text, e.Rules.Codes.token(d)
			in.Invite = &Link{Token: in.Token, Contact: c.ID, Source: bots.SourceSMS}
			return
		}
	}
}

// linked reports whether a text leads to us already: to a page of ours, or to a bot.
func linked(text, ours string) bool {
	places := []string{"t.me/", "viber://", "wa.me/"}
	if u, err := url.Parse(ours); err == nil && u.Host != "" {
		places = append(places, u.Host+"/")
	}
	text = strings.ToLower(text)
	return slices.ContainsFunc(places, func(place string) bool { return strings.Contains(text, strings.ToLower(place)) })
}

// invitable reports whether a message may invite its person: a text that answers nobody and is not urgent, to a number that is known to
// be the person's, who has not said no, and whom no messenger that is on can reach.
func invitable(d *Delivery, c *bots.Contact, out *bots.Outgoing, r *Rules) bool {
	plain := (d.Purpose == Service || d.Purpose == Marketing) && d.Act == "" && out.To.Channel == bots.SMS
	if !plain || c.Marketing.State == bots.Denied || c.Claims(out.To.ID) {
		return false
	}
	return !slices.ContainsFunc(c.Addresses, func(a bots.ContactAddress) bool {
		return bots.Messenger(a.Channel) && a.Reachable() && r.on(a.Channel)
	})
}

// putInvite makes the link of a text that goes out one that works.
func putInvite(tx Tx, in *Intent, m *bots.Message) {
	if in.Invite == nil {
		return
	}
	l := *in.Invite
	l.Expires = tx.Now().Add(InviteLife)
	if m.Under != 0 {
		l.Contact = m.Under // whoever has the chat taps it, also when the two are two again
	}
	tx.PutLink(l)
	tx.AddRecruits(FunnelDay(tx.Now()), Recruits{Invited: 1})
}

// mayInvite reports whether what was rendered with a link may still go out with it.
func mayInvite(tx View, in *Intent, d *Delivery, c *bots.Contact, r *Rules) bool {
	return in.Invite == nil || invitable(d, c, &in.Out, r) && !several(tx, in.Out.To)
}

// several reports whether a number is of more than one person: a link in a text to it would not say who taps it.
func several(tx View, to bots.Address) bool {
	return to.Channel == bots.SMS && len(tx.Owners(bots.Ref{Kind: bots.SMS, Value: to.ID})) > 1
}

// asText is what a delivery to somebody who came by a link in a text would have cost without that; zero for all others.
func asText(p *Plan, c *bots.Contact, r *Rules) bots.Money {
	_, some := c.At(bots.SMS)
	if c.Recruited.IsZero() || !some || !r.on(bots.SMS) || p.Purpose == Conversation || p.Act != "" {
		return bots.Money{}
	}
	if r.Quote == nil {
		return r.Channels[bots.SMS].Price
	}
	return r.Quote(p, c, bots.SMS)
}

// saved counts a delivery that a free channel got through to somebody who came by a link in a text.
func saved(tx Tx, d *Delivery, c *bots.Change) {
	tasksOver(tx, d, c)
	if c.Type != "delivery.done" || d.AsText.Amount == 0 || d.Cost().Amount != 0 || d.ReachedBy() == bots.SMS {
		return
	}
	tx.AddRecruits(FunnelDay(tx.Now()), Recruits{Reached: 1, Saved: d.AsText})
}

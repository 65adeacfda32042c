package desk

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// emojiDone is the reaction on a command that was done.
const emojiDone = "👌"

// pressLife is how long a press can be answered, about.
const pressLife = time.Minute

// acted answers what somebody of the team did: whoever pressed sees it for a moment, a command that was done gets a reaction, and what was
// asked for, or not done, a short post.
func (k *keeper) acted(v fallback.View, c *bots.Change) {
	a, ok := v.Audited(c.Audit)
	if !ok || a.Group == "" { // done by a command, by a call, or by the program itself
		return
	}
	if a.Act == fallback.ActOpenTopic && a.Refused == "" {
		k.opened(v, a.Contact)
	}
	if a.Query != "" {
		if time.Since(a.At) < pressLife {
			text, alert := k.desk.toastOf(v, &a)
			k.desk.toast.put(toast{a.Query, text, alert})
		}
		if a.Refused == "" && slices.Contains([]string{fallback.ActWho, fallback.ActHistory, fallback.ActCascade}, a.Act) {
			k.Says = append(k.Says, saying{Why: sayAct, Audit: a.ID, Thread: a.Thread})
		}
		return
	}
	say := saying{Why: sayAct, On: a.On, Audit: a.ID, Thread: a.Thread}
	switch {
	case a.Refused == fallback.RefusedNotStaff:
		k.desk.Log.Warn("somebody who is not of the team tried something in the staff's group: kaskad staff list", "account", a.Account.String(), "act", a.Act)
		k.Says = append(k.Says, say)
	case a.Refused != "":
		k.Says = append(k.Says, say)
	case a.Act == fallback.ActReply || a.Act == fallback.ActCopy || a.Act == fallback.ActTemplate || a.Act == fallback.ActSend:
		if others(a.Detail) != "" {
			k.Says = append(k.Says, say)
		}
	case a.Act == fallback.ActWho || a.Act == fallback.ActHistory || a.Act == fallback.ActCascade || a.Act == fallback.ActHelp || a.Act == fallback.ActShowPhone:
		k.Says = append(k.Says, say)
	case a.Act == fallback.ActEdit || a.Act == fallback.ActSMS || a.On == "": // the reaction on the reply shows it
	default:
		k.desk.react.put(target{a.Group, a.On}, emojiDone)
	}
}

// pressed answers a press that no line of the audit is about, so that nobody waits for a word: it changed nothing, or was refused before.
func (k *keeper) pressed(c *bots.Change) {
	if time.Since(c.At) >= pressLife {
		return
	}
	x := toast{query: c.State}
	if c.Reason != "" {
		x.text, x.alert = k.desk.refused(&fallback.Audited{Refused: c.Reason}), true
	}
	k.desk.toast.put(x)
}

// others is who else is at it, of a line of the audit; empty: nobody.
func others(detail string) string {
	for _, mark := range []string{"also:", "assigned:"} {
		if name, ok := strings.CutPrefix(detail, mark); ok {
			return name
		}
	}
	return ""
}

// answer words the short post about what somebody did, or asked for.
func (d *Desk) answer(v fallback.View, s *saying) (string, fallback.Post) {
	a, ok := v.Audited(s.Audit)
	p := fallback.Post{On: s.On}
	if !ok || a.Contact != 0 && v.Contact(a.Contact) == nil { // the person was erased since
		return "", p
	}
	if v.Contact(a.Contact) != nil {
		p.Contact = a.Contact // an answer to it reaches the customer, too
	}
	switch {
	case a.Refused != "":
		return d.refused(&a), p
	case others(a.Detail) != "":
		return d.also(a.Detail), p
	}
	return d.told(v, &a), p
}

// refused words why something was not done.
func (d *Desk) refused(a *fallback.Audited) string {
	text := cmp.Or(d.words.refused[a.Refused], d.words.refused[fallback.RefusedNotDone])
	switch a.Refused {
	case fallback.RefusedTaken, fallback.RefusedChannel, fallback.RefusedName, fallback.RefusedTime, fallback.RefusedTemplate, fallback.RefusedNoTemplate, fallback.RefusedElsewhere, fallback.RefusedGroup:
		if a.Detail != "" {
			text += " «" + oneLine(a.Detail, maxQuote) + "»"
		}
	}
	return "⚠ " + text
}

// also words that somebody else is at it.
func (d *Desk) also(detail string) string {
	word := d.words.alsoAnswered
	if strings.HasPrefix(detail, "assigned:") {
		word = d.words.isOf
	}
	return "⚠ " + fmt.Sprintf(word, oneLine(others(detail), maxName))
}

// told words what was asked for.
func (d *Desk) told(v fallback.View, a *fallback.Audited) string {
	switch a.Act {
	case fallback.ActHelp:
		if a.Detail != "" {
			return fmt.Sprintf(d.words.unknown, oneLine(a.Detail, maxName)) + "\n\n" + d.words.help
		}
		return d.words.help
	case fallback.ActWho:
		return d.who(v, a.Contact, a.At)
	case fallback.ActHistory:
		n := recoverLast
		fmt.Sscan(a.Detail, &n)
		return cmp.Or(d.history(v, a.Contact, n, 0), d.words.nothing)
	case fallback.ActCascade:
		return cmp.Or(d.cascades(v, a.Contact, a.At), d.words.nothing)
	case fallback.ActShowPhone: // by a command: everybody in the group reads it
		return d.phone(v, a.Contact)
	}
	return ""
}

func (d *Desk) phone(v fallback.View, contact bots.ID) string {
	if c := v.Contact(contact); c != nil && c.Phone != "" {
		return "📞 " + c.Phone
	}
	return d.words.noPhone
}

// toastOf is what whoever pressed a button sees.
func (d *Desk) toastOf(v fallback.View, a *fallback.Audited) (text string, alert bool) {
	switch {
	case a.Refused != "":
		return d.refused(a), true
	case a.Act == fallback.ActShowPhone:
		return d.phone(v, a.Contact), true
	case a.Act == fallback.ActNote:
		return d.words.noteHow, true
	}
	return d.words.toasts[a.Act], false
}

// toast is the answer to a press.
type toast struct {
	query, text string
	alert       bool
}

// toasts answers presses one after the other, beside everything else. One that cannot be answered is missed: what it did is done.
type toasts struct {
	bot Toaster
	log *slog.Logger
	all chan toast
}

const maxToasts = 200

func newToasts(bot Toaster, log *slog.Logger) *toasts {
	return &toasts{bot: bot, log: log, all: make(chan toast, maxToasts)}
}

func (t *toasts) put(x toast) {
	if t.bot == nil {
		return
	}
	select {
	case t.all <- x:
	default: // nobody waits so long for a word
	}
}

func (t *toasts) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case x := <-t.all:
			if err := t.bot.AnswerPress(ctx, x.query, x.text, x.alert); err != nil && ctx.Err() == nil {
				t.log.Debug("a press of staff could not be answered", "err", err)
			}
		}
	}
}

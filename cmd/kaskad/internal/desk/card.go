package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// The card is the first post of a topic: who the customer is, what is under way, and the buttons for what staff do with a conversation. It
// is changed when it does not say any more what is so, while nothing else is to be posted: a change counts among the group's messages.

const (
	redrawEvery = 30 * time.Second // of one card
	redrawLook  = 5 * time.Second
	redrawKept  = 500 // cards whose last change is remembered
	cardShows   = 3   // deliveries
	cardWalk    = 20  // deliveries looked at
	recoverLast = 5   // messages that stand in a topic that was made again
)

// inTopic words the lines of one person for their topic, below the card where none stands there yet, in so many units at most; it says how
// many lines it used.
func (d *Desk) inTopic(v fallback.View, c *bots.Contact, w *waiting, topic *fallback.Topic, card bool, most int, now time.Time) (text string, used int) {
	var head []string
	if card {
		head = append(head, d.card(v, c, now))
	}
	if card && topic.Made > 1 {
		if last := d.history(v, c.ID, recoverLast, w.Lines[0]); last != "" {
			head = append(head, d.words.before+"\n"+last)
		}
	}
	if w.Again {
		head = append(head, d.words.again)
	}
	body, channels, used := d.body(v, w.Lines, units(strings.Join(head, "\n\n")), most)
	if used == 0 { // the head alone is too long for more
		body, channels, used = d.body(v, w.Lines[:1], 0, most)
		head = head[:0]
	}
	if body == "" && len(head) == 0 {
		return "", used
	}
	mark := "💬 " + strings.Join(channels, ", ")
	if with := d.sharers(v, c, w.Lines[:used]); with != "" {
		mark += "\n" + with
	}
	if body != "" {
		head = append(head, mark+body)
	}
	return strings.Join(head, "\n\n"), used
}

// body words lines, as many as fit beside what stands there already.
func (d *Desk) body(v fallback.View, lines []bots.ID, taken, most int) (text string, channels []string, used int) {
	var b strings.Builder
	var about bots.ID
	for _, id := range lines {
		m := v.Message(id)
		if m == nil {
			used++
			continue
		}
		part, of := d.line(v, m, about)
		if size := taken + units(b.String()) + units(part); size > most && (used > 0 || taken > 0) {
			break
		}
		b.WriteString("\n" + part)
		about = of
		used++
		if name := d.words.channel(m.Channel); !slices.Contains(channels, name) {
			channels = append(channels, name)
		}
	}
	return b.String(), channels, used
}

// card words who a customer is.
func (d *Desk) card(v fallback.View, c *bots.Contact, now time.Time) string {
	lines := []string{"👤 " + oneLine(d.topicPerson(c), maxName)}
	if name := strings.TrimSpace(c.Name); name != "" && c.ExternalID != "" && name != c.ExternalID {
		lines[0] += " · " + oneLine(c.ExternalID, maxName)
	}
	facts := d.places(c)
	for _, more := range []string{maskedPhone(c.Phone), c.Locale} {
		if more != "" {
			facts = append(facts, more)
		}
	}
	if len(facts) > 0 {
		lines = append(lines, strings.Join(facts, " · "))
	}
	lines = append(lines, d.facts(c)...)
	talk := v.Conversation(c.ID)
	lines = append(lines, d.stands(&talk, now))
	if open := d.underWay(v, c.ID); open != "" {
		lines = append(lines, d.words.underWay+" "+open)
	}
	return strings.Join(lines, "\n")
}

// places are the channels on which a person can be reached.
func (d *Desk) places(c *bots.Contact) (all []string) {
	for i := range c.Addresses {
		if a := &c.Addresses[i]; a.Reachable() {
			if name := d.words.channel(a.Channel); !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// stands words how a conversation stands, and whose it is.
func (d *Desk) stands(talk *bots.Conversation, now time.Time) string {
	text := ""
	switch fallback.TalkState(talk, now) {
	case bots.Closed:
		text = "⚪ " + d.words.states["closed"]
	case bots.Snoozed:
		text = "💤 " + fmt.Sprintf(d.words.states["snoozed"], d.clock(talk.SnoozedTo, now))
	default:
		text = "🟢 " + d.words.states["open"]
	}
	if talk.Assignee != "" {
		text += " · " + d.words.with + " " + oneLine(talk.Assignee, maxName)
	}
	return text
}

// clock is a time as staff read it: the hour, and the day when it is another one.
func (d *Desk) clock(at, now time.Time) string {
	at, now = at.In(d.Zone), now.In(d.Zone)
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format("15:04")
	}
	return at.Format("02.01 15:04")
}

// underWay names the deliveries to a person that are under way; answers are none of them.
func (d *Desk) underWay(v fallback.View, contact bots.ID) string {
	var open []string
	looked := 0
	v.DeliveriesOf(contact, func(id bots.ID, _ uint64) bool {
		looked++
		if x := v.Delivery(id); x != nil && !x.State.Final() && x.Purpose != fallback.Conversation {
			open = append(open, fmt.Sprintf("%s (%s)", d.named(x), d.words.code(x.State.String())))
		}
		return len(open) < cardShows && looked < cardWalk
	})
	return strings.Join(open, ", ")
}

// named is what a delivery is called: its template, or how its text begins.
func (d *Desk) named(x *fallback.Delivery) string {
	if x.Template != "" {
		return x.Template
	}
	return "«" + oneLine(x.Text, 30) + "»"
}

// maskedPhone is a phone of which the country and the end are left: enough to tell two people apart.
func maskedPhone(phone string) string {
	const shown = 4
	if len(phone) < shown+4 {
		return ""
	}
	return phone[:4] + " ••• " + phone[len(phone)-shown:]
}

// cardButtons are what staff do with a conversation.
func (d *Desk) cardButtons(v fallback.View, c *bots.Contact, now time.Time) []bots.Button {
	talk := v.Conversation(c.ID)
	take := bots.Button{Text: d.words.buttons[fallback.ActTake], Data: fallback.ActTake}
	if talk.Assignee != "" {
		take = bots.Button{Text: d.words.buttons[fallback.ActRelease], Data: fallback.ActRelease}
	}
	end := bots.Button{Text: d.words.buttons[fallback.ActClose], Data: fallback.ActClose}
	if fallback.TalkState(&talk, now) == bots.Closed {
		end = bots.Button{Text: d.words.buttons[fallback.ActOpen], Data: fallback.ActOpen}
	}
	all := []bots.Button{take, {Text: d.words.buttons[fallback.ActSnooze], Data: fallback.ActSnooze + ":2h"}, end, {Text: d.words.buttons[fallback.ActNote], Data: fallback.ActNote}}
	if c.Phone != "" {
		all = append(all, bots.Button{Text: d.words.buttons[fallback.ActShowPhone], Data: fallback.ActShowPhone})
	}
	return all
}

// stale notes that a card does not say any more what is so.
func (k *keeper) stale(contact bots.ID) {
	if !slices.Contains(k.Stale, contact) && len(k.Stale) < maxWaiting {
		k.Stale = append(k.Stale, contact)
	}
}

// redraw changes the first card that says something else than what is so, and was not changed just now.
func (t *turn) redraw() (did bool, err error) {
	if !t.room.Forum || t.k.lane.posts > 0 {
		return false, nil
	}
	for i, contact := range t.notes.Stale {
		if t.now.Sub(t.k.drawn[contact]) < redrawEvery {
			continue
		}
		t.notes.Stale = slices.Delete(t.notes.Stale, i, i+1)
		return true, t.draw(contact)
	}
	return false, nil
}

// draw words a card anew, with the lines that stand below it.
func (t *turn) draw(contact bots.ID) error {
	d, topic, c := t.k.desk, t.room.Topic(t.tx, contact), t.tx.Contact(contact)
	m := t.tx.Message(topic.Card)
	if c == nil || m == nil || !topic.Stands(t.room.Group) {
		return nil
	}
	on := t.tx.MessageState(m.ID).ProviderID
	was, ok := fallback.PostOf(t.tx.Delivery(m.Delivery))
	if on == "" || !ok || len(was.Lines) == 0 {
		return nil
	}
	text, used := d.inTopic(t.tx, c, &waiting{Contact: contact, Lines: was.Lines}, &topic, true, maxDrawn, t.now)
	if used < len(was.Lines) || units(text) > maxTaken {
		return nil // what the customer wrote stands there, and goes before what the card would say now
	}
	t.drew = true
	return t.post(t.room.Contact, text, fallback.Post{
		Contact: c.ID, Act: bots.EditAct, On: on, Lines: was.Lines, Group: t.room.Group, Thread: topic.Thread, Buttons: d.cardButtons(t.tx, c, t.now),
	})
}

// redrew remembers when a card was changed.
func (k *keeper) redrew(contact bots.ID, now time.Time) {
	if k.drawn == nil || len(k.drawn) >= redrawKept {
		k.drawn = map[bots.ID]time.Time{}
	}
	k.drawn[contact] = now
}

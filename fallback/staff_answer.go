package fallback

import (
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"kaskad/bots"
)

// What somebody of the team writes in a topic goes to the customer that the topic is about: after a hold, in which it can be changed or
// taken back as if nothing had been.

// alsoWithin is for how long somebody who has answered is told to others that answer, too.
const alsoWithin = time.Minute

// answer sends what was written in a topic, on the channel that the customer used last.
func (a *staffAnswer) answer() error {
	channel := a.lastUsed()
	if len(a.e.Media) > 0 {
		return a.file(channel)
	}
	return a.reply(ActReply, channel, a.e.Text, "")
}

func (a *staffAnswer) lastUsed() string {
	if channel := a.tx.Conversation(a.contact).LastUsed; channel != "" {
		return channel
	}
	return Messengers
}

// reply makes a text a delivery to the customer of the topic.
func (a *staffAnswer) reply(act, channel, text, detail string) error {
	text = a.signed(text)
	if why := a.unfit(channel, text); why != "" {
		if act == ActReply { // an edit may make it fit
			a.tx.PutKey(a.byKey(a.e.MessageID), KeyUse{Body: digest(a.account().String())})
		}
		return a.refuse(act, why, detail)
	}
	if detail == "" {
		detail = a.others()
	}
	return a.put(act, detail, &Request{Text: text, Cascade: a.oneStep(channel)}, a.e.MessageID)
}

// put accepts a delivery that a message in the room makes, or several messages that are one.
func (a *staffAnswer) put(act, detail string, req *Request, messages ...string) error {
	if _, again := a.tx.Key(a.keyOf(messages[len(messages)-1])); again {
		return nil
	}
	done, err := a.accept(req, messages)
	if err != nil || done == 0 {
		return err
	}
	a.noteReply(done, a.e.MessageID)
	a.audit(Audited{Act: act, Contact: a.about(), Delivery: done, Detail: detail})
	return nil
}

// accept fills in what every reply has, and remembers which messages it is.
func (a *staffAnswer) accept(req *Request, messages []string) (bots.ID, error) {
	contact := a.about()
	to := idRef(contact)
	req.To, req.Given, req.Purpose, req.Author = to, to.String(), Conversation, a.name()
	req.Metadata = map[string]string{StaffMessage: a.where() + ":" + messages[0]}
	if req.SendAt.IsZero() && a.rules.Staff.Hold > 0 {
		req.SendAt = a.tx.Now().Add(a.rules.Staff.Hold)
	}
	if req.Copy == nil && req.ReplyTo == 0 {
		req.ReplyTo = a.line(contact)
		req.Chat = chatOf(a.tx, req.ReplyTo)
	}
	done, err := Accept(a.tx, req, a.rules, a.world)
	if err != nil {
		return 0, err
	}
	a.remember(contact, done.ID, messages)
	return done.ID, nil
}

// remember notes which messages of the room a reply is, and, of new ones, who wrote them after which.
func (a *staffAnswer) remember(contact, reply bots.ID, messages []string) {
	last := a.lastKey(contact)
	before, _ := a.tx.Key(last)
	for i, m := range messages {
		used, stood := a.tx.Key(a.keyOf(m))
		if m == a.e.MessageID {
			used.Body = digest(strings.TrimSpace(a.e.Text))
		}
		a.tx.PutKey(a.keyOf(m), KeyUse{Delivery: reply, Body: used.Body})
		if stood {
			continue // these are other words of it
		}
		a.tx.PutKey(a.byKey(m), KeyUse{Delivery: before.Delivery, Body: digest(a.account().String())})
		if i == 0 {
			a.tx.PutKey(last, KeyUse{Delivery: reply})
		}
	}
}

// line is the customer's message that an answer answers: the last one in the post that it was written as a reply to; zero: none.
func (a *staffAnswer) line(contact bots.ID) bots.ID {
	if len(a.post.Lines) == 0 {
		return 0
	}
	m := a.tx.Message(a.post.Lines[len(a.post.Lines)-1])
	if m == nil || m.Contact != contact {
		return 0
	}
	return m.ID
}

func (a *staffAnswer) oneStep(channel string) Cascade {
	step := Step{Channel: channel, Until: Until{Level: bots.Accepted}, Wait: defaultWait}
	return Cascade{Name: "conversation", Steps: []Step{step}, Order: "listed", Deadline: defaultDeadline}
}

// signed is a text with what stands under the answers of whoever wrote it.
func (a *staffAnswer) signed(text string) string {
	text = strings.TrimSpace(text)
	if m := a.member(); m != nil && m.Signed != "" && text != "" {
		return text + "\n\n" + m.Signed
	}
	return text
}

// unfit is why a text cannot go to the customer on a channel; empty: it can.
func (a *staffAnswer) unfit(channel, text string) string {
	on := a.rules.Channels[channel]
	c := a.tx.Contact(a.about())
	switch {
	case c == nil:
		return RefusedNobody
	case blank(text):
		return RefusedEmpty
	case len(text) > maxText || on.MaxText > 0 && len(utf16.Encode([]rune(text))) > on.MaxText:
		return RefusedTooLong
	case channel == Messengers:
		return ""
	case !a.rules.on(channel):
		return RefusedOff
	}
	if place, has := c.At(channel); !has || !place.Reachable() {
		return RefusedNoPlace
	}
	return ""
}

// alsoWalk bounds how many of a person's deliveries are looked at for who else is answering.
const alsoWalk = 30

// others tells who else is at it: whose the conversation is, or who has answered just now. Whoever has answered last heard it then: one word
// under each message of many would keep customers' lines waiting.
func (a *staffAnswer) others() (detail string) {
	me, contact := a.name(), a.about()
	last := a.answeredLast(contact)
	if last == me {
		return ""
	}
	if whose := a.tx.Conversation(contact).Assignee; whose != "" && whose != me {
		return "assigned:" + whose
	}
	if last != "" {
		return "also:" + last
	}
	return ""
}

// answeredLast is who wrote the last answer to a person, if that was just now; empty: nobody.
func (a *staffAnswer) answeredLast(contact bots.ID) (author string) {
	looked := 0
	a.tx.DeliveriesOf(contact, func(id bots.ID, _ uint64) bool {
		looked++
		d := a.tx.Delivery(id)
		if d != nil && a.tx.Now().Sub(d.Created) > alsoWithin {
			return false
		}
		if d != nil && d.Purpose == Conversation && d.Author != "" && d.State != Cancelled {
			author = d.Author
			return false
		}
		return looked < alsoWalk
	})
	return author
}

// Keys by which a message of the room is found again: its reply, who wrote it with the reply that they had written before, and the last
// reply of somebody to a person.

func (a *staffAnswer) keyOf(message string) string {
	return replyAt + a.where() + ":" + message
}

func (a *staffAnswer) byKey(message string) string {
	return writtenAt + a.where() + ":" + message
}

// What stands in those keys before the message, which is written as StaffMessage has it.
const (
	replyAt   = "staff\x00reply:"
	writtenAt = "staff\x00by:"
)

func (a *staffAnswer) lastKey(contact bots.ID) string {
	return "staff\x00last:" + contact.String() + ":" + a.account().String()
}

// own reports whether a message of the room is one that somebody of the team wrote in a topic, and that went to a customer.
func (a *staffAnswer) own(message string) bool {
	_, ok := a.tx.Key(a.byKey(message))
	return ok && message != ""
}

// mine reports whether it is one of whoever acts now.
func (a *staffAnswer) mine(message string) bool {
	used, ok := a.tx.Key(a.byKey(message))
	return ok && used.Body == digest(a.account().String())
}

// replyOf is what became of a message of the room; nil: it is no reply.
func (a *staffAnswer) replyOf(message string) *Delivery {
	used, ok := a.tx.Key(a.keyOf(message))
	if !ok {
		return nil
	}
	return a.tx.Delivery(used.Delivery)
}

// waiting reports whether nothing of a reply has gone yet.
func waiting(d *Delivery) bool { return d != nil && !d.State.Final() && !d.wentOut() }

// flying reports whether a reply is being handed to its channel just now.
func flying(d *Delivery) bool { return d.State == Sending }

// sentAs is the message that a reply went out as; zero: it has not.
func sentAs(d *Delivery) bots.ID {
	for _, l := range slices.Backward(d.Route) {
		if l.out() {
			return l.Message
		}
	}
	return 0
}

package evidence

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/tongues"
	"kaskad/fallback"
)

const textShown = 300 // bytes of a message

// Build makes the document.
func Build(f Facts) *Document {
	d := &Document{MadeAt: f.Now.UTC(), Locale: tongues.LocaleOf(f.Locale), Timezone: cmp.Or(f.Zone, "UTC"), Contact: who(f.Contact), Consents: standing(f.Contact), Lines: []Line{}, Messages: []SentMessage{}, Stopped: []Stopped{}, Cut: f.Cut}
	for i := range f.Statements {
		d.Lines = append(d.Lines, line(&f.Statements[i]))
	}
	for _, theirs := range f.Others {
		for i := range theirs.Statements {
			l := line(&theirs.Statements[i])
			l.Contact = theirs.Contact.String()
			d.Lines = append(d.Lines, l)
		}
	}
	slices.SortStableFunc(d.Lines, func(a, b Line) int { return a.Kept.Compare(b.Kept) })
	for i := range f.Sent {
		d.Messages = append(d.Messages, d.message(&f, &f.Sent[i]))
	}
	for _, one := range f.Deliveries {
		if stopped(one) {
			contact, said := f.saidOf(one)
			d.Stopped = append(d.Stopped, Stopped{
				Delivery: one.ID.String(), Template: one.Template, Purpose: one.Purpose.String(), At: one.Created.UTC(), State: one.State.String(), Reason: one.Reason,
				Line: noOf(said, one), Contact: contact,
			})
		}
	}
	return d
}

// saidOf are the lines that a delivery was held against, and whose they are where that is not the document's own contact: a former was a
// contact of its own then, and what was asked to be sent to an absorbed one is the kept one's.
func (f *Facts) saidOf(d *fallback.Delivery) (contact string, said []bots.Statement) {
	for _, theirs := range f.Others {
		if theirs.Contact == d.Contact {
			return theirs.Contact.String(), theirs.Statements
		}
	}
	return "", f.Statements
}

func who(c *bots.Contact) Who {
	w := Who{ID: c.ID.String(), ExternalID: c.ExternalID, Name: c.Name, Phone: Ends(c.Phone), Since: c.Created.UTC().Format(time.RFC3339), Addresses: []Place{}}
	for _, a := range c.Addresses {
		w.Addresses = append(w.Addresses, Place{a.Channel, Ends(a.ID), a.State.String()})
	}
	return w
}

func standing(c *bots.Contact) []Standing {
	all := []Standing{stands(bots.AboutMarketing, c.Marketing)}
	for _, on := range c.On {
		all = append(all, stands(fallback.AboutOn(on.Channel), on.Consent))
	}
	return append(all, stands(bots.AboutAll, c.All))
}

func stands(about string, c bots.Consent) Standing {
	return Standing{About: about, State: c.State.String(), At: utc(c.At), Source: c.Source, By: by(&c), Line: c.Line}
}

// by is who said a consent.
func by(c *bots.Consent) string {
	switch {
	case c.State == bots.Unknown:
		return ""
	case c.ByPerson:
		return "person"
	case c.By == "":
		return "retailer"
	}
	return c.By
}

func line(s *bots.Statement) Line {
	l := Line{
		Number: s.Number, At: utc(s.At), Kept: s.Kept.UTC(), About: s.About, State: s.State.String(), Was: s.Was.String(), Source: s.Source, By: by(&s.Consent),
		Words: s.Words, Version: s.Version, Channel: s.Channel, Chat: Ends(s.Chat.ID), Message: s.Message.String(), Delivery: s.Delivery.String(),
		Via: s.Via, Event: s.Event, List: s.List, Row: s.Row, With: s.With.String(), Times: s.Times, Last: utc(s.Last), More: s.More, Folded: s.Folded,
	}
	switch s.About {
	case bots.AboutAddress:
		l.State, l.Was, l.By = s.Event, "", "person"
	case bots.AboutWishes:
		l.State, l.Was = "", ""
		if l.By = s.By; s.ByPerson {
			l.By = "person"
		} else if l.By == "" {
			l.By = "retailer"
		}
	}
	if s.About == bots.AboutMerge {
		l.State, l.Was, l.By = s.Event, "", ""
	}
	for _, id := range s.Ended {
		l.Ended = append(l.Ended, id.String())
	}
	return l
}

func (d *Document) message(f *Facts, s *Sent) SentMessage {
	m := SentMessage{
		ID: s.Message.ID.String(), At: s.Message.At.UTC(), Channel: s.Message.Channel, To: Ends(s.Message.To.ID), Status: s.State.Status(), Sender: s.State.Sender,
		Author: s.Message.Author, ReadAt: utc(s.State.ReadAt), Text: beginning(s.Message.Text),
	}
	if at := s.State.ClaimedAt; !at.IsZero() {
		m.At = at.UTC()
	}
	one := s.Delivery
	switch {
	case one != nil:
		m.Delivery, m.Template, m.Cascade, m.Purpose, m.Step = one.ID.String(), one.Template, one.Cascade.Name, one.Purpose.String(), s.Message.Leg+1
		if s.Message.Leg < len(one.Route) {
			m.Step, m.Cost = one.Route[s.Message.Leg].Step+1, f.Money(one.Route[s.Message.Leg].Cost)
		}
		if one.Reached == s.Message.Leg+1 {
			m.Proof = one.Proof
		}
	case s.Message.Delivery == 0:
		m.Purpose = fallback.Conversation.String()
	}
	m.Why = d.why(s, m.Purpose)
	return m
}

// why is the rule that let a message go.
func (d *Document) why(s *Sent, purpose string) Why {
	basis := s.State.Basis
	if s.Message.Delivery == 0 {
		basis = bots.BasisNone
	}
	w, t := Why{Rule: basis.String(), Line: s.State.BasisLine, Contact: d.whose(s)}, tongueOf(d.Locale)
	switch basis {
	case bots.BasisNone:
		w.Says = t.notNeeded(s, purpose)
	case bots.BasisOptOut:
		w.Says = t.Say(`marketing, of which nothing was said: the gateway was set to opt-out ([consent] marketing = "opt-out")`)
	case bots.BasisGiven:
		w.Says = t.Say("marketing, %s", d.said(t, w.Contact, s.State.BasisLine))
	default:
		w.Says = t.Say("sent before the gateway kept with each message what allowed it")
	}
	return w
}

// whose is the contact whose line allowed a message; empty: the document's own.
func (d *Document) whose(s *Sent) string {
	id := cmp.Or(s.State.BasisOf, s.Message.Under, s.Message.Contact)
	if s.State.Basis != bots.BasisGiven || id.String() == d.Contact.ID {
		return ""
	}
	return id.String()
}

func (t tongue) notNeeded(s *Sent, purpose string) string {
	switch {
	case s.Message.ByOwner():
		return t.Say("written by one of us on the phone itself")
	case s.Message.Delivery == 0:
		return t.Say("said in the answer to the call by which the person opened the bot")
	case purpose == fallback.Conversation.String():
		return t.Say("an answer to what the person wrote: needs no consent")
	}
	return t.Say("%s: needs no consent", t.Say(purpose))
}

// said is a consent in words, by the number of its line.
func (d *Document) said(t tongue, contact string, number int) string {
	i := slices.IndexFunc(d.Lines, func(l Line) bool { return l.Number == number && l.Contact == contact })
	if i < 0 && contact != "" {
		return t.Say("allowed by line %d of contact %s, which this one was part of, or absorbed", number, contact)
	}
	if i < 0 {
		return t.Say("allowed by line %d, which made room for later ones", number)
	}
	l := &d.Lines[i]
	says := t.Say("given %s by %s, %s", l.At.In(d.zone()).Format(time.DateTime), t.Say(l.By), l.Source)
	if l.Words != "" {
		says += t.Say(", in the words “%s”", l.Words)
	}
	if l.Version != "" {
		says += t.Say(", version %s", l.Version)
	}
	if from := t.listed(l); from != "" {
		says += ", " + from
	}
	return says + " (" + t.Say("line %d", number) + ")"
}

// stopped reports whether a no ended a delivery, or kept it from going.
func stopped(d *fallback.Delivery) bool {
	switch d.Reason {
	case fallback.ReasonOptOut, fallback.ReasonConsent, fallback.ReasonSilent, fallback.ReasonUnwanted:
		return d.State.Final()
	}
	return d.State == fallback.RefusedState
}

// noOf is the line that stopped a delivery: the one that names it, else the last no from before it was asked for.
func noOf(all []bots.Statement, d *fallback.Delivery) (number int) {
	for _, s := range all {
		if slices.Contains(s.Ended, d.ID) {
			return s.Number
		}
		if s.State == bots.Denied && (d.State == fallback.RefusedState || !s.Kept.After(d.Created)) {
			number = s.Number
		}
	}
	if d.Reason == fallback.ReasonConsent || d.Reason == fallback.ReasonUnwanted {
		return 0 // nothing was said, or on the page of wishes
	}
	return number
}

// Ends are the ends of an address: enough for the person to know it again.
func Ends(id string) string {
	if name, host, ok := strings.Cut(id, "@"); ok && !strings.HasPrefix(id, "+") {
		return Ends(name) + "@" + host
	}
	r := []rune(id)
	switch {
	case len(r) <= 4:
		return id
	case len(r) <= 8:
		return string(r[:2]) + "…" + string(r[len(r)-2:])
	}
	return string(r[:4]) + "…" + string(r[len(r)-3:])
}

func beginning(text string) string {
	if r := []rune(text); len(r) > textShown {
		return string(r[:textShown]) + "…"
	}
	return text
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

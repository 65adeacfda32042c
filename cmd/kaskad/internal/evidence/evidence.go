// Package evidence answers one question in one document: why did this person get these messages?
//
// It is made of records as they were written at the time: a line for each change of a consent, with when, where, by whom and in which
// words; each message with the consent that its attempt was claimed under; what a no ended or kept from going. Build is pure; Text, HTML
// and JSON show the same.
//
// It keeps nothing, decides nothing, and adds nothing that was not written down then: what was sent before consents were kept with the
// messages says so. Addresses are shown only as far as the person would know them again.
package evidence

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Facts are what a document is made of.
type Facts struct {
	Contact    *bots.Contact
	Statements []bots.Statement
	Absorbed   []Theirs             // what was said of contacts that this one absorbed
	Sent       []Sent               // oldest first
	Deliveries []*fallback.Delivery // of the person, newest first
	Cut        bool                 // there is more than was read
	Now        time.Time
	Locale     string // of the document; empty: English
	Zone       string // of the clock that people read it by; empty: UTC
	Money      func(bots.Money) string
}

// Theirs are the lines of a contact that was absorbed; their numbers are its own.
type Theirs struct {
	Contact    bots.ID
	Statements []bots.Statement
}

// Sent is a message of ours with what became of it; Delivery is nil for what was said in the response to a call, or on the phone itself,
// and where the delivery is no longer kept.
type Sent struct {
	Message  *bots.Message
	State    bots.MessageState
	Delivery *fallback.Delivery
}

// Document is the answer.
type Document struct {
	MadeAt   time.Time     `json:"made_at"`
	Locale   string        `json:"locale" enum:"en,uk,ru" doc:"The language of its sentences; codes are the same in all"`
	Timezone string        `json:"timezone" doc:"The zone of the times in its sentences, and on the page: the company's. Times of their own are UTC"`
	Contact  Who           `json:"contact"`
	Consents []Standing    `json:"consents" nullable:"false" doc:"What stands now, with the line that says how it came about"`
	Lines    []Line        `json:"lines" nullable:"false" doc:"Everything that was said about consent, oldest first"`
	Messages []SentMessage `json:"messages" nullable:"false" doc:"Everything that was sent to the person and is still kept, oldest first"`
	Stopped  []Stopped     `json:"stopped" nullable:"false" doc:"What a no ended, or kept from going, newest first"`
	Cut      bool          `json:"cut,omitempty" doc:"true: there is more than the document shows"`
}

// Who is whom the document is about.
type Who struct {
	ID         string  `json:"id"`
	ExternalID string  `json:"external_id"`
	Name       string  `json:"name"`
	Phone      string  `json:"phone" doc:"Only its ends"`
	Since      string  `json:"since" doc:"When the person was first known"`
	Addresses  []Place `json:"addresses" nullable:"false"`
}

// Place is where the person can be written to.
type Place struct {
	Channel string `json:"channel"`
	ID      string `json:"id" doc:"Only its ends"`
	State   string `json:"state"`
}

// Standing is a consent as it stands.
type Standing struct {
	About  string    `json:"about" doc:"marketing, marketing:viber, all"`
	State  string    `json:"state" enum:"unknown,given,denied"`
	At     time.Time `json:"at,omitzero"`
	Source string    `json:"source,omitempty"`
	By     string    `json:"by,omitempty"`
	Line   int       `json:"line,omitempty" doc:"0: it is from before lines were written"`
}

// Line is one thing that was said, or done, about consent.
type Line struct {
	Number   int       `json:"number"`
	Contact  string    `json:"contact,omitempty" doc:"The contact that was absorbed by this one, and whose line it is; absent: its own"`
	With     string    `json:"with,omitempty" doc:"The other contact of a merge; of what was told: the absorbed contact that it was told of"`
	At       time.Time `json:"at,omitzero" doc:"When it was said, as far as it is known"`
	Kept     time.Time `json:"kept" doc:"When it was written down here"`
	About    string    `json:"about"`
	State    string    `json:"state"`
	Was      string    `json:"was" doc:"What stood before"`
	Source   string    `json:"source,omitempty"`
	By       string    `json:"by" doc:"person, or who told it: key:crm; key:local is a command on the machine itself"`
	List     string    `json:"list,omitempty" doc:"The list that it was imported with"`
	Row      int       `json:"row,omitempty" doc:"Where in the list"`
	Words    string    `json:"words,omitempty" doc:"What the person wrote, or what the form said"`
	Version  string    `json:"version,omitempty" doc:"Which version of those words"`
	Channel  string    `json:"channel,omitempty" doc:"Where it was said"`
	Chat     string    `json:"chat,omitempty" doc:"Only its ends"`
	Message  string    `json:"message,omitempty" doc:"The person's message"`
	Delivery string    `json:"delivery,omitempty" doc:"Whose link was opened"`
	Via      string    `json:"via,omitempty" doc:"shared: another person said it at a number or link they have in common; merged: it was said of another contact of the same person; moved: it came with an address; kept: it was known before lines were written; not_me: whoever said the yes before turned out to be somebody else, and what was known before that holds"`
	Event    string    `json:"event,omitempty"`
	Times    int       `json:"times,omitempty" doc:"So often the same was said"`
	Last     time.Time `json:"last,omitzero"`
	Ended    []string  `json:"ended,omitempty" doc:"Deliveries that it ended"`
	More     int       `json:"more,omitempty"`
	Folded   int       `json:"folded,omitempty" doc:"Lines before this one that made room for later ones"`
}

// SentMessage is one message that went out, and why it could.
type SentMessage struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at" doc:"When its last attempt was claimed"`
	Channel  string    `json:"channel"`
	To       string    `json:"to" doc:"Only its ends"`
	Status   string    `json:"status"`
	Purpose  string    `json:"purpose"`
	Why      Why       `json:"why"`
	Delivery string    `json:"delivery,omitempty"`
	Template string    `json:"template,omitempty"`
	Cascade  string    `json:"cascade,omitempty"`
	Step     int       `json:"step,omitempty" doc:"From 1"`
	Sender   string    `json:"sender,omitempty"`
	Author   string    `json:"author,omitempty" doc:"Who of the staff wrote it"`
	Cost     string    `json:"cost,omitempty"`
	Proof    string    `json:"proof,omitempty" doc:"What proved it, if its step ended the delivery"`
	ReadAt   time.Time `json:"read_at,omitzero"`
	Text     string    `json:"text" doc:"Its beginning"`
}

// Why is the rule that let a message go, as it was when it was claimed.
type Why struct {
	Rule    string `json:"rule" enum:"not_needed,given,opt_out,unknown"`
	Line    int    `json:"line,omitempty" doc:"given: the line of the consent"`
	Contact string `json:"contact,omitempty" doc:"given: another contact, whose line it is: one that this one absorbed, or had been part of"`
	Says    string `json:"says" doc:"The same in words"`
}

// Stopped is a delivery that a no ended, or kept from going.
type Stopped struct {
	Delivery string    `json:"delivery"`
	Template string    `json:"template,omitempty"`
	Purpose  string    `json:"purpose"`
	At       time.Time `json:"at" doc:"When it was asked for"`
	State    string    `json:"state"`
	Reason   string    `json:"reason"`
	Line     int       `json:"line,omitempty" doc:"The no"`
}

const textShown = 300 // bytes of a message

// Build makes the document.
func Build(f Facts) *Document {
	d := &Document{MadeAt: f.Now.UTC(), Locale: LocaleOf(f.Locale), Timezone: cmp.Or(f.Zone, "UTC"), Contact: who(f.Contact), Consents: standing(f.Contact), Lines: []Line{}, Messages: []SentMessage{}, Stopped: []Stopped{}, Cut: f.Cut}
	for i := range f.Statements {
		d.Lines = append(d.Lines, line(&f.Statements[i]))
	}
	for _, theirs := range f.Absorbed {
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
			d.Stopped = append(d.Stopped, Stopped{
				Delivery: one.ID.String(), Template: one.Template, Purpose: one.Purpose.String(), At: one.Created.UTC(), State: one.State.String(), Reason: one.Reason,
				Line: noOf(f.Statements, one),
			})
		}
	}
	return d
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
		w.Says = t.say(`marketing, of which nothing was said: the gateway was set to opt-out ([consent] marketing = "opt-out")`)
	case bots.BasisGiven:
		w.Says = t.say("marketing, %s", d.said(t, w.Contact, s.State.BasisLine))
	default:
		w.Says = t.say("sent before the gateway kept with each message what allowed it")
	}
	return w
}

// whose is the contact whose line allowed a message; empty: the document's own.
func (d *Document) whose(s *Sent) string {
	id := s.State.BasisOf
	if id == 0 {
		id = s.Message.Under
	}
	if s.State.Basis != bots.BasisGiven || id.String() == d.Contact.ID {
		return ""
	}
	return id.String()
}

func (t tongue) notNeeded(s *Sent, purpose string) string {
	switch {
	case s.Message.ByOwner():
		return t.say("written by one of us on the phone itself")
	case s.Message.Delivery == 0:
		return t.say("said in the answer to the call by which the person opened the bot")
	case purpose == fallback.Conversation.String():
		return t.say("an answer to what the person wrote: needs no consent")
	}
	return t.say("%s: needs no consent", t.say(purpose))
}

// said is a consent in words, by the number of its line.
func (d *Document) said(t tongue, contact string, number int) string {
	i := slices.IndexFunc(d.Lines, func(l Line) bool { return l.Number == number && l.Contact == contact })
	if i < 0 && contact != "" {
		return t.say("allowed by line %d of contact %s, which this one was part of, or absorbed", number, contact)
	}
	if i < 0 {
		return t.say("allowed by line %d, which made room for later ones", number)
	}
	l := &d.Lines[i]
	says := t.say("given %s by %s, %s", l.At.In(d.zone()).Format(time.DateTime), t.say(l.By), l.Source)
	if l.Words != "" {
		says += t.say(", in the words “%s”", l.Words)
	}
	if l.Version != "" {
		says += t.say(", version %s", l.Version)
	}
	if from := t.listed(l); from != "" {
		says += ", " + from
	}
	return says + " (" + t.say("line %d", number) + ")"
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

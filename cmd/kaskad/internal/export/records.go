package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Person is the contact, as far as it is one record.
type Person struct {
	MadeAt       time.Time       `json:"made_at"`
	ID           string          `json:"id"`
	ExternalID   string          `json:"external_id,omitempty"`
	Name         string          `json:"name,omitempty"`
	Phone        string          `json:"phone,omitempty"`
	PhoneClaimed bool            `json:"phone_claimed,omitempty"`
	PhoneHeard   bool            `json:"phone_heard,omitempty"`
	Email        string          `json:"email,omitempty"`
	Locale       string          `json:"locale,omitempty"`
	Zone         string          `json:"timezone,omitempty"`
	Preferred    string          `json:"preferred,omitempty"`
	NotOn        []string        `json:"not_on,omitempty"`
	Hours        []string        `json:"hours,omitempty"`
	Wished       time.Time       `json:"wished_at,omitzero"`
	Attributes   json.RawMessage `json:"attributes,omitempty"`
	Addresses    []Address       `json:"addresses"`
	Consents     []Consent       `json:"consents"`
	CameFirst    *Came           `json:"came_first,omitempty"`
	CameLast     *Came           `json:"came_last,omitempty"`
	Recruited    time.Time       `json:"recruited_at,omitzero"`
	Created      time.Time       `json:"created_at"`
	Updated      time.Time       `json:"updated_at"`
	Conversation *Talk           `json:"conversation,omitempty"`
	Sources      []Came          `json:"sources"`
	Names        []Name          `json:"further_names,omitempty"`
	Absorbed     []Absorbed      `json:"absorbed,omitempty"`
	Before       []*Person       `json:"before,omitempty"` // strangers that it was, before its chat was known to be its
	Words        []Word          `json:"said_through_numbers,omitempty"`
}

// Word is the last yes or no that was said through a number: it counts for everybody who has that.
type Word struct {
	Number string `json:"number"`
	Consent
}

// Name is one that the person has besides, from a contact that was merged into this one.
type Name struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Absorbed is a contact that was merged into this one, and both as they were before. What has its id in a field of stood under it.
type Absorbed struct {
	At     time.Time `json:"merged_at"`
	By     string    `json:"by,omitempty"`
	Was    *Person   `json:"was"`
	IntoID string    `json:"into"`
	Into   *Person   `json:"into_was"`
}

// Address is a place of the person.
type Address struct {
	Channel string    `json:"channel"`
	ID      string    `json:"id"`
	Also    string    `json:"also,omitempty"`
	State   string    `json:"state"`
	Since   time.Time `json:"since,omitzero"`
	Heard   time.Time `json:"heard_at,omitzero"`
}

// Consent is one as it stands.
type Consent struct {
	About    string    `json:"about"`
	State    string    `json:"state"`
	At       time.Time `json:"at,omitzero"`
	Source   string    `json:"source,omitempty"`
	ByPerson bool      `json:"by_person,omitempty"`
	Words    string    `json:"words,omitempty"`
	Version  string    `json:"version,omitempty"`
	By       string    `json:"by,omitempty"`
}

// Came is how the person came in by a source.
type Came struct {
	Source    string    `json:"source"`
	Channel   string    `json:"channel,omitempty"`
	At        time.Time `json:"at,omitzero"`
	Shared    bool      `json:"phone_shared,omitempty"`
	Consented bool      `json:"consented,omitempty"`
}

// Talk is the head of the conversation.
type Talk struct {
	State        string    `json:"state"`
	Assignee     string    `json:"assignee,omitempty"`
	SnoozedTo    time.Time `json:"snoozed_to,omitzero"`
	LastAt       time.Time `json:"last_at,omitzero"`
	LastIn       time.Time `json:"last_in,omitzero"`
	LastUsed     string    `json:"last_used,omitempty"`
	StaffAt      time.Time `json:"staff_at,omitzero"`
	Unread       uint32    `json:"unread,omitempty"`
	AskedPhone   time.Time `json:"asked_phone_at,omitzero"`
	AskedConsent time.Time `json:"asked_consent_at,omitzero"`
	Wants        time.Time `json:"wants_a_person_since,omitzero"`
	Claims       string    `json:"claims_phone,omitempty"` // a number that the person says is theirs, and that no code has proven yet
	ClaimsAt     time.Time `json:"claims_phone_at,omitzero"`
}

// Statement is a line of the evidence.
type Statement struct {
	Number   int       `json:"number"`
	Kept     time.Time `json:"kept_at"`
	Was      string    `json:"was"`
	Channel  string    `json:"channel,omitempty"`
	Chat     string    `json:"chat,omitempty"`
	Message  string    `json:"message,omitempty"`
	Delivery string    `json:"delivery,omitempty"`
	Via      string    `json:"via,omitempty"`
	Event    string    `json:"event,omitempty"`
	Times    int       `json:"times,omitempty"`
	Last     time.Time `json:"last,omitzero"`
	List     string    `json:"list,omitempty"`
	Row      int       `json:"row,omitempty"`
	With     string    `json:"with,omitempty"`
	Ended    []string  `json:"ended,omitempty"`
	More     int       `json:"ended_more,omitempty"`
	Folded   int       `json:"folded,omitempty"`
	Of       string    `json:"of,omitempty"`
	Consent
}

// Delivery is one with all that was asked, and its attempts.
type Delivery struct {
	ID        string            `json:"id"`
	To        string            `json:"to"`
	Purpose   string            `json:"purpose"`
	Template  string            `json:"template,omitempty"`
	Text      string            `json:"text,omitempty"`
	Data      json.RawMessage   `json:"data,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Image     string            `json:"image,omitempty"`
	File      string            `json:"file,omitempty"`
	Cascade   string            `json:"cascade,omitempty"`
	Author    string            `json:"author,omitempty"`
	Created   time.Time         `json:"created_at"`
	SendAt    time.Time         `json:"send_at,omitzero"`
	State     string            `json:"state"`
	Reason    string            `json:"reason,omitempty"`
	ReachedBy string            `json:"reached_by,omitempty"`
	Proof     string            `json:"proof,omitempty"`
	ProofAt   time.Time         `json:"proof_at,omitzero"`
	Late      string            `json:"late_proof,omitempty"`
	LateAt    time.Time         `json:"late_proof_at,omitzero"`
	Started   time.Time         `json:"started_at,omitzero"`
	Due       time.Time         `json:"due_at,omitzero"`
	Zone      string            `json:"timezone,omitempty"`
	Act       string            `json:"act,omitempty"`
	ReplyTo   string            `json:"reply_to,omitempty"`
	Chat      string            `json:"chat,omitempty"`
	Choices   []string          `json:"choices,omitempty"`
	Cost      string            `json:"cost,omitempty"`
	Of        string            `json:"of,omitempty"`
	Steps     []Step            `json:"steps"`
	Attempts  []Attempt         `json:"attempts"`
}

// Step is one channel of the way of a delivery, and what became of it there.
type Step struct {
	Channel  string    `json:"channel"`
	Outcome  string    `json:"outcome"`
	Reason   string    `json:"reason,omitempty"`
	Level    string    `json:"level,omitempty"`
	QueuedAt time.Time `json:"queued_at,omitzero"`
	TriedAt  time.Time `json:"tried_at,omitzero"`
	SentAt   time.Time `json:"sent_at,omitzero"`
	Cost     string    `json:"cost,omitempty"`
}

// Attempt is one try.
type Attempt struct {
	Message string    `json:"message"`
	Number  int       `json:"number"`
	Sender  string    `json:"sender"`
	Channel string    `json:"channel"`
	To      string    `json:"to,omitempty"`
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"`
	ID      string    `json:"provider_id,omitempty"`
	Error   string    `json:"error,omitempty"`
	Parts   int       `json:"parts,omitempty"`
	Cost    string    `json:"cost,omitempty"`
}

// Message is one of the conversation.
type Message struct {
	ID          string    `json:"id"`
	At          time.Time `json:"at"`
	Direction   string    `json:"direction"`
	Kind        string    `json:"kind"`
	Channel     string    `json:"channel"`
	Chat        string    `json:"chat,omitempty"`
	Text        string    `json:"text,omitempty"`
	Files       []File    `json:"files,omitempty"`
	Buttons     []string  `json:"buttons,omitempty"`
	Links       []string  `json:"links,omitempty"`
	ReplyTo     string    `json:"reply_to,omitempty"`
	Delivery    string    `json:"delivery,omitempty"`
	Author      string    `json:"author,omitempty"`
	Status      string    `json:"status,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	Approved    string    `json:"approved_template,omitempty"`
	ProviderID  string    `json:"provider_id,omitempty"`
	SentAt      time.Time `json:"sent_at,omitzero"`
	FailedAt    time.Time `json:"failed_at,omitzero"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
	ReadAt      time.Time `json:"read_at,omitzero"`
	EngagedAt   time.Time `json:"engaged_at,omitzero"`
	DeletedAt   time.Time `json:"deleted_at,omitzero"`
	Of          string    `json:"of,omitempty"`
}

// File is a file of a message.
type File struct {
	Type string `json:"type"`
	Name string `json:"name,omitempty"`
	Size int64  `json:"size,omitempty"`
	Text string `json:"text,omitempty"` // a place, or the number on a card
	From string `json:"from,omitempty"` // where it can be fetched
}

// Post is what staff read about the person in their room.
type Post struct {
	ID    string    `json:"id"`
	At    time.Time `json:"at"`
	Text  string    `json:"text"`
	State string    `json:"state"`
	Of    string    `json:"of,omitempty"`
}

// Link is a one-time link; its token opens doors and is not shown.
type Link struct {
	Channel string    `json:"channel,omitempty"`
	Source  string    `json:"source,omitempty"`
	Expires time.Time `json:"expires_at"`
	Used    bool      `json:"used"`
	Of      string    `json:"of,omitempty"`
}

func person(c *bots.Contact) *Person {
	p := &Person{
		ID: c.ID.String(), ExternalID: c.ExternalID, Name: c.Name, Phone: c.Phone, PhoneClaimed: c.PhoneClaimed, PhoneHeard: c.PhoneHeard, Email: c.Email, Locale: c.Locale, Zone: c.Zone,
		Preferred: c.Preferred, NotOn: c.Wishes.NotOn, Wished: c.Wishes.At.UTC(), Attributes: c.Attributes, Addresses: []Address{}, Consents: consents(c),
		CameFirst: came(&c.First), CameLast: came(&c.Last), Recruited: c.Recruited.UTC(), Created: c.Created.UTC(), Updated: c.Updated.UTC(),
	}
	for _, h := range c.Wishes.Hours {
		p.Hours = append(p.Hours, fmt.Sprintf("%02d:00-%02d:00", h.From, h.To))
	}
	for _, a := range c.Addresses {
		p.Addresses = append(p.Addresses, Address{Channel: a.Channel, ID: a.ID, Also: a.Also, State: a.State.String(), Since: a.Since.UTC(), Heard: a.Heard.UTC()})
	}
	for _, n := range c.Names {
		p.Names = append(p.Names, Name{n.Kind, n.Value})
	}
	return p
}

func (w *writer) absorbed() (all []Absorbed, err error) {
	for _, id := range w.c.Merged {
		m, ok, err := w.from.Merge(w.ctx, id)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, Absorbed{m.At.UTC(), m.By, person(&m.AbsorbedWas), m.Kept.String(), person(&m.KeptWas)})
		}
	}
	return all, nil
}

func consents(c *bots.Contact) []Consent {
	all := []Consent{consent(bots.AboutMarketing, &c.Marketing)}
	for i := range c.On {
		all = append(all, consent(fallback.AboutOn(c.On[i].Channel), &c.On[i].Consent))
	}
	if c.All.State != bots.Unknown {
		all = append(all, consent(bots.AboutAll, &c.All))
	}
	return all
}

func consent(about string, c *bots.Consent) Consent {
	return Consent{About: about, State: c.State.String(), At: c.At.UTC(), Source: c.Source, ByPerson: c.ByPerson, Words: c.Words, Version: c.Version, By: c.By}
}

func came(c *bots.Came) *Came {
	if c.Source == "" {
		return nil
	}
	return &Came{Source: c.Source, Channel: c.Channel, At: c.At.UTC()}
}

func (w *writer) conversation() (*Talk, error) {
	t, err := w.from.Conversation(w.ctx, w.c.ID)
	if err != nil || t == (bots.Conversation{}) {
		return nil, err
	}
	return &Talk{
		State: t.State.String(), Assignee: t.Assignee, SnoozedTo: t.SnoozedTo.UTC(), LastAt: t.LastAt.UTC(), LastIn: t.LastIn.UTC(), LastUsed: t.LastUsed, StaffAt: t.StaffAt.UTC(), Unread: t.Unread,
		AskedPhone: t.Bot.AskedPhone.UTC(), AskedConsent: t.Bot.AskedConsent.UTC(), Wants: t.Bot.Wants.UTC(), Claims: t.Bot.Claim.Phone, ClaimsAt: t.Bot.Claim.Asked.UTC(),
	}, nil
}

// words are what was said through the person's numbers, those that were claimed apart: they may be somebody else's.
func (w *writer) words() (all []Word, err error) {
	var numbers []string
	add := func(number string) {
		if number != "" && !w.c.Claims(number) && !slices.Contains(numbers, number) {
			numbers = append(numbers, number)
		}
	}
	add(w.c.Phone)
	for _, a := range w.c.Addresses {
		if a.Channel == bots.SMS {
			add(a.ID)
		}
	}
	for _, n := range w.c.Names {
		if n.Kind == "phone" {
			add(n.Value)
		}
	}
	for _, number := range numbers {
		said, err := w.from.Word(w.ctx, number)
		if err != nil {
			return nil, err
		}
		if said.State != bots.Unknown {
			about := bots.AboutMarketing
			if said.Everything {
				about = bots.AboutAll
			}
			all = append(all, Word{number, consent(about, &said)})
		}
	}
	return all, nil
}

func (w *writer) sources() ([]Came, error) {
	all := []Came{}
	by := map[string]fallback.Came{}
	for _, whose := range w.ids() {
		some, err := w.from.Came(w.ctx, whose)
		if err != nil {
			return nil, err
		}
		maps.Copy(by, some)
	}
	for _, code := range slices.Sorted(maps.Keys(by)) {
		all = append(all, Came{Source: code, Channel: by[code].Channel, Shared: by[code].Shared, Consented: by[code].Consented})
	}
	return all, nil
}

func statement(s *bots.Statement) *Statement {
	out := &Statement{
		Number: s.Number, Kept: s.Kept.UTC(), Was: s.Was.String(), Channel: s.Channel, Chat: s.Chat.ID, Message: id(s.Message), Delivery: id(s.Delivery),
		Via: s.Via, Event: s.Event, Times: s.Times, Last: s.Last.UTC(), List: s.List, Row: s.Row, With: id(s.With), More: s.More, Folded: s.Folded, Consent: consent(s.About, &s.Consent),
	}
	for _, d := range s.Ended {
		out.Ended = append(out.Ended, id(d))
	}
	return out
}

func id(id bots.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func delivery(d *fallback.Delivery) *Delivery {
	out := &Delivery{
		ID: d.ID.String(), To: d.To, Purpose: d.Purpose.String(), Template: d.Template, Text: d.Text, Data: d.Data, Metadata: d.Metadata, Image: d.Image,
		Cascade: d.Cascade.Name, Author: d.Author, Created: d.Created.UTC(), SendAt: d.SendAt.UTC(), State: d.State.String(), Reason: d.Reason,
		ReachedBy: d.ReachedBy(), Proof: d.Proof, ProofAt: d.ProofAt.UTC(), Late: d.LateKind, LateAt: d.LateAt.UTC(), Started: d.Started.UTC(), Due: d.Due.UTC(), Zone: d.Zone,
		Act: string(d.Act), ReplyTo: id(d.ReplyTo), Chat: d.Chat.ID, Of: id(d.Under), Steps: []Step{}, Attempts: []Attempt{},
	}
	for _, b := range d.Choices {
		out.Choices = append(out.Choices, b.Text)
	}
	for i := range d.Route {
		out.Steps = append(out.Steps, step(&d.Route[i]))
	}
	if d.File != nil {
		out.File = d.File.URL
	}
	out.Cost = cost(d.Cost())
	return out
}

func step(l *fallback.Leg) Step {
	out := Step{Channel: l.Channel, Outcome: l.Outcome.String(), Reason: l.Reason, QueuedAt: l.QueuedAt.UTC(), TriedAt: l.TriedAt.UTC(), SentAt: l.SentAt.UTC(), Cost: cost(l.Cost)}
	if l.Level != bots.None {
		out.Level = l.Level.String()
	}
	return out
}

func cost(m bots.Money) string {
	if m.Amount == 0 {
		return ""
	}
	return m.String()
}

func attempt(t *Tried) Attempt {
	out := Attempt{
		Parts: t.Parts, Cost: cost(t.Cost), Message: t.Message.String(), Number: t.Number, Sender: t.Sender, Channel: t.Out.To.Channel, To: t.Out.To.ID, At: t.At.UTC(), Outcome: "unknown",
	}
	if t.Result == nil {
		return out
	}
	out.Outcome, out.ID = "accepted", t.Result.Receipt.ID
	if t.Result.Err != nil {
		out.Outcome, out.Error = t.Result.Err.Fault.String(), t.Result.Err.Error()
	}
	return out
}

var kinds = map[bots.MessageKind]string{
	bots.TextMessage: "message", bots.PressMessage: "button", bots.ReactionMessage: "reaction", bots.EditMessage: "edit", bots.DeleteMessage: "delete",
}

func message(s *Said) *Message {
	out := &Message{
		ID: s.ID.String(), At: s.At.UTC(), Direction: "out", Kind: kinds[s.Kind], Channel: s.Channel, Chat: s.To.ID, Text: s.Text, Links: s.Links, ReplyTo: id(s.ReplyTo),
		Delivery: id(s.Delivery), Author: s.Author, Status: s.State.Status(), Reason: s.State.Reason, FailedAt: s.State.FailedAt.UTC(), ProviderID: s.State.ProviderID, SentAt: s.State.SentAt.UTC(),
		DeliveredAt: s.State.DeliveredAt.UTC(), ReadAt: s.State.ReadAt.UTC(), EngagedAt: s.State.EngagedAt.UTC(), DeletedAt: s.State.DeletedAt.UTC(), Of: id(s.Under),
	}
	if s.In {
		out.Direction, out.Status, out.ProviderID = "in", "", s.Message.ProviderID
	}
	if s.Approved != nil {
		out.Approved = s.Approved.Name
	}
	for n, m := range s.Media {
		f := File{Type: m.Type, Name: m.Name, Size: m.Size, Text: m.Text}
		switch {
		case !s.In:
			f.From = m.ID
		case m.Fetchable():
			f.From = fmt.Sprintf("/v1/conversations/%s/messages/%s/media/%d", s.Contact, s.ID, n)
		}
		out.Files = append(out.Files, f)
	}
	for _, b := range s.Buttons {
		out.Buttons = append(out.Buttons, b.Text)
	}
	return out
}

// Both are the two records before the merge, as JSON: they have the same fields as the person above.
func (a Absorbed) Both() (all []json.RawMessage, err error) {
	for _, p := range []*Person{a.Was, a.Into} {
		raw, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		all = append(all, raw)
	}
	return all, nil
}

// Raw is the record as JSON.
func (p *Person) Raw() (json.RawMessage, error) { return json.Marshal(p) }

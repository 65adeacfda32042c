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
	Email        string          `json:"email,omitempty"`
	Locale       string          `json:"locale,omitempty"`
	Zone         string          `json:"timezone,omitempty"`
	Preferred    string          `json:"preferred,omitempty"`
	NotOn        []string        `json:"not_on,omitempty"`
	Hours        []string        `json:"hours,omitempty"`
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
	State    string    `json:"state"`
	Assignee string    `json:"assignee,omitempty"`
	LastAt   time.Time `json:"last_at,omitzero"`
	LastIn   time.Time `json:"last_in,omitzero"`
	LastUsed string    `json:"last_used,omitempty"`
	Unread   uint32    `json:"unread,omitempty"`
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
	With     string    `json:"with,omitempty"`
	Times    int       `json:"times,omitempty"`
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
	Cost      string            `json:"cost,omitempty"`
	Of        string            `json:"of,omitempty"`
	Attempts  []Attempt         `json:"attempts"`
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
	ProviderID  string    `json:"provider_id,omitempty"`
	SentAt      time.Time `json:"sent_at,omitzero"`
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
		ID: c.ID.String(), ExternalID: c.ExternalID, Name: c.Name, Phone: c.Phone, PhoneClaimed: c.PhoneClaimed, Email: c.Email, Locale: c.Locale, Zone: c.Zone,
		Preferred: c.Preferred, NotOn: c.Wishes.NotOn, Attributes: c.Attributes, Addresses: []Address{}, Consents: consents(c),
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
	return &Talk{State: t.State.String(), Assignee: t.Assignee, LastAt: t.LastAt.UTC(), LastIn: t.LastIn.UTC(), LastUsed: t.LastUsed, Unread: t.Unread}, nil
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
	return &Statement{
		Number: s.Number, Kept: s.Kept.UTC(), Was: s.Was.String(), Channel: s.Channel, Chat: s.Chat.ID, Message: id(s.Message), Delivery: id(s.Delivery),
		Via: s.Via, Event: s.Event, With: id(s.With), Times: s.Times, Consent: consent(s.About, &s.Consent),
	}
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
		ReachedBy: d.ReachedBy(), Proof: d.Proof, Of: id(d.Under), Attempts: []Attempt{},
	}
	if d.File != nil {
		out.File = d.File.URL
	}
	if cost := d.Cost(); cost.Amount != 0 {
		out.Cost = cost.String()
	}
	return out
}

func attempt(t *Tried) Attempt {
	out := Attempt{
		Message: t.Message.String(), Number: t.Number, Sender: t.Sender, Channel: t.Out.To.Channel, To: t.Out.To.ID, At: t.At.UTC(), Outcome: "unknown",
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
		Delivery: id(s.Delivery), Author: s.Author, Status: s.State.Status(), ProviderID: s.State.ProviderID, SentAt: s.State.SentAt.UTC(),
		DeliveredAt: s.State.DeliveredAt.UTC(), ReadAt: s.State.ReadAt.UTC(), EngagedAt: s.State.EngagedAt.UTC(), DeletedAt: s.State.DeletedAt.UTC(), Of: id(s.Under),
	}
	if s.In {
		out.Direction, out.Status, out.ProviderID = "in", "", s.Message.ProviderID
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

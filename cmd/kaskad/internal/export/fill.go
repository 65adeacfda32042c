package export

import (
	"fmt"
	"maps"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

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
	for _, whose := range w.ids {
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
		out.Steps = append(out.Steps, step(d, &d.Route[i]))
	}
	if d.File != nil {
		out.File = d.File.URL
	}
	out.Cost = cost(d.Cost())
	return out
}

func step(d *fallback.Delivery, l *fallback.Leg) Step {
	out := Step{Channel: l.Channel, Task: d.Task(l), By: l.By, Outcome: l.Outcome.String(), Reason: l.Reason, QueuedAt: l.QueuedAt.UTC(), TriedAt: l.TriedAt.UTC(), SentAt: l.SentAt.UTC(), Cost: cost(l.Cost)}
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
	if out.Channel == bots.Staff {
		out.To = "" // colleagues were asked: it is no place of the person's
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

package export

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// people is a person with two pages of messages.
type people struct {
	err          error
	begins, ends []bots.ID // who is one person with it when the document is begun, and when it ends; nil: it alone, and as at the beginning
	asked        int
}

func (people) Statements(context.Context, bots.ID) ([]bots.Statement, error) {
	return []bots.Statement{{Number: 1, About: bots.AboutMarketing, Consent: bots.Consent{State: bots.Denied, Words: "стоп"}}}, nil
}
func (people) Merge(_ context.Context, id bots.ID) (bots.Merge, bool, error) {
	m := bots.Merge{Kept: 5, Absorbed: id, By: "key:crm", KeptWas: bots.Contact{ID: 5}, AbsorbedWas: bots.Contact{ID: id, Name: "Olha"}}
	return m, id == 4, nil
}
func (people) Conversation(context.Context, bots.ID) (bots.Conversation, error) {
	return bots.Conversation{State: bots.Open, LastUsed: bots.Telegram}, nil
}
func (people) Came(context.Context, bots.ID) (map[string]fallback.Came, error) {
	return map[string]fallback.Came{"shop7": {Channel: bots.Viber}}, nil
}
func (people) Links(context.Context, bots.ID) ([]fallback.Link, error) {
	return []fallback.Link{{Token: "secret-token", Channel: bots.Telegram}}, nil
}
func (people) Deliveries(context.Context, bots.ID, string) ([]*fallback.Delivery, string, error) {
	return []*fallback.Delivery{{Plan: fallback.Plan{ID: 9, To: "ext:1", Data: []byte(`{"points":120}`)}, Status: fallback.Status{Route: []fallback.Leg{{Message: 8}}}}}, "", nil
}
func (p people) Messages(_ context.Context, _ bots.ID, cursor string) ([]Said, string, error) {
	if cursor == "" {
		return []Said{{Message: &bots.Message{ID: 7, Contact: 5, In: true, Channel: bots.Telegram, Text: "<script>alert(1)</script>", Media: []bots.Media{{Type: "photo", ID: "f", Name: "me.jpg", Size: 10}}}}}, "more", nil
	}
	return []Said{{Message: &bots.Message{ID: 8, Contact: 5, Channel: bots.Telegram, Text: "second page"}}}, "", p.err
}
func (people) Attempts(context.Context, bots.ID, []bots.ID) ([]Tried, bool, error) {
	return []Tried{{Attempt: fallback.Attempt{Number: 1, Sender: "telegram"}, Result: &fallback.Result{Err: &bots.SendError{Fault: bots.Temporary, Err: errors.New("busy")}}}}, true, nil
}
func (people) Posts(_ context.Context, _ bots.ID, f func(*fallback.Delivery) error) error {
	return f(&fallback.Delivery{Plan: fallback.Plan{ID: 3, Text: "a post"}})
}

func (p people) Contact(_ context.Context, id bots.ID) (*bots.Contact, error) {
	return &bots.Contact{ID: id, Name: "Olena T"}, nil
}
func (people) Word(_ context.Context, number string) (bots.Consent, error) {
	return bots.Consent{State: bots.Denied, Source: "keyword:" + number}, nil
}
func (people) Quarantined(context.Context, *bots.Contact) ([]Unread, error) {
	return []Unread{{ID: "q", Channel: bots.SMS, Reason: "no rule", Size: 7}}, nil
}
func (p *people) OnePerson(_ context.Context, id bots.ID) ([]bots.ID, error) {
	p.asked++
	switch {
	case p.begins != nil && p.asked == 1:
		return p.begins, nil
	case p.ends != nil && p.asked > 1:
		return p.ends, nil
	case p.begins != nil:
		return p.begins, nil
	}
	return []bots.ID{id}, nil
}

func someone() *bots.Contact {
	return &bots.Contact{ID: 5, Name: "Олена", Phone: "+380501112233", Created: time.Unix(0, 0), Addresses: []bots.ContactAddress{{Address: bots.Address{Channel: bots.Telegram, ID: "42"}}}}
}

func TestExport(t *testing.T) {
	var out bytes.Buffer
	n, err := JSON(t.Context(), &people{}, someone(), &out)
	want := Counts{Statements: 1, Deliveries: 1, Messages: 2, Files: 1, Posts: 1, Links: 1, Quarantine: 1}
	if err != nil || n != want {
		t.Errorf("JSON = %+v, %v; want %+v", n, err, want)
	}
	var doc struct {
		Person   Person
		Messages []Message
		Counts   Counts
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil || doc.Counts != want || len(doc.Messages) != 2 || doc.Person.Name != "Олена" {
		t.Errorf("the document is %+v, %v", doc, err)
	}
	if from := doc.Messages[0].Files[0].From; from != "/v1/conversations/0000000000005/messages/0000000000007/media/0" {
		t.Errorf("a file is fetched from %s", from)
	}
	if strings.Contains(out.String(), "secret-token") {
		t.Error("the token of a link is shown")
	}
}

// Of a person who was two contacts everything of both stands in the document, and whose it was.
func TestExportOfAMerge(t *testing.T) {
	var out bytes.Buffer
	c := someone()
	c.Merged, c.Names = []bots.ID{4}, []bots.Ref{{Kind: bots.NameName, Value: "Olha"}}
	both := &people{begins: []bots.ID{5, 4}}
	n, err := JSON(t.Context(), both, c, &out)
	want := Counts{Statements: 2, Deliveries: 1, Messages: 2, Files: 1, Posts: 2, Links: 2, Quarantine: 1}
	var doc struct {
		Person     Person
		Statements []Statement
		Links      []Link
	}
	if err := errors.Join(err, json.Unmarshal(out.Bytes(), &doc)); err != nil || n != want {
		t.Fatalf("JSON = %+v, %v; want %+v", n, err, want)
	}
	other := bots.ID(4).String()
	if doc.Statements[0].Of != "" || doc.Statements[1].Of != other || doc.Links[1].Of != other {
		t.Errorf("whose it was: %+v, %+v", doc.Statements, doc.Links)
	}
	if p := doc.Person; len(p.Absorbed) != 1 || p.Absorbed[0].Was.Name != "Olha" || p.Absorbed[0].Was.ID != other || len(p.Names) != 1 {
		t.Errorf("the person is %+v", p)
	}
	out.Reset()
	if _, err := HTML(t.Context(), both, c, Look{Locale: "en"}, &out); err != nil || !strings.Contains(out.String(), "merged into") || !strings.Contains(out.String(), "Olha") || !strings.Contains(out.String(), other) {
		t.Errorf("the page does not tell of the merge: %v", err)
	}
	if strings.Contains(out.String(), "{&#34;id") || strings.Count(out.String(), "<details open>") != 2 {
		t.Error("who they were is not for people to read")
	}
}

// A day is that of the company's clock: a consent of the fourth of May is none of the third, 21:00 UTC.
func TestThePageIsReadByTheCompanysClock(t *testing.T) {
	kyiv, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	c := someone()
	c.Marketing = bots.Consent{State: bots.Given, At: time.Date(2026, 5, 3, 21, 0, 0, 0, time.UTC), Source: "form"}
	for want, look := range map[string]Look{"2026-05-04 00:00:00": {Locale: "en", Zone: kyiv}, "2026-05-03 21:00:00": {Locale: "en"}} {
		var out bytes.Buffer
		if _, err := HTML(t.Context(), &people{}, c, look, &out); err != nil || !strings.Contains(out.String(), want) || !strings.Contains(out.String(), "those of "+cmp.Or(look.Zone, time.UTC).String()) {
			t.Errorf("in %v the page has no %s: %v", look.Zone, want, err)
		}
	}
}

func TestThePageRunsNothing(t *testing.T) {
	var out bytes.Buffer
	if _, err := HTML(t.Context(), &people{}, someone(), Look{Locale: "en"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Олена", "&lt;script&gt;", "second page", "a post", "busy", "points: 120", "nothing is missing"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if strings.Contains(out.String(), "<script") {
		t.Error("the page has a script")
	}
}

func TestAnExportThatBreaksOffDoesNotLookWhole(t *testing.T) {
	var out bytes.Buffer
	if _, err := JSON(t.Context(), &people{err: errors.New("gone")}, someone(), &out); err == nil || json.Valid(out.Bytes()) {
		t.Errorf("err %v, and the document is %s", err, &out)
	}
}

// Of who came as a stranger first there is what the stranger said, too, and whose it was.
func TestExportOfWhoCameAsAStranger(t *testing.T) {
	var out bytes.Buffer
	n, err := JSON(t.Context(), &people{begins: []bots.ID{5, 3}}, someone(), &out)
	want := Counts{Statements: 2, Deliveries: 2, Messages: 4, Files: 2, Posts: 2, Links: 2, Quarantine: 1}
	var doc struct {
		Person     Person
		Messages   []Message
		Deliveries []Delivery
	}
	if err := errors.Join(err, json.Unmarshal(out.Bytes(), &doc)); err != nil || n != want {
		t.Fatalf("JSON = %+v, %v; want %+v", n, err, want)
	}
	other := bots.ID(3).String()
	if p := doc.Person; len(p.Formers) != 1 || p.Formers[0].Name != "Olena T" || p.Formers[0].ID != other {
		t.Errorf("the person is %+v", p)
	}
	if doc.Messages[0].Of != "" || doc.Messages[2].Of != other || doc.Deliveries[1].Of != other {
		t.Errorf("whose it was: %+v, %+v", doc.Messages, doc.Deliveries)
	}
}

// A person who is erased, or merged, while the document is written is not in it as a whole.
func TestAnExportOfWhoChangesDoesNotLookWhole(t *testing.T) {
	for what, same := range map[string][]bots.ID{"erased": {}, "merged into another": {9, 5}, "absorbs another": {5, 6}, "is known by another chat": {5, 3}} {
		var out bytes.Buffer
		if _, err := JSON(t.Context(), &people{ends: same}, someone(), &out); !errors.Is(err, ErrChanged) || json.Valid(out.Bytes()) {
			t.Errorf("%s: err %v, and the document is %s", what, err, &out)
		}
		out.Reset()
		if _, err := HTML(t.Context(), &people{ends: same}, someone(), Look{Locale: "uk"}, &out); !errors.Is(err, ErrChanged) || strings.Contains(out.String(), "нічого не пропущено") {
			t.Errorf("%s: err %v, and the page looks whole", what, err)
		}
	}
}

package export

import (
	"bytes"
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
type people struct{ err error }

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
func (people) Attempts(context.Context, bots.ID) ([]Tried, error) {
	return []Tried{{Attempt: fallback.Attempt{Number: 1, Sender: "telegram"}, Result: &fallback.Result{Err: &bots.SendError{Fault: bots.Temporary, Err: errors.New("busy")}}}}, nil
}
func (people) Posts(_ context.Context, _ bots.ID, f func(*fallback.Delivery) error) error {
	return f(&fallback.Delivery{Plan: fallback.Plan{ID: 3, Text: "a post"}})
}

func someone() *bots.Contact {
	return &bots.Contact{ID: 5, Name: "Олена", Phone: "+380501112233", Created: time.Unix(0, 0), Addresses: []bots.ContactAddress{{Address: bots.Address{Channel: bots.Telegram, ID: "42"}}}}
}

func TestExport(t *testing.T) {
	var out bytes.Buffer
	n, err := JSON(t.Context(), people{}, someone(), &out)
	want := Counts{Statements: 1, Deliveries: 1, Messages: 2, Files: 1, Posts: 1, Links: 1}
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
	n, err := JSON(t.Context(), people{}, c, &out)
	want := Counts{Statements: 2, Deliveries: 1, Messages: 2, Files: 1, Posts: 2, Links: 2}
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
	if _, err := HTML(t.Context(), people{}, c, &out); err != nil || !strings.Contains(out.String(), "merged into") || !strings.Contains(out.String(), "Olha") || !strings.Contains(out.String(), other) {
		t.Errorf("the page does not tell of the merge: %v", err)
	}
}

func TestThePageRunsNothing(t *testing.T) {
	var out bytes.Buffer
	if _, err := HTML(t.Context(), people{}, someone(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Олена", "&lt;script&gt;", "second page", "a post", "busy", "{&#34;points&#34;:120}", "nothing is missing"} {
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
	if _, err := JSON(t.Context(), people{err: errors.New("gone")}, someone(), &out); err == nil || json.Valid(out.Bytes()) {
		t.Errorf("err %v, and the document is %s", err, &out)
	}
}

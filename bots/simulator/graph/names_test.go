package graph

import (
	"slices"
	"strings"
	"testing"
)

func TestSomebodyWithoutAPhone(t *testing.T) {
	s, g := start(t, Options{})
	must(t, s.AddPerson(Person{Phone: "380935556677", Name: "Vira", Username: "vira", HidesPhone: true}))
	id := s.UserIDOf("380935556677")
	must(t, second(s.Say("380935556677", "hi")))
	a := call(t, s, message("", "to", nil, "recipient", id))
	if a.HTTP != 200 || a.Contacts[0].UserID != id || a.Contacts[0].Input != id || a.Contacts[0].WaID != "" {
		t.Fatalf("got %s", a.Raw)
	}
	byPhone := send(t, s, "380935556677").id()
	must(t, s.Read(id))
	for _, v := range g.values(t, s) {
		for _, m := range v.Messages {
			if c := v.Contacts[0]; m.From != "" || m.FromUser != id || c.WaID != "" || c.UserID != id || c.Profile.Username != "vira" {
				t.Errorf("told %+v", v)
			}
		}
		for _, st := range v.Statuses {
			phone := ""
			if st.ID == byPhone {
				phone = "380935556677"
			}
			if st.Recipient != phone || st.RecipientID != id || v.Contacts[0].WaID != phone {
				t.Errorf("told %+v", v)
			}
		}
	}
	for i, body := range g.bodies(t, s)[:3] {
		if strings.Contains(string(body), "380935556677") {
			t.Errorf("webhook call %d shows the phone: %s", i, body)
		}
	}
	if len(s.Messages(id)) != 2 || s.Messages(id)[0].ByUserID == s.Messages(id)[1].ByUserID {
		t.Errorf("shown %+v", s.Messages(id))
	}
}

func TestAUserIDInTheWrongField(t *testing.T) {
	s, g := start(t, Options{})
	a := send(t, s, "", "to", s.UserIDOf(anna))
	if a.HTTP != 200 || a.id() == "" || g.events(t, s) != "" || len(s.Messages(anna)) != 0 {
		t.Errorf("got %s", a.Raw)
	}
	if odd := s.Oddities(); len(odd) != 1 || odd[0].Path != "to" {
		t.Errorf("odd: %v", odd)
	}
}

func TestUserIDs(t *testing.T) {
	s, _ := start(t, Options{})
	must(t, s.AddTemplate(Template{Name: "code", Language: "uk", Category: "AUTHENTICATION", Body: "{{1}}"}))
	byID := templated("", "code", "uk", component("body", words("1234")))
	delete(byID, "to")
	byID["recipient"] = s.UserIDOf(anna)
	if a := call(t, s, byID); a.Error.Code != 131062 {
		t.Errorf("a code to a user id: %s", a.Raw)
	}
	if a := call(t, s, templated(anna, "code", "uk", component("body", words("1234")))); a.HTTP != 200 {
		t.Errorf("a code to a phone: %s", a.Raw)
	}
	both := message(anna, "recipient", s.UserIDOf(boris))
	if a := call(t, s, both); a.Contacts[0].WaID != anna || len(s.Messages(boris)) != 0 {
		t.Errorf("the phone goes before the user id: %s", a.Raw)
	}
	if a := call(t, s, message("", "to", nil, "recipient", "UA.1")); a.HTTP != 200 || !slices.Equal(s.Statuses(a.id()), []string{"failed"}) {
		t.Errorf("nobody's user id: %s", a.Raw)
	}
	if err := s.AddPerson(Person{Phone: "380931112233", UserID: s.UserIDOf(anna)}); err == nil {
		t.Error("two people with one user id")
	}
}

func TestANumberChanges(t *testing.T) {
	s, g := start(t, Options{})
	old := s.UserIDOf(anna)
	id := send(t, s, anna).id()
	must(t, s.ChangeNumber(anna, "+380999998877"))
	m, contacts := g.lastMessage(t, s)
	if m.Type != "system" || m.From != anna || m.FromUser != old || m.System.WaID != "380999998877" || m.System.Type != "user_changed_number" ||
		m.System.UserID == old || m.System.Body != "User Anna changed from "+anna+" to 380999998877" || len(contacts) != 0 {
		t.Errorf("told %+v", m)
	}
	must(t, s.Read("380999998877"))
	if got := s.Statuses(id); !slices.Contains(got, "read") {
		t.Errorf("the chat went along: %v", got)
	}
	if a := send(t, s, anna); !slices.Equal(s.Statuses(a.id()), []string{"failed"}) {
		t.Errorf("the old number: %v", s.Statuses(a.id()))
	}
	must(t, s.Change("380999998877", func(p *Person) { p.HidesPhone = true }))
	must(t, s.ChangeUserID("380999998877"))
	m, _ = g.lastMessage(t, s)
	if m.System.Type != "user_changed_user_id" || m.From != "" || m.System.WaID != "" || m.System.UserID != s.UserIDOf("380999998877") || m.FromUser == m.System.UserID {
		t.Errorf("told %+v %+v", m, m.System)
	}
}

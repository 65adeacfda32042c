package graph

import (
	"strings"
	"testing"

	"kaskad/bots/simulator/internal/stagetest"
)

func TestATextGoesItsWay(t *testing.T) {
	s, g := start(t, Options{})
	a := send(t, s, anna, "biz_opaque_callback_data", "d1/0")
	if a.HTTP != 200 || a.Product != "whatsapp" || len(a.Contacts) != 1 || a.Contacts[0].Input != "+"+anna || a.Contacts[0].WaID != anna || !strings.HasPrefix(a.id(), "wamid.HBg") {
		t.Fatalf("got %s", a.Raw)
	}
	if u := a.Header.Get("X-Business-Use-Case-Usage"); !strings.Contains(u, `"`+s.WABA()+`":[{"type":"whatsapp","call_count":`) {
		t.Errorf("usage %q", u)
	}
	must(t, s.Read(anna))
	must(t, s.Read(anna)) // nothing is unread any more
	if got := g.events(t, s); got != "sent delivered read" {
		t.Fatalf("told %s", got)
	}
	for _, v := range g.values(t, s) {
		st := v.Statuses[0]
		if st.ID != a.id() || st.Recipient != anna || st.RecipientID != s.UserIDOf(anna) || st.Data != "d1/0" || st.Timestamp == "" || v.Metadata.PhoneID != s.PhoneID() {
			t.Errorf("told %+v", v)
		}
	}
	m := s.Messages(anna)
	if len(m) != 1 || m[0].Text != "hi" || m[0].Shown.IsZero() || m[0].Read.IsZero() || s.ShownWith("d1/0") != 1 || s.ShownWith("d2/0") != 0 {
		t.Errorf("shown %+v", m)
	}
	if c := s.CallsOf(Messages); len(c) != 1 || c[0].HTTP != 200 || c[0].ID != a.id() || c[0].Version != "v23.0" || c[0].To() != anna {
		t.Errorf("calls %+v", c)
	}
	if odd := s.Oddities(); len(odd) != 0 {
		t.Errorf("odd: %v", odd)
	}
}

func TestSomebodyWrites(t *testing.T) {
	s, g := start(t, Options{})
	if s.WindowOpen(boris) {
		t.Fatal("Boris has not written")
	}
	id := got2[string](t)(s.Say(boris, "Привіт 🎁 <b>/"))
	v := g.values(t, s)
	if len(v) != 1 || len(v[0].Messages) != 1 || len(v[0].Contacts) != 1 {
		t.Fatalf("told %+v", v)
	}
	m, c := v[0].Messages[0], v[0].Contacts[0]
	if m.From != boris || m.FromUser != s.UserIDOf(boris) || m.ID != id || m.Type != "text" || m.Text.Body != "Привіт 🎁 <b>/" || c.WaID != boris || c.Profile.Name != "Борис" {
		t.Errorf("told %+v", v[0])
	}
	raw := string(g.bodies(t, s)[0])
	if want := `"\u041f\u0440\u0438\u0432\u0456\u0442 \ud83c\udf81 <b>\/"`; !strings.Contains(raw, want) {
		t.Errorf("%s does not hold %s", raw, want)
	}
	if !s.WindowOpen(boris) {
		t.Error("who writes opens the window")
	}
}

// The vector was made with another tool.
func TestSign(t *testing.T) {
	got := Sign("app_secret", []byte(`{"object":"whatsapp_business_account","entry":[]}`))
	if want := "sha256=c236c758c9b2bd40b388a550eeca09eaca72384dd0aa5e7c31d19cddac5bba46"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestVerify(t *testing.T) {
	s, g := start(t, Options{VerifyToken: "ours"})
	must(t, s.Verify(g.URL))
	other, err := New(Options{VerifyToken: "theirs"})
	must(t, err)
	t.Cleanup(func() { stagetest.Close(t, other) })
	if err := other.Verify(g.URL); err == nil || !strings.Contains(err.Error(), "HTTP 403") {
		t.Errorf("a wrong token: %v", err)
	}
	if err := s.Verify("http://example.com/"); err == nil || !strings.Contains(err.Error(), "no address on this machine") {
		t.Errorf("elsewhere: %v", err)
	}
}

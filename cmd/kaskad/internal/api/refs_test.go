package api_test

import (
	"net/url"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

// TestAREFNamesAPersonEverywhere asks for one person by each of their names, in every call that takes a REF.
func TestAREFNamesAPersonEverywhere(t *testing.T) {
	d := newDesk(t)
	d.seed()
	viber := "aGVsbG8gd29ybGQ/+=="
	c := d.person(bots.Contact{ExternalID: "C/300 ?#%", Phone: "+380671234567", Addresses: []bots.ContactAddress{
		{Address: bots.Address{Channel: bots.Telegram, ID: "777"}, State: bots.Active}, {Address: bots.Address{Channel: bots.Viber, ID: viber}, State: bots.Active},
		{Address: bots.Address{Channel: bots.WhatsApp, ID: "+380671234567"}}, {Address: bots.Address{Channel: bots.WhatsApp, ID: "900001@lid"}}, {Address: bots.Address{Channel: bots.WhatsAppCloud, ID: "UA.13491208655302741918"}},
		{Address: bots.Address{Channel: bots.Email, ID: "anna@example.com"}}, {Address: bots.Address{Channel: bots.SMS, ID: "+380671234567"}},
	}})
	d.talks = append(d.talks, bots.Conversation{Contact: c.ID, State: bots.Open, LastUsed: "telegram"})
	for _, ref := range []string{
		c.ID.String(), "ext:C/300 ?#%", "phone:+380671234567", "phone:0671234567", "phone:067 123-45-67", "phone:(067) 123.45.67", "phone:380671234567",
		"sms:0671234567", "telegram:777", "viber:" + viber, "whatsapp:+380671234567", "whatsapp:067 123 45 67", "whatsapp:380671234567@s.whatsapp.net", "whatsapp:900001@lid", "whatsapp_cloud:UA.13491208655302741918", "email:anna@example.com",
	} {
		in := url.PathEscape(ref)
		for _, call := range []struct{ method, path, body string }{
			{"GET", "/v1/contacts/" + in, ""}, {"PUT", "/v1/contacts/" + in, "{}"}, {"POST", "/v1/contacts/" + in + "/links", `{"channels":["telegram"]}`},
			{"GET", "/v1/conversations/" + in, ""}, {"PATCH", "/v1/conversations/" + in, `{"assignee":"Ірина"}`}, {"GET", "/v1/conversations/" + in + "/messages", ""},
			{"POST", "/v1/conversations/" + in + "/replies", `{"text":"hi"}`}, {"GET", "/v1/deliveries?contact=" + url.QueryEscape(ref), ""},
		} {
			w := d.call(people.Admin, call.method, call.path, call.body)
			about := strings.Contains(call.path, "/links") || strings.Contains(call.path, "/messages") || strings.Contains(call.path, "/replies") || strings.Contains(call.path, "contact=")
			if w.Code >= 300 || !about && !strings.Contains(w.Body.String(), `"id":"`+c.ID.String()+`"`) {
				t.Errorf("%s %s (%s) is answered %d %s", call.method, call.path, ref, w.Code, w.Body)
			}
		}
	}
	if n := len(d.replies); n == 0 || d.replies[n-1].Contact != c.ID {
		t.Errorf("replies went to %+v", d.replies)
	}
}

// TestWrongREFsAreRefused asks for nobody in every way.
func TestWrongREFsAreRefused(t *testing.T) {
	d := newDesk(t)
	d.seed()
	for ref, want := range map[string]string{
		"anna": "invalid_ref", "ext:": "invalid_ref", ":": "invalid_ref", "phone:": "invalid_ref", "phone:12": "invalid_ref", "phone:+3805011122334455": "invalid_ref",
		"telegram:-100": "invalid_ref", "telegram:042": "invalid_ref", "telegram:4x": "invalid_ref", "Telegram:42": "invalid_ref", "staff:1": "invalid_ref", "id:1": "invalid_ref",
		"whatsapp:12@g.us": "invalid_ref", "whatsapp:UA.1": "invalid_ref", "whatsapp_cloud:9@lid": "invalid_ref", "whatsapp:anna": "invalid_ref", "ext:a\tb": "invalid_ref", "ext:" + strings.Repeat("a", 201): "invalid_ref", "ext:" + strings.Repeat("a", 300): "invalid_field",
		"ext:nobody": "unknown_contact", "phone:+380509999999": "unknown_contact", "viber:nobody": "unknown_contact", "0fzzzzzzzzzzz": "unknown_contact",
		"000000000000u": "invalid_ref", "0000000000000": "invalid_ref", "zzzzzzzzzzzzz": "invalid_ref",
	} {
		for _, path := range []string{"/v1/contacts/" + url.PathEscape(ref), "/v1/conversations/" + url.PathEscape(ref), "/v1/deliveries?contact=" + url.QueryEscape(ref)} {
			w := d.call(people.Admin, "GET", path, "")
			if got := code(t, w); got != want {
				t.Errorf("%s is answered %d %s; want %s", path, w.Code, w.Body, want)
			}
		}
	}
}

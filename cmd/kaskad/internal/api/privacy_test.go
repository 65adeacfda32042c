package api_test

import (
	"fmt"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

// A phone that several have does not say which of them is to be erased, or whose data is to be handed out: neither is done. Who only claims
// the phone does not count, and an id says who is meant.
func TestASharedPhoneErasesAndExportsNobody(t *testing.T) {
	d := newDesk(t)
	one := d.person(bots.Contact{Name: "Олена", Phone: "+380501112233"})
	d.person(bots.Contact{Name: "Хтось", Phone: "+380501112233", PhoneClaimed: true})
	for _, call := range []string{"GET /v1/contacts/%s/export", "DELETE /v1/contacts/%s?dry_run=true"} {
		method, path, _ := strings.Cut(call, " ")
		for _, ref := range []string{"phone:+380501112233", "phone:0501112233"} {
			if w := d.call(people.Admin, method, fmt.Sprintf(path, ref), ""); w.Code != 200 {
				t.Errorf("%s of the one who has the phone is answered %d %s", ref, w.Code, w.Body)
			}
		}
	}
	two := d.person(bots.Contact{Name: "Петро", Phone: "+380501112233"})
	for _, call := range []string{"GET /v1/contacts/%s/export", "DELETE /v1/contacts/%s?dry_run=true", "DELETE /v1/contacts/%s"} {
		method, path, _ := strings.Cut(call, " ")
		w := d.call(people.Admin, method, fmt.Sprintf(path, "phone:+380501112233"), "")
		if w.Code != 409 || code(t, w) != "shared_phone" || !strings.Contains(w.Body.String(), one.ID.String()) || !strings.Contains(w.Body.String(), two.ID.String()) {
			t.Errorf("%s of a shared phone is answered %d %s", call, w.Code, w.Body)
		}
	}
	if n := len(d.erased) + len(d.contacts); n != 3 {
		t.Errorf("there are %d; want three contacts, and nobody erased", n)
	}
	if w := d.call(people.Admin, "DELETE", "/v1/contacts/"+two.ID.String(), ""); w.Code != 200 || len(d.erased) != 1 || d.erased[0].Contact != two.ID {
		t.Errorf("by id it is answered %d %s", w.Code, w.Body)
	}
}

// Who made two contacts one, or two again, is a line of the audit: with both ids and where the call came from, and nothing about a person.
func TestMergesAreAudited(t *testing.T) {
	d := newDesk(t)
	keep, from := d.person(bots.Contact{Name: "Олена", ExternalID: "C-1"}), d.person(bots.Contact{Name: "Олена К", ExternalID: "C-2"})
	for _, call := range []string{"merge", "unmerge"} {
		if w := d.call(people.Send, "POST", "/v1/contacts/ext:C-1/"+call, `{"from":"ext:C-2"}`); w.Code != 200 {
			t.Fatalf("%s is answered %d %s", call, w.Code, w.Body)
		}
		l := d.audit[len(d.audit)-1]
		if l.What != call || l.Contact != keep.ID || l.With != from.ID || l.Who != "test send" || l.From == "" || l.At.IsZero() {
			t.Errorf("the line is %+v", l)
		}
		if raw, err := l.Encode(); err != nil || strings.Contains(string(raw), "C-2") || strings.Contains(string(raw), "Олена") {
			t.Errorf("the line has something about a person: %s, %v", raw, err)
		}
	}
	n := len(d.audit)
	if w := d.call(people.Send, "POST", "/v1/contacts/ext:C-1/merge", `{"from":"ext:C-2","dry_run":true}`); w.Code != 200 || len(d.audit) != n {
		t.Errorf("a try is answered %d, and leaves %d lines", w.Code, len(d.audit)-n)
	}
	if w := d.call(people.Admin, "GET", "/v1/audit", ""); !strings.Contains(w.Body.String(), `"with":"`+from.ID.String()+`"`) {
		t.Errorf("the audit is %s", w.Body)
	}
}

// The page is in the language that is asked for, else in the company's.
func TestExportSpeaks(t *testing.T) {
	d := newDesk(t)
	d.person(bots.Contact{ExternalID: "C-1"})
	for query, want := range map[string]string{"format=html&locale=uk": " in uk<", "format=html": " in ", "format=json&locale=uk": `"id"`} {
		if w := d.call(people.Admin, "GET", "/v1/contacts/ext:C-1/export?"+query, ""); w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is answered %d %s; want %s", query, w.Code, w.Body, want)
		}
	}
	if w := d.call(people.Admin, "GET", "/v1/contacts/ext:C-1/export?locale=pl", ""); w.Code != 422 {
		t.Errorf("a language that there is not is answered %d", w.Code)
	}
}

// Whoever asks for what only somebody who is there has is not told to make the person first.
func TestNobodyIsMadeToBeErased(t *testing.T) {
	d := newDesk(t)
	for _, call := range []string{"GET /v1/contacts/ext:C-9/export", "GET /v1/contacts/ext:C-9/evidence", "DELETE /v1/contacts/ext:C-9", "GET /v1/erased/001jz00000002", "GET /v1/erased/nobody"} {
		method, path, _ := strings.Cut(call, " ")
		w := d.call(people.Admin, method, path, "")
		if w.Code != 404 || code(t, w) != "unknown_contact" || strings.Contains(w.Body.String(), "PUT ") {
			t.Errorf("%s is answered %d %s", call, w.Code, w.Body)
		}
	}
}

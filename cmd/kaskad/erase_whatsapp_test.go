package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

// A person who wrote on the paired phone is erased: whatsapp.db loses name, phone and which hidden id they go with, of that person alone,
// and the person can still write, as somebody new with the no of before.
func TestEraseOnAPairedPhone(t *testing.T) {
	t.Parallel()
	p, wa := newPaired(t)
	const anna, boris = "+380501112233", "+380672223344"
	customer := func(phone, lid, name string) *simwhatsapp.Customer {
		c, err := wa.AddCustomer(t.Context(), simwhatsapp.Person{Phone: phone, LID: lid, Name: name})
		mustAll(t, err)
		return c
	}
	doomed, kept := customer(anna, "900002", "Annadoomed"), customer(boris, "900003", "Boryskept")
	p.wrote(doomed, anna, "my secret question 4711")
	p.wrote(kept, boris, "what Borys asks")
	mustAll(t, p.call("PUT", "/v1/contacts/whatsapp:"+escaped(anna), map[string]any{"external_id": "C-100-anna"}, nil))
	p.await(p.mustSend(map[string]any{"to": "ext:C-100-anna", "text": "Annadoomed, 120 points", "purpose": "service", "cascade": "chat"}), "done", "waiting")
	shown(t, doomed, "Annadoomed, 120 points")
	p.wrote(doomed, anna, "стоп")
	secrets := []string{"Annadoomed", anna[1:], "secret question", "C-100-anna"}
	p.finish()
	before := strings.Join(p.holding(secrets...), ", ")
	for _, want := range []string{"whatsapp.db Annadoomed", "whatsapp.db " + anna[1:], "compacted.db C-100-anna"} {
		if !strings.Contains(before, want) {
			t.Fatalf("before the erase there is %s, and no %s: this test shows nothing", before, want)
		}
	}
	p.start()
	p.connected()
	var e erasedNow
	mustAll(t, p.call("DELETE", "/v1/contacts/ext:C-100-anna", nil, &e))
	waitFor(t, "the end of the erase", func() bool {
		return p.call("GET", "/v1/erased/"+e.Contact, nil, &e) == nil && e.Done
	})
	waitFor(t, "the search to forget", func() bool { return !p.searchHas("annadoomed") && !p.searchHas("4711") })
	p.finish()
	if all := p.holding(secrets...); len(all) > 0 {
		t.Errorf("after the erase there is %q", all)
	}
	if all := strings.Join(p.holding("Boryskept", boris[1:]), ", "); !strings.Contains(all, "whatsapp.db Boryskept") || !strings.Contains(all, "whatsapp.db "+boris[1:]) {
		t.Errorf("of somebody else there is only %s", all)
	}
	p.start()
	p.connected()
	p.wrote(doomed, anna, "it is me again")
	var back struct {
		ID       string
		Consents struct {
			Marketing struct{ State, Source string }
		}
	}
	mustAll(t, p.call("GET", "/v1/contacts/whatsapp:"+escaped(anna), nil, &back))
	if got := back.Consents.Marketing; back.ID == e.Contact || got.State != "denied" || got.Source != "erased" {
		t.Errorf("who came back is %+v", back)
	}
	p.finish()
}

// searchHas reports whether the files of the search have a word.
func (p *plant) searchHas(word string) bool {
	p.t.Helper()
	for _, name := range []string{"search.db", "search.db-wal"} {
		raw, err := os.ReadFile(filepath.Join(p.data(), name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			p.t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(word)) {
			return true
		}
	}
	return false
}

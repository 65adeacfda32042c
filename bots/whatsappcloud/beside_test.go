package whatsappcloud_test

import (
	"fmt"
	"strings"
	"testing"

	"kaskad/bots/whatsappcloud"
)

// TestManyPeopleInOneCall: after an outage Meta tells of thousands of people in one call. What is kept of each thing that happened must
// not hold all of them, and yet read the same.
func TestManyPeopleInOneCall(t *testing.T) {
	const many = 2000
	var people, messages []string
	for i := range many {
		id := fmt.Sprintf("38050%07d", i)
		switch {
		case i%3 == 0: // the phone is hidden
			people = append(people, fmt.Sprintf(`{"profile":{"name":"Person %d"},"user_id":"UA.%d"}`, i, i))
			messages = append(messages, fmt.Sprintf(`{"from_user_id":"UA.%d","id":"wamid.%d","timestamp":"1700000000","type":"text","text":{"body":"hello"}}`, i, i))
		case i%3 == 1: // both are told, in two places
			people = append(people, fmt.Sprintf(`{"profile":{"name":"Person %d"},"wa_id":"%s","user_id":"UA.%d"}`, i, id, i))
			messages = append(messages, fmt.Sprintf(`{"from":"%s","id":"wamid.%d","timestamp":"1700000000","type":"text","text":{"body":"hello"}}`, id, i))
		default: // nobody is named beside it
			messages = append(messages, fmt.Sprintf(`{"from":"%s","id":"wamid.%d","timestamp":"1700000000","type":"text","text":{"body":"hello"}}`, id, i))
		}
	}
	value := fmt.Sprintf(`{"metadata":{"phone_number_id":%q},"contacts":[%s],"messages":[%s]}`, numberID, strings.Join(people, ","), strings.Join(messages, ","))
	body := []byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":` + value + `}]}]}`)
	b := newBot(t, "", whatsappcloud.Options{})
	batch, err := b.Parse(hookCall(body))
	must(t, err)
	if len(batch.Events) != many {
		t.Fatalf("%d events, want %d", len(batch.Events), many)
	}
	kept := 0
	for i, e := range batch.Events {
		kept += len(e.Raw)
		if name := fmt.Sprintf("Person %d", i); i%3 != 2 && e.Name != name || i%3 == 1 && e.Also.ID != fmt.Sprintf("UA.%d", i) {
			t.Fatalf("event %d is of %q, also %q", i, e.Name, e.Also.ID)
		}
		if i%100 < 3 {
			replays(t, b, e)
		}
	}
	if most := 4 * len(body); kept > most {
		t.Errorf("a call of %d bytes is kept as %d, want at most %d", len(body), kept, most)
	}
}

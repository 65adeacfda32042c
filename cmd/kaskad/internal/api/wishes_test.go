package api

import (
	"encoding/json"
	"testing"
	"time"

	"kaskad/bots"
)

func TestWishesAsCallersReadThem(t *testing.T) {
	at := time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		contact bots.Contact
		want    string
	}{
		"nothing asked for": {bots.Contact{Preferred: bots.Viber}, `null`},
		"nothing any more":  {bots.Contact{Wishes: bots.Wishes{At: at, Hours: []bots.Hours{{From: 9, To: 20, Until: at}}}}, `null`},
		"all of it": {bots.Contact{Preferred: bots.Viber, Wishes: bots.Wishes{Chosen: true, NotOn: []string{bots.SMS}, Hours: []bots.Hours{{From: 9, To: 20}}, At: at}},
			`{"first":"viber","not_on":["sms"],"hours":{"from":"09:00","to":"20:00"},"at":"2026-05-20T12:00:00Z"}`},
		"no matter which, chosen": {bots.Contact{Wishes: bots.Wishes{Chosen: true, At: at}}, `{"first":"","not_on":[],"at":"2026-05-20T12:00:00Z"}`},
		"only a no":               {bots.Contact{Preferred: bots.Viber, Wishes: bots.Wishes{NotOn: []string{bots.SMS}, At: at}}, `{"not_on":["sms"],"at":"2026-05-20T12:00:00Z"}`},
		"until midnight":          {bots.Contact{Wishes: bots.Wishes{Hours: []bots.Hours{{From: 21, To: 0}}, At: at}}, `{"not_on":[],"hours":{"from":"21:00","to":"00:00"},"at":"2026-05-20T12:00:00Z"}`},
	} {
		got, err := json.Marshal(showContact(&c.contact).Wishes)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, c.want)
		}
	}
}

func TestAPersonsChoiceStandsAgainstATelling(t *testing.T) {
	told := bots.Viber
	for name, c := range map[string]struct {
		have bots.Wishes
		want string
	}{
		"told before":          {bots.Wishes{}, bots.Viber},
		"chosen on the page":   {bots.Wishes{Chosen: true}, bots.Telegram},
		"asked for other only": {bots.Wishes{NotOn: []string{bots.SMS}}, bots.Viber},
	} {
		person := bots.Contact{Preferred: bots.Telegram, Wishes: c.have}
		change, err := ContactChange{Preferred: &told}.check("UA", time.Unix(2, 0))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if change.Apply(&person, "key:test", time.Unix(2, 0)); person.Preferred != c.want {
			t.Errorf("%s: preferred %q, want %q", name, person.Preferred, c.want)
		}
	}
}

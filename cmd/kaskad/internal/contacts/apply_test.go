package contacts

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

func TestAttributesAreLaidOverOrTakeThePlace(t *testing.T) {
	for name, c := range map[string]struct {
		have  string
		told  map[string]any
		merge bool
		want  string
	}{
		"in their place":                 {`{"a":1,"b":2}`, map[string]any{"b": 3}, false, `{"b":3}`},
		"laid over":                      {`{"a":1,"b":2}`, map[string]any{"b": 3, "c": "x"}, true, `{"a":1,"b":3,"c":"x"}`},
		"laid over nothing":              {``, map[string]any{"b": 3}, true, `{"b":3}`},
		"one taken away":                 {`{"a":1,"b":2}`, map[string]any{"b": nil}, true, `{"a":1}`},
		"nothing told":                   {`{"a":1}`, nil, true, `{"a":1}`},
		"an empty object laid over":      {`{"a":1}`, map[string]any{}, true, `{"a":1}`},
		"an empty object in their place": {`{"a":1}`, map[string]any{}, false, `{}`},
		"numbers as they were written":   {`{"a":1.50}`, map[string]any{"b": json.Number("2.50")}, true, `{"a":1.50,"b":2.50}`},
	} {
		change, err := Change{Attributes: c.told}.Check("UA", time.Unix(1_700_000_000+9, 0), c.merge)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		person := bots.Contact{Attributes: json.RawMessage(c.have)}
		if err := change.Apply(&person, "key:test", time.Unix(1_700_000_000+9, 0)); err != nil || string(person.Attributes) != c.want {
			t.Errorf("%s: %s, %v; want %s", name, person.Attributes, err, c.want)
		}
	}
	change, err := Change{Attributes: map[string]any{"b": strings.Repeat("x", maxAttributes/2)}}.Check("UA", time.Unix(1_700_000_000+9, 0), true)
	if err != nil {
		t.Fatal(err)
	}
	person := bots.Contact{Attributes: json.RawMessage(`{"a":"` + strings.Repeat("y", maxAttributes/2) + `"}`)}
	var wrong *Invalid
	if err := change.Apply(&person, "key:test", time.Unix(1_700_000_000+9, 0)); !errors.As(err, &wrong) || wrong.Field != "attributes" {
		t.Errorf("together they are too large: %v", err)
	}
}

// A no without a time is of now; told again it says nothing new, so that the same list can be imported twice.
func TestANoWithoutATimeIsTakenOnce(t *testing.T) {
	change, err := Change{Consents: &ConsentsChange{Marketing: &ConsentChange{State: "denied"}}}.Check("UA", time.Unix(1_700_000_000+50, 0), true)
	if err != nil {
		t.Fatal(err)
	}
	person := bots.Contact{Marketing: bots.Consent{State: bots.Given, At: time.Unix(1_700_000_000+10, 0), Source: "form"}}
	for i, now := range []int64{1_700_000_100, 1_700_000_200} {
		if err := change.Apply(&person, "key:test", time.Unix(now, 0)); err != nil {
			t.Fatal(err)
		}
		if person.Marketing.State != bots.Denied || !person.Marketing.At.Equal(time.Unix(1_700_000_000+100, 0)) {
			t.Errorf("told for the %d. time: %+v", i+1, person.Marketing)
		}
	}
}

// A no of a list says which list and row it is from; the same no in tomorrow's list, which has another name, says nothing new.
func TestANoOfAListSaysItsRow(t *testing.T) {
	day := time.Unix(1_700_000_000+50, 0).UTC()
	no := func(source, words string) *ConsentChange {
		return &ConsentChange{State: "denied", At: day, Source: source, Words: words}
	}
	for name, c := range map[string]struct {
		told Change
		list string
		row  int
		have bots.Consent
		want string
	}{
		"the list and the row":               {Change{Consents: &ConsentsChange{Marketing: no("", "")}}, "people.csv", 7, bots.Consent{}, "list:people.csv:7"},
		"a list without rows":                {Change{Consents: &ConsentsChange{Marketing: no("", "")}}, "people.csv", 0, bots.Consent{}, "list:people.csv"},
		"no list":                            {Change{Consents: &ConsentsChange{Marketing: no("", "")}}, "", 0, bots.Consent{}, "api"},
		"its own source":                     {Change{Consents: &ConsentsChange{Marketing: no("call", "")}}, "people.csv", 7, bots.Consent{}, "call"},
		"a stop of everything":               {Change{Consents: &ConsentsChange{All: no("", "")}}, "people.csv", 7, bots.Consent{}, "list:people.csv:7"},
		"a name that is too long":            {Change{Consents: &ConsentsChange{Marketing: no("", "")}}, strings.Repeat("ї", 100), 7, bots.Consent{}, "list:" + strings.Repeat("ї", 96) + ":7"},
		"the same no in another list":        {Change{Consents: &ConsentsChange{Marketing: no("", "")}}, "tomorrow.csv", 9, bots.Consent{State: bots.Denied, At: day, Source: "list:people.csv:7"}, "list:people.csv:7"},
		"the same no, with words of its own": {Change{Consents: &ConsentsChange{Marketing: no("", "enough")}}, "tomorrow.csv", 9, bots.Consent{State: bots.Denied, At: day, Source: "list:people.csv:7"}, "list:tomorrow.csv:9"},
		"the same no, with its source":       {Change{Consents: &ConsentsChange{Marketing: no("call", "")}}, "tomorrow.csv", 9, bots.Consent{State: bots.Denied, At: day, Source: "list:people.csv:7"}, "call"},
	} {
		change, err := c.told.Check("UA", time.Unix(1_700_000_000+90, 0), true)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.list != "" {
			change.FromList(c.list, c.row)
		}
		person := bots.Contact{Marketing: c.have}
		if err := change.Apply(&person, "key:test", time.Unix(1_700_000_000+90, 0)); err != nil || person.Marketing.Source != c.want || person.Marketing.State != bots.Denied {
			t.Errorf("%s: %+v, %v; want the source %s", name, person.Marketing, err, c.want)
		}
	}
}

func TestAPersonsOwnNoStandsAndIsTold(t *testing.T) {
	at := time.Unix(1_700_000_000+60, 0)
	yes := Change{Consents: &ConsentsChange{Marketing: &ConsentChange{State: "given", At: at, Source: "form"}}}
	for name, c := range map[string]struct {
		change Change
		have   bots.Consent
		stands bool
		state  bots.ConsentState
	}{
		"their own no":           {yes, bots.Consent{State: bots.Denied, At: time.Unix(1_700_000_000+50, 0), ByPerson: true}, true, bots.Denied},
		"a no that you told":     {yes, bots.Consent{State: bots.Denied, At: time.Unix(1_700_000_000+50, 0)}, false, bots.Given},
		"nothing said":           {yes, bots.Consent{}, false, bots.Given},
		"their own, no yes told": {Change{}, bots.Consent{State: bots.Denied, At: time.Unix(1_700_000_000+50, 0), ByPerson: true}, false, bots.Denied},
	} {
		change, err := c.change.Check("UA", time.Unix(1_700_000_000+100, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		person := bots.Contact{Marketing: c.have}
		if err := change.Apply(&person, "key:test", time.Unix(1_700_000_000+100, 0)); err != nil || (change.Overruled(&person) != nil) != c.stands || person.Marketing.State != c.state {
			t.Errorf("%s: %v, stands %v, %v", name, person.Marketing, change.Overruled(&person), err)
		}
	}
}

// A yes to a channel meets the person's own no to it, and their no to marketing.
func TestAPersonsOwnNoStandsOnAChannel(t *testing.T) {
	yes := Change{Consents: &ConsentsChange{Channels: map[string]ConsentChange{bots.SMS: {State: "given", At: time.Unix(1_700_000_000+60, 0), Source: "form"}}}}
	no := func(source string) bots.Consent {
		return bots.Consent{State: bots.Denied, At: time.Unix(1_700_000_000+50, 0), ByPerson: true, Source: source}
	}
	for want, person := range map[string]bots.Contact{
		"page":         {On: []bots.ConsentOn{{Channel: bots.SMS, Consent: no("page")}}},
		"keyword:стоп": {Marketing: no("keyword:стоп")},
		"none":         {On: []bots.ConsentOn{{Channel: bots.Viber, Consent: no("page")}}},
	} {
		change, err := yes.Check("UA", time.Unix(1_700_000_000+100, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		if err := change.Apply(&person, "key:test", time.Unix(1_700_000_000+100, 0)); err != nil {
			t.Fatal(err)
		}
		got := "none"
		if stands := change.Overruled(&person); stands != nil {
			got = stands.Source
		}
		if got != want {
			t.Errorf("the no of %s stands, want %s", got, want)
		}
		if person.AllowsOn(bots.SMS, false) != (want == "none") {
			t.Errorf("%s: SMS are allowed: %t", want, want != "none")
		}
	}
}

func TestWhatCannotBeKeptIsRefusedWithItsField(t *testing.T) {
	text := func(s string) *string { return &s }
	many := make([]AddressChange, maxAddresses+1)
	for name, c := range map[string]struct {
		change Change
		field  string
	}{
		"a phone that is none":    {Change{Phone: text("12")}, "phone"},
		"a mail address":          {Change{Email: text("anna")}, "email"},
		"a mail address with two": {Change{Email: text("a@b@c.ua")}, "email"},
		"a name too long":         {Change{Name: text(strings.Repeat("x", 201))}, "name"},
		"a language":              {Change{Locale: text("ukrainian language")}, "locale"},
		"a zone":                  {Change{Timezone: text("Kyiv")}, "timezone"},
		"a channel":               {Change{Preferred: text("icq")}, "preferred"},
		"an address":              {Change{Addresses: []AddressChange{{"telegram", "x"}}}, "addresses"},
		"too many addresses":      {Change{Addresses: many}, "addresses"},
		"a yes of no day":         {Change{Consents: &ConsentsChange{Marketing: &ConsentChange{State: "given", Source: "form"}}}, "consents.marketing"},
		"a yes to come":           {Change{Consents: &ConsentsChange{Marketing: &ConsentChange{State: "given", Source: "form", At: time.Unix(1_700_000_000+1e6, 0)}}}, "consents.marketing.at"},
		"neither yes nor no":      {Change{Consents: &ConsentsChange{Marketing: &ConsentChange{State: "maybe"}}}, "consents.marketing.state"},
	} {
		var wrong *Invalid
		if _, err := c.change.Check("UA", time.Unix(1_700_000_000+100, 0), false); !errors.As(err, &wrong) || wrong.Field != c.field || wrong.Detail == "" {
			t.Errorf("%s: %v, want a fault of %s", name, err, c.field)
		}
	}
	for _, good := range []string{"anna@example.com", "a.b-c_d@x.example.ua", "o'neil+x@example.com", "інна@приклад.укр"} {
		if _, err := (Change{Email: &good}).Check("UA", time.Unix(1_700_000_000+100, 0), false); err != nil {
			t.Errorf("%s is refused: %v", good, err)
		}
	}
	for _, bad := range []string{"a..b@example.com", ".a@example.com", "a@", "@b", "a b@example.com", "a@b..c"} {
		if _, err := (Change{Email: &bad}).Check("UA", time.Unix(1_700_000_000+100, 0), false); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestTheNamesOfAChangeTheSurestFirst(t *testing.T) {
	card, phone := "C-1", "0501112233"
	change, err := Change{ExternalID: &card, Phone: &phone, Addresses: []AddressChange{{"telegram", "42"}}}.Check("UA", time.Unix(1_700_000_000+1, 0), false)
	if err != nil {
		t.Fatal(err)
	}
	want := []bots.Ref{{Kind: "ext", Value: "C-1"}, {Kind: "phone", Value: "+380501112233"}, {Kind: "telegram", Value: "42"}}
	if got := change.Refs(); !slices.Equal(got, want) {
		t.Errorf("Refs = %v, want %v", got, want)
	}
}

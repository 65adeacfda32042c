package fallback

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"kaskad/bots"
)

func TestWhenReadsTimesAheadAsPeopleWriteThem(t *testing.T) {
	zone, err := LoadZone("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, zone)
	for name, c := range map[string]struct {
		said string
		want time.Time // zero: it is no time ahead
	}{
		"a length":                       {"2h", now.Add(2 * time.Hour)},
		"days":                           {"3d", now.Add(72 * time.Hour)},
		"a clock that is ahead today":    {"18:00", time.Date(2026, 11, 23, 18, 0, 0, 0, zone)},
		"a clock that is over today":     {"9:30", time.Date(2026, 11, 24, 9, 30, 0, 0, zone)},
		"tomorrow":                       {"Tomorrow", time.Date(2026, 11, 24, 9, 0, 0, 0, zone)},
		"tomorrow, in the team's words":  {"завтра", time.Date(2026, 11, 24, 9, 0, 0, 0, zone)},
		"nothing":                        {"", time.Time{}},
		"a bare number":                  {"2", time.Time{}},
		"no time at all":                 {"0h", time.Time{}},
		"longer than anybody waits":      {"400d", time.Time{}},
		"a clock that no day has":        {"25:00", time.Time{}},
		"a word":                         {"later", time.Time{}},
		"something that looks like both": {"2h 18:00", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := when(c.said, now, zone)
			if ok != !c.want.IsZero() || ok && !got.Equal(c.want) {
				t.Errorf("%q is %v, %t; want %v", c.said, got, ok, c.want)
			}
		})
	}
}

func TestFieldsOfATemplate(t *testing.T) {
	got := fieldsOf(`n=120 phone=+380501112233 code=0012 name="Iryna K" empty= lost`)
	want := map[string]any{"n": json.Number("120"), "phone": "+380501112233", "code": "0012", "name": "Iryna K", "empty": ""}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %#v, want %#v", got, want)
	}
}

func TestWhatIsACommand(t *testing.T) {
	for name, c := range map[string]struct {
		text, word, rest string
	}{
		"a word":                {"/close", "close", ""},
		"a word and more":       {" /send viber\nhello ", "send", "viber\nhello"},
		"to this bot":           {"/Take@shop_bot now", "take", "now"},
		"a word for colleagues": {"// /close", "", ""},
		"a text":                {"see /close", "", ""},
		"the code of the group": {"/staff abcd", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := commandOf(&bots.Event{Kind: bots.Wrote, Text: c.text})
			if got.word != c.word || got.rest != c.rest || ok != (c.word != "") {
				t.Errorf("%q is %+v, %t", c.text, got, ok)
			}
		})
	}
	if _, ok := commandOf(&bots.Event{Kind: bots.Edited, Text: "/close"}); ok {
		t.Error("an edit is a command")
	}
}

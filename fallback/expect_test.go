package fallback_test

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/templates"
)

func TestAnAskThatItsTemplateDoesNotExpect(t *testing.T) {
	own := fstest.MapFS{"sale/uk.md": {Data: []byte("+++\nexpect = [\"points > 0\"]\n[example]\npoints = 5\n+++\n{{if .points}}{{.points}}{{end}} points\n")}}
	words, err := templates.Load(templates.Options{Locale: "uk"}, templates.Builtin(), templates.Layer{Name: "own", FS: own})
	if err != nil {
		t.Fatal(err)
	}
	channels := map[string]fallback.Channel{"sms": {Limits: bots.Limits{Reports: bots.Delivered}, Senders: []string{"sms/main"}}}
	cascades, _ := (&fallback.Config{}).Cascade(channels)
	in := &fallback.Intake{Templates: words, Cascades: cascades, Channels: channels, Country: "UA"}
	for name, tt := range map[string]struct {
		data       map[string]any
		skip, code string
	}{
		"as expected":      {map[string]any{"points": json.Number("1")}, "", ""},
		"less":             {map[string]any{"points": json.Number("0")}, "expectation", ""},
		"nothing":          {nil, "expectation", ""},
		"no number at all": {map[string]any{"points": "lots"}, "", "invalid_field"},
	} {
		req, err := in.Request(fallback.Ask{To: "phone:+380501112233", Template: "sale", Data: tt.data}, time.Unix(0, 0))
		var wrong *fallback.Invalid
		switch {
		case tt.code != "":
			if !errors.As(err, &wrong) || wrong.Code != tt.code || wrong.Field != "data.points" {
				t.Errorf("%s: Request says %v; want %s of data.points", name, err, tt.code)
			}
		case err != nil || req.Skip != tt.skip:
			t.Errorf("%s: Request = %+v, %v; want skip %q", name, req, err, tt.skip)
		}
	}
}

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
	own := fstest.MapFS{"sale/uk.md": {Data: []byte("+++\nexpect = [\"points > 0\"]\n[example]\npoints = 5\n+++\n{{if .points}}{{.points}}{{end}} points{{if .until}} until {{date .until \"iso\"}}{{end}}{{if .url}} [there]({{.url}}){{end}}\n")}}
	words, err := templates.Load(templates.Options{Locale: "uk"}, templates.Builtin(), templates.Layer{Name: "own", FS: own})
	if err != nil {
		t.Fatal(err)
	}
	channels := map[string]fallback.Channel{"sms": {Limits: bots.Limits{Reports: bots.Delivered}, Senders: []string{"sms/main"}}}
	cascades, _ := (&fallback.Config{}).Cascade(channels)
	in := &fallback.Intake{Templates: words, Cascades: cascades, Channels: channels, Country: "UA"}
	for name, tt := range map[string]struct {
		data      map[string]any
		skip, bad string
	}{
		"as expected":      {map[string]any{"points": json.Number("1")}, "", ""},
		"less":             {map[string]any{"points": json.Number("0")}, "expectation", ""},
		"nothing":          {nil, "expectation", ""},
		"no number at all": {map[string]any{"points": "lots"}, "", "data.points"},
		"no link":          {map[string]any{"points": 5, "url": "javascript:alert(1)"}, "", "data.url"},
		"no date":          {map[string]any{"points": 5, "until": "soon"}, "", "data.until"},
	} {
		req, err := in.Request(fallback.Ask{To: "phone:+380501112233", Template: "sale", Data: tt.data}, time.Unix(0, 0))
		var wrong *fallback.Invalid
		switch {
		case tt.bad != "":
			if !errors.As(err, &wrong) || wrong.Code != "invalid_field" || wrong.Field != tt.bad {
				t.Errorf("%s: Request says %v; want invalid_field of %s", name, err, tt.bad)
			}
		case err != nil || req.Skip != tt.skip:
			t.Errorf("%s: Request = %+v, %v; want skip %q", name, req, err, tt.skip)
		}
	}
}

package fallback_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/templates"
)

// clickChannels is what is on: an SMS provider that reports deliveries, and may tell of replies, and two messengers.
func clickChannels(public, replies bool) map[string]fallback.Channel {
	return map[string]fallback.Channel{
		bots.Telegram: {Limits: bots.Limits{Reports: bots.Accepted, CanEngage: true, Buttons: true}, Senders: []string{"telegram"}, Clicks: public},
		bots.Viber:    {Limits: bots.Limits{Reports: bots.Read, CanEngage: true, Buttons: true}, Senders: []string{"viber"}, Clicks: public},
		bots.SMS:      {Limits: bots.Limits{Reports: bots.Delivered, CanEngage: replies}, Senders: []string{"sms/main"}, Clicks: public},
	}
}

// What a step may wait for depends on the channel, and on whether links can be tracked there.
func TestWhatAStepMayWaitFor(t *testing.T) {
	for name, c := range map[string]struct {
		channel, until  string
		public, replies bool
		fault, warning  string
		byClick         int
	}{
		"sms read, nothing tells of it":       {"sms", "read", false, false, "nothing on sms", "", 1},
		"sms read, by a reply":                {"sms", "read", false, true, "", "", 0},
		"sms read, by a reply or a click":     {"sms", "read", true, true, "", "", 0},
		"sms read, by a click":                {"sms", "read", true, false, "", "only a click", 1},
		"sms engaged, by a click":             {"sms", "engaged", true, false, "", "only a click", 1},
		"sms delivered":                       {"sms", "delivered", true, false, "", "", 0},
		"sms replied, which a click is not":   {"sms", "replied", true, false, "nothing on sms", "", 0},
		"sms clicked":                         {"sms", "clicked", true, true, "", "", 1},
		"sms clicked without an address":      {"sms", "clicked", false, true, "public_url", "", 1},
		"telegram clicked":                    {"telegram", "clicked", true, false, "", "", 1},
		"telegram clicked, no address":        {"telegram", "clicked", false, false, "public_url", "", 1},
		"telegram read":                       {"telegram", "read", true, false, "", "reports no reads", 0},
		"a messenger clicked":                 {"messenger", "clicked", true, false, "", "", 2},
		"a messenger clicked without address": {"messenger", "clicked", false, false, "public_url", "", 2},
		"an event from outside":               {"sms", "event:paid", true, false, "not built yet", "", 0},
	} {
		conf := fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: c.channel, Wait: fallback.Lasting(time.Hour), Until: c.until}}}
		channels := clickChannels(c.public, c.replies)
		cascade, faults := conf.Build("x", false, channels)
		fault, warning := "", ""
		for _, f := range faults {
			if f.Warning {
				warning += f.Problem
			} else {
				fault += f.Problem
			}
		}
		if (fault == "") != (c.fault == "") || !strings.Contains(fault, c.fault) || (warning == "") != (c.warning == "") || !strings.Contains(warning, c.warning) {
			t.Errorf("%s: fault %q, warning %q; want %q, %q", name, fault, warning, c.fault, c.warning)
		}
		if got := cascade.ByClick(channels); len(got) != c.byClick {
			t.Errorf("%s: only a click ends %v, want %d places", name, got, c.byClick)
		}
	}
}

// A step that only a click ends is refused where the text has no link to click.
func TestAnAskThatNobodyCouldClick(t *testing.T) {
	own := fstest.MapFS{
		"sale/uk.md":      {Data: []byte("+++\n[links]\ntrack = true\n+++\nSale{{if .url}}: [x]({{.url}}){{end}}\n")},
		"plain/uk.md":     {Data: []byte("https://shop.example\n")},
		"plainsms/uk.md":  {Data: []byte("+++\n[links]\ntrack = true\n+++\nhttps://shop.example\n")},
		"plainsms/sms.md": {Data: []byte("https://shop.example\n")},
	}
	words, err := templates.Load(templates.Options{Locale: "uk-UA"}, templates.Builtin(), templates.Layer{Name: "own", FS: own})
	if err != nil {
		t.Fatal(err)
	}
	link := map[string]any{"url": "https://shop.example"}
	for name, c := range map[string]struct {
		template, channel, until string
		data                     map[string]any
		public                   bool
		want                     string // in the refusal; empty: taken
	}{
		"a link to click":                {"sale", "sms", "clicked", link, true, ""},
		"read, by a click":               {"sale", "sms", "read", link, true, ""},
		"this data shows none":           {"sale", "sms", "clicked", nil, true, "no tracked link there with this data"},
		"its links are not tracked":      {"plain", "sms", "read", nil, true, "no tracked link"},
		"not on this channel":            {"plainsms", "sms", "clicked", nil, true, "no tracked link"},
		"on another channel":             {"plainsms", "telegram", "clicked", nil, true, ""},
		"one messenger of several":       {"plain", "messenger", "clicked", nil, true, "telegram"},
		"read by messengers as ever":     {"plain", "messenger", "read", nil, true, ""},
		"free text":                      {"", "sms", "clicked", nil, true, "free text"},
		"free text, delivered":           {"", "sms", "delivered", nil, true, ""},
		"without a public address":       {"sale", "sms", "clicked", link, false, "public_url"},
		"read, without a public address": {"sale", "sms", "read", link, false, "public_url"},
	} {
		in := &fallback.Intake{Templates: words, Channels: clickChannels(c.public, false), Country: "UA"}
		a := fallback.Ask{To: "phone:+380501112233", Template: c.template, Data: c.data, Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: c.channel, Wait: fallback.Lasting(time.Hour), Until: c.until}}}}
		if c.template == "" {
			a.Text, a.Purpose = "https://shop.example", "service"
		}
		_, err := in.Request(a, time.Unix(0, 0))
		var wrong *fallback.Invalid
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (!errors.As(err, &wrong) || wrong.Code != "invalid_cascade" || !strings.Contains(wrong.Detail, c.want)):
			t.Errorf("%s: %v, want a refusal that says %q", name, err, c.want)
		}
	}
}

package fallback

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/templates"
)

// asks is an intake with two channels, and one template of each kind of field.
func asks(t *testing.T) *Intake {
	t.Helper()
	words, err := templates.Load(templates.Options{Locale: "uk", Company: templates.Company{Name: "Shop"}}, templates.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	channels := map[string]Channel{
		bots.SMS: {Limits: bots.Limits{MaxText: 1000, Reports: bots.Delivered}}, bots.Telegram: {Limits: bots.Limits{MaxText: 4096, CanEngage: true}},
	}
	cascades, _ := (&Config{}).Cascade(channels)
	return &Intake{Templates: words, Cascades: cascades, Channels: channels, Country: "UA"}
}

func TestWordsThatNobodyKnowsAreAnsweredWithTheNearest(t *testing.T) {
	in := asks(t)
	text := func(change func(*Ask)) Ask {
		a := Ask{To: "phone:+380501112233", Text: "hi", Purpose: "service"}
		change(&a)
		return a
	}
	for want, a := range map[string]Ask{
		`Did you mean "service"?`:       text(func(a *Ask) { a.Purpose = "sevice" }),
		`Did you mean "marketing"?`:     text(func(a *Ask) { a.Cascade = "marketting" }),
		`Did you mean "phone"?`:         text(func(a *Ask) { a.To = "phne:+380501112233" }),
		`Did you mean "telegram"?`:      text(func(a *Ask) { a.To = "telegrm:42" }),
		`(did you mean "messenger"?)`:   text(func(a *Ask) { a.Steps = &CascadeConfig{Steps: []StepConfig{{Channel: "mesenger"}}} }),
		`(did you mean "delivered"?)`:   text(func(a *Ask) { a.Steps = &CascadeConfig{Steps: []StepConfig{{Channel: "sms", Until: "deliverd"}}} }),
		`There are: marketing, service`: text(func(a *Ask) { a.Cascade = "x" }),
	} {
		_, err := in.Request(a, time.Now())
		var wrong *Invalid
		if !errors.As(err, &wrong) || !strings.Contains(wrong.Detail, want) {
			t.Errorf("the answer is %v; want %s", err, want)
		}
	}
	// The kind is known; what follows is no phone.
	if _, err := in.Request(text(func(a *Ask) { a.To = "phone:1" }), time.Now()); err == nil || strings.Contains(err.Error(), "Did you mean") {
		t.Errorf("a phone that cannot be is answered %v", err)
	}
}

func TestDataThatCannotBeWrittenIsRefusedAtTheDoor(t *testing.T) {
	in := asks(t)
	for name, c := range map[string]struct {
		points      any
		code, field string
	}{
		"a number":  {120, "", ""},
		"an object": {map[string]any{"a": 1}, "invalid_field", "data.points"},
		"a list":    {[]any{1}, "invalid_field", "data.points"},
		"yes":       {true, "invalid_field", "data.points"},
		"nothing":   {nil, "invalid_field", "data.points"},
	} {
		_, err := in.Request(Ask{To: "phone:+380501112233", Template: "bonus", Data: map[string]any{"points": c.points}}, time.Now())
		var wrong *Invalid
		if errors.As(err, &wrong); c.code == "" && err != nil || c.code != "" && (wrong == nil || wrong.Code != c.code || wrong.Field != c.field) {
			t.Errorf("%s: %+v; want %s of %s", name, err, c.code, c.field)
		}
	}
}

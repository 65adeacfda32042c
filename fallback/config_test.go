package fallback

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

func TestWhatHappensWhenAChannelIsDownIsTheOperatorsWord(t *testing.T) {
	var asked CascadeConfig
	if err := json.Unmarshal([]byte(`{"steps": [{"channel": "telegram", "wait": "15m"}, {"channel": "sms"}], "when_down": "skip", "WhenDown": "skip"}`), &asked); err != nil {
		t.Fatal(err)
	}
	if asked.WhenDown != "" {
		t.Error("a caller of the API had a say in it")
	}
	written := func(p DownPolicy) CascadeConfig { c := asked; c.WhenDown = p; return c }
	conf := &Config{Cascades: map[string]CascadeConfig{"loyalty": asked, "hold": written(DownHold), "wait": written(DownWait), "skip": written(DownSkip), "other": written("leave")}}
	if got := conf.WhenDown(); len(got) != 4 || got["skip"] != DownSkip || got["hold"] != DownHold {
		t.Errorf("WhenDown = %v, want all that were written", got)
	}
	_, faults := conf.Cascade(map[string]Channel{bots.Telegram: {}, bots.SMS: {}})
	said := map[string]ConfigFault{}
	for _, f := range faults {
		if strings.HasSuffix(f.Path, "when_down") {
			said[f.Path] = f
		}
	}
	for _, name := range []string{"wait", "skip"} {
		if f := said["cascades."+name+".when_down"]; !f.Warning || !strings.Contains(f.Problem, "may cost money") {
			t.Errorf("%s: %+v, want a warning that says what it means", name, f)
		}
	}
	if f := said["cascades.other.when_down"]; f.Warning || !strings.Contains(f.Problem, "hold, wait or skip") || len(said) != 3 {
		t.Errorf("check says %v", said)
	}
}

// Whoever may send may write a cascade. Clocks are walked night by night inside the store's one writer, so that one cascade of ten
// years would cost everybody's time.
func TestACascadeIsBounded(t *testing.T) {
	channels := map[string]Channel{bots.Telegram: {}, bots.SMS: {}}
	for name, c := range map[string]struct {
		change string // of the cascade below
		want   string // the key at fault
	}{
		"as usual":               {`"deadline": "3d"`, ""},
		"the longest":            {`"deadline": "92d", "quiet_hours": {"from": "12:00", "to": "09:00"}`, ""},
		"a deadline of years":    {`"deadline": "3660d"`, "deadline"},
		"a day that is no day":   {`"quiet_hours": {"from": "09:01", "to": "09:00"}`, "quiet_hours"},
		"no night":               {`"quiet_hours": {"from": "00:00", "to": "00:00"}`, ""},
		"a wait of years":        {`"steps": [{"channel": "telegram", "wait": "3660d"}, {"channel": "sms"}]`, "steps[0].wait"},
		"a wait after the night": {`"steps": [{"channel": "telegram", "wait": "92d"}, {"channel": "sms"}]`, ""},
	} {
		conf := CascadeConfig{Steps: []StepConfig{{Channel: bots.Telegram, Wait: Lasting(time.Minute)}, {Channel: bots.SMS}}}
		if err := json.Unmarshal([]byte("{"+c.change+"}"), &conf); err != nil {
			t.Fatal(err)
		}
		_, faults := conf.Build("own", false, channels)
		var at []string
		for _, f := range faults {
			if !f.Warning {
				at = append(at, strings.TrimPrefix(f.Path, "cascades.own."))
			}
		}
		if strings.Join(at, " ") != c.want {
			t.Errorf("%s: faults at %q, want %q", name, at, c.want)
		}
	}
}

// A step that is passed over says what would change that.
func TestAChannelThatIsOffSaysWhatSwitchesItOn(t *testing.T) {
	for channel, want := range map[string]string{
		bots.Telegram: "until it has a token", bots.Viber: "until it has a token", bots.SMS: "until the config has a provider in [[sms]]",
		bots.WhatsApp: "until [whatsapp] has enabled = true", bots.WhatsAppCloud: "until [whatsapp_cloud] has a token", bots.Email: "it is not built yet",
	} {
		conf := CascadeConfig{Steps: []StepConfig{{Channel: channel}}}
		_, faults := conf.Build("own", false, nil)
		if len(faults) == 0 || !faults[0].Warning || !strings.HasSuffix(faults[0].Problem, want) {
			t.Errorf("%s: %+v, want a warning that ends in %q", channel, faults, want)
		}
	}
}

// A step that a colleague does says what, and nobody else's step does.
func TestATaskIsAStepOnTheStaffsChannel(t *testing.T) {
	on := map[string]Channel{bots.Telegram: {}, bots.SMS: {}}
	for name, c := range map[string]struct {
		steps    string
		channels map[string]Channel
		want     string // the key at fault
		says     string
	}{
		"a call":                       {`[{"channel": "staff", "task": "call", "wait": "4h"}, {"channel": "sms"}]`, on, "", ""},
		"a call at last":               {`[{"channel": "sms", "wait": "1h"}, {"channel": "staff", "task": "call"}]`, on, "", ""},
		"with the proof it has":        {`[{"channel": "staff", "task": "call", "until": "engaged"}]`, on, "", ""},
		"with another proof":           {`[{"channel": "staff", "task": "call", "until": "read"}]`, on, "steps[0].until", "what a colleague says"},
		"nothing to do":                {`[{"channel": "staff"}]`, on, "steps[0].task", `write task = "call"`},
		"something else":               {`[{"channel": "staff", "task": "cal"}]`, on, "steps[0].task", `did you mean "call"?`},
		"on another channel":           {`[{"channel": "sms", "task": "call"}]`, on, "steps[0].task", `only a step on channel "staff"`},
		"without a wait before others": {`[{"channel": "staff", "task": "call"}, {"channel": "sms"}]`, on, "steps[0].wait", "is missing"},
		"with a wait of years":         {`[{"channel": "staff", "task": "call", "wait": "3660d"}]`, on, "steps[0].wait", "at most"},
		"twice":                        {`[{"channel": "staff", "task": "call", "wait": "1h"}, {"channel": "staff", "task": "call"}]`, on, "steps[1].channel", "named twice"},
		"without Telegram":             {`[{"channel": "staff", "task": "call"}]`, map[string]Channel{bots.SMS: {}}, "steps[0].channel warning", "until it has a token"},
	} {
		var conf CascadeConfig
		if err := json.Unmarshal([]byte(`{"steps": `+c.steps+"}"), &conf); err != nil {
			t.Fatal(err)
		}
		cascade, faults := conf.Build("own", false, c.channels)
		got, said := "", ""
		for _, f := range faults {
			got, said = strings.TrimPrefix(f.Path, "cascades.own."), f.Problem
			if f.Warning {
				got += " warning"
			}
		}
		if got != c.want || !strings.Contains(said, c.says) || len(faults) > 1 {
			t.Errorf("%s: %q at %q, want %q at %q", name, said, got, c.says, c.want)
		}
		if at := cascade.Steps[0]; c.want == "" && at.Channel == bots.Staff && (at.Task != TaskCall || at.Until != Until{Level: bots.Engaged}) {
			t.Errorf("%s: the step is %+v", name, at)
		}
	}
}

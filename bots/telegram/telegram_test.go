package telegram_test

import (
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/bots/telegram"
)

const (
	token      = "123:AAsecretSecretSecret"
	secret     = "AAsecretSecretSecret"
	hookSecret = "hook_secret-1"
)

// step is the id in the recorded callback data.
const step bots.ID = 1_779_999_900_000_000

func newBot(t *testing.T, url string, opt telegram.Options) *telegram.Bot {
	t.Helper()
	opt.HookSecret = hookSecret
	b, err := telegram.New(telegram.Config{Token: token, APIURL: url}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  telegram.Config
		want string // in the error; empty: none
	}{
		"off":                     {telegram.Config{}, ""},
		"defaults":                {telegram.Config{Token: token}, ""},
		"a token without a colon": {telegram.Config{Token: "hello"}, "token"},
		"a token with a slash":    {telegram.Config{Token: "123:a/b"}, "token"},
		"an unknown way":          {telegram.Config{Token: token, Updates: "push"}, `updates = "push"`},
		"no address":              {telegram.Config{Token: token, APIURL: "api.telegram.org"}, "api_url"},
		"a staff group":           {telegram.Config{Token: token, StaffChat: "-1001234567890"}, ""},
		"a staff group by name":   {telegram.Config{Token: token, StaffChat: "@support"}, "staff_chat"},
		"a person as staff group": {telegram.Config{Token: token, StaffChat: "42"}, "staff_chat"},
		"a negative rate":         {telegram.Config{Token: token, Rate: -1}, "rate"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.cfg.Validate()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("Validate = %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), c.cfg.Token.Reveal()) && c.cfg.Token != "" {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
}

func TestNewNeedsToken(t *testing.T) {
	if _, err := telegram.New(telegram.Config{}, telegram.Options{}); err == nil {
		t.Error("New without a token = nil error")
	}
}

func TestLimitsFollowConfig(t *testing.T) {
	polls := newBot(t, "http://127.0.0.1:1", telegram.Options{}).Limits()
	if !polls.Polls || polls.DeafCap == 0 || polls.PerSecond != 25 {
		t.Errorf("with polls: %+v", polls)
	}
	b, err := telegram.New(telegram.Config{Token: token, Updates: telegram.Hooks, Rate: 7}, telegram.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if hooks := b.Limits(); hooks.Polls || hooks.PerSecond != 7 {
		t.Errorf("with webhooks: %+v", hooks)
	}
}

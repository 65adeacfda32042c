package app

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
)

func TestRecruitingNeedsAPage(t *testing.T) {
	const recruit = "[links]\nrecruit = true\n"
	const provider = "[[sms]]\nname = \"main\"\npreset = \"turbosms\"\ntoken = \"0123456789abcdef\"\nsender = \"Shop\"\nprice = { amount = \"1\", currency = \"UAH\" }\n"
	const public = "[company]\nname = \"Shop\"\n[server]\npublic_url = \"https://bots.example.com\"\n"
	for name, c := range map[string]struct {
		text, says string
		fails      bool
	}{
		"without a public address": {aBot + provider + recruit, "needs [server] public_url", true},
		"without texts":            {public + aBot + recruit, "does nothing without [[sms]]", false},
		"without a messenger":      {public + provider + recruit, "no messenger is on", false},
		"with all of them":         {public + aBot + provider + recruit, "", false},
	} {
		_, faults := load(t, c.text)
		said := ""
		for _, f := range faults {
			if f.Key == "links.recruit" {
				said += f.Problem
			}
		}
		if (c.says == "") != (said == "") || !strings.Contains(said, c.says) || faults.Errors() != c.fails {
			t.Errorf("%s: it says %q among %v", name, said, faults)
		}
	}
}

// atNumber is a bot that people write to.
type atNumber struct {
	number string
	asked  int
}

func (n *atNumber) Number(context.Context) (string, error) {
	n.asked++
	if n.number == "" {
		return "", errors.New("no phone is paired")
	}
	return n.number, nil
}

// TestAWhatsAppLinkCarriesItsCodeInAText: what the link writes is what is read when it arrives.
func TestAWhatsAppLinkCarriesItsCodeInAText(t *testing.T) {
	open := wayTo(&atNumber{number: "380441234567"}, func() string { return "Вітаю! 100% + бонуси" })
	link, err := open(t.Context(), "shop7-till3")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil || u.Host != "wa.me" || u.Path != "/380441234567" || strings.Contains(link, "+") {
		t.Fatalf("the link is %s: %v", link, err)
	}
	if code, rest := bots.WayIn(u.Query().Get("text")); code != "shop7-till3" || rest != "Вітаю! 100% + бонуси" {
		t.Errorf("it is read as %q after %q", code, rest)
	}
	if wayTo(&atNumber{}, nil) != nil {
		t.Error("a link without words was made")
	}
}

// TestWhoDoesNotAnswerIsNotAskedAtOnce: whoever opens a page must not wait for a channel that has just failed.
func TestWhoDoesNotAnswerIsNotAskedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bot := &atNumber{}
		open := patient(func(token string) (string, error) { return bot.Number(t.Context()) })
		for range 5 {
			if _, err := open("x"); err == nil {
				t.Fatal("nobody answered, and there is a link")
			}
		}
		if bot.asked != 1 {
			t.Errorf("it was asked %d times", bot.asked)
		}
		time.Sleep(askBotAgain)
		bot.number = "1234567"
		if got, err := open("x"); err != nil || got != "1234567" {
			t.Errorf("later it answers %q, %v", got, err)
		}
	})
}

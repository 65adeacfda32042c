package app

import (
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/templates"
)

func TestWelcome(t *testing.T) {
	cfg := Default()
	cfg.Company.Name = "Крамниця"
	cfg.Viber.Token, cfg.Viber.Name, cfg.Viber.Price = "4453b6ac12345678-02c5f12174805f9-daef9cbb5448c51f", "Крамниця", bots.Price{Amount: "0", Currency: "UAH"}
	words, err := loadWords(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	say := welcome(&cfg, func() *templates.Set { return words })
	for name, c := range map[string]struct {
		refused string
		contact bots.Contact
		text    string
		buttons string
	}{
		"a stranger is asked for the phone":    {"", bots.Contact{}, "Вас вітає Крамниця!", "Почати=begin Поділитися номером=share-contact"},
		"whose phone is known is only greeted": {"", bots.Contact{Phone: "+380501112233"}, "Вас вітає Крамниця!", "Почати=begin"},
		"in the person's own language":         {"", bots.Contact{Locale: "en", Phone: "+380501112233"}, "Welcome to Крамниця!", "Begin=begin"},
	} {
		t.Run(name, func(t *testing.T) {
			out := say(c.refused, &c.contact, bots.Viber)
			var buttons []string
			for _, b := range out.Buttons {
				buttons = append(buttons, b.Text+"="+b.Data)
			}
			if !strings.Contains(out.Markup, "*Крамниця*") {
				t.Errorf("marked %q", out.Markup)
			}
			if !strings.HasPrefix(out.Text, c.text) || !strings.Contains(out.Text, "STOP") || strings.Contains(out.Text, "**") || strings.Join(buttons, " ") != c.buttons {
				t.Errorf("said %q with %q", out.Text, buttons)
			}
		})
	}
}

package dialogue

import (
	"strings"

	"kaskad/bots"
	"kaskad/templates"
)

// Vocabulary is what the bot understands: whole messages, and the answers of its own buttons. It does not change.
type Vocabulary struct {
	said map[string]bots.Intent // as bots.Drawn writes them
	can  func(bots.Intent) bool
}

// phrases are what a person says instead of pressing: the labels, and lists of words.
var phrases = map[bots.Intent][]templates.Phrase{
	bots.WantsMenu:    {templates.HearMenu},
	bots.WantsCard:    {templates.MenuCard, templates.HearCard},
	bots.WantsBalance: {templates.MenuBalance, templates.HearBalance},
	bots.WantsHours:   {templates.MenuHours, templates.HearHours},
	bots.WantsPerson:  {templates.MenuPerson, templates.HearPerson},
	bots.SaysNotMe:    {templates.NotMe, templates.HearNotMe},
	bots.WantsLater:   {templates.Later, templates.HearLater},
}

// Listen makes the vocabulary of a set of templates. Of the intents only those are heard that can be answered.
func Listen(words *templates.Set, can func(bots.Intent) bool) *Vocabulary {
	v := &Vocabulary{said: map[string]bots.Intent{}, can: can}
	for in, names := range phrases {
		if !can(in) {
			continue
		}
		for _, name := range names {
			for _, said := range words.InEveryLocale(name) {
				v.add(in, said, strings.HasPrefix(string(name), "hear_"))
			}
		}
	}
	return v
}

func (v *Vocabulary) add(in bots.Intent, said string, list bool) {
	parts := []string{said}
	if list {
		parts = listed(said)
	}
	for _, part := range parts {
		if key := bots.Drawn(part); key != "" {
			v.said[key] = in
		}
	}
}

// buttons are the intents that come back from buttons of ours.
var buttons = map[string]bool{
	string(bots.WantsMenu): true, string(bots.WantsCard): true, string(bots.WantsBalance): true, string(bots.WantsHours): true,
	string(bots.WantsPerson): true, string(bots.WantsLater): true, string(bots.SaysBegin): true, string(bots.SaysYes): true,
	string(bots.SaysNo): true, string(bots.SaysNotMe): true,
}

// Understand tells what a message, or the answer of a button, asks of the bot; empty: nothing.
func (v *Vocabulary) Understand(text string, pressed bool) bots.Intent {
	if pressed {
		if buttons[text] && v.can(bots.Intent(text)) {
			return bots.Intent(text)
		}
		return ""
	}
	return v.said[bots.Drawn(text)]
}

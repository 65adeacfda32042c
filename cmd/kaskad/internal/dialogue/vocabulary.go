package dialogue

import (
	"fmt"
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
	bots.WantsCode:    {templates.NewCode, templates.HearNewCode},
	bots.OtherPhone:   {templates.OtherPhone, templates.HearOtherPhone},
}

// Listen makes the vocabulary of a set of templates. Of the intents only those are heard that can be answered. What the operator's
// questions hear must mean one thing: what else it means is a fault.
func Listen(words *templates.Set, can func(bots.Intent) bool, core bots.Core) (*Vocabulary, []templates.Fault) {
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
	var faults []templates.Fault
	for _, h := range words.Answers() {
		for _, phrase := range h.Phrases {
			if other := v.taken(phrase, bots.Intent(h.Template), core); other != "" {
				faults = append(faults, templates.Fault{File: h.File, Line: h.Line, Problem: fmt.Sprintf("the phrase %q %s", phrase, other), Fix: "take it away, or write another"})
				continue
			}
			v.said[bots.Drawn(phrase)] = bots.Intent(h.Template)
		}
	}
	return v, faults
}

// taken says what a phrase means already; empty: nothing.
func (v *Vocabulary) taken(phrase string, own bots.Intent, core bots.Core) string {
	key := bots.Drawn(phrase)
	have, known := v.said[key]
	switch {
	case key == "":
		return "has no letter or digit in it"
	case core.Keyword(phrase):
		return "stops or allows marketing, whatever stands here"
	case known && isFAQ(have) && have != own:
		return "is heard for two answers, " + strings.TrimPrefix(string(have), string(bots.FAQ)) + " too"
	case known && have != own:
		return "means " + string(have) + " in the bot's menu"
	}
	return ""
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
	string(bots.SaysNo): true, string(bots.SaysNotMe): true, string(bots.WantsCode): true, string(bots.OtherPhone): true, string(bots.DeniesCode): true,
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

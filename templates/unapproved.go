package templates

import (
	"slices"
	"strings"
)

// answers are the templates that the program itself answers with, at once after a person's own message: such need no approval.
var answers = []string{"welcome", "stopped", "stopped_all", "resumed", "link_used", "code"}

// talks are those of them that go to messengers alone: the bot's menu is no business of an SMS.
var talks = []string{
	"menu", "hours", "person", "staff_away", "balance", "balance_down", "balance_none", "balance_unread", "card", "card_number", "phone_saved", "ask_phone", "not_linked", "ask_consent",
	"consent_yes", "consent_no", "not_me", "link_other", "code_sent", "code_wait", "code_wrong", "code_staff", "code_abroad", "other_phone", "not_asked", "card_foreign",
}

// talked reports whether a template is said in the bot's dialogue, and nowhere else.
func talked(name string) bool { return slices.Contains(talks, name) || strings.HasPrefix(name, FAQ) }

// FAQ begins the name of a template that answers a question; see Answers.
const FAQ = "faq-"

// Unapproved lists the files that a channel with a window would use and that have no approved template: whoever did not write there
// within the window gets nothing of them there. A built-in template is named once, by the file of the company's locale: nobody but its
// operator knows a name at WhatsApp, so that it never has one.
func (s *Set) Unapproved(o Options) []Fault {
	c := &checker{set: s, options: o}
	for _, name := range s.Names() {
		if slices.Contains(answers, name) || talked(name) {
			continue
		}
		t := s.templates[name]
		for _, v := range t.sorted() {
			if v.approved != nil {
				continue
			}
			for _, ch := range c.usedOn(t, v) {
				if ch.Window && !ch.Unused && (t.purpose != Marketing || ch.Marketing) {
					c.unapproved(t, v, ch.Name)
				}
			}
		}
	}
	return c.faults
}

func (c *checker) unapproved(t *template, v *variant, channel string) {
	const what = `[approved], and under it name = "…" (what the template is called at WhatsApp) and body = ["{{.field}}"]`
	problem := "no approved template for " + channel + ": who did not write there in the last day is passed over (window_closed)"
	switch {
	case !v.builtIn:
		c.fault(v.file, 0, problem, "write "+what+" into the front matter, or leave "+channel+" out of the cascades that send it")
	case t.find(c.set.locale, channel, c.set.locale) == v:
		c.fault(v.file, 0, problem, "to send it there, write "+t.name+"/"+c.set.locale+".md of your own with "+what+" in the front matter")
	}
}

package templates

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Phrase names a few words that the core itself says. They are in phrases.toml, a table for each locale; the
// operator's is laid over the built-in one, word by word.
type Phrase string

// The phrases.
const (
	ConfirmRead Phrase = "confirm_read" // on the button that proves a message was read
	Thanks      Phrase = "thanks"       // shown when a button was pressed
	ReplyStop   Phrase = "reply_stop"   // how to stop by a reply
	Unsubscribe Phrase = "unsubscribe"  // the words of the link to preferences
	SharePhone  Phrase = "share_phone"  // on the button that shares the person's own phone
	Begin       Phrase = "begin"        // on the button under a welcome by which the person lets us write
	ComeTitle   Phrase = "come_title"   // above the bots, on the page of a way in
	ComeText    Phrase = "come_text"    // under it
	ScanTitle   Phrase = "scan_title"   // above the codes on a sheet to print
	ScanText    Phrase = "scan_text"    // what to do with them
	Hello       Phrase = "hello"        // what a wa.me link writes for the person, before its code
	Recruit     Phrase = "recruit"      // before the link to the bots in a text

	// The bot's menu: what stands on its buttons.
	MenuCard    Phrase = "menu_card"
	MenuBalance Phrase = "menu_balance"
	MenuHours   Phrase = "menu_hours"
	MenuStop    Phrase = "menu_stop"
	MenuResume  Phrase = "menu_resume"
	MenuPerson  Phrase = "menu_person"
	NotMe       Phrase = "not_me"
	Later       Phrase = "later"
	ConsentYes  Phrase = "consent_yes"
	ConsentNo   Phrase = "consent_no"

	// Whole messages that mean the same as a button, apart by commas.
	HearMenu    Phrase = "hear_menu"
	HearCard    Phrase = "hear_card"
	HearBalance Phrase = "hear_balance"
	HearHours   Phrase = "hear_hours"
	HearPerson  Phrase = "hear_person"
	HearNotMe   Phrase = "hear_not_me"
	HearLater   Phrase = "hear_later"

	NewCode        Phrase = "new_code"
	OtherPhone     Phrase = "other_phone"
	HearNewCode    Phrase = "hear_new_code"
	HearOtherPhone Phrase = "hear_other_phone"

	// A task of the staff's: what to do, and what came of it.
	TaskCall          Phrase = "task_call"
	TaskCalled        Phrase = "task_called"
	TaskNoAnswer      Phrase = "task_no_answer"
	TaskNotInterested Phrase = "task_not_interested"

	Weekdays Phrase = "weekdays" // seven, from Monday, apart by commas
	DayOff   Phrase = "day_off"
	Tomorrow Phrase = "tomorrow"
)

func phrases() []Phrase {
	return []Phrase{
		ConfirmRead, Thanks, ReplyStop, Unsubscribe, SharePhone, Begin, ComeTitle, ComeText, ScanTitle, ScanText, Hello, Recruit, MenuCard, MenuBalance, MenuHours, MenuStop, MenuResume, MenuPerson,
		NotMe, Later, ConsentYes, ConsentNo, HearMenu, HearCard, HearBalance, HearHours, HearPerson, HearNotMe, HearLater, NewCode, OtherPhone, HearNewCode, HearOtherPhone, TaskCall, TaskCalled, TaskNoAnswer, TaskNotInterested, Weekdays, DayOff, Tomorrow,
	}
}

// phraseNames lists them for whoever wrote another.
func phraseNames() string {
	var names []string
	for _, p := range phrases() {
		names = append(names, string(p))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// InEveryLocale lists what a phrase says in each locale that has it, sorted.
func (s *Set) InEveryLocale(p Phrase) (said []string) {
	for _, words := range s.phrases {
		if say, ok := words[p]; ok {
			said = append(said, say)
		}
	}
	sort.Strings(said)
	return said
}

// Speaks reports whether a phrase has words in a locale, or in a less exact one, and which locales have some.
func (s *Set) Speaks(locale string, p Phrase) (ok bool, known []string) {
	for name, words := range s.phrases {
		if words[p] != "" {
			known = append(known, name)
		}
	}
	sort.Strings(known)
	for l := canonical(locale); l != ""; l = parent(l) {
		ok = ok || slices.Contains(known, l)
	}
	return ok, known
}

// Phrase gives the words in the person's locale, or the company's, or English.
func (s *Set) Phrase(locale string, p Phrase) string {
	for _, start := range []string{canonical(locale), s.locale, lastLocale} {
		for l := start; l != ""; l = parent(l) {
			if words, ok := s.phrases[l][p]; ok {
				return words
			}
		}
	}
	return ""
}

// LatinPhrase is a phrase in Latin letters, of which a text takes more.
func (s *Set) LatinPhrase(locale string, p Phrase) string {
	return latin(s.Phrase(locale, p), canonical(locale))
}

// Phrases gives the words in every locale that has its own.
func (s *Set) Phrases(p Phrase) []string {
	var all []string
	for _, words := range s.phrases {
		if say, ok := words[p]; ok {
			all = append(all, say)
		}
	}
	return all
}

// layPhrases reads one phrases.toml.
func (s *Set) layPhrases(l Layer) {
	file := path.Join(l.Name, phrasesFile)
	text, err := fs.ReadFile(l.FS, phrasesFile)
	if err != nil {
		s.fault(file, 0, "cannot read it: "+cause(err), "check its permissions")
		return
	}
	if faults := textFaults(text); len(faults) > 0 {
		s.fault(file, faults[0].Line, faults[0].Problem, faults[0].Fix)
		return
	}
	var tables map[string]map[string]string
	if err := toml.NewDecoder(bytes.NewReader(text)).Decode(&tables); err != nil {
		line, problem := 0, strings.TrimPrefix(err.Error(), "toml: ")
		var bad *toml.DecodeError
		if errors.As(err, &bad) {
			line, _ = bad.Position()
			if _, words := miswritten(bad); words != "" {
				problem = words
			}
		}
		s.fault(file, line, problem, "a table for each locale: [uk], and under it lines like thanks = \"Дякуємо!\"")
		return
	}
	for locale, words := range tables {
		s.layWords(file, string(text), locale, words)
	}
}

func (s *Set) layWords(file, text, locale string, words map[string]string) {
	l := canonical(locale)
	if !localeForm.MatchString(l) {
		s.fault(file, lineOf(text, "["+locale), "not a locale: "+quote(locale), "write [uk], [en] or [pt-BR]")
		return
	}
	if s.phrases[l] == nil {
		s.phrases[l] = map[Phrase]string{}
	}
	for name, say := range words {
		switch {
		case !isPhrase(Phrase(name)):
			s.fault(file, lineOf(text, name), "unknown phrase "+quote(name), "the phrases are "+phraseNames())
		case oneLine(clean(say)) == "":
			s.fault(file, lineOf(text, name), "an empty phrase", "write the words, or take the line away")
		default:
			s.phrases[l][Phrase(name)] = oneLine(clean(say))
		}
	}
}

func isPhrase(p Phrase) bool {
	for _, known := range phrases() {
		if p == known {
			return true
		}
	}
	return false
}

// wayOut is how a person stops marketing: a link with its words, or a sentence about a reply.
type wayOut struct{ words, link, sentence string }

func (s *Set) wayOut(in Input, locale string) (wayOut, error) {
	if in.WayOut == "" {
		return wayOut{sentence: s.Phrase(locale, ReplyStop)}, nil
	}
	link, ok := webLink(in.WayOut)
	if !ok {
		return wayOut{}, errors.New("template " + in.Template + ": the way out is not an http or https link")
	}
	return wayOut{words: s.Phrase(locale, Unsubscribe), link: link}, nil
}

// write puts it into a text and tells how many UTF-16 units of it are seen.
func (o wayOut) write(b *strings.Builder, m *marks) int {
	switch {
	case o.link == "":
		b.WriteString(m.text(o.sentence))
		return units(o.sentence)
	case m.link:
		b.WriteString(`<a href="` + m.text(o.link) + `">` + m.text(o.words) + `</a>`)
		return units(o.words)
	}
	b.WriteString(m.text(o.words+": ") + m.placed(m.text(o.link), asLink))
	return units(o.words) + 2 + units(o.link)
}

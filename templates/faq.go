package templates

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Heard is what people write to get an answer of the operator's: whole messages.
type Heard struct {
	Template string // FAQ and the name of the answer
	Phrases  []string
	File     string
	Line     int
}

// Answers lists what the operator's file of questions hears, in the order of names and locales.
func (s *Set) Answers() []Heard { return s.heard }

// Questions is the operator's file of questions and answers as a layer: a table for each answer and locale, [delivery.uk], with hear
// (whole messages) and text (Markdown, as in a template's file).
func Questions(file string) Layer { return Layer{Name: file, questions: true} }

// question is one answer in one locale.
type question struct {
	Hear []string `toml:"hear"`
	Text string   `toml:"text"`
}

// Bounds of what is heard; a message is compared as a whole.
const (
	maxHeard = 100 // of one answer in one locale
	maxSaid  = 200 // bytes
)

// layQuestions reads the file, and makes a template of each answer. Its lines are those of the file, in faults too.
func (s *Set) layQuestions(l Layer) {
	text, err := os.ReadFile(l.Name)
	if err != nil {
		s.fault(l.Name, 0, "cannot read it: "+cause(err), "check [dialogue] faq")
		return
	}
	s.layers++
	if faults := textFaults(text); len(faults) > 0 {
		s.fault(l.Name, faults[0].Line, faults[0].Problem, faults[0].Fix)
		return
	}
	var all map[string]map[string]question
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&all); err != nil {
		line, problem := tomlFault(err)
		s.fault(l.Name, line, problem, `write a table for each answer and locale, [delivery.uk], with hear = ["…"] and text = "…"`)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s.layAnswer(l, string(text), name, all[name])
	}
}

// tomlFault is where TOML cannot be read, and why.
func tomlFault(err error) (line int, problem string) {
	problem = strings.TrimPrefix(err.Error(), "toml: ")
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		line, _ = unknown.Errors[0].Position()
		problem = "unknown key " + quote(strings.Join(unknown.Errors[0].Key(), "."))
	case errors.As(err, &bad):
		line, _ = bad.Position()
	}
	return line, problem
}

// layAnswer makes one answer a template.
func (s *Set) layAnswer(l Layer, text, name string, locales map[string]question) {
	if !nameForm.MatchString(FAQ + name) {
		s.fault(l.Name, lineOf(text, "["+name), "not a name for an answer: "+quote(name), "use a-z, 0-9, - and _")
		return
	}
	t := &template{name: FAQ + name, variants: map[key]*variant{}, example: map[string]any{}}
	for _, locale := range slices.Sorted(maps.Keys(locales)) {
		q, at := locales[locale], lineOf(text, "["+name+"."+locale+"]")
		if !localeForm.MatchString(canonical(locale)) {
			s.fault(l.Name, at, "not a locale: "+quote(locale), "write ["+name+".uk]")
			continue
		}
		s.hear(l, t.name, at, q.Hear)
		if v := s.answerVariant(l, key{locale: canonical(locale)}, text, at, q.Text); v != nil {
			t.variants[v.key] = v
		}
	}
	if len(t.variants) > 0 && t.find(s.locale, "", s.locale) == nil {
		s.fault(l.Name, lineOf(text, "["+name), fmt.Sprintf("the answer %s has no words in %q, the company's language", quote(name), s.locale), "add ["+name+"."+s.locale+"]")
		return
	}
	if len(t.variants) > 0 {
		s.templates[t.name] = t
	}
}

// hear notes the phrases of an answer.
func (s *Set) hear(l Layer, name string, at int, said []string) {
	switch {
	case len(said) == 0:
		s.fault(l.Name, at, "nothing is heard", `write hear = ["доставка", "чи є доставка"]: whole messages`)
	case len(said) > maxHeard:
		s.fault(l.Name, at, fmt.Sprintf("%d phrases", len(said)), fmt.Sprintf("at most %d are compared", maxHeard))
	}
	for _, phrase := range said {
		if strings.TrimSpace(phrase) == "" || len(phrase) > maxSaid {
			s.fault(l.Name, at, "the phrase "+quote(phrase)+" is empty or too long", fmt.Sprintf("a phrase is a whole message of at most %d bytes", maxSaid))
		}
	}
	s.heard = append(s.heard, Heard{Template: name, Phrases: said, File: l.Name, Line: at})
}

// answerVariant compiles the words of an answer. Blank lines stand for what is above it in the file, so that faults have its lines.
func (s *Set) answerVariant(l Layer, k key, text string, table int, words string) *variant {
	if strings.TrimSpace(words) == "" {
		s.fault(l.Name, table, "an answer without text", `write text = "…"`)
		return nil
	}
	v, faults := newVariant(l.Name, k, []byte(strings.Repeat("\n", bodyAt(text, table)-1)+words))
	s.faults = append(s.faults, faults...)
	if len(faults) > 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(v.fields)) {
		s.fault(l.Name, bodyAt(text, table), "nobody fills {{."+name+"}}", "an answer has {{company}} and {{privacy_url}} only")
		v = nil
	}
	if v != nil {
		v.layer = s.layers
	}
	return v
}

// bodyAt is the line on which the text of a table begins.
func bodyAt(text string, table int) int {
	lines := strings.Split(text, "\n")
	for i := table; i < len(lines); i++ {
		key, value, ok := strings.Cut(lines[i], "=")
		if !ok || strings.TrimSpace(key) != "text" {
			continue
		}
		if value = strings.TrimSpace(value); value == `"""` || value == "'''" {
			return i + 2
		}
		return i + 1
	}
	return table
}

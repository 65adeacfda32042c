package templates

import (
	"bytes"
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// front is what a file says about itself, in TOML between two lines of +++.
type front struct {
	Purpose string         `toml:"purpose"`
	Expect  []string       `toml:"expect"`  // nil: nothing was written
	Subject string         `toml:"subject"` // of an e-mail
	Image   string         `toml:"image"`   // above the text
	Buttons []frontButton  `toml:"buttons"`
	Example map[string]any `toml:"example"`
	Latin   bool           `toml:"transliterate"` // in SMS
	Links   frontLinks     `toml:"links"`
	// Approved is the same message as a template that WhatsApp approved; nil: there is none.
	Approved *frontApproved `toml:"approved"`
}

type frontButton struct {
	Text string   `toml:"text"`
	URL  string   `toml:"url"`
	Data string   `toml:"data"`
	On   []string `toml:"on"` // the channels that show it; nil: all
}

const fence = "+++"

// splitFront parts a file into front matter and body. bodyLine is the line of the file the body starts on.
// Front matter that has no end is a problem.
func splitFront(file string) (matter, body string, bodyLine int, closed bool) {
	first, rest, _ := strings.Cut(file, "\n")
	if strings.TrimRight(first, " \t") != fence {
		return "", file, 1, true
	}
	lines := strings.SplitAfter(rest, "\n")
	for i, line := range lines {
		if strings.TrimRight(line, " \t\n") == fence {
			return strings.Join(lines[:i], ""), strings.Join(lines[i+1:], ""), i + 3, true
		}
	}
	return rest, "", 1, false
}

// parseFront reads front matter; faults have lines of the whole file, but not its name.
func parseFront(matter string) (front, []Fault) {
	var f front
	d := toml.NewDecoder(bytes.NewReader([]byte(matter)))
	err := d.DisallowUnknownFields().Decode(&f)
	if err == nil {
		return f, f.faults(matter)
	}
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		return f, unknownKeys(unknown)
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		return f, []Fault{frontFault(bad)}
	}
	return f, []Fault{{Line: 2, Problem: "front matter: " + strings.TrimPrefix(err.Error(), "toml: "), Fix: "it is TOML: key = value"}}
}

func unknownKeys(e *toml.StrictMissingError) []Fault {
	var faults []Fault
	for i := range e.Errors {
		row, _ := e.Errors[i].Position()
		k := strings.Join(e.Errors[i].Key(), ".")
		faults = append(faults, Fault{Line: row + 1, Problem: "front matter: unknown key " + quote(k), Fix: "the keys are purpose, expect, subject, image, transliterate, buttons (text, url, data, on), links (track, utm), approved (name, language, header, body, buttons) and example"})
	}
	return faults
}

// faults says what is wrong in front matter that can be read.
func (f *front) faults(matter string) []Fault {
	var faults []Fault
	switch Purpose(f.Purpose) {
	case "", Service, Marketing, Urgent:
	default:
		faults = append(faults, Fault{Line: lineOf(matter, "purpose") + 1, Problem: "front matter: unknown purpose " + quote(f.Purpose), Fix: "write service, marketing or urgent"})
	}
	for name, value := range f.Example {
		if _, problem := printed(value); problem != "" {
			if _, yesNo := value.(bool); !yesNo { // a yes or no may be asked about by an {{if}}
				faults = append(faults, Fault{Line: lineOf(matter, name) + 1, Problem: "front matter: example " + quote(name) + " " + problem, Fix: "write text or a number"})
			}
		}
	}
	return faults
}

// lineOf is the first line that has the snippet, 1 when none has.
func lineOf(text, snippet string) int {
	i := strings.Index(text, snippet)
	if i < 0 || snippet == "" {
		return 1
	}
	return strings.Count(text[:i], "\n") + 1
}

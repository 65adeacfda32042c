package templates

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// variant is one file, compiled.
type variant struct {
	key      key
	file     string // as faults call it
	layer    int
	builtIn  bool
	front    front
	tracking *tracking // nil: links are not tracked
	matter   string    // the front matter as it was written
	subject  *program  // of an e-mail; nil: none
	image    *image    // nil: none
	approved *approved // nil: none
	bodyLine int
	slots    []slot
	lines    []int // where each slot is first used
	tests    []int
	forms    []form          // one for each combination of answers to the tests
	fields   map[string]bool // required or not
}

// form is the text of a variant for one combination of answers.
type form struct {
	needs    []int // slots it prints, those of buttons too
	whole    []int // slots of them that are the whole address of a link
	buttons  []button
	links    []string // the addresses in the text that are tracked, with placeholders
	programs [formatCount]program
}

// newVariant reads and compiles one file.
func newVariant(file string, k key, text []byte) (*variant, []Fault) {
	v := &variant{key: k, file: file}
	faults := v.compile(text)
	for i := range faults {
		faults[i].File = file
	}
	return v, faults
}

func (v *variant) compile(text []byte) []Fault {
	text = bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	if faults := textFaults(text); len(faults) > 0 {
		return faults
	}
	matter, source, line, closed := splitFront(string(text))
	if !closed {
		return []Fault{{Line: 1, Problem: "front matter has no end", Fix: "close it with a line of +++"}}
	}
	var faults []Fault
	v.front, faults = parseFront(matter)
	v.bodyLine, v.matter = line, matter

	b := &body{}
	r := &bodyReader{source: source, line: line, body: b}
	root := r.read()
	faults = append(faults, r.faults...)
	tracks, linkFaults := compileTracking(v.front.Links, matter, b)
	buttons, buttonFaults := compileButtons(v.front.Buttons, matter, b, tracks != nil)
	faults = append(append(faults, linkFaults...), buttonFaults...)
	v.tracking = tracks
	subject, subjectFaults := compileLine("subject", v.front.Subject, matter, b)
	image, imageFaults := compileImage(v.front.Image, matter, b)
	faults = append(append(faults, subjectFaults...), imageFaults...)
	approved, approvedFaults := compileApproved(v.front.Approved, v.key.channel, matter, b)
	faults = append(faults, approvedFaults...)
	v.approved = approved
	if v.subject, v.image = subject, image; v.key.channel == emailChannel && subject == nil && len(subjectFaults) == 0 {
		faults = append(faults, Fault{Line: 1, Problem: "an e-mail without a subject", Fix: "write subject = \"…\" into the front matter"})
	}
	if root == nil || len(faults) > 0 {
		return faults
	}
	b.expand(root)
	v.slots, v.tests, v.lines = b.slots, b.tests, b.lines
	for _, t := range b.texts {
		f, formFaults := compileForm(t, b.slots, buttons, tracks, v.besides())
		for _, x := range formFaults {
			faults = append(faults, Fault{Line: line + lineOf(source, x.snippet) - 1, Problem: x.problem, Fix: x.fix})
		}
		v.forms = append(v.forms, f)
	}
	v.countFields()
	faults = append(faults, v.neverTracks()...)
	return unique(faults)
}

// besides are the programs of the front matter that every form has, but for the buttons.
func (v *variant) besides() (list []*program) {
	if v.subject != nil {
		list = append(list, v.subject)
	}
	if v.image != nil {
		list = append(list, &v.image.url)
	}
	return append(list, v.approved.programs()...)
}

// lineOf is where a field is first used.
func (v *variant) lineOf(field string) int {
	for i, s := range v.slots {
		if s.field && s.name == field {
			return v.lines[i]
		}
	}
	return v.bodyLine
}

// frontLine is where a key of the front matter stands.
func (v *variant) frontLine(key string) int { return lineOf(v.matter, key) + 1 }

// countFields notes which fields are printed, and which of them only under an {{if}} on themselves.
func (v *variant) countFields() {
	v.fields = map[string]bool{}
	for _, t := range v.tests {
		if v.slots[t].field {
			v.fields[v.slots[t].name] = false
		}
	}
	for answers, f := range v.forms {
		for _, n := range f.needs {
			if s := v.slots[n]; s.field {
				asked := slices.Index(v.slots, fieldSlot(s.name))
				v.fields[s.name] = v.fields[s.name] || !(&body{tests: v.tests}).answer(asked, uint(answers))
			}
		}
	}
}

// textFaults refuses what no text file should hold, so that later steps need not think of it.
func textFaults(text []byte) []Fault {
	if len(text) > maxFile {
		return []Fault{{Problem: "the file is longer than 16 KiB", Fix: "no channel takes such a message"}}
	}
	if !utf8.Valid(text) {
		return []Fault{{Problem: "the text is not UTF-8", Fix: "save the file as UTF-8"}}
	}
	for i, line := range strings.Split(string(text), "\n") {
		for _, r := range line {
			switch {
			case r >= firstPlaceholder && r <= lastPlaceholder:
				return []Fault{{Line: i + 1, Problem: "a private-use character, which phones cannot show", Fix: "take it out or use an emoji"}}
			case r < ' ' && r != '\t' || r == 0x7f:
				return []Fault{{Line: i + 1, Problem: "a control character", Fix: "take it out"}}
			}
		}
	}
	return nil
}

// unique drops repeats: the forms of a text share most of their words.
func unique(faults []Fault) []Fault {
	seen := map[Fault]bool{}
	var out []Fault
	for _, f := range faults {
		if !seen[f] {
			seen[f] = true
			out = append(out, f)
		}
	}
	return out
}

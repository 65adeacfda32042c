package templates

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxButtons     = 8
	maxButtonText  = 64
	maxButtonData  = 32 // Telegram takes 64 bytes, and the step's id goes with it
	buttonElements = "text and either url or data"
)

// Button is a button under a message: it opens URL, or sends us Data.
type Button struct{ Text, URL, Data string }

// button is a compiled one.
type button struct {
	text, url           program
	rawText, rawAddress string // with placeholders, for formats that write buttons as lines
	data                string
	on                  []string // channels; nil: all
	tracked             bool
}

// shows tells whether the button is for a channel.
func (b *button) shows(channel string) bool { return b.on == nil || slices.Contains(b.on, channel) }

// compileButtons reads the buttons of the front matter; their fields become slots of b.
func compileButtons(list []frontButton, matter string, b *body, track bool) ([]button, []Fault) {
	var buttons []button
	var faults []Fault
	if len(list) > maxButtons {
		faults = append(faults, Fault{Line: lineOf(matter, "buttons") + 1, Problem: "more than 8 buttons", Fix: "leave the most useful ones"})
	}
	for _, f := range list {
		line := lineOf(matter, firstOf(f.Text, f.URL, f.Data, "buttons")) + 1
		got, problems := compileButton(f, line, b, track)
		buttons, faults = append(buttons, got), append(faults, problems...)
	}
	return buttons, faults
}

func compileButton(f frontButton, line int, b *body, track bool) (button, []Fault) {
	got := button{data: f.Data, on: f.On}
	var faults []Fault
	fault := func(problem, fix string) {
		faults = append(faults, Fault{Line: line, Problem: problem, Fix: fix})
	}
	if strings.TrimSpace(f.Text) == "" || (f.URL == "") == (f.Data == "") {
		fault("front matter: a button needs "+buttonElements, `write { text = "…", url = "https://…" }`)
		return got, faults
	}
	if len(f.Data) > maxButtonData || strings.ContainsAny(f.Data, "{}") || !isPrintableASCII(f.Data) {
		fault("front matter: data of a button is at most 32 plain ASCII characters, without fields", "use a short word, like again")
	}
	if problem, fix := onFault(f); problem != "" {
		fault("front matter: "+problem, fix)
	}
	var more []Fault
	if got.rawText, more = buttonText(f.Text, line, b); len(more) == 0 && strings.ContainsRune(got.rawText, '\n') {
		fault("front matter: a button's text has two lines", "write one")
	}
	faults = append(faults, more...)
	if got.rawAddress, more = buttonText(f.URL, line, b); f.URL != "" && len(more) == 0 {
		if problem, fix := checkAddress(got.rawAddress, b.slots); problem != "" {
			fault("front matter: a button with "+problem, fix)
		} else if _, ok := contactAddress(got.rawAddress); ok {
			fault("front matter: a button opens pages only", "write mail addresses and telephones into the text")
		}
	}
	faults = append(faults, more...)
	text, address := &writer{marks: plainMarks()}, &writer{marks: plainMarks(), track: track}
	text.text(got.rawText, false)
	address.address(got.rawAddress)
	got.tracked = len(address.links) > 0
	got.text, got.url = program{text.marks, text.ops}, program{address.marks, address.ops}
	for _, o := range text.ops {
		if o.slot >= 0 && b.slots[o.slot] == wordSlot(wayOutWord) {
			fault("front matter: {{way_out}} in a button", "write it into the text")
		}
	}
	return got, faults
}

// onFault says what is wrong with the channels of a button; empty when nothing is.
func onFault(f frontButton) (problem, fix string) {
	if f.On != nil && len(f.On) == 0 {
		return "a button on no channel", "name some, or take the button away"
	}
	for _, name := range f.On {
		if !isChannel(name) {
			return "a button on an unknown channel " + quote(name), "the channels are " + strings.Join(channelNames(), ", ")
		}
	}
	if len(f.On) == 1 && f.On[0] == smsChannel && f.URL == "" {
		return "a button on sms that opens nothing", "an SMS shows links only: give it an url"
	}
	return "", ""
}

// buttonText replaces the fields of a short text by placeholders.
func buttonText(s string, line int, b *body) (string, []Fault) {
	tests := len(b.tests)
	r := &bodyReader{source: s, line: line, body: b}
	root := r.read()
	if root != nil && len(b.tests) > tests || strings.Contains(s, "{{if") {
		return "", []Fault{{Line: line, Problem: "front matter: {{if}} in a button", Fix: "make it one field, or write the choice into the text"}}
	}
	if root == nil {
		for i := range r.faults {
			r.faults[i].Line = line
		}
		return "", r.faults
	}
	var w strings.Builder
	b.write(&w, root, 0)
	return w.String(), nil
}

// render fills one button.
func (b *button) render(v *values) (Button, error) {
	text, _, err := b.text.run(v)
	if err != nil {
		return Button{}, err
	}
	address, _, err := b.url.run(v)
	if err != nil {
		return Button{}, err
	}
	return Button{shorten(oneLine(text), maxButtonText), address, b.data}, nil
}

// shown fills the buttons for a channel.
func (f *form) shown(v *values) ([]Button, error) {
	var list []Button
	for i := range f.buttons {
		if !f.buttons[i].shows(v.channel) {
			continue
		}
		b, err := f.buttons[i].render(v)
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// opening lists the buttons that open pages.
func opening(buttons []Button) (list []Button) {
	for _, b := range buttons {
		if b.URL != "" {
			list = append(list, b)
		}
	}
	return list
}

// buttonLines writes link buttons as lines of text, where a channel has no such buttons.
func (w *writer) buttonLines(buttons []button) {
	for _, b := range buttons {
		if b.rawAddress == "" {
			continue
		}
		w.on = b.on
		if len(w.ops) > 0 {
			w.pending = 1
		}
		w.text(b.rawText, false)
		w.literal(": ")
		w.address(b.rawAddress)
		w.on = nil
	}
}

// shorten cuts a label, seldom: its field was longer than its author thought.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:n-1])) + "…"
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

package templates

import (
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// frontTakes says what each key of front matter is written as.
var frontTakes = map[string]string{
	"purpose":                `write a text: purpose = "service"`,
	"expect":                 `write a list of conditions: expect = ["points > 0"]`,
	"subject":                `write a text: subject = "Your bonus"`,
	"image":                  `write the address of a picture: image = "https://…"`,
	"transliterate":          `write transliterate = true, or take the line away`,
	"example":                `write a table: [example], and under it lines like points = 120`,
	"buttons":                `write a table for each button: [[buttons]], and under it text and url, or text and data`,
	"buttons.text":           `write a text: text = "Open"`,
	"buttons.url":            `write an address: url = "https://…"`,
	"buttons.data":           `write a name: data = "yes"`,
	"buttons.on":             `write a list of channels: on = ["viber"]`,
	"links":                  `write a table: [links], and under it track = true`,
	"links.track":            `write track = true, or track = false`,
	"links.utm":              `write a table: [links.utm], and under it lines like source = "sms"`,
	"approved":               `write a table: [approved], and under it name, language, header, body, buttons`,
	"approved.name":          `write the template's name at WhatsApp: name = "bonus_added"`,
	"approved.language":      `write its language as WhatsApp does: language = "uk"`,
	"approved.header":        `write the address of a picture: header = "https://…"`,
	"approved.buttons":       `write a table for each button: [[approved.buttons]], and under it url or data`,
	"approved.buttons.index": `write the button's number, from 0: index = 1`,
	"approved.buttons.url":   `write what stands behind its address: url = "{{.code}}"`,
	"approved.buttons.data":  `write a name: data = "yes"`,
}

// written are the kinds of values, in the decoder's words and in ours.
var written = []struct{ theirs, ours string }{
	{"string", "a text"}, {"integer", "a number"}, {"float", "a number"}, {"boolean", "true or false"}, {"array", "a list"},
	{"inline table", "a table"}, {"table", "a table"}, {"local date", "a date"}, {"local datetime", "a date"}, {"local time", "a time"}, {"datetime", "a date"},
}

// undecodable is what the decoder says of a value of the wrong kind, in the words of Go.
var undecodable = regexp.MustCompile(`^toml: (?:cannot decode TOML|cannot decode|cannot assign) (.+?) into `)

// miswritten says that a key cannot have a value of its kind; empty: something else is wrong. An error of the decoder names what the
// value would be in the program, which says nothing to who writes templates.
func miswritten(e *toml.DecodeError) (key, problem string) {
	key = strings.Join(e.Key(), ".")
	if strings.Contains(e.Error(), "array table") {
		return key, quote(key) + " cannot be a list of tables, in double brackets"
	}
	kind := undecodable.FindStringSubmatch(e.Error())
	if kind == nil {
		return key, ""
	}
	for _, w := range written {
		if w.theirs == kind[1] {
			return key, quote(key) + " cannot be " + w.ours
		}
	}
	return key, quote(key) + " cannot be that"
}

// frontFault words an error of the decoder.
func frontFault(e *toml.DecodeError) Fault {
	row, _ := e.Position()
	fault := Fault{Line: row + 1, Problem: "front matter: " + strings.TrimPrefix(e.Error(), "toml: "), Fix: "it is TOML: key = value"}
	key, problem := miswritten(e)
	if problem == "" {
		return fault
	}
	fault.Problem, fault.Fix = "front matter: "+problem, "see docs/templates.md for what this key takes"
	for name := key; name != ""; name = name[:max(strings.LastIndexByte(name, '.'), 0)] {
		if takes, known := frontTakes[name]; known {
			fault.Fix = takes
			break
		}
	}
	return fault
}

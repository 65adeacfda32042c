package graph

import (
	"cmp"
	"strconv"
	"strings"
)

// known looks at what only the account knows: its templates and media, and whether the message fits them. The caller holds s.mu.
func (s *Server) known(d *draft) *refusal {
	for _, u := range d.uses {
		if wrong := s.fits(u, d); wrong != nil {
			return wrong
		}
	}
	if d.Quotes != "" && s.byID[d.Quotes] == nil {
		s.odd("context.message_id", "names no message: nothing is quoted")
		d.Quotes = ""
	}
	if d.params == nil {
		return nil
	}
	t := s.templates[d.Template+" "+d.Language]
	if t == nil || t.Status == "PENDING" || t.Status == "REJECTED" {
		return refuse(noTemplate, "template name (%s) does not exist in %s", d.Template, d.Language)
	}
	switch t.Status {
	case "PAUSED":
		return refuse(templatePaused, "Template is paused due to low quality so it cannot be sent.")
	case "DISABLED":
		return refuse(templateOff, "Template has been paused too many times and is now permanently disabled.")
	}
	if t.Category == "AUTHENTICATION" && d.ByUserID {
		return refuse(noUserID, "Authentication templates cannot be sent to a business-scoped user id.")
	}
	d.templateOf, d.Category = t, t.Category
	return t.fill(d)
}

// fill puts the parameters of a call into the places of a template.
func (t *Template) fill(d *draft) *refusal {
	if wrong := t.fillHeader(d); wrong != nil {
		return wrong
	}
	text, wrong := fillPlaces("body", t.Body, d.params.body)
	if wrong != nil {
		return wrong
	}
	if length(text) > maxBodyLen {
		return refuse(textTooLong, "body: the filled text has %d characters, at most %d", length(text), maxBodyLen)
	}
	d.Text, d.Footer = text, t.Footer
	return t.fillButtons(d)
}

func (t *Template) fillHeader(d *draft) *refusal {
	got := "UNKNOWN"
	if len(d.params.header) > 0 {
		got = strings.ToUpper(d.params.header[0].kind)
	}
	if t.Header == "" || t.Header == "TEXT" {
		if got != "UNKNOWN" && got != "TEXT" {
			return refuse(paramFormat, "header: Format mismatch, expected %s, received %s", cmp.Or(t.Header, "NONE"), got)
		}
		text, wrong := fillPlaces("header", t.HeaderText, d.params.header)
		if wrong == nil && length(text) > maxShort {
			wrong = refuse(textTooLong, "header: the filled text has %d characters, at most %d", length(text), maxShort)
		}
		d.Header = text
		return wrong
	}
	if got != t.Header {
		return refuse(paramFormat, "header: Format mismatch, expected %s, received %s", t.Header, got)
	}
	if n := len(d.params.header); n != 1 {
		return refuse(paramCount, "header: number of parameters (%d) does not match the expected number of params (1)", n)
	}
	d.Header = strings.ToLower(t.Header)
	return nil
}

// fillPlaces puts values into the places of a text, by number or by name.
func fillPlaces(part, text string, params []param) (string, *refusal) {
	names := placesOf(text)
	if len(names) != len(params) {
		return "", refuse(paramCount, "%s: number of localizable_params (%d) does not match the expected number of params (%d)", part, len(params), len(names))
	}
	values := map[string]string{}
	for i, p := range params {
		name := strconv.Itoa(i + 1)
		if !isNumbered(names) {
			name = p.name
			if name == "" {
				return "", refuse(badParameter, "Parameter name is missing or empty")
			}
		} else if p.name != "" {
			return "", refuse(badParameter, "%s: the template has no named parameters", part)
		}
		values[name] = p.text
	}
	for _, name := range names {
		if _, ok := values[name]; !ok {
			return "", refuse(badParameter, "%s: no parameter is named %s", part, name)
		}
	}
	return places.ReplaceAllStringFunc(text, func(place string) string {
		return values[places.FindStringSubmatch(place)[1]]
	}), nil
}

// fillButtons gives the buttons of a template what a call has for them.
func (t *Template) fillButtons(d *draft) *refusal {
	for index, b := range d.params.buttons {
		if index >= len(t.Buttons) {
			return refuse(paramCount, "buttons: the template has no button at index %d", index)
		}
		if want := strings.ToLower(t.Buttons[index].Type); b.sub != want {
			return refuse(paramFormat, "buttons: Button at index %d is of the type %s, not %s", index, want, b.sub)
		}
	}
	for i, b := range t.Buttons {
		p, given := d.params.buttons[i]
		out := Button{Title: b.Text, URL: b.URL, Template: true}
		switch b.Type {
		case "QUICK_REPLY":
			if given && p.kind != "payload" {
				return refuse(paramFormat, "buttons: Button at index %d of type QuickReply takes a payload", i)
			}
			out.ID = cmp.Or(p.text, b.Text) // without a payload the words come back
		case "URL":
			dynamic := len(placesOf(b.URL)) > 0
			if dynamic != given {
				return refuse(missing, "buttons: Button at index %d of type Url requires a parameter: %v", i, dynamic)
			}
			if given && p.kind != "text" {
				return refuse(paramFormat, "buttons: Button at index %d of type Url takes a text", i)
			}
			out.URL = places.ReplaceAllLiteralString(b.URL, p.text)
		case "COPY_CODE":
			if !given {
				return refuse(missing, "buttons: Button at index %d of type CopyCode requires a parameter", i)
			}
			out.ID = p.text
		}
		d.Buttons = append(d.Buttons, out)
	}
	return nil
}

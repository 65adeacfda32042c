package templates

import (
	"errors"
	"strings"
)

// Input is one message to write.
type Input struct {
	Template string
	Locale   string // the person's; empty: the company's
	Channel  string
	Format   Format
	Data     map[string]any
	Link     func(n int) string // our address for tracked link n, from 0; nil or empty: the link as it was written
	WayOut   string             // this person's link to preferences; empty when there is no public_url
	Company  Company
}

// Rendered is a message as a channel takes it.
type Rendered struct {
	Text    string // plain: for the history, and for channels without markup
	Markup  string // what the channel is handed in its place: HTML, or text with marks; empty for plain formats
	Units   int    // UTF-16 units of what is handed over, as the channel counts them
	Subject string // of an e-mail: one line
	Image   string // address of the picture above the text; the caller knows whether the channel shows one
	Buttons []Button
	Links   []string // where the tracked links lead, by number
	// Approved is the same as a template that WhatsApp approved, on the channel that has such; nil: there is none.
	Approved *Approved
}

// values is the data of one message, made ready.
type values struct {
	template string
	channel  string
	slots    []slot
	texts    []string // by slot
	wayOut   wayOut
	links    *trackedLinks // nil: links are not tracked
}

// Render writes a message. The errors that a caller can act on are UnknownTemplate, NoVariant, FieldError (one
// for each field, joined), NoWayOut, TooLong and Empty.
func (s *Set) Render(in Input) (Rendered, error) {
	t, err := s.template(in.Template)
	if err != nil {
		return Rendered{}, err
	}
	v := t.find(in.Locale, in.Channel, s.locale)
	if v == nil {
		return Rendered{}, &NoVariant{in.Template, in.Locale, in.Channel}
	}
	f := &v.forms[v.answers(in)]
	if t.purpose == Marketing && s.unstoppable(v, f, in) {
		return Rendered{}, &NoWayOut{in.Template, in.Channel}
	}
	return s.render(v, f, in)
}

// unstoppable tells whether a message offers neither a link nor a reply as a way out.
func (s *Set) unstoppable(v *variant, f *form, in Input) bool {
	ch, known := s.channels[in.Channel]
	return known && !ch.Answerable && (in.WayOut == "" || !f.prints(v.slots, wordSlot(wayOutWord)))
}

// answers settles the {{if}}s of a variant.
func (v *variant) answers(in Input) int {
	n := 0
	for i, t := range v.tests {
		if truth(in.value(v.slots[t])) {
			n |= 1 << i
		}
	}
	return n
}

// value is what stands for a slot, before it is text.
func (in *Input) value(s slot) any {
	switch {
	case s.field:
		return in.Data[s.name]
	case s.name == companyWord:
		return in.Company.Name
	case s.name == privacyWord:
		return in.Company.PrivacyURL
	}
	return nil
}

func (s *Set) render(v *variant, f *form, in Input) (Rendered, error) {
	vals, err := s.values(v, f, in)
	if err != nil {
		return Rendered{}, err
	}
	var out Rendered
	p := f.programs[in.Format]
	if out.Text, out.Units, err = p.write(vals); err != nil {
		return Rendered{}, err
	}
	if p.marks.markup {
		out.Markup = out.Text
		if out.Text, _, err = f.programs[p.marks.beside].write(vals); err != nil {
			return Rendered{}, err
		}
	}
	if out.Image, err = v.imageOf(vals); err != nil {
		return Rendered{}, err
	}
	if in.Channel == cloudChannel {
		if out.Approved, err = v.approvedOf(vals, s.locale); err != nil {
			return Rendered{}, err
		}
	}
	if in.Format == SMS && v.front.Latin {
		if out.Text = narrow(latin(out.Text, v.locale(s.locale))); blank(out.Text) {
			return Rendered{}, &Empty{in.Template}
		}
		out.Units = units(out.Text)
	}
	buttons, err := f.shown(vals)
	if err != nil {
		return Rendered{}, err
	}
	out.Links = vals.targets()
	for _, b := range buttons {
		if p.marks.buttons && (b.URL == "" || !p.marks.lines) {
			out.Buttons = append(out.Buttons, b)
		}
	}
	if p.marks.elements {
		if out.Subject, err = v.subjectOf(vals); err != nil {
			return Rendered{}, err
		}
		out.Markup = mailPage(v.locale(s.locale), out.Subject, out.Markup, out.Image, opening(buttons))
	}
	return out, nil
}

func (v *values) targets() []string {
	if v.links == nil {
		return nil
	}
	return v.links.targets
}

// values prints what the form needs, and says at once what is missing.
func (s *Set) values(v *variant, f *form, in Input) (*values, error) {
	vals := &values{template: in.Template, channel: in.Channel, slots: v.slots, texts: make([]string, len(v.slots))}
	if v.tracking != nil && in.Link != nil {
		vals.links = &trackedLinks{tracking: v.tracking, mint: in.Link, channel: in.Channel}
	}
	var errs []error
	for _, n := range f.needs {
		sl := v.slots[n]
		if !sl.field && sl.name == wayOutWord {
			w, err := s.wayOut(in, v.locale(s.locale))
			if err != nil {
				errs = append(errs, err)
			}
			vals.wayOut = w
			continue
		}
		text, problem := shaped(sl, in.value(sl), v.locale(s.locale), in.Company)
		if problem != "" {
			errs = append(errs, &FieldError{in.Template, sl.name, problem})
		}
		vals.texts[n] = text
	}
	if len(errs) == 1 {
		return nil, errs[0]
	}
	return vals, errors.Join(errs...)
}

// locale is the language a variant is written in.
func (v *variant) locale(company string) string {
	if v.key.locale == "" {
		return company
	}
	return v.key.locale
}

// write runs the program and holds the result to the format's limits. It tells how long the text is, as channels count.
func (p program) write(v *values) (string, int, error) {
	text, seen, err := p.run(v)
	if err != nil {
		return "", 0, err
	}
	text = p.marks.tidy(text)
	if !p.marks.markup || p.marks.signs != nil {
		seen.units = units(text)
	}
	return text, seen.units, p.marks.fits(v.template, text, seen)
}

// tidy takes away what a person does not see at the edges, and in plain text the gaps that empty values leave.
func (m *marks) tidy(s string) string {
	if m.signs != nil {
		s = m.signs.finish(s)
	}
	s = strings.TrimSpace(s)
	if m.markup && m.signs == nil {
		return s
	}
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	if m.narrow {
		return narrow(s)
	}
	return s
}

func (m *marks) fits(template, text string, seen sight) error {
	switch {
	case !seen.words:
		return &Empty{template}
	case m.maxUnits > 0 && seen.units > m.maxUnits:
		return &TooLong{template, seen.units, m.maxUnits, "characters"}
	case m.maxBytes > 0 && len(text) > m.maxBytes:
		return &TooLong{template, len(text), m.maxBytes, "bytes"}
	}
	return nil
}

// RenderText is for text that comes from no template: it is shown as it is, whatever marks it seems to have.
func RenderText(f Format, text string) (Rendered, error) {
	m, text := formats(f), strings.TrimSpace(clean(text))
	seen := sight{units(text), !blank(text)}
	out := Rendered{Units: seen.units}
	if m.markup {
		out.Markup = m.tidy(m.text(text))
		if m.signs != nil {
			seen.units = units(out.Markup)
		}
		out.Units = seen.units
		if err := m.fits("", out.Markup, seen); err != nil {
			return Rendered{}, err
		}
		if m.elements {
			out.Markup = mailPage("", "", "<p>"+out.Markup+"</p>", "", nil)
		}
		m = formats(Plain)
	}
	if out.Text = m.tidy(m.text(text)); out.Markup == "" {
		out.Units = units(out.Text)
	}
	return out, m.fits("", out.Text, seen)
}

package templates

import (
	"errors"
	"fmt"
	"slices"
)

// lengths renders every form with the examples and holds it to the channel's limits.
func (c *checker) lengths(t *template, v *variant, ch Channel) {
	in := Input{Template: t.name, Channel: ch.Name, Format: ch.Format, WayOut: c.options.WayOut, Company: c.options.Company}
	in.Data = exampleData(t, v)
	if c.options.Link != "" {
		in.Link = func(int) string { return c.options.Link }
	}
	if in.Company.Name == "" {
		in.Company.Name = "Example Shop"
	}
	if in.Company.PrivacyURL == "" {
		in.Company.PrivacyURL = "https://shop.example/privacy"
	}
	for i := range v.forms {
		out, err := c.set.render(v, &v.forms[i], in)
		if err != nil {
			c.fault(v.file, v.faultLine(err), "on "+ch.Name+" with the example data: "+err.Error(), fixFor(err))
			continue
		}
		if n := out.Units; ch.MaxText > 0 && n > ch.MaxText {
			c.fault(v.file, v.bodyLine, fmt.Sprintf("%d characters on %s with the example data, at most %d", n, ch.Name, ch.MaxText), "shorten it, or add a variant for "+ch.Name)
		}
		c.captions(v, ch, &out)
		if r := beyondGSM7(out.Text); v.front.Latin && ch.Format == SMS && r >= 0 {
			c.fault(v.file, v.bodyLine, "transliterated, and still not in the short alphabet of SMS because of "+quote(string(r)), "take it out, or take transliterate away")
		}
		if ch.Parts != nil && ch.MaxParts > 0 {
			if n := ch.Parts(out.Text); n > ch.MaxParts {
				c.fault(v.file, v.bodyLine, fmt.Sprintf("%d parts on %s with the example data, max_parts is %d", n, ch.Name, ch.MaxParts), c.shorter(v, ch))
			}
		}
	}
}

// shorter is what to do about a text with too many parts.
func (c *checker) shorter(v *variant, ch Channel) string {
	own := v.locale(c.set.locale) + "." + ch.Name + ".md"
	switch {
	case v.builtIn:
		return "lay a shorter " + own + " of your own over it, if you send it"
	case v.key.channel == ch.Name:
		return "shorten it, or its values under [example]"
	}
	return "shorten it, or add " + own
}

// Overlong lists the built-in files that a channel with its settings refuses with the example data. They are no faults: whoever does
// not send them need not care.
func (s *Set) Overlong(o Options) []Fault {
	c := &checker{set: s, options: o}
	for _, name := range s.Names() {
		t := s.templates[name]
		for _, v := range t.sorted() {
			if !v.builtIn {
				continue
			}
			for _, ch := range c.usedOn(t, v) {
				if t.purpose != Marketing || ch.Marketing {
					c.lengths(t, v, ch)
				}
			}
		}
	}
	return c.faults
}

// exampleData is the variant's own examples, else those of others, else a word, a date or a link of usual length.
func exampleData(t *template, v *variant) map[string]any {
	links := map[string]bool{}
	for i := range v.forms {
		f := &v.forms[i]
		for _, p := range f.programs {
			noteLinks(links, v.slots, p.ops)
		}
		for _, b := range f.buttons {
			noteLinks(links, v.slots, b.url.ops)
		}
	}
	pictures := map[string]bool{}
	if v.image != nil {
		noteLinks(pictures, v.slots, v.image.url.ops)
	}
	if v.approved != nil && v.approved.header != nil {
		noteLinks(pictures, v.slots, v.approved.header.url.ops)
	}
	data := map[string]any{}
	for f := range v.fields {
		switch own, ok := v.front.Example[f]; {
		case ok:
			data[f] = own
		case t.example[f] != nil:
			data[f] = t.example[f]
		case v.dates(f):
			data[f] = "2026-09-30T23:30:00+03:00"
		case pictures[f]:
			data[f] = "https://shop.example/0123456789.jpg"
		case links[f]:
			data[f] = "https://shop.example/0123456789"
		default:
			data[f] = "0123456789"
		}
	}
	return data
}

// dates tells whether a field is shown as a date.
func (v *variant) dates(field string) bool {
	return slices.ContainsFunc(v.slots, func(s slot) bool { return s.name == field && s.shape == dateWord })
}

func noteLinks(links map[string]bool, slots []slot, ops []op) {
	for _, o := range ops {
		if o.slot >= 0 && o.place == asLink {
			links[slots[o.slot].name] = true
		}
		noteLinks(links, slots, o.target)
	}
}

// faultLine is where the field of an error stands.
func (v *variant) faultLine(err error) int {
	var f *FieldError
	if errors.As(err, &f) {
		return v.lineOf(f.Field)
	}
	return v.bodyLine
}

func fixFor(err error) string {
	var empty *Empty
	var field *FieldError
	var subject *NoSubject
	switch {
	case errors.As(err, &subject):
		return "write subject = \"…\" into the front matter"
	case errors.As(err, &empty):
		return "write words outside the {{if}}"
	case errors.As(err, &field):
		return "set a fitting value under [example]"
	}
	return "shorten it, or set shorter values under [example]"
}

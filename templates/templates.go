// Package templates holds the words Kaskad says and turns them into what a channel takes.
//
// A template is a folder, a variant of it a file: <locale>.<channel>.md, where either part may be absent
// (bonus/uk.md, bonus/sms.md, bonus/uk.sms.md). A file is Markdown with fields, {{.points}}, after optional
// front matter in TOML between two lines of +++. The operator's folder is laid over the built-in one.
//
// # Which file
//
// The person's locale is tried from the most exact to the least (uk-UA, uk), then the company's in the same
// way, then English. At each of them <locale>.<channel>.md comes first, then <locale>.md. A file without a
// locale is in the company's language: sms.md stands directly behind uk.sms.md when the company speaks uk.
//
// An operator's file takes the place of the built-in ones it covers: bonus/uk.md hides the built-in
// bonus/uk.md and bonus/uk.sms.md. The other built-in files of that template stay as long as they fit: they
// need the same fields and have the same purpose. Otherwise they would say something else, or could not be
// rendered with the operator's data, and are left out.
//
// # How data stays data
//
// Customers' data never becomes markup, by construction and not by escaping alone:
//
//  1. When a file is loaded, each {{.field}} is replaced by one private-use character, which Markdown takes
//     for a letter. Conditions ({{if .field}}) are settled by writing the text once for every combination of
//     answers, so there is one Markdown text per combination.
//  2. Each text is parsed as Markdown and compiled, per format, to a program: literal pieces that are final
//     bytes (marks included, text escaped), and places where a value goes.
//  3. Rendering walks that program. A value is cleaned (invalid UTF-8, control characters, bidi overrides),
//     escaped for its place, and copied. It is never parsed: not as a template, not as Markdown, not as HTML.
//
// A value in a link is either the whole link, and then must be http or https with a plain host, or a piece
// behind the host, and then everything but letters, digits and -._~ is percent-encoded. Private-use characters
// of the Basic Multilingual Plane are refused in files; in data they mean nothing, because step 3 looks for none.
// (A bare address in a value is still text: messengers make it clickable by themselves.)
//
// A field may have a shape, {{number .n}}, {{money .sum}}, {{date .until}} or {{plural .n "…" "…" "…"}}, in the language of the
// file. What comes out, the words of a plural too, is a value like any other.
//
// # What is expected of data
//
// expect in the front matter holds conditions (Unmet). They are compiled with fields, values and comparisons alone: no function, loop
// or range, so that asking costs next to nothing whatever the data. Fits tells whether every shape can be written.
//
// # Formats
//
// One text is written for every channel (FormatOf): plain, SMS, Telegram's HTML, a page of HTML for mail, and the marks of Viber and
// WhatsApp, which are signs of the text itself and have no escapes. There literal pieces are not final bytes: spans and addresses are
// noted with private-use characters, and a last step over the whole text writes marks where they take effect and sets the signs of the
// words off where they would (signs.go). It parses nothing: what is a mark was settled when the file was loaded.
//
// # SMS
//
// The last step of an SMS makes its punctuation plain where that alone brings it into GSM-7, and writes it in Latin letters where the
// front matter says transliterate = true. It runs over finished text, which is never parsed again.
//
// # What it keeps, what it never does
//
// A Set is read once and never changes; it may be used by many goroutines. The package opens no network, keeps
// no state of its own, knows no contact and no channel's API, and imports nothing of ours.
package templates

import "sort"

// Purpose is why a template is sent; it decides about consent and quiet hours.
type Purpose string

// The purposes a file may name. Service is what a template has that names none.
const (
	Service   Purpose = "service"
	Marketing Purpose = "marketing"
	Urgent    Purpose = "urgent"
)

// Options say what the set is for: Load and Check look for faults with them.
type Options struct {
	Locale    string    // the company's; "uk" when empty
	Company   Company   // shown where a text says {{company}}; lengths are checked with it
	Channels  []Channel // the channels that are switched on; none: their limits are not checked
	Link      string    // a tracked link as long as real ones; empty when there is no public_url
	WayOut    string    // a preference link as long as real ones; empty when there is no public_url
	StopWords []string  // words that stop marketing when sent as a reply; STOP and СТОП when nil
}

// Channel is what Check needs to know of a channel.
type Channel struct {
	Name       string
	Format     Format
	MaxText    int                   // UTF-16 units of visible text; 0: no limit but the format's
	MaxCaption int                   // the same under a picture; 0: the channel shows none
	Answerable bool                  // a person can reply there, so a reply keyword is a way out
	Marketing  bool                  // some cascade sends marketing there
	Parts      func(text string) int // into how many parts a text is split; nil: not split
	MaxParts   int                   // 0: no limit
	Window     bool                  // free text is taken only for a while after the person's own message
	Unused     bool                  // no cascade sends anything there
}

// Company is who speaks.
type Company struct {
	Name       string
	PrivacyURL string
	Country    string // two letters; its currency is that of {{money .sum}}
}

// Set is all templates and phrases. It does not change after Load.
type Set struct {
	locale    string
	channels  map[string]Channel
	templates map[string]*template
	phrases   map[string]map[Phrase]string // by locale
	layers    int                          // read so far
	heard     []Heard
	faults    []Fault // found while reading
}

// template is one folder after the layers were laid together.
type template struct {
	name     string
	purpose  Purpose
	variants map[key]*variant
	example  map[string]any
	expects  []expectation
}

// Load reads the layers, each laid over the ones before it, and checks the result. The error is a Faults with
// everything that is wrong; the set is returned with it, so that Check can be asked again, but must not be sent from.
func Load(o Options, layers ...Layer) (*Set, error) {
	s := &Set{
		locale:    canonical(o.Locale),
		channels:  map[string]Channel{},
		templates: map[string]*template{},
		phrases:   map[string]map[Phrase]string{},
	}
	if s.locale == "" {
		s.locale = "uk"
	}
	for _, ch := range o.Channels {
		s.channels[ch.Name] = ch
	}
	for _, l := range layers {
		s.lay(l, o)
	}
	s.settle()
	if faults := s.Check(o); len(faults) > 0 {
		return s, Faults(faults)
	}
	return s, nil
}

// Names lists the templates, sorted.
func (s *Set) Names() []string {
	names := make([]string, 0, len(s.templates))
	for name := range s.templates {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Purpose tells what a template is for.
func (s *Set) Purpose(name string) (Purpose, error) {
	t, err := s.template(name)
	if err != nil {
		return "", err
	}
	return t.purpose, nil
}

// Has tells whether a person of the company's locale can be written to with this template on this channel.
func (s *Set) Has(name, channel string) bool {
	t, err := s.template(name)
	return err == nil && t.find(s.locale, channel, s.locale) != nil
}

// Field is something a template wants to be told.
type Field struct {
	Name     string
	Required bool // false: every variant prints it only under an {{if}} on itself
	Example  any  // nil when no variant gives one
}

// Fields lists what the data of a template may hold, over all its variants, sorted by name.
func (s *Set) Fields(name string) ([]Field, error) {
	t, err := s.template(name)
	if err != nil {
		return nil, err
	}
	byName := map[string]Field{}
	for _, v := range t.variants {
		for f, required := range v.fields {
			byName[f] = Field{f, required || byName[f].Required, t.example[f]}
		}
	}
	for _, e := range t.expects {
		for _, f := range e.fields {
			byName[f] = Field{f, byName[f].Required, t.example[f]}
		}
	}
	fields := make([]Field, 0, len(byName))
	for _, f := range byName {
		fields = append(fields, f)
	}
	sort.Slice(fields, func(i, j int) bool { return fields[i].Name < fields[j].Name })
	return fields, nil
}

// Example is data for looking at a template: the examples of the variant that a person of this locale would get on the channel,
// then those of others, then a word of usual length. It is nil when there is no such variant.
func (s *Set) Example(name, locale, channel string) map[string]any {
	t, err := s.template(name)
	if err != nil {
		return nil
	}
	v := t.find(locale, channel, s.locale)
	if v == nil {
		return nil
	}
	return exampleData(t, v)
}

func (s *Set) template(name string) (*template, error) {
	if t, ok := s.templates[name]; ok {
		return t, nil
	}
	return nil, &UnknownTemplate{Name: name, Nearest: Nearest(name, s.Names())}
}

// settle gives each template its purpose and examples once all layers are in.
func (s *Set) settle() {
	for _, t := range s.templates {
		top := -1
		for _, v := range t.sorted() {
			if v.front.Purpose != "" && v.layer > top {
				top, t.purpose = v.layer, Purpose(v.front.Purpose)
			}
		}
		if top < 0 {
			t.purpose = Service
		}
		for _, v := range t.sorted() {
			for name, value := range v.front.Example {
				if _, ok := t.example[name]; !ok {
					t.example[name] = value
				}
			}
		}
		t.settleExpects()
	}
}

// sorted lists the variants by file name.
func (t *template) sorted() []*variant {
	vs := make([]*variant, 0, len(t.variants))
	for _, v := range t.variants {
		vs = append(vs, v)
	}
	sort.Slice(vs, func(i, j int) bool { return vs[i].file < vs[j].file })
	return vs
}

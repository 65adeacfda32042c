package templates

import (
	"path"
	"sort"
	"strings"
	"unicode"
)

// Check looks for everything that is wrong, with the examples in the place of data, and says all of it at once:
// first file by file, then line by line.
func (s *Set) Check(o Options) []Fault {
	c := &checker{set: s, options: o}
	c.faults = append(c.faults, s.faults...)
	for _, name := range s.Names() {
		c.template(s.templates[name])
	}
	for _, p := range phrases() {
		if s.Phrase(s.locale, p) == "" {
			c.fault(phrasesFile, 0, "no words for "+string(p)+" in "+quote(s.locale)+" or English", "add them, or load the built-in layer")
		}
	}
	sort.SliceStable(c.faults, func(i, j int) bool {
		a, b := c.faults[i], c.faults[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Problem < b.Problem
	})
	return unique(c.faults)
}

func (o Options) channel(name string) *Channel {
	for i := range o.Channels {
		if o.Channels[i].Name == name {
			return &o.Channels[i]
		}
	}
	return nil
}

func (o Options) stopWords() []string {
	if o.StopWords == nil {
		return []string{"STOP", "СТОП"}
	}
	return o.StopWords
}

type checker struct {
	set     *Set
	options Options
	faults  []Fault
}

func (c *checker) fault(file string, line int, problem, fix string) {
	c.faults = append(c.faults, Fault{file, line, problem, fix})
}

func (c *checker) template(t *template) {
	c.companyLocale(t)
	c.shadowed(t)
	c.purposes(t)
	c.fields(t)
	c.examples(t)
	c.expectations(t)
	for _, v := range t.sorted() {
		c.variant(t, v)
	}
}

// companyLocale: everybody whose locale is unknown gets the company's.
func (c *checker) companyLocale(t *template) {
	for _, v := range t.variants {
		if v.key.locale == "" || within(v.key.locale, c.set.locale) {
			return
		}
	}
	if t.builtIn() {
		return // in English, then
	}
	c.fault(path.Dir(t.sorted()[0].file), 0, "no variant in the company's locale "+quote(c.set.locale), "add "+c.set.locale+".md")
}

func (t *template) builtIn() bool {
	for _, v := range t.variants {
		if !v.builtIn {
			return false
		}
	}
	return true
}

// shadowed: with uk.sms.md, a company that speaks uk never gets to sms.md.
func (c *checker) shadowed(t *template) {
	for k, v := range t.variants {
		if k.locale != "" {
			continue
		}
		if other := t.variants[key{c.set.locale, k.channel}]; other != nil {
			c.fault(v.file, 0, "it is never used: "+other.file+" comes before it", "keep one of them")
		}
	}
}

// purposes: the variants of one layer agree; a higher layer may decide anew.
func (c *checker) purposes(t *template) {
	var first *variant
	for _, v := range t.sorted() {
		switch {
		case v.front.Purpose == "":
		case first == nil || v.layer > first.layer:
			first = v
		case v.layer == first.layer && v.front.Purpose != first.front.Purpose:
			c.fault(v.file, 2, "purpose is "+v.front.Purpose+", but "+first.file+" says "+first.front.Purpose, "write the same in all variants, or in one of them only")
		}
	}
}

// fields: variants for all channels need the same; one for a single channel may leave some out, but knows no others.
func (c *checker) fields(t *template) {
	first := t.reference(c.set.locale)
	if first == nil {
		return
	}
	known := map[string]bool{}
	for _, v := range t.variants {
		for f := range v.fields {
			if v.key.channel == "" && (v == first || !v.fields[f]) {
				known[f] = true
			}
		}
	}
	for _, v := range t.sorted() {
		for f, required := range v.fields {
			if required && !known[f] {
				c.fault(v.file, v.lineOf(f), "{{."+f+"}} is not in "+first.file, didYouMean(Nearest(f, keys(known)), "use the same fields in every language"))
			}
		}
		for f, required := range first.fields {
			if _, has := v.fields[f]; required && !has && v.key.channel == "" {
				c.fault(v.file, v.bodyLine, "{{."+f+"}} is missing, but "+first.file+" has it", "use the same fields in every language")
			}
		}
	}
}

// reference is the variant that the others are compared with; nil when all are for single channels.
func (t *template) reference(company string) *variant {
	for l := company; l != ""; l = parent(l) {
		if v := t.variants[key{l, ""}]; v != nil {
			return v
		}
	}
	for _, v := range t.sorted() {
		if v.key.channel == "" {
			return v
		}
	}
	return nil
}

// examples: one for a field that does not exist is a slip of the pen.
func (c *checker) examples(t *template) {
	used := map[string]bool{}
	for _, v := range t.variants {
		for f := range v.fields {
			used[f] = true
		}
	}
	for _, e := range t.expects {
		for _, f := range e.fields {
			used[f] = true
		}
	}
	for _, v := range t.sorted() {
		for name := range v.front.Example {
			if !used[name] {
				c.fault(v.file, 1, "front matter: an example for "+quote(name)+", which no variant uses", didYouMean(Nearest(name, keys(used)), "take it out"))
			}
		}
	}
}

// variant checks one file, and on every channel that would use it. What depends on the channels' settings is not
// held against built-in files: a shop that sends no promo need not care how long ours is. Render still refuses
// marketing without a way out.
func (c *checker) variant(t *template, v *variant) {
	if !c.shapes(v) {
		return
	}
	marketing := t.purpose == Marketing
	if marketing && !v.printsWayOut() && !c.namesStopWord(v) {
		c.fault(v.file, v.bodyLine, "a marketing message without a free way out", "add {{way_out}} to the text")
		return
	}
	if v.builtIn {
		return
	}
	for _, ch := range c.usedOn(t, v) {
		if marketing && !ch.Marketing {
			continue
		}
		if marketing && !ch.Answerable && (c.options.WayOut == "" || !v.printsWayOut()) {
			c.fault(v.file, v.bodyLine, "no way out on "+ch.Name+", where nobody can answer", "add {{way_out}} and set [server] public_url, or take "+ch.Name+" out of the marketing cascades")
		}
		c.lengths(t, v, ch)
	}
}

// shapes: what gives a field a shape fits the language.
func (c *checker) shapes(v *variant) bool {
	well := true
	for i, s := range v.slots {
		problem, fix := s.shapeFault(v.locale(c.set.locale))
		if problem == "" && s.shape == moneyWord && s.args == "" && c.options.Company.currency() == "" {
			problem, fix = s.String()+" without a currency", `set [company] country, or write {{money .`+s.name+` "EUR"}}`
		}
		if problem != "" {
			c.fault(v.file, v.lines[i], problem, fix)
			well = false
		}
	}
	return well
}

// printsWayOut tells whether every form of the text has {{way_out}}.
func (v *variant) printsWayOut() bool {
	for i := range v.forms {
		if !v.forms[i].prints(v.slots, wordSlot(wayOutWord)) {
			return false
		}
	}
	return true
}

func (f *form) prints(slots []slot, s slot) bool {
	for _, n := range f.needs {
		if slots[n] == s {
			return true
		}
	}
	return false
}

// usedOn lists the channels on which some person would get this variant.
func (c *checker) usedOn(t *template, v *variant) []Channel {
	var list []Channel
	for _, ch := range c.options.Channels {
		if v.key.channel != "" && v.key.channel != ch.Name {
			continue
		}
		if talked(t.name) && (ch.Format == SMS || ch.Format == Email) {
			continue
		}
		if t.find(v.locale(c.set.locale), ch.Name, c.set.locale) == v {
			list = append(list, ch)
		}
	}
	return list
}

// namesStopWord tells whether every form of the text tells a word that stops, in capitals and by itself.
func (c *checker) namesStopWord(v *variant) bool {
	for i := range v.forms {
		words := map[string]bool{}
		for _, o := range v.forms[i].programs[Plain].ops {
			for _, w := range strings.FieldsFunc(o.literal, func(r rune) bool { return !unicode.IsLetter(r) }) {
				words[w] = true
			}
		}
		found := false
		for _, stop := range c.options.stopWords() {
			found = found || words[stop]
		}
		if !found {
			return false
		}
	}
	return true
}

func didYouMean(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return "did you mean " + quote(name) + "?"
}

func keys[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	sort.Strings(list)
	return list
}

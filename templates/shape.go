package templates

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// The words that give a field a shape: {{number .n}}, {{money .sum "EUR"}}, {{date .until "day"}}, {{plural .n "…" "…" "…"}}. What
// comes out is a value like any other: cleaned, escaped and never parsed.
const (
	numberWord = "number"
	moneyWord  = "money"
	dateWord   = "date"
	pluralWord = "plural"
)

func isShape(word string) bool {
	return word == numberWord || word == moneyWord || word == dateWord || word == pluralWord
}

// argSep stands between the arguments of a slot, which must stay comparable; textFaults and clean let no such character through.
const argSep = "\x00"

func (s slot) arguments() []string {
	if s.args == "" {
		return nil
	}
	return strings.Split(s.args, argSep)
}

// shaped prints what a slot shows of a value, in a language. The problem is empty when it can be printed.
func shaped(s slot, value any, locale string, c Company) (text, problem string) {
	if s.shape == dateWord {
		return dated(value, locale, s.args)
	}
	text, problem = printed(value)
	if problem != "" || s.shape == "" {
		return text, problem
	}
	n, ok := parseDecimal(text)
	if !ok {
		return "", "is not a number of at most 15 digits, like 1249.90"
	}
	switch s.shape {
	case moneyWord:
		return money(n, locale, firstOf(s.args, c.currency()))
	case pluralWord:
		return clean(pick(s.arguments(), pluralForms(locale), n.form(locale))), ""
	}
	return n.in(locale, len(n.fraction)), ""
}

// shapeFault says what is wrong with the arguments of a slot in a language; empty when nothing is.
func (s slot) shapeFault(locale string) (problem, fix string) {
	args := s.arguments()
	switch s.shape {
	case numberWord:
		if len(args) > 0 {
			return s.String() + " takes nothing but a field", "write {{number ." + s.name + "}}"
		}
	case moneyWord:
		if len(args) > 1 || len(args) == 1 && !isCurrency(args[0]) {
			return s.String() + " does not name a currency", `write {{money .` + s.name + ` "UAH"}}, or no currency for that of [company] country`
		}
	case dateWord:
		return dateFault(s, locale)
	case pluralWord:
		whole, all := pluralForms(locale), pluralWords(locale)
		if len(args) != len(whole) && len(args) != len(all) {
			return s.String() + " has " + strconv.Itoa(len(args)) + " words, and " + quote(locale) + " needs those for " + strings.Join(all[:len(whole)], ", "), "write one for each, in this order" + fractionHint(whole, all)
		}
	}
	return "", ""
}

func fractionHint(whole []plural.Form, all []string) string {
	if len(all) == len(whole) {
		return ""
	}
	return "; one more is for " + all[len(all)-1]
}

// decimal is a number as it was written.
type decimal struct {
	negative        bool
	whole, fraction string
}

// decimalForm bounds what is worked with: the rest is no number that a message shows.
var decimalForm = regexp.MustCompile(`^([-+\x{2212}]?)([0-9]{1,15})(?:\.([0-9]{1,30}))?$`)

func parseDecimal(s string) (decimal, bool) {
	m := decimalForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return decimal{}, false
	}
	d := decimal{negative: m[1] != "" && m[1] != "+", whole: strings.TrimLeft(m[2], "0"), fraction: m[3]}
	if d.whole == "" {
		d.whole = "0"
	}
	return d, len(d.whole)+len(d.fraction) <= 15 || len(d.whole) <= 12
}

// in writes a number as a language does. Up to 15 digits a float holds it exactly.
func (d decimal) in(locale string, digits int) string {
	least := digits
	if room := 15 - len(d.whole); digits > room {
		digits, least = room, 0
	}
	f, _ := strconv.ParseFloat(d.whole+"."+d.fraction+"0", 64) // digits only
	text := message.NewPrinter(tag(locale)).Sprint(number.Decimal(f, number.MinFractionDigits(least), number.MaxFractionDigits(digits)))
	if d.negative && strings.Trim(d.whole+d.fraction, "0") != "" {
		return "-" + text
	}
	return text
}

// form is the grammatical form that follows the number.
func (d decimal) form(locale string) plural.Form {
	digits := func(s string) int {
		n, _ := strconv.Atoi(s[max(0, len(s)-7):]) // rules look no further: see plural.MatchPlural
		return n
	}
	short := strings.TrimRight(d.fraction, "0")
	return plural.Cardinal.MatchPlural(tag(locale), digits(d.whole), len(d.fraction), len(short), digits(d.fraction), digits(short))
}

// formSamples are numbers that show every form of a language, the whole ones first.
var formSamples = []string{"0", "1", "2", "3", "5", "6", "7", "8", "9", "10", "11", "12", "20", "21", "22", "25", "100", "1000000"}

// pluralForms are the forms of a language that whole numbers take, in CLDR's order.
func pluralForms(locale string) []plural.Form {
	used := map[plural.Form]bool{}
	for _, s := range formSamples {
		used[decimal{whole: s}.form(locale)] = true
	}
	var forms []plural.Form
	for _, f := range []plural.Form{plural.Zero, plural.One, plural.Two, plural.Few, plural.Many, plural.Other} {
		if used[f] {
			forms = append(forms, f)
		}
	}
	return forms
}

// pluralWords names the numbers whose words a language needs; the last may be for fractions only.
func pluralWords(locale string) []string {
	var names []string
	forms := pluralForms(locale)
	for _, f := range forms {
		for _, s := range formSamples {
			if (decimal{whole: s}).form(locale) == f && (f == plural.Zero || s != "0" || len(forms) == 1) {
				names = append(names, s)
				break
			}
		}
	}
	half := decimal{whole: "1", fraction: "5"}.form(locale)
	for _, f := range forms {
		if f == half {
			return names
		}
	}
	return append(names, "1.5")
}

// pick chooses the word of a form; Check has seen that there are enough. Without a word of their own fractions take that of few: "1,5 дня" as "2 дня".
func pick(words []string, forms []plural.Form, form plural.Form) string {
	if len(words) < len(forms) {
		return ""
	}
	for i, f := range forms {
		if f == form {
			return words[i]
		}
	}
	if len(words) > len(forms) {
		return words[len(forms)]
	}
	for i, f := range forms {
		if f == plural.Few {
			return words[i]
		}
	}
	return words[len(words)-1]
}

// tag is a locale as x/text knows it; one it does not know is written like English.
func tag(locale string) language.Tag {
	t, err := language.Parse(locale)
	if err != nil {
		return language.English
	}
	return t
}

// Fits tells whether the data can be written as the variants of a template write it: a FieldError names what is missing, is no text,
// number or date where it must be one, or no link where it is the whole of one. What no variant shows is not looked at.
func (s *Set) Fits(name string, data map[string]any) error {
	t, err := s.template(name)
	if err != nil {
		return err
	}
	in := Input{Template: name, Data: data, Company: Company{Country: "UA"}} // any country has a currency
	for _, v := range t.sorted() {
		if err := v.fit(in, v.locale(s.locale)); err != nil {
			return err
		}
	}
	return nil
}

// fit is Fits of one variant.
func (v *variant) fit(in Input, locale string) error {
	f := &v.forms[v.answers(in)]
	vals := &values{template: in.Template, slots: v.slots, texts: make([]string, len(v.slots))}
	for _, n := range f.needs {
		sl := v.slots[n]
		if !sl.field {
			continue
		}
		text, problem := shaped(sl, in.Data[sl.name], locale, in.Company)
		if problem != "" {
			return &FieldError{in.Template, sl.name, problem}
		}
		vals.texts[n] = text
	}
	for _, n := range f.whole {
		if _, err := vals.at(&op{slot: n, place: asLink}); v.slots[n].field && err != nil {
			return err
		}
	}
	if v.image == nil || !isPlaceholder(v.image.raw) || !v.slots[v.image.url.ops[0].slot].field {
		return nil
	}
	_, err := v.imageOf(vals)
	return err
}

package search

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// MaxQuery is how many letters a query may have.
const MaxQuery = 200

// least is how many letters in a row the index can find.
const least = 3

// maxGrams is how many triples of letters the index is asked for. What it gives is compared with the whole query anyway.
const maxGrams = 24

// Refused is a query that cannot be looked for; the text says what can.
type Refused struct{ Detail string }

func (e *Refused) Error() string { return e.Detail }

// query is what somebody looks for. A text is found when it holds every one of the words, or any of the numbers. Everything in it is
// plain text: it has no signs that mean something.
type query struct {
	words   []string
	numbers []string // digits in a row, in the ways in which the same number may be kept
}

// read understands what was typed. country says how phones without a country code are dialled.
func read(s, country string) (*query, error) {
	if utf8.RuneCountInString(s) > MaxQuery {
		return nil, &Refused{fmt.Sprintf("at most %d letters are looked for", MaxQuery)}
	}
	folded := fold(s)
	q := &query{words: strings.Fields(folded), numbers: numbers(folded, country)}
	if q.numbers != nil || !slices.ContainsFunc(q.words, findable) {
		q.words = []string{folded} // a number is one thing; short words are found as they stand beside each other
	}
	if !findable(q.words[0]) && len(q.words) == 1 {
		q.words = nil
	}
	if q.words == nil && q.numbers == nil {
		return nil, &Refused{fmt.Sprintf("write at least %d letters or digits that stand in a row in what you look for", least)}
	}
	return q, nil
}

func findable(word string) bool { return utf8.RuneCountInString(word) >= least }

// numbers are the digits of a query that is nothing but a number; nil when it is none.
func numbers(s, country string) []string {
	other := func(r rune) bool { return !unicode.IsDigit(r) && !strings.ContainsRune(" +-–—().,/", r) }
	if strings.ContainsFunc(s, other) {
		return nil
	}
	d := strings.TrimPrefix(digits(strings.ReplaceAll(s, "(0)", "")), "00") // +49 (0)151…, 0049151…
	if len(d) < least {
		return nil
	}
	all := []string{d}
	code, trunk := strconv.Itoa(phonenumbers.GetCountryCodeForRegion(country)), phonenumbers.GetNddPrefixForRegion(country, true)
	// 050… is kept as 38050…; there the number with its code has the other in it, which then is enough.
	if rest, ok := strings.CutPrefix(d, trunk); ok && trunk != "" && len(rest) >= least-1 && !strings.Contains(code+rest, d) {
		all = append(all, code+rest)
	}
	return all
}

// digits are those of a text, in ASCII.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// in reports whether a folded text has what is looked for.
func (q *query) in(text string) bool {
	for _, n := range q.numbers {
		if strings.Contains(text, n) {
			return true
		}
	}
	for _, w := range q.words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return len(q.words) > 0
}

// needles are what a snippet is cut around, the best first.
func (q *query) needles() []string {
	all := slices.Concat(q.numbers, q.words)
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// match is the query as the index understands it: which triples of letters a text has to have. It finds some texts too many, and
// none too few.
func (q *query) match() string {
	var ways []string
	if grams := triples(q.words...); len(grams) > 0 {
		ways = append(ways, all(grams))
	}
	for _, n := range q.numbers {
		ways = append(ways, all(triples(n[telling(n):])))
	}
	return strings.Join(ways, " OR ")
}

// telling is where the digits of a number begin that few others have: every phone has the country's and the network's in front, and to
// go through all of those takes seconds.
func telling(n string) int { return max(0, min(5, len(n)-5)) }

// all wants every one of some triples, each as a string: nothing in it is read as an operator.
func all(grams []string) string {
	quoted := make([]string, len(grams))
	for i, g := range grams {
		quoted[i] = `"` + strings.ReplaceAll(g, `"`, `""`) + `"`
	}
	return "(" + strings.Join(quoted, " AND ") + ")"
}

// triples are the different triples of letters in some words, thinned out evenly when there are many.
func triples(words ...string) []string {
	var found []string
	for _, w := range words {
		r := []rune(w)
		for i := 0; i+least <= len(r); i++ {
			found = append(found, string(r[i:i+least]))
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	step := (len(found) + maxGrams - 1) / maxGrams
	var some []string
	for i := 0; i < len(found); i += max(step, 1) {
		some = append(some, found[i])
	}
	return some
}

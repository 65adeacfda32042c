package tongues

import (
	"fmt"
	"regexp"
)

// Faults is what is wrong with a table, in sentences: a phrase twice, without words in some language, or with other values than its
// English ones.
func (t Table) Faults() (all []string) {
	seen := map[string]bool{}
	for _, row := range t {
		if seen[row[0]] {
			all = append(all, fmt.Sprintf("%q is there twice", row[0]))
		}
		seen[row[0]] = true
		for n, words := range row {
			if fault := wordsFault(row[0], words); fault != "" {
				all = append(all, fmt.Sprintf("%q in %s: %s", row[0], Locales()[n], fault))
			}
		}
	}
	return all
}

var verb = regexp.MustCompile(`%(.|$)`)

// wordsFault is what is wrong with the words of one language; empty: nothing.
func wordsFault(english, words string) string {
	if words == "" {
		return "it has no words"
	}
	var want, got string
	for _, v := range verb.FindAllString(english, -1) {
		want += v
	}
	for _, v := range verb.FindAllString(words, -1) {
		if v != "%s" && v != "%d" {
			return fmt.Sprintf("%q is no value; write %%s or %%d", v)
		}
		got += v
	}
	if got != want {
		return fmt.Sprintf("its values are %q, and in English %q", got, want)
	}
	return ""
}

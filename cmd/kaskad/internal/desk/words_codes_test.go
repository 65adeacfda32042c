package desk

import (
	"strings"
	"testing"
	"unicode"

	"kaskad/bots"
	"kaskad/fallback"
)

// What stands in a post for a code is in the language of the others: no state, status or channel is left in the API's words.
func TestCodesHaveWords(t *testing.T) {
	var codes []string
	for s := fallback.Scheduled; s <= fallback.Cancelled; s++ {
		codes = append(codes, s.String())
	}
	for l := bots.None; l <= bots.Engaged; l++ {
		codes = append(codes, l.String())
	}
	for _, s := range []bots.AddressState{bots.Unverified, bots.Active, bots.BlockedState, bots.UnreachableState} {
		codes = append(codes, s.String())
	}
	codes = append(codes, fallback.ReasonNoPlace, fallback.ReasonDeadline, fallback.ReasonQuiet, fallback.TaskNoAnswer, bots.Rejected.String(), bots.Staff)
	for _, locale := range []string{"uk", "ru-UA"} {
		w := wordsOf(locale)
		for _, code := range codes {
			if got := w.code(code); got == "" || strings.ContainsFunc(got, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) {
				t.Errorf("%s is %q in %s", code, got, locale)
			}
		}
	}
	w := wordsOf("uk")
	if got, want := w.code("rejected: no_topic"), "канал не прийняв: no_topic"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := w.code("some_code"); got != "some_code" {
		t.Errorf("a code that has no words became %q", got)
	}
}

func TestPeopleAreCounted(t *testing.T) {
	for locale, want := range map[string][]string{
		"uk": {"відповіла 1 людина", "відповіли 2 людини", "відповіли 4 людини", "відповіли 5 людей", "відповіли 8 людей"},
		"ru": {"ответил 1 человек", "ответили 2 человека", "ответили 4 человека", "ответили 5 человек", "ответили 8 человек"},
		"en": {"answered by 1", "answered by 2", "answered by 4", "answered by 5", "answered by 8"},
	} {
		w := wordsOf(locale)
		for i, n := range []int{1, 2, 4, 5, digestPeople} {
			if got := w.digested("bonus", n); got != "bonus: "+want[i] {
				t.Errorf("%s: %q, want %q", locale, got, want[i])
			}
		}
	}
}

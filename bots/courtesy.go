package bots

import (
	"strings"
	"unicode"
)

// thanks are the words that make a message a courtesy, in the languages of our customers; company are those that may stand with
// them. "No" is in neither: "no, thanks" is an answer.
var (
	thanks = wordSet(`дякую дякуємо дякс спасибі спс пасіб дяки вдячна вдячний зрозуміло зрозуміла зрозумів ясно окей ок оке добре гаразд супер чудово клас
		спасибо спасибочки пасиб благодарю благодарна благодарен понятно поняла понял хорошо ладно отлично класс прекрасно
		thanks thank thx ty tnx ok okay okey k kk great cool perfect understood nice`)
	company = wordSet(`дуже щиро вам тобі велике величезне за все і та а
		большое огромное очень вас тебе всё и
		you u so much very a lot for the info all it got many and`)
)

func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// Courtesy reports whether a text is thanks, assent or an emoji, and nothing else. What asks or says anything more is not.
func Courtesy(text string) bool {
	text = strings.TrimSpace(text)
	if text == "" {
		return true
	}
	if strings.ContainsRune(text, '?') {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' })
	if len(words) == 0 {
		return face(text)
	}
	if len(words) > 6 {
		return false
	}
	thanked := false
	for _, w := range words {
		if !thanks[w] && !company[w] {
			return false
		}
		thanked = thanked || thanks[w]
	}
	return thanked
}

// face reports whether a text without words is emoji or a smiley. A lone "?", "!" or "+" is an answer or a question.
func face(text string) bool {
	shown := false
	for _, r := range text {
		switch {
		case emoji(r) || r == ')' || r == '(':
			shown = true
		case unicode.IsSpace(r) || strings.ContainsRune(":;-=^.,!'*", r) || joiner(r):
		default:
			return false
		}
	}
	return shown
}

// emoji reports whether a rune is a picture. The ranges are coarse: what is in them and no picture is no words either.
func emoji(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF || r >= 0x2B00 && r <= 0x2BFF || r >= 0x2300 && r <= 0x23FF || r == 0x2764
}

// joiner reports whether a rune only changes the picture before it.
func joiner(r rune) bool {
	return r == 0x200D || r == 0xFE0F || r == 0xFE0E || r == 0x20E3 || r >= 0xE0020 && r <= 0xE007F
}

package templates

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// alphabet is how the letters of a language are written in Latin ones.
type alphabet struct {
	anywhere map[rune]string
	first    map[rune]string // at the start of a word
	marks    bool            // an apostrophe between letters is a mark of Ukrainian, and left out
}

// latin writes Cyrillic in Latin letters: Ukrainian by resolution 55 of the Cabinet of Ministers of 27 January 2010, Russian as it
// is read best (й y, ё yo, щ shch, no signs). Addresses stay as they are. A letter that a language does not have is written as
// the other one does.
func latin(s, locale string) string {
	a := ukrainian()
	if base, _, _ := strings.Cut(locale, "-"); base == "ru" {
		a = russian()
	}
	var b strings.Builder
	for _, word := range splitWords(norm.NFC.String(s)) {
		if strings.Contains(word, "://") {
			b.WriteString(word)
			continue
		}
		letters := []rune(word)
		for i := range letters {
			b.WriteString(a.letter(letters, i))
		}
	}
	return b.String()
}

// splitWords cuts behind every space, so that the pieces make up the text.
func splitWords(s string) []string {
	var words []string
	for {
		i := strings.IndexFunc(s, unicode.IsSpace)
		if i < 0 {
			return append(words, s)
		}
		end := i + len(string([]rune(s[i:])[:1]))
		words, s = append(words, s[:end]), s[end:]
	}
}

// letter writes the i-th letter of a word.
func (a *alphabet) letter(word []rune, i int) string {
	r := word[i]
	low := unicode.ToLower(r)
	start := i == 0 || !unicode.IsLetter(word[i-1]) && !isApostrophe(word[i-1])
	switch {
	case isApostrophe(r):
		if a.marks && i > 0 && i+1 < len(word) && unicode.Is(unicode.Cyrillic, word[i-1]) && unicode.Is(unicode.Cyrillic, word[i+1]) {
			return ""
		}
		return string(r)
	case a.marks && low == 'г' && i > 0 && unicode.ToLower(word[i-1]) == 'з':
		return capital("gh", word, i) // зг is zgh, because zh is ж
	}
	text, known := a.anywhere[low]
	if at, differs := a.first[low]; start && differs {
		text = at
	}
	if !known {
		return string(r)
	}
	return capital(text, word, i)
}

// capital gives what stands for a capital letter: Shch, or SHCH among capitals.
func capital(text string, word []rune, i int) string {
	if !unicode.IsUpper(word[i]) || text == "" {
		return text
	}
	next, last := i+1, i-1
	if next < len(word) && unicode.IsUpper(word[next]) || (next == len(word) || !unicode.IsLetter(word[next])) && last >= 0 && unicode.IsUpper(word[last]) {
		return strings.ToUpper(text)
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' || r == 'ʼ' || r == '`' || r == '‘' }

// letters reads a table: "а a б b".
func letters(text string) map[rune]string {
	m := map[rune]string{}
	fields := strings.Fields(text)
	for i := 0; i+1 < len(fields); i += 2 {
		m[[]rune(fields[i])[0]] = strings.Trim(fields[i+1], "-")
	}
	return m
}

// ukrainian: https://zakon.rada.gov.ua/laws/show/55-2010-п; the last line is for letters of Russian and Belarusian.
func ukrainian() *alphabet {
	return &alphabet{
		anywhere: letters(`а a б b в v г h ґ g д d е e є ie ж zh з z и y і i ї i й i к k л l м m н n о o п p р r с s т t у u ф f
			х kh ц ts ч ch ш sh щ shch ь - ю iu я ia
			ы y э e ё io ъ - ў u`),
		first: letters("є ye ї yi й y ю yu я ya"),
		marks: true,
	}
}

// russian: the last line is for letters of Ukrainian and Belarusian.
func russian() *alphabet {
	return &alphabet{
		anywhere: letters(`а a б b в v г g д d е e ё yo ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f
			х kh ц ts ч ch ш sh щ shch ъ - ы y ь - э e ю yu я ya
			і i ї yi є ye ґ g ў u`),
	}
}

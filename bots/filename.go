package bots

import (
	"slices"
	"strings"
	"unicode"
)

// Deceives reports whether a character has no place in a name: it shows nothing, or turns round what is shown. "invoice" with U+202E
// before "fdp.exe" is read as a PDF.
func Deceives(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// FileName is a name as people may be shown it: without what deceives, and text.
func FileName(name string) string {
	return strings.Map(func(r rune) rune {
		if Deceives(r) {
			return -1
		}
		return r
	}, name)
}

// named are media of people with names that say what they are.
func named(media []Media) []Media {
	if !slices.ContainsFunc(media, func(m Media) bool { return FileName(m.Name) != m.Name }) {
		return media
	}
	media = slices.Clone(media)
	for i := range media {
		media[i].Name = FileName(media[i].Name)
	}
	return media
}

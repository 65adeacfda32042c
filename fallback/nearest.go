package fallback

import (
	"fmt"
	"strings"

	"kaskad/bots"
	"kaskad/templates"
)

// ReadRef reads a REF as a caller wrote it in a field. The error is *Invalid, and names the kind that was meant.
func ReadRef(s, field, country string) (bots.Ref, error) {
	ref, err := bots.ParseRef(s, country)
	if err == nil {
		return ref, nil
	}
	kind, _, found := strings.Cut(s, ":")
	if found {
		return ref, invalid("invalid_ref", field, "%v.%s", err, didYouMean(kind, refKinds()))
	}
	return ref, invalid("invalid_ref", field, "%v.", err)
}

// refKinds are the words that may stand before the colon of a REF.
func refKinds() []string { return append([]string{"ext", "phone"}, bots.Channels()...) }

// didYouMean is a sentence that follows one about a word that nobody knows. It is empty when the word is known after all, so that
// something else was wrong, and when it is like none.
func didYouMean(asked string, names []string) string {
	near := templates.Nearest(asked, names)
	if near == "" || near == asked {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", near)
}

// orDidYou is the same inside a sentence.
func orDidYou(asked string, names []string) string {
	if near := templates.Nearest(asked, names); near != "" && near != asked {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

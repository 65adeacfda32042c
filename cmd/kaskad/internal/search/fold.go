package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxText is how many bytes of a folded text are kept.
const maxText = 16 << 10

// fold brings a text to the form in which it is kept and looked for: the same letters in whatever case, composed, one kind of
// apostrophe, one space for any run of spaces and lines. Letters stay what they are: і is not и, ґ is not г.
func fold(s string) string {
	folded, _ := folding(s, false)
	return folded
}

// folding folds a text; with places, it tells of each byte of the result where in the text it comes from.
func folding(s string, places bool) (string, []int) {
	f := folder{places: places, caser: cases.Fold()}
	f.out.Grow(len(s))
	var it norm.Iter
	it.InitString(norm.NFKC, strings.ToValidUTF8(s, "\uFFFD"))
	for !it.Done() && f.out.Len() < maxText {
		at := it.Pos()
		f.segment(it.Next(), at)
	}
	return f.out.String(), f.at
}

type folder struct {
	out    strings.Builder
	at     []int
	places bool
	space  bool // one is owed before the next letter
	caser  cases.Caser
}

// segment folds what belongs together in the text: a letter with its marks.
func (f *folder) segment(seg []byte, at int) {
	if len(seg) == 1 && seg[0] < utf8.RuneSelf {
		f.rune(unicode.ToLower(rune(seg[0])), at)
		return
	}
	for _, r := range string(f.caser.Bytes(seg)) {
		f.rune(r, at)
	}
}

func (f *folder) rune(r rune, at int) {
	switch {
	case unicode.IsSpace(r) || unicode.IsControl(r):
		f.space = f.out.Len() > 0
		return
	case unicode.Is(unicode.Cf, r): // soft hyphens, joiners, directions: nobody types them
		return
	}
	if f.space {
		f.space = false
		f.put(" ", at)
	}
	f.put(string(plain(r)), at)
}

// plain is the one apostrophe that stands for all that people write: м'ята, м’ята, мʼята.
func plain(r rune) rune {
	switch r {
	case '’', 'ʼ', '‘', '`', '´', 'ʹ', '′', '＇':
		return '\''
	}
	return r
}

func (f *folder) put(s string, at int) {
	f.out.WriteString(s)
	if f.places {
		for range len(s) {
			f.at = append(f.at, at)
		}
	}
}

// The letters of a snippet before what was found, and from there on.
const (
	snippetBefore = 40
	snippetAfter  = 100
)

// snippet is the part of a text in which one of the needles stands: as it was written, on one line.
func snippet(text string, needles []string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	folded, places := folding(text, true)
	at := 0
	for _, n := range needles {
		if i := strings.Index(folded, n); i >= 0 {
			at = places[i]
			break
		}
	}
	from, to := back(text, at, snippetBefore), forward(text, at, snippetAfter)
	if i := strings.IndexFunc(text[from:at], unicode.IsSpace); from > 0 && i > 0 {
		from += i // whole words
	}
	if i := strings.LastIndexFunc(text[at:to], unicode.IsSpace); to < len(text) && i > (to-at)/2 {
		to = at + i
	}
	out := strings.Join(strings.FieldsFunc(text[from:to], func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if from > 0 {
		out = "…" + out
	}
	if to < len(text) {
		out += "…"
	}
	return out
}

func back(s string, at, letters int) int {
	for ; letters > 0 && at > 0; letters-- {
		_, n := utf8.DecodeLastRuneInString(s[:at])
		at -= n
	}
	return at
}

func forward(s string, at, letters int) int {
	for ; letters > 0 && at < len(s); letters-- {
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return at
}

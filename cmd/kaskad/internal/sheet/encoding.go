package sheet

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// The encodings.
const (
	UTF8        = "utf-8"
	Windows1251 = "windows-1251"
)

// isOld reports whether a file is certainly Windows-1251: its first row is no UTF-8, and holds the name of a column when it is read so.
// Read in any other way those bytes are no words.
func (r *Reader) isOld(head []byte) bool {
	first, _, _ := bytes.Cut(head, []byte("\n"))
	if r.opt.Known == nil || utf8.Valid(first) {
		return false
	}
	text, err := charmap.Windows1251.NewDecoder().String(string(first))
	if err != nil {
		return false
	}
	for name := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == r.comma || c == '"' || c == '\r' }) {
		if strings.ContainsFunc(name, func(c rune) bool { return c > unicode.MaxASCII }) && r.opt.Known(strings.TrimSpace(name)) {
			return true
		}
	}
	return false
}

// text refuses bytes that are no text in the encoding of the file.
func (r *Reader) text(line int, cells []string) error {
	for _, c := range cells {
		switch {
		case r.old && strings.ContainsRune(c, utf8.RuneError):
			return fmt.Errorf("%s: line %d holds a byte that is nothing in Windows-1251; save it as \"CSV UTF-8\"", r.name, line)
		case !utf8.ValidString(c) && r.opt.Known != nil:
			return fmt.Errorf("%s: line %d is not UTF-8; if it is Windows-1251, write --encoding windows-1251, else save it as \"CSV UTF-8\"", r.name, line)
		case !utf8.ValidString(c):
			return fmt.Errorf("%s: line %d is not UTF-8, so probably Windows-1251; save it as \"CSV UTF-8\", or: iconv -f WINDOWS-1251 -t UTF-8 %s > utf8.csv", r.name, line, r.name)
		}
	}
	return nil
}

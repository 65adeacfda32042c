package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxXMLRow  = 4 << 20  // of a row or a shared text, with its tags
	maxShared  = 16 << 20 // texts that cells share: each takes memory as long as the workbook is open
	longestRef = 12       // of a character written by its name or number
)

var (
	errSwollen = errors.New("swollen")
	errBroken  = errors.New("it is no XML that can be read")
)

// readPart looks through a part with rows or shared texts before anything is made of it. The library keeps a piece of text, a comment or a
// row in memory however long it is, and takes XML that it cannot read for the end of the sheet: people behind it would be lost, and
// nobody would hear of it.
func readPart(part *zip.File) error {
	if part.FileInfo().IsDir() {
		return nil
	}
	packed, err := part.Open()
	if err != nil {
		return err
	}
	defer packed.Close()
	p := &pieces{in: bufio.NewReaderSize(packed, 64<<10)}
	err = p.run()
	switch {
	case err == nil || errors.Is(err, errSwollen):
		return err
	case p.rows > 0:
		return fmt.Errorf("the sheet cannot be read behind its row %d: %w", p.rows, err)
	}
	return err
}

// pieces goes through XML piece by piece: text, tags, comments. It knows just enough of it to see where rows and shared texts begin.
type pieces struct {
	in           *bufio.Reader
	since        int // bytes since the last row or shared text began
	depth        int
	rows, shared int
	begun        bool // there was a tag
	over         bool // the rows are over: what comes behind them is not read
	piece        []byte
}

func (p *pieces) run() error {
	for !p.over {
		err := p.until('<')
		if errors.Is(err, io.EOF) && p.depth == 0 && p.begun && len(bytes.TrimSpace(p.piece)) == 0 {
			return nil
		}
		if err == nil {
			err = plain(p.piece)
		}
		if err == nil {
			err = p.markup()
		}
		if errors.Is(err, io.EOF) {
			return errBroken
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// until reads up to a byte, and bounds what one row takes.
func (p *pieces) until(end byte) error {
	p.piece = p.piece[:0]
	for {
		some, err := p.in.ReadSlice(end)
		p.piece = append(p.piece, some...)
		if p.since += len(some); p.since > maxXMLRow {
			return errSwollen
		}
		if err == nil {
			p.piece = p.piece[:len(p.piece)-1]
			return nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// markup reads what begins with <.
func (p *pieces) markup() error {
	next, err := p.in.Peek(1)
	if err != nil {
		return err
	}
	switch next[0] {
	case '?':
		return p.through("?>")
	case '!':
		return p.special()
	}
	tag, err := p.tag()
	if err != nil {
		return err
	}
	if err := plain(tag); err != nil {
		return err
	}
	p.met(tag)
	if p.depth < 0 {
		return errBroken
	}
	if p.shared > maxShared {
		return errSwollen
	}
	return nil
}

// special reads a comment or marked text. A document type is in no workbook, and could make much of little.
func (p *pieces) special() error {
	begin, err := p.in.Peek(len("![CDATA["))
	switch {
	case bytes.HasPrefix(begin, []byte("!--")):
		return p.through("-->")
	case err != nil:
		return err
	case string(begin) == "![CDATA[":
		return p.through("]]>")
	}
	return errBroken
}

// through reads to the end of something that begins otherwise than a tag.
func (p *pieces) through(end string) error {
	for last := ""; ; {
		if err := p.until('>'); err != nil {
			return err
		}
		if !utf8.Valid(p.piece) {
			return errBroken
		}
		last += string(p.piece)
		if strings.HasSuffix(last, end[:len(end)-1]) {
			return nil
		}
		last = last[max(0, len(last)-len(end)):] + ">"
	}
}

// tag reads to the end of a tag; a > between quotes is not it.
func (p *pieces) tag() ([]byte, error) {
	if err := p.until('>'); err != nil {
		return nil, err
	}
	quote := quoted(0, p.piece)
	if quote == 0 {
		return p.piece, nil
	}
	tag := bytes.Clone(p.piece)
	for quote != 0 {
		if err := p.until('>'); err != nil {
			return nil, err
		}
		quote = quoted(quote, p.piece)
		tag = append(append(tag, '>'), p.piece...)
	}
	return tag, nil
}

// quoted is the quote that stands open behind a piece of a tag; 0: none does.
func quoted(open byte, piece []byte) byte {
	for _, b := range piece {
		switch {
		case open == 0 && (b == '"' || b == '\''):
			open = b
		case b == open:
			open = 0
		}
	}
	return open
}

// met counts a tag.
func (p *pieces) met(tag []byte) {
	p.begun = true
	name := string(bytes.TrimLeft(tag[:endOfName(tag)], "/"))
	if _, local, ok := strings.Cut(name, ":"); ok {
		name = local
	}
	switch {
	case bytes.HasPrefix(tag, []byte("/")):
		p.depth--
		p.over = p.depth == 1 && name == "sheetData"
		return
	case p.depth == 2 && name == "row":
		p.since = 0
		p.rows++
	case p.depth == 1 && name == "si":
		p.since = 0
		p.shared++
	}
	if !bytes.HasSuffix(tag, []byte("/")) {
		p.depth++
	} else if p.depth == 1 && name == "sheetData" {
		p.over = true
	}
}

func endOfName(tag []byte) int {
	from := 0
	if bytes.HasPrefix(tag, []byte("/")) {
		from = 1
	}
	if at := bytes.IndexAny(tag[from:], " \t\r\n/"); at >= 0 {
		return from + at
	}
	return len(tag)
}

// plain refuses text that the library would stop at without a word: bytes that are no UTF-8, control characters, names of characters
// that XML does not have.
func plain(text []byte) error {
	if !utf8.Valid(text) {
		return fmt.Errorf("%w: it holds bytes that are no UTF-8", errBroken)
	}
	for i, b := range text {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' {
			return fmt.Errorf("%w: it holds a control character", errBroken)
		}
		if b == '&' && !reference(text[i+1:]) {
			return fmt.Errorf("%w: it holds an & that is no character", errBroken)
		}
	}
	return nil
}

// reference reports whether what comes behind an & is the name or number of a character.
func reference(text []byte) bool {
	name, _, ok := bytes.Cut(text[:min(len(text), longestRef)], []byte(";"))
	if !ok {
		return false
	}
	switch string(name) {
	case "amp", "lt", "gt", "quot", "apos":
		return true
	}
	digits, ok := strings.CutPrefix(string(name), "#")
	base := 10
	if in16, hex := strings.CutPrefix(digits, "x"); hex {
		digits, base = in16, 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return ok && err == nil && (n >= ' ' || n == '\t' || n == '\n' || n == '\r')
}

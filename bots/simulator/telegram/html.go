package telegram

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// entityOf is the kind of formatting that each tag stands for.
var entityOf = map[string]string{
	"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "span": "spoiler",
	"a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote", "tg-emoji": "custom_emoji",
}

// htmlParser goes once over a text in Telegram's HTML. Offsets in its errors count bytes, those in entities UTF-16 units.
type htmlParser struct {
	src      string
	pos      int
	lax      bool // unknown entities stay as they are
	out      strings.Builder
	units    int // UTF-16 units in out
	open     []openTag
	entities []Entity
}

type openTag struct {
	name   string
	attrs  map[string]string
	offset int // in UTF-16 units
	start  int // in bytes of out
}

// parseHTML turns Telegram's HTML into plain text and entities. The error is the real server's.
func parseHTML(src string, lax bool) (string, []Entity, error) {
	p := &htmlParser{src: src, lax: lax}
	for p.pos < len(src) {
		if err := p.step(); err != nil {
			return "", nil, err
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, saying("Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	p.finish()
	return p.out.String(), p.entities, nil
}

// step takes one character, character reference or tag.
func (p *htmlParser) step() error {
	switch {
	case strings.HasPrefix(p.src[p.pos:], "</"):
		return p.endTag()
	case p.src[p.pos] == '<':
		return p.startTag()
	case p.src[p.pos] == '&':
		text, err := p.reference()
		p.write(text)
		return err
	}
	_, size := utf8.DecodeRuneInString(p.src[p.pos:])
	p.write(p.src[p.pos : p.pos+size])
	p.pos += size
	return nil
}

func (p *htmlParser) write(text string) {
	p.out.WriteString(text)
	p.units += utf16Len(text)
}

func (p *htmlParser) startTag() error {
	start := p.pos
	p.pos++
	name := strings.ToLower(p.takeWhile(func(c byte) bool { return !isSpace(c) && c != '>' }))
	if p.pos >= len(p.src) {
		return saying("Unclosed start tag at byte offset %d", start)
	}
	if entityOf[name] == "" {
		return saying("Unsupported start tag %q at byte offset %d", name, start)
	}
	tag := openTag{name: name, attrs: map[string]string{}, offset: p.units, start: p.out.Len()}
	for {
		p.takeWhile(isSpace)
		if p.peek() == '>' {
			p.pos++
			break
		}
		if err := p.attribute(tag, start); err != nil {
			return err
		}
	}
	if name == "span" && tag.attrs["class"] != "tg-spoiler" {
		return saying("Tag \"span\" must have class \"tg-spoiler\" at byte offset %d", start)
	}
	p.open = append(p.open, tag)
	return nil
}

// attribute reads name, name=token, name="text" or name='text'.
func (p *htmlParser) attribute(tag openTag, start int) error {
	unclosed := saying("Unclosed start tag at byte offset %d", start)
	name := strings.ToLower(p.takeWhile(func(c byte) bool { return !isSpace(c) && c != '=' && c != '>' }))
	p.takeWhile(isSpace)
	switch {
	case p.pos >= len(p.src):
		return unclosed
	case name == "":
		return saying("Empty attribute name in the tag %q at byte offset %d", tag.name, start)
	case p.peek() != '=':
		tag.attrs[name] = ""
		return nil
	}
	p.pos++
	p.takeWhile(isSpace)
	if p.pos >= len(p.src) {
		return saying("Unclosed start tag %q at byte offset %d", tag.name, start)
	}
	value, err := p.value(unclosed)
	tag.attrs[name] = value
	return err
}

func (p *htmlParser) value(unclosed error) (string, error) {
	quote := p.peek()
	if quote != '"' && quote != '\'' {
		at := p.pos
		token := p.takeWhile(func(c byte) bool { return isLetter(c) || isDigit(c) || c == '.' || c == '-' })
		if p.pos >= len(p.src) || !isSpace(p.peek()) && p.peek() != '>' {
			return "", saying("Unexpected end of name token at byte offset %d", at)
		}
		return strings.ToLower(token), nil
	}
	p.pos++
	var out strings.Builder
	for p.pos < len(p.src) && p.src[p.pos] != quote {
		if p.src[p.pos] != '&' {
			out.WriteByte(p.src[p.pos])
			p.pos++
			continue
		}
		text, err := p.reference()
		if err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	p.pos++
	if p.pos >= len(p.src) {
		return "", unclosed
	}
	return out.String(), nil
}

func (p *htmlParser) endTag() error {
	start := p.pos
	if len(p.open) == 0 {
		return saying("Unexpected end tag at byte offset %d", start)
	}
	p.pos += len("</")
	name := strings.ToLower(p.takeWhile(func(c byte) bool { return !isSpace(c) && c != '>' }))
	p.takeWhile(isSpace)
	if p.peek() != '>' {
		return saying("Unclosed end tag at byte offset %d", start)
	}
	p.pos++
	tag := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	if name != "" && name != tag.name { // "</>" closes whatever is open
		return saying("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", start, tag.name, name)
	}
	return p.close(tag)
}

// close makes the entity of a tag that just ended. Tags around nothing leave none.
func (p *htmlParser) close(tag openTag) error {
	e := Entity{Type: entityOf[tag.name], Offset: tag.offset, Length: p.units - tag.offset}
	if e.Length == 0 {
		return nil
	}
	switch tag.name {
	case "a":
		href := tag.attrs["href"]
		if href == "" {
			href = p.out.String()[tag.start:]
		}
		link, ok := linkOf(href)
		if !ok {
			return nil // the real server shows the text without a link
		}
		e.URL = link
	case "tg-emoji":
		if e.CustomEmojiID = tag.attrs["emoji-id"]; !isNumber(e.CustomEmojiID) {
			return saying("Invalid custom emoji identifier specified")
		}
	case "blockquote":
		if _, expandable := tag.attrs["expandable"]; expandable {
			e.Type = "expandable_blockquote"
		}
	case "code":
		e.Language, _ = strings.CutPrefix(tag.attrs["class"], "language-")
		if !strings.HasPrefix(tag.attrs["class"], "language-") {
			e.Language = ""
		}
	}
	if !p.joinCode(e) {
		p.entities = append(p.entities, e)
	}
	return nil
}

// joinCode makes <pre><code class="language-x"> one entity, in either order.
func (p *htmlParser) joinCode(e Entity) bool {
	if len(p.entities) == 0 {
		return false
	}
	last := &p.entities[len(p.entities)-1]
	same := last.Offset == e.Offset && last.Length == e.Length
	pair := last.Type == "code" && e.Type == "pre" && last.Language != "" ||
		last.Type == "pre" && e.Type == "code" && e.Language != ""
	if !same || !pair {
		return false
	}
	last.Type, last.Language = "pre", last.Language+e.Language
	return true
}

// order is how Telegram sorts entities that cover the same words.
var order = []string{"blockquote", "expandable_blockquote", "pre", "code", "text_link", "bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji"}

func (p *htmlParser) finish() {
	for i := range p.entities {
		if p.entities[i].Type == "code" {
			p.entities[i].Language = "" // only a block has one
		}
	}
	slices.SortStableFunc(p.entities, func(a, b Entity) int {
		return cmp.Or(a.Offset-b.Offset, b.Length-a.Length, slices.Index(order, a.Type)-slices.Index(order, b.Type))
	})
}

func (p *htmlParser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *htmlParser) skip(c byte) {
	if p.pos < len(p.src) && p.src[p.pos] == c {
		p.pos++
	}
}

func (p *htmlParser) takeWhile(ok func(byte) bool) string {
	start := p.pos
	for p.pos < len(p.src) && ok(p.src[p.pos]) {
		p.pos++
	}
	return p.src[start:p.pos]
}

package templates

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/util"
)

const maxLink = 2048

// webLink makes a link out of a value, when it is one: http or https, a plain host, the rest percent-encoded.
// A user name before the host is refused: it is how links lie about where they lead.
func webLink(s string) (string, bool) {
	s = strings.TrimSpace(s)
	scheme, rest, ok := strings.Cut(s, "://")
	if scheme = strings.ToLower(scheme); !ok || scheme != "http" && scheme != "https" || len(s) > maxLink {
		return "", false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	link := scheme + "://" + rest[:end] + escapeAddress(rest[end:])
	if u, err := url.Parse(link); err != nil || !isHost(rest[:end]) || u.Host == "" {
		return "", false
	}
	return link, true
}

// isHost takes letters (of any script: there are such domains), digits, dots, dashes and a port.
func isHost(s string) bool {
	name, port, _ := strings.Cut(s, ":")
	if strings.Trim(port, "0123456789") != "" || strings.Trim(name, ".") == "" {
		return false
	}
	for _, r := range name {
		if r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			return false
		}
	}
	return true
}

// linkPart encodes a value so that it stays one piece of a path or a query.
func linkPart(s string) string {
	return escapeBytes(s, func(i int) bool {
		c := s[i]
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
	})
}

// escapeAddress encodes what cannot stand in an address and keeps what is encoded already.
func escapeAddress(s string) string {
	return escapeBytes(s, func(i int) bool {
		c := s[i]
		if c == '%' {
			return i+2 < len(s) && util.IsHexDecimal(s[i+1]) && util.IsHexDecimal(s[i+2])
		}
		return c > ' ' && c < 0x7f && strings.IndexByte("\"<>\\^`{|}", c) < 0
	})
}

func escapeBytes(s string, safe func(i int) bool) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; safe(i) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// checkAddress says what is wrong with the address of a link in a template.
func checkAddress(address string, slots []slot) (problem, fix string) {
	used := addressSlots(address, slots)
	for _, s := range used {
		if s == wordSlot(wayOutWord) {
			return "{{way_out}} inside a link", "write {{way_out}} alone: it brings its own link, or a sentence"
		}
		if s.shape != "" {
			return s.String() + " inside a link", "write {{." + s.name + "}}: an address has no language"
		}
		if s == wordSlot(companyWord) {
			return "{{company}} inside a link", "write the address out"
		}
	}
	if isPlaceholder(address) {
		return "", ""
	}
	if _, ok := contactAddress(address); ok {
		return "", ""
	}
	scheme, rest, ok := strings.Cut(address, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" && scheme != "tg" {
		return "a link to " + quote(show(address, slots)), "links start with https://, http://, tg://, mailto: or tel:; a field may be the whole link"
	}
	host := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		host = rest[:end]
	}
	if len(addressSlots(host, slots)) > 0 {
		return "a field in the host of a link", "send the whole link as one field, or put the field behind the host"
	}
	if !isHost(host) {
		return "a link without a plain host: " + quote(show(address, slots)), "write https://shop.example/path"
	}
	return "", ""
}

// contactAddress gives what to show for addresses that are no pages: mail and telephone.
func contactAddress(address string) (string, bool) {
	scheme, rest, ok := strings.Cut(address, ":")
	if scheme = strings.ToLower(scheme); !ok || rest == "" || scheme != "mailto" && scheme != "tel" {
		return "", false
	}
	rest, _, _ = strings.Cut(rest, "?")
	return rest, true
}

func addressSlots(address string, slots []slot) []slot {
	var used []slot
	eachPiece(address, func(_ string, n int) {
		if n >= 0 && n < len(slots) {
			used = append(used, slots[n])
		}
	})
	return used
}

// show writes placeholders as their author did.
func show(s string, slots []slot) string {
	var b strings.Builder
	eachPiece(s, func(literal string, n int) {
		if n >= 0 && n < len(slots) {
			literal = slots[n].String()
		}
		b.WriteString(literal)
	})
	return b.String()
}

package telegram

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const maxRaw = 1 << 15 // bytes of a text before parsing

// format is the text of a field as people see it, and its entities.
func (s *Server) format(req *request, field, entitiesField string) (string, []Entity, *failure) {
	text := req.Params[field]
	if !utf8.ValidString(text) {
		return "", nil, badRequest("text must be encoded in UTF-8")
	}
	if len(text) > maxRaw {
		return "", nil, badRequest("text is too long")
	}
	var entities []Entity
	var err error
	switch mode := strings.ToLower(req.Params["parse_mode"]); mode {
	case "", "none":
		if entities, err = parseEntities(req.Params[entitiesField], text); err != nil {
			return "", nil, badRequest(err.Error())
		}
	case "html":
		if text, entities, err = parseHTML(text, s.opt.LaxEntities); err != nil {
			return "", nil, badRequest("can't parse entities: " + err.Error())
		}
	case "markdown", "markdownv2":
		return "", nil, badRequest("the simulator does not know parse_mode " + mode + ": use HTML or entities")
	default:
		return "", nil, badRequest("unsupported parse_mode")
	}
	text, entities = trim(text, entities)
	return text, entities, nil
}

// entityTypes are those a bot may send.
var entityTypes = []string{
	"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline", "strikethrough",
	"spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention", "custom_emoji",
}

// parseEntities reads the entities field. What is no list counts as none: the library sends "null".
func parseEntities(raw, text string) ([]Entity, error) {
	var list []json.RawMessage
	if json.Unmarshal([]byte(raw), &list) != nil {
		return nil, nil
	}
	var entities []Entity
	for _, item := range list {
		var fields struct {
			Entity
			Offset *int `json:"offset"`
			Length *int `json:"length"`
		}
		if err := json.Unmarshal(item, &fields); err != nil {
			return nil, fmt.Errorf("can't parse MessageEntity: expected an Object")
		}
		if fields.Offset == nil || fields.Length == nil {
			return nil, fmt.Errorf(`can't parse MessageEntity: Can't find field "offset" or "length"`)
		}
		e := fields.Entity
		e.Offset, e.Length = *fields.Offset, *fields.Length
		if err := e.check(text); err != nil {
			return nil, err
		}
		if e.Length > 0 {
			entities = append(entities, e)
		}
	}
	return entities, nil
}

func (e *Entity) check(text string) error {
	switch {
	case !slices.Contains(entityTypes, e.Type):
		return fmt.Errorf("can't parse MessageEntity: Unsupported type specified")
	case e.Offset < 0:
		return fmt.Errorf("receive an entity with incorrect offset %d", e.Offset)
	case e.Length < 0:
		return fmt.Errorf("receive an entity with incorrect length %d", e.Length)
	case e.Offset+e.Length > utf16Len(text):
		return fmt.Errorf("entity beginning at UTF-16 offset %d ends after the end of the text at UTF-16 offset %d", e.Offset, e.Offset+e.Length)
	case !onBoundary(text, e.Offset):
		return fmt.Errorf("entity begins in a middle of a UTF-16 symbol at UTF-16 offset %d", e.Offset)
	case !onBoundary(text, e.Offset+e.Length):
		return fmt.Errorf("entity beginning at UTF-16 offset %d ends in a middle of a UTF-16 symbol", e.Offset)
	}
	if e.Type == "text_link" {
		link, ok := linkOf(e.URL)
		if !ok {
			return fmt.Errorf("entity URL '%s' is invalid: Wrong HTTP URL", e.URL)
		}
		e.URL = link
	}
	return nil
}

// onBoundary tells whether a UTF-16 offset does not cut a character in two.
func onBoundary(text string, offset int) bool {
	at := 0
	for _, r := range text {
		if at >= offset {
			break
		}
		at += utf16Len(string(r))
	}
	return at == offset
}

// trim cuts the blanks at both ends, as Telegram does, and moves the entities along.
func trim(text string, entities []Entity) (string, []Entity) {
	cut := strings.TrimLeft(text, " \n\t\r")
	shift := len(text) - len(cut) // blanks are one unit each
	cut = strings.TrimRight(cut, " \n\t\r")
	end := utf16Len(cut)
	var kept []Entity
	for _, e := range entities {
		from := min(max(e.Offset-shift, 0), end)
		to := min(max(e.Offset+e.Length-shift, 0), end)
		if e.Offset, e.Length = from, to-from; e.Length > 0 {
			kept = append(kept, e)
		}
	}
	return cut, kept
}

// linkOf is an address as Telegram writes it: with a scheme and a path.
func linkOf(address string) (string, bool) {
	if !strings.Contains(address, "://") {
		if address == "" || strings.HasPrefix(address, "/") || !strings.Contains(address, ".") {
			return "", false
		}
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "tg" && u.Scheme != "tonsite" || strings.ContainsAny(address, " \t\n") {
		return "", false
	}
	if u.Path == "" && u.Scheme != "tg" {
		rest := strings.TrimPrefix(address, u.Scheme+"://"+u.Host)
		address = u.Scheme + "://" + u.Host + "/" + rest
	}
	return address, true
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == 0
}
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func hexValue(c byte) int {
	if isDigit(c) {
		return int(c - '0')
	}
	return int(c|0x20-'a') + 10
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == "" && strings.Trim(text, "0") != ""
}

package telegram

import (
	"encoding/json"
	"net/url"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxCallbackData = 64 // bytes, not characters
	maxButtons      = 100
	maxPlaceholder  = 64
)

// Button is a button under a message. One of URL and CallbackData is set.
type Button struct {
	Text         string `json:"text"`
	URL          string `json:"url,omitempty"`
	CallbackData string `json:"callback_data,omitempty"`
}

// Keyboard is what a message does to the place where the person types.
type Keyboard struct {
	Rows        [][]Key
	Remove      bool // takes the last keyboard away
	ForceReply  bool
	OneTime     bool
	Placeholder string
}

// Key is a key of a reply keyboard: it writes its text, or shares the person's phone number, or one of their chats.
type Key struct {
	Text           string       `json:"text"`
	RequestContact bool         `json:"request_contact"`
	RequestChat    *RequestChat `json:"-"` // see ShareChat
}

type markup struct {
	inline   [][]Button
	keyboard *Keyboard
}

// rawMarkup keeps the rows undecoded: the real server has an error text of its own for each level.
type rawMarkup struct {
	Inline      []json.RawMessage `json:"inline_keyboard"`
	Keyboard    []json.RawMessage `json:"keyboard"`
	Remove      bool              `json:"remove_keyboard"`
	ForceReply  bool              `json:"force_reply"`
	OneTime     bool              `json:"one_time_keyboard"`
	Placeholder string            `json:"input_field_placeholder"`
}

// parseMarkup reads reply_markup.
func parseMarkup(text string) (markup, *failure) {
	if text == "" {
		return markup{}, nil
	}
	if !json.Valid([]byte(text)) {
		return markup{}, badRequest("can't parse reply keyboard markup JSON object")
	}
	var raw *rawMarkup
	if err := json.Unmarshal([]byte(text), &raw); err != nil || raw == nil {
		return markup{}, badRequest("object expected as reply markup")
	}
	if n := utf8.RuneCountInString(raw.Placeholder); n > maxPlaceholder {
		return markup{}, badRequest("REPLY_MARKUP_INVALID")
	}
	inline, fail := parseInline(raw.Inline)
	if fail != nil {
		return markup{}, fail
	}
	rows, fail := parseKeys(raw.Keyboard)
	if fail != nil {
		return markup{}, fail
	}
	out := markup{inline: inline}
	if inline == nil && (rows != nil || raw.Remove || raw.ForceReply) {
		out.keyboard = &Keyboard{Rows: rows, Remove: raw.Remove, ForceReply: raw.ForceReply, OneTime: raw.OneTime, Placeholder: raw.Placeholder}
	}
	return out, nil
}

func parseInline(rows []json.RawMessage) ([][]Button, *failure) {
	var out [][]Button
	total := 0
	for _, raw := range rows {
		var row []json.RawMessage
		if err := json.Unmarshal(raw, &row); err != nil {
			return nil, badRequest(`field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`)
		}
		var buttons []Button
		for _, b := range row {
			button, fail := parseButton(b)
			if fail != nil {
				return nil, fail
			}
			buttons = append(buttons, button)
		}
		if total += len(buttons); total > maxButtons {
			return nil, badRequest("reply markup is too long")
		}
		if len(buttons) > 0 {
			out = append(out, buttons)
		}
	}
	return out, nil
}

// parseButton wants exactly one action. The real server takes the first it knows; a bot that sends two has a bug.
func parseButton(raw json.RawMessage) (Button, *failure) {
	const cant = "can't parse inline keyboard button: "
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return Button{}, badRequest(cant + "InlineKeyboardButton must be an Object")
	}
	if _, given := fields["text"]; !given {
		return Button{}, badRequest(cant + `Can't find field "text"`)
	}
	var b Button
	for name, into := range map[string]*string{"text": &b.Text, "url": &b.URL, "callback_data": &b.CallbackData} {
		if value, given := fields[name]; given && json.Unmarshal(value, into) != nil {
			return Button{}, badRequest(cant + `Field "` + name + `" must be of type String`)
		}
	}
	return b, b.check(cant)
}

func (b Button) check(cant string) *failure {
	switch {
	case b.Text == "":
		return badRequest("REPLY_MARKUP_INVALID")
	case b.URL == "" && b.CallbackData == "":
		return badRequest(cant + "Text buttons are unallowed in the inline keyboard")
	case b.URL != "" && b.CallbackData != "":
		return badRequest(cant + "exactly one action is allowed in a button") // ours: see the package doc
	case len(b.CallbackData) > maxCallbackData:
		return badRequest("BUTTON_DATA_INVALID")
	case b.URL != "":
		return checkURL(b.URL)
	}
	return nil
}

func checkURL(address string) *failure {
	bad := "inline keyboard button URL '" + address + "' is invalid: "
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return badRequest(bad + "Wrong HTTP URL")
	case u.Scheme == "tg" || u.Scheme == "tonsite":
		return nil
	case u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https":
		return badRequest(bad + "Unsupported URL protocol")
	case u.Host == "" && u.Scheme != "":
		return badRequest(bad + "URL host is empty")
	}
	return nil
}

func parseKeys(rows []json.RawMessage) ([][]Key, *failure) {
	var out [][]Key
	for _, raw := range rows {
		var row []json.RawMessage
		if err := json.Unmarshal(raw, &row); err != nil {
			return nil, badRequest(`field "keyboard" must be an Array of Arrays`)
		}
		var keys []Key
		for _, raw := range row {
			key, fail := parseKey(raw)
			if fail != nil {
				return nil, fail
			}
			keys = append(keys, key)
		}
		if len(keys) > 0 {
			out = append(out, keys)
		}
	}
	return out, nil
}

func parseKey(raw json.RawMessage) (Key, *failure) {
	var in struct {
		Key
		RequestChat json.RawMessage `json:"request_chat"`
	}
	if json.Unmarshal(raw, &in.Text) != nil && json.Unmarshal(raw, &in) != nil {
		return Key{}, badRequest(cantKey + "KeyboardButton must be a String or an Object")
	}
	if in.Text == "" {
		return Key{}, badRequest(cantKey + `Can't find field "text"`)
	}
	key := in.Key
	var fail *failure
	key.RequestChat, fail = parseRequestChat(in.RequestChat)
	return key, fail
}

// utf16Len is the length that Telegram counts in.
func utf16Len(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

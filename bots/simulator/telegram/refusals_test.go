package telegram

import (
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	long := strings.Repeat("ж", 4097)
	tests := map[string]struct {
		method string
		params []string
		status int
		want   string
	}{
		"an unknown method":        {"sendPigeon", nil, 404, "Not Found: method not found"},
		"no chat":                  {"sendMessage", []string{"text", "hi"}, 400, "Bad Request: chat_id is empty"},
		"a chat nobody knows":      {"sendMessage", []string{"chat_id", "7", "text", "hi"}, 400, "Bad Request: chat not found"},
		"a chat that is no number": {"sendMessage", []string{"chat_id", "@anna", "text", "hi"}, 400, "Bad Request: chat not found"},
		"no text":                  {"sendMessage", []string{"chat_id", "42"}, 400, "Bad Request: message text is empty"},
		"a missing text comes before an unknown chat": {"sendMessage", []string{"chat_id", "7"}, 400, "Bad Request: message text is empty"},
		"a text of blanks":                            {"sendMessage", []string{"chat_id", "42", "text", " \n"}, 400, "Bad Request: text must be non-empty"},
		"a text that is only tags":                    {"sendMessage", []string{"chat_id", "42", "text", "<b></b>", "parse_mode", "HTML"}, 400, "Bad Request: text must be non-empty"},
		"a text of 4097 characters":                   {"sendMessage", []string{"chat_id", "42", "text", long}, 400, "Bad Request: message is too long"},
		"a text of 32 KiB and a byte":                 {"sendMessage", []string{"chat_id", "42", "text", strings.Repeat("a", 32769)}, 400, "Bad Request: text is too long"},
		"emoji count twice":                           {"sendMessage", []string{"chat_id", "42", "text", strings.Repeat("😀", 2049)}, 400, "Bad Request: message is too long"},
		"an unknown parse mode":                       {"sendMessage", []string{"chat_id", "42", "text", "x", "parse_mode", "BBCode"}, 400, "Bad Request: unsupported parse_mode"},
		"MarkdownV2":                                  {"sendMessage", []string{"chat_id", "42", "text", "x", "parse_mode", "MarkdownV2"}, 400, "Bad Request: the simulator does not know parse_mode markdownv2: use HTML or entities"},
		"a bad tag":                                   {"sendMessage", []string{"chat_id", "42", "text", "a<br>b", "parse_mode", "HTML"}, 400, `Bad Request: can't parse entities: Unsupported start tag "br" at byte offset 1`},
		"an entity past the end":                      {"sendMessage", []string{"chat_id", "42", "text", "ab", "entities", `[{"type":"bold","offset":1,"length":2}]`}, 400, "Bad Request: entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 3"},
		"an entity that cuts an emoji":                {"sendMessage", []string{"chat_id", "42", "text", "😀", "entities", `[{"type":"bold","offset":1,"length":1}]`}, 400, "Bad Request: entity begins in a middle of a UTF-16 symbol at UTF-16 offset 1"},
		"a reply to nothing":                          {"sendMessage", []string{"chat_id", "42", "text", "x", "reply_parameters", `{"message_id":9}`}, 400, "Bad Request: message to be replied not found"},
		"a reply the old way to nothing":              {"sendMessage", []string{"chat_id", "42", "text", "x", "reply_to_message_id", "9"}, 400, "Bad Request: message to be replied not found"},
		"a reply without an id":                       {"sendMessage", []string{"chat_id", "42", "text", "x", "reply_parameters", `{"quote":"x"}`}, 400, `Bad Request: can't find field "message_id"`},
		"preview options that are no JSON":            {"sendMessage", []string{"chat_id", "42", "text", "x", "link_preview_options", "off"}, 400, "Bad Request: can't parse link preview options JSON object"},
		"no photo":                                    {"sendPhoto", []string{"chat_id", "42"}, 400, "Bad Request: there is no photo in the request"},
		"a made-up file id":                           {"sendPhoto", []string{"chat_id", "42", "photo", "AgAC"}, 400, "Bad Request: wrong remote file identifier specified: Wrong string length"},
		"a caption of 1025":                           {"sendPhoto", []string{"chat_id", "42", "photo", "https://a.example/b.png", "caption", strings.Repeat("a", 1025)}, 400, "Bad Request: message caption is too long"},
		"an edit of nothing":                          {"editMessageText", []string{"chat_id", "42", "message_id", "9", "text", "x"}, 400, "Bad Request: message to edit not found"},
		"an edit without a message":                   {"editMessageText", []string{"text", "x"}, 400, "Bad Request: message identifier is not specified"},
		"a delete without a chat":                     {"deleteMessage", []string{"message_id", "1"}, 400, "Bad Request: chat identifier is not specified"},
		"a delete of nothing":                         {"deleteMessage", []string{"chat_id", "42", "message_id", "9"}, 400, "Bad Request: message to delete not found"},
		"a copy of nothing":                           {"copyMessage", []string{"chat_id", "42", "from_chat_id", "42", "message_id", "9"}, 400, "Bad Request: message to copy not found"},
		"a reaction to nothing":                       {"setMessageReaction", []string{"chat_id", "42", "message_id", "9"}, 400, "Bad Request: message to react not found"},
		"two reactions":                               {"setMessageReaction", []string{"chat_id", "42", "message_id", "9", "reaction", `[{"type":"emoji","emoji":"👍"},{"type":"emoji","emoji":"🔥"}]`}, 400, "Bad Request: REACTIONS_TOO_MANY"},
		"an emoji that is no reaction":                {"setMessageReaction", []string{"chat_id", "42", "message_id", "9", "reaction", `[{"type":"emoji","emoji":"🚀"}]`}, 400, "Bad Request: REACTION_INVALID"},
		"an answer to no callback":                    {"answerCallbackQuery", []string{"callback_query_id", "9"}, 400, "Bad Request: query is too old and response timeout expired or query ID is invalid"},
		"an answer of 201":                            {"answerCallbackQuery", []string{"callback_query_id", "9", "text", strings.Repeat("a", 201)}, 400, "Bad Request: MESSAGE_TOO_LONG"},
		"an unknown chat action":                      {"sendChatAction", []string{"chat_id", "42", "action", "dance"}, 400, "Bad Request: wrong parameter action in request"},
		"an upper-case command":                       {"setMyCommands", []string{"commands", `[{"command":"Stop","description":"x"}]`}, 400, "Bad Request: BOT_COMMAND_INVALID"},
		"a command without description":               {"setMyCommands", []string{"commands", `[{"command":"stop"}]`}, 400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"},
		"getChat of a stranger":                       {"getChat", []string{"chat_id", "7"}, 400, "Bad Request: chat not found"},
	}
	s := start(t, Options{})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := call(t, s, tt.method, tt.params...)
			if got.Status != tt.status || got.Description != tt.want {
				t.Errorf("got %d %q, want %d %q", got.Status, got.Description, tt.status, tt.want)
			}
		})
	}
	if m := s.Chat(anna); len(m) != 0 {
		t.Errorf("refused calls left messages: %v", m)
	}
}

func TestMarkupRefusals(t *testing.T) {
	inline := func(button string) string { return `{"inline_keyboard":[[` + button + `]]}` }
	const cant = "Bad Request: can't parse inline keyboard button: "
	tests := map[string]struct{ markup, want string }{
		"no JSON":              {"x", "Bad Request: can't parse reply keyboard markup JSON object"},
		"no object":            {"[]", "Bad Request: object expected as reply markup"},
		"no array of arrays":   {`{"inline_keyboard":[{"text":"a"}]}`, `Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`},
		"a button no object":   {inline(`"a"`), cant + "InlineKeyboardButton must be an Object"},
		"no text":              {inline(`{"url":"https://a.example"}`), cant + `Can't find field "text"`},
		"a text no string":     {inline(`{"text":5,"url":"https://a.example"}`), cant + `Field "text" must be of type String`},
		"an empty text":        {inline(`{"text":"","callback_data":"x"}`), "Bad Request: REPLY_MARKUP_INVALID"},
		"no action":            {inline(`{"text":"a"}`), cant + "Text buttons are unallowed in the inline keyboard"},
		"two actions":          {inline(`{"text":"a","callback_data":"x","url":"https://a.example"}`), cant + "exactly one action is allowed in a button"},
		"data of 65 bytes":     {inline(`{"text":"a","callback_data":"` + strings.Repeat("ж", 32) + `x"}`), "Bad Request: BUTTON_DATA_INVALID"},
		"an address of ftp":    {inline(`{"text":"a","url":"ftp://a.example"}`), "Bad Request: inline keyboard button URL 'ftp://a.example' is invalid: Unsupported URL protocol"},
		"an address, no host":  {inline(`{"text":"a","url":"https:///x"}`), "Bad Request: inline keyboard button URL 'https:///x' is invalid: URL host is empty"},
		"101 buttons":          {inline(strings.Repeat(`{"text":"a","callback_data":"x"},`, 100) + `{"text":"a","callback_data":"x"}`), "Bad Request: reply markup is too long"},
		"a key of a number":    {`{"keyboard":[[5]]}`, "Bad Request: can't parse keyboard button: KeyboardButton must be a String or an Object"},
		"keys not in rows":     {`{"keyboard":["a"]}`, `Bad Request: field "keyboard" must be an Array of Arrays`},
		"a key without a text": {`{"keyboard":[[{"request_contact":true}]]}`, `Bad Request: can't parse keyboard button: Can't find field "text"`},
	}
	s := start(t, Options{})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := call(t, s, "sendMessage", "chat_id", "42", "text", "x", "reply_markup", tt.markup); got.Description != tt.want {
				t.Errorf("got %q, want %q", got.Description, tt.want)
			}
		})
	}
}

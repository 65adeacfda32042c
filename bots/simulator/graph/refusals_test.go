package graph

import (
	"net/http"
	"strings"
	"testing"

	"kaskad/bots/simulator/internal/stagetest"
)

func long(n int) string { return strings.Repeat("x", n) }

// interactive is a message with buttons; change edits its object.
func interactive(change func(i obj)) obj {
	i := obj{"type": "button", "body": obj{"text": "choose"}, "action": obj{"buttons": []obj{button("a", "A"), button("b", "B")}}}
	change(i)
	return message(anna, "type", "interactive", "text", nil, "interactive", i)
}

func button(id, title string) obj {
	return obj{"type": "reply", "reply": obj{"id": id, "title": title}}
}

func list(sections ...obj) obj {
	return interactive(func(i obj) {
		i["type"], i["action"] = "list", obj{"button": "Choose", "sections": sections}
	})
}

func rows(prefix string, n int) []obj {
	var out []obj
	for i := range n {
		out = append(out, obj{"id": prefix + string(rune('a'+i)), "title": "row"})
	}
	return out
}

func withButtons(buttons ...obj) obj {
	return interactive(func(i obj) { i["action"] = obj{"buttons": buttons} })
}

func withImage(fields obj) obj { return message(anna, "type", "image", "text", nil, "image", fields) }

func TestRefusals(t *testing.T) {
	link := "https://media.example/1.jpg"
	tests := map[string]struct {
		body any
		code int
		says string // in message or details
	}{
		"no product":                           {message(anna, "messaging_product", nil), 100, "The parameter messaging_product is required."},
		"another product":                      {message(anna, "messaging_product", "telegram"), 100, "messaging_product must be one of"},
		"no recipient":                         {message(anna, "to", nil), 100, "The parameter to is required."},
		"a recipient that is no number":        {message(anna, "to", "anna"), 131009, "to is no phone number"},
		"a recipient that is too short":        {message(anna, "to", "12345"), 131009, "to is no phone number"},
		"a number that is a JSON number":       {message(anna, "to", 380501112233), 100, "Param to must be a string."},
		"a user id that is none":               {message(anna, "to", nil, "recipient", "anna"), 131009, "no business-scoped user id"},
		"a recipient type of the first months": {message(anna, "recipient_type", "business_scoped_user_id"), 100, "recipient_type must be one of"},
		"a group":                              {message(anna, "recipient_type", "group"), 131009, "no groups"},
		"ourselves":                            {message(DefaultPhone), 131021, "sender's phone number"},
		"an unknown type":                      {message(anna, "type", "poll"), 100, "Param type must be one of"},
		"no object of the type":                {message(anna, "text", nil), 131008, "Parameter 'text' is mandatory for type 'text'"},
		"a text that is a string":              {message(anna, "text", "hi"), 100, "Param text must be a JSON object."},
		"no body":                              {message(anna, "text", obj{}), 100, "The parameter text['body'] is required."},
		"an empty body":                        {message(anna, "text", obj{"body": ""}), 100, "The parameter text['body'] is required."},
		"a body that is a number":              {message(anna, "text", obj{"body": 7}), 100, "Param text['body'] must be a string."},
		"a body that is too long":              {message(anna, "text", obj{"body": long(4097)}), 100, "text['body'] must be at most 4096"},
		"an unknown key in the text":           {message(anna, "text", obj{"body": "hi", "format": "b"}), 100, `Unexpected key "format" on param "text".`},
		"a preview that is a string":           {message(anna, "text", obj{"body": "hi", "preview_url": "true"}), 100, "text['preview_url'] must be a boolean"},
		"too much callback data":               {message(anna, "biz_opaque_callback_data", long(513)), 100, "biz_opaque_callback_data must be at most 512"},
		"a context without an id":              {message(anna, "context", obj{}), 100, "The parameter context['message_id'] is required."},
		"a context with more":                  {message(anna, "context", obj{"message_id": "wamid.1", "from": "1"}), 100, `Unexpected key "from" on param "context".`},
		"a read mark without an id":            {obj{"messaging_product": "whatsapp", "status": "read"}, 100, "The parameter message_id is required."},
		"a read mark on an unknown message":    {obj{"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.none"}, 131009, "no message that was received"},
		"another mark":                         {obj{"messaging_product": "whatsapp", "status": "delivered", "message_id": "wamid.none"}, 100, "status must be one of"},
		"typing of another kind":               {obj{"messaging_product": "whatsapp", "status": "read", "message_id": "x", "typing_indicator": obj{"type": "audio"}}, 100, "typing_indicator['type'] must be one of"},

		"an image without anything":    {withImage(obj{}), 131008, "Either image['id'] or image['link'] is required"},
		"an image by id and link":      {withImage(obj{"id": "1", "link": link}), 131009, "exclude each other"},
		"an image that was not stored": {withImage(obj{"id": "1"}), 131009, "no medium with the id 1"},
		"an image on another road":     {withImage(obj{"link": "ftp://media.example/1.jpg"}), 100, "image['link'] is not a valid URL"},
		"a caption that is too long":   {withImage(obj{"link": link, "caption": long(1025)}), 100, "image['caption'] must be at most 1024"},
		"an image with a name":         {withImage(obj{"link": link, "filename": "1.jpg"}), 100, `Unexpected key "filename" on param "image".`},
		"a sticker with a caption": {message(anna, "type", "sticker", "text", nil, "sticker", obj{"link": link, "caption": "x"}), 100,
			`Unexpected key "caption" on param "sticker".`},
		"an audio with a caption": {message(anna, "type", "audio", "text", nil, "audio", obj{"link": link, "caption": "x"}), 100,
			`Unexpected key "caption" on param "audio".`},
		"a place without a latitude":     {message(anna, "type", "location", "text", nil, "location", obj{"longitude": 1}), 100, "location['latitude'] is required"},
		"a place beyond the pole":        {message(anna, "type", "location", "text", nil, "location", obj{"latitude": 91, "longitude": 1}), 131009, "not on this earth"},
		"a latitude in words":            {message(anna, "type", "location", "text", nil, "location", obj{"latitude": "north", "longitude": 1}), 100, "location['latitude'] must be a number"},
		"no contacts":                    {message(anna, "type", "contacts", "text", nil, "contacts", []obj{}), 100, "contacts must have between 1 and 5"},
		"a contact without a name":       {message(anna, "type", "contacts", "text", nil, "contacts", []obj{{"phones": []obj{}}}), 100, "contacts[0]['name'] is required"},
		"a contact with half a name":     {message(anna, "type", "contacts", "text", nil, "contacts", []obj{{"name": obj{"formatted_name": "A"}}}), 131008, "one part beside formatted_name"},
		"a reaction without a message":   {message(anna, "type", "reaction", "text", nil, "reaction", obj{"emoji": "👍"}), 100, "reaction['message_id'] is required"},
		"a reaction without an emoji":    {message(anna, "type", "reaction", "text", nil, "reaction", obj{"message_id": "x"}), 100, "reaction['emoji'] is required"},
		"a reaction of letters":          {message(anna, "type", "reaction", "text", nil, "reaction", obj{"message_id": "x", "emoji": "ok"}), 131009, "no emoji"},
		"a reaction that quotes":         {message(anna, "type", "reaction", "text", nil, "context", obj{"message_id": "x"}, "reaction", obj{"message_id": "x", "emoji": "👍"}), 131009, "no context"},
		"buttons of an unknown kind":     {interactive(func(i obj) { i["type"] = "menu" }), 100, "interactive['type'] must be one of"},
		"buttons without a body":         {interactive(func(i obj) { delete(i, "body") }), 100, "interactive['body'] is required"},
		"buttons without an action":      {interactive(func(i obj) { delete(i, "action") }), 100, "interactive['action'] is required"},
		"a body of buttons too long":     {interactive(func(i obj) { i["body"] = obj{"text": long(1025)} }), 100, "interactive['body']['text'] must be at most 1024"},
		"a header too long":              {interactive(func(i obj) { i["header"] = obj{"type": "text", "text": long(61)} }), 100, "interactive['header']['text'] must be at most 60"},
		"a header without a type":        {interactive(func(i obj) { i["header"] = obj{"text": "x"} }), 100, "interactive['header']['type'] is required"},
		"a header with another object":   {interactive(func(i obj) { i["header"] = obj{"type": "image", "text": "x"} }), 100, "interactive['header']['image'] is required"},
		"a footer too long":              {interactive(func(i obj) { i["footer"] = obj{"text": long(61)} }), 100, "interactive['footer']['text'] must be at most 60"},
		"an unknown key in the frame":    {interactive(func(i obj) { i["title"] = "x" }), 100, `Unexpected key "title" on param "interactive".`},
		"no buttons":                     {withButtons(), 100, "interactive['action']['buttons'] is required"},
		"four buttons":                   {withButtons(button("a", "A"), button("b", "B"), button("c", "C"), button("d", "D")), 100, "must have between 1 and 3"},
		"two buttons with one id":        {withButtons(button("a", "A"), button("a", "B")), 131009, "must differ"},
		"two buttons with one title":     {withButtons(button("a", "A"), button("b", "A")), 131009, "must differ"},
		"a title too long":               {withButtons(button("a", long(21))), 100, "['title'] must be at most 20"},
		"a title of ten wide characters": {withButtons(button("a", strings.Repeat("🎁", 11))), 100, "['title'] must be at most 20"},
		"a button without an id":         {withButtons(button("", "A")), 100, "['id'] is required"},
		"an id too long":                 {withButtons(button(long(257), "A")), 100, "['id'] must be at most 256"},
		"an id with a blank at its end":  {withButtons(button("a ", "A")), 131009, "blank"},
		"a button that opens":            {withButtons(obj{"type": "url", "reply": obj{"id": "a", "title": "A"}}), 100, "['type'] must be one of"},
		"a button with more":             {withButtons(obj{"type": "reply", "url": "x", "reply": obj{"id": "a", "title": "A"}}), 100, `Unexpected key "url"`},
		"eleven rows in two sections":    {list(obj{"title": "A", "rows": rows("a", 10)}, obj{"title": "B", "rows": rows("b", 1)}), 131009, "at most 10 rows in all"},
		"sections without titles":        {list(obj{"rows": rows("a", 1)}, obj{"title": "B", "rows": rows("b", 1)}), 100, "['title'] is required"},
		"a section without rows":         {list(obj{"title": "A"}), 100, "['rows'] is required"},
		"two rows with one id":           {list(obj{"title": "A", "rows": rows("a", 1)}, obj{"title": "B", "rows": rows("a", 1)}), 131009, "twice"},
		"a row title too long":           {list(obj{"rows": []obj{{"id": "a", "title": long(25)}}}), 100, "['title'] must be at most 24"},
		"a description too long":         {list(obj{"rows": []obj{{"id": "a", "title": "A", "description": long(73)}}}), 100, "['description'] must be at most 72"},
		"a list without a button":        {interactive(func(i obj) { i["type"], i["action"] = "list", obj{"sections": []obj{{"rows": rows("a", 1)}}} }), 100, "['button'] is required"},
		"a link button without a link": {interactive(func(i obj) {
			i["type"], i["action"] = "cta_url", obj{"name": "cta_url", "parameters": obj{"display_text": "Go"}}
		}), 100, "['url'] is required"},
		"a flow by id and name": {interactive(func(i obj) {
			i["type"] = "flow"
			i["action"] = obj{"name": "flow", "parameters": obj{"flow_message_version": "3", "flow_cta": "Go", "flow_id": "1", "flow_name": "a"}}
		}), 131009, "either flow_id or flow_name"},
	}
	s, g := start(t, Options{})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := call(t, s, tt.body)
			e := a.Error
			if a.HTTP != http.StatusBadRequest || e.Code != tt.code || e.Type != "OAuthException" || e.Trace == "" || !strings.Contains(e.Message+" "+e.Data.Details, tt.says) {
				t.Errorf("got %d %s, want %d: %s", a.HTTP, a.Raw, tt.code, tt.says)
			}
			if !strings.HasPrefix(e.Message, "(#") || e.Data.Details != "" && e.Data.Product != "whatsapp" {
				t.Errorf("the error does not look like Meta's: %s", a.Raw)
			}
		})
	}
	if n := s.Count(); n.Accepted != 0 || n.Calls != len(tests) || len(g.bodies(t, s)) != 0 {
		t.Errorf("a refused message was taken or told: %+v", n)
	}
}

func TestWhatIsJustWithinTheLimits(t *testing.T) {
	tests := map[string]obj{
		"a body of 4096":              message(anna, "text", obj{"body": long(4096)}),
		"512 of callback data":        message(anna, "biz_opaque_callback_data", long(512)),
		"no type is a text":           message(anna, "type", nil, "recipient_type", nil),
		"a number with blanks":        message(anna, "to", "+38 (050) 111-22-33"),
		"three buttons":               withButtons(button(long(256), long(20)), button("b", "B"), button("c", "C")),
		"ten rows":                    list(obj{"rows": rows("a", 10)}),
		"ten wide characters":         withButtons(button("a", strings.Repeat("🎁", 10))),
		"a header and a footer of 60": interactive(func(i obj) { i["header"], i["footer"] = obj{"type": "text", "text": long(60)}, obj{"text": long(60)} }),
		"a body of buttons of 1024":   interactive(func(i obj) { i["body"] = obj{"text": long(1024)} }),
		"a link button": interactive(func(i obj) {
			i["type"], i["action"] = "cta_url", obj{"name": "cta_url", "parameters": obj{"display_text": "Go", "url": "https://shop.example/"}}
		}),
		"a picture above buttons": interactive(func(i obj) { i["header"] = obj{"type": "image", "image": obj{"link": "https://media.example/1.jpg"}} }),
	}
	s, _ := start(t, Options{})
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			if a := call(t, s, body); a.HTTP != 200 || len(s.Statuses(a.id())) != 2 {
				t.Errorf("got %s", a.Raw)
			}
		})
	}
	if odd := s.Oddities(); len(odd) > 0 {
		t.Errorf("odd: %v", odd)
	}
}

func TestCallsThatAreNone(t *testing.T) {
	s, _ := start(t, Options{})
	path := "/v23.0/" + s.PhoneID() + "/messages"
	text := stagetest.JSON(t, message(anna))
	tests := map[string]struct {
		verb, path, token, kind, body string
		http, code, sub               int
		says                          string
	}{
		"no token":              {"POST", path, "", "application/json", text, 401, 104, 0, "An access token is required"},
		"another token":         {"POST", path, "EAAGother", "application/json", text, 401, 190, 0, "Invalid OAuth access token"},
		"another number":        {"POST", "/v23.0/555/messages", s.Token(), "application/json", text, 400, 100, 33, "Object with ID '555' does not exist"},
		"another edge":          {"POST", "/v23.0/" + s.PhoneID() + "/sms", s.Token(), "application/json", text, 400, 100, 33, "Unsupported post request"},
		"no version":            {"POST", "/" + s.PhoneID() + "/messages", s.Token(), "application/json", text, 400, 2500, 0, "Unknown path components"},
		"a GET":                 {"GET", path, s.Token(), "", "", 400, 100, 33, "Unsupported get request"},
		"no JSON":               {"POST", path, s.Token(), "application/json", "hello", 400, 100, 0, "messaging_product is required"},
		"two JSON values":       {"POST", path, s.Token(), "application/json", text + text, 400, 100, 0, "messaging_product is required"},
		"null":                  {"POST", path, s.Token(), "application/json", "null", 400, 100, 0, "messaging_product is required"},
		"JSON that says a form": {"POST", path, s.Token(), "application/x-www-form-urlencoded", text, 400, 100, 0, "messaging_product is required"},
		"a field that is not there": {"GET", "/v23.0/" + s.PhoneID() + "?fields=verified_name,colour", s.Token(), "", "", 400, 100, 0,
			"Tried accessing nonexisting field (colour) on node type (WhatsAppBusinessPhoneNumber)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := ask(t, s, tt.verb, tt.path, tt.token, tt.kind, []byte(tt.body))
			if a.HTTP != tt.http || a.Error.Code != tt.code || a.Error.Subcode != tt.sub || !strings.Contains(a.Error.Message, tt.says) {
				t.Errorf("got %d %s, want %d, %d/%d: %s", a.HTTP, a.Raw, tt.http, tt.code, tt.sub, tt.says)
			}
		})
	}
	if n := s.Count().Accepted; n != 0 {
		t.Errorf("%d messages were taken", n)
	}
}

func TestUnknownParametersAreOdd(t *testing.T) {
	s, _ := start(t, Options{})
	send(t, s, anna, "priority", "high", "context", obj{"message_id": "wamid.unknown"}, "image", obj{"link": "x"})
	var paths []string
	for _, o := range s.Oddities() {
		paths = append(paths, o.Path)
	}
	if got := strings.Join(paths, " "); got != "context.message_id image priority" {
		t.Errorf("odd: %v", s.Oddities())
	}
	if m := s.Messages(anna)[0]; m.Quotes != "" {
		t.Errorf("it quotes %q", m.Quotes)
	}
}

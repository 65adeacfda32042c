package viber

import (
	"encoding/json"
	"strings"
	"testing"

	"kaskad/bots/simulator/internal/stagetest"
)

func long(n int) string { return strings.Repeat("ж", n) }

// obj is short for a JSON object.
type obj = map[string]any

// keyboard is one that Viber accepts with changes to its only button.
func keyboard(pairs ...any) obj {
	b := obj{"ActionBody": "yes", "Text": "Yes"}
	for i := 0; i < len(pairs); i += 2 {
		b[pairs[i].(string)] = pairs[i+1]
	}
	return obj{"Type": "keyboard", "Buttons": []any{b}}
}

func rich(pairs ...any) obj {
	r := obj{"Type": "rich_media", "ButtonsGroupColumns": 6, "ButtonsGroupRows": 7, "BgColor": "#FFFFFF",
		"Buttons": []any{obj{"Columns": 6, "Rows": 7, "ActionBody": "buy", "Text": "Buy"}}}
	for i := 0; i < len(pairs); i += 2 {
		r[pairs[i].(string)] = pairs[i+1]
	}
	return r
}

func TestWhatTheServerRefuses(t *testing.T) {
	s, b := start(t, Options{Unanswered: -1})
	const pic = "https://a.example/p/bonus.png"
	tests := map[string]struct {
		change []any
		want   int
	}{
		"no type":                        {[]any{"type", nil}, 4},
		"an unknown type":                {[]any{"type", "poll"}, 3},
		"no sender":                      {[]any{"sender", nil}, 4},
		"an empty sender":                {[]any{"sender", obj{"name": ""}}, 4},
		"a sender of 28":                 {[]any{"sender", obj{"name": long(28), "avatar": pic}}, 0},
		"a sender of 29":                 {[]any{"sender", obj{"name": long(29)}}, 3},
		"a sender that is a string":      {[]any{"sender", "Shop"}, 3},
		"an avatar that is no address":   {[]any{"sender", obj{"name": "Shop", "avatar": "me.png"}}, 3},
		"no text":                        {[]any{"text", nil}, 4},
		"an empty text":                  {[]any{"text", ""}, 4},
		"a text that is a number":        {[]any{"text", 5}, 3},
		"a text of 7000":                 {[]any{"text", long(7000)}, 0},
		"a text of 7001":                 {[]any{"text", long(7001)}, 3},
		"a text of 3501 emoji":           {[]any{"text", strings.Repeat("🎁", 3501)}, 3},
		"tracking data of 4000":          {[]any{"tracking_data", long(4000)}, 0},
		"tracking data of 4001":          {[]any{"tracking_data", long(4001)}, 3},
		"tracking data that is a number": {[]any{"tracking_data", 7}, 3},
		"api version 0":                  {[]any{"min_api_version", 0}, 3},
		"api version as a string":        {[]any{"min_api_version", "3"}, 3},
		"api version 1.5":                {[]any{"min_api_version", 1.5}, 3},
		"null is nothing":                {[]any{"min_api_version", json.RawMessage("null"), "keyboard", json.RawMessage("null")}, 0},

		"a picture":                         {[]any{"type", "picture", "media", pic}, 0},
		"a picture with an empty text":      {[]any{"type", "picture", "media", pic, "text", ""}, 0},
		"a picture without text":            {[]any{"type", "picture", "media", pic, "text", nil}, 4},
		"a picture with 769":                {[]any{"type", "picture", "media", pic, "text", long(769)}, 3},
		"a picture without media":           {[]any{"type", "picture"}, 4},
		"a picture that ends in .webp":      {[]any{"type", "picture", "media", "https://a.example/p.webp"}, 3},
		"a picture behind a query":          {[]any{"type", "picture", "media", "https://a.example/p?f=x.png"}, 3},
		"a video":                           {[]any{"type", "video", "media", "https://a.example/v.mp4", "size", 10, "duration", 180, "text", nil}, 0},
		"a video without size":              {[]any{"type", "video", "media", "https://a.example/v.mp4", "text", nil}, 4},
		"a video of 27 MB":                  {[]any{"type", "video", "media", "https://a.example/v.mp4", "size", 27262977, "text", nil}, 3},
		"a video of 181 s":                  {[]any{"type", "video", "media", "https://a.example/v.mp4", "size", 10, "duration", 181, "text", nil}, 3},
		"a file":                            {[]any{"type", "file", "media", "https://a.example/f.pdf", "size", 10, "file_name", "f.pdf", "text", nil}, 0},
		"a file without extension":          {[]any{"type", "file", "media", "https://a.example/f.pdf", "size", 10, "file_name", "f", "text", nil}, 3},
		"a program":                         {[]any{"type", "file", "media", "https://a.example/f.exe", "size", 10, "file_name", "f.EXE", "text", nil}, 3},
		"a file of more than 50 MB":         {[]any{"type", "file", "media", "https://a.example/f.pdf", "size", 52428801, "file_name", "f.pdf", "text", nil}, 3},
		"a contact":                         {[]any{"type", "contact", "contact", obj{"name": "Shop", "phone_number": "+380441112233"}, "text", nil}, 0},
		"a contact without number":          {[]any{"type", "contact", "contact", obj{"name": "Shop"}, "text", nil}, 4},
		"a contact with a long number":      {[]any{"type", "contact", "contact", obj{"name": "Shop", "phone_number": "+380441112233445566"}, "text", nil}, 3},
		"a contact with blanks":             {[]any{"type", "contact", "contact", obj{"name": "Shop", "phone_number": "+38 044"}, "text", nil}, 3},
		"no contact":                        {[]any{"type", "contact"}, 4},
		"a place":                           {[]any{"type", "location", "location", obj{"lat": 50.45, "lon": -30.52}, "text", nil}, 0},
		"half a place":                      {[]any{"type", "location", "location", obj{"lat": 50.45}, "text", nil}, 4},
		"a place on the moon":               {[]any{"type", "location", "location", obj{"lat": 91, "lon": 0}, "text", nil}, 3},
		"a link":                            {[]any{"type", "url", "media", "https://a.example/?b", "text", nil}, 0},
		"a link of 2001":                    {[]any{"type", "url", "media", "https://a.example/" + strings.Repeat("x", 1983), "text", nil}, 3},
		"a link that is none":               {[]any{"type", "url", "media", "a", "text", nil}, 3},
		"a sticker as a number":             {[]any{"type", "sticker", "sticker_id", 40129, "text", nil}, 0},
		"a sticker as a string":             {[]any{"type", "sticker", "sticker_id", "40129", "text", nil}, 0},
		"no sticker":                        {[]any{"type", "sticker"}, 4},
		"rich media":                        {[]any{"type", "rich_media", "min_api_version", 7, "rich_media", rich(), "alt_text", "Buy", "text", nil}, 0},
		"rich media for all versions":       {[]any{"type", "rich_media", "rich_media", rich(), "text", nil}, 14},
		"no rich media":                     {[]any{"type", "rich_media", "min_api_version", 7}, 4},
		"a keyboard alone":                  {[]any{"type", nil, "text", nil, "keyboard", keyboard()}, 0},
		"a keyboard that is a list":         {[]any{"keyboard", []any{}}, 3},
		"a keyboard without Type":           {[]any{"keyboard", obj{"Buttons": []any{obj{"ActionBody": "a", "Text": "a"}}}}, 3},
		"a keyboard without buttons":        {[]any{"keyboard", obj{"Type": "keyboard"}}, 3},
		"a button without ActionBody":       {[]any{"keyboard", keyboard("ActionBody", "")}, 3},
		"Columns as a string":               {[]any{"keyboard", keyboard("Columns", "6")}, 3},
		"share-phone for all versions":      {[]any{"keyboard", keyboard("ActionType", "share-phone")}, 14},
		"share-phone from 3 on":             {[]any{"min_api_version", 3, "keyboard", keyboard("ActionType", "share-phone")}, 0},
		"share-phone without ActionBody":    {[]any{"min_api_version", 3, "keyboard", keyboard("ActionType", "share-phone", "ActionBody", "")}, 3},
		"location-picker for all versions":  {[]any{"keyboard", keyboard("ActionType", "location-picker")}, 14},
		"InputFieldState below version 4":   {[]any{"min_api_version", 3, "keyboard", obj{"Type": "keyboard", "InputFieldState": "hidden", "Buttons": []any{obj{"ActionBody": "a", "Text": "a"}}}}, 14},
		"TextPaddings below version 4":      {[]any{"min_api_version", 3, "keyboard", keyboard("TextPaddings", []int{1, 2, 3, 4})}, 14},
		"InternalBrowser below version 3":   {[]any{"keyboard", keyboard("InternalBrowser", obj{"Mode": "fullscreen"})}, 14},
		"a Frame below version 6":           {[]any{"min_api_version", 5, "keyboard", keyboard("Frame", obj{"BorderWidth": 1})}, 14},
		"all kinds of looks from version 6": {[]any{"min_api_version", 6, "keyboard", keyboard("Frame", obj{"BorderWidth": 1, "CornerRadius": 2, "BorderColor": "#000000"}, "TextSize", "large", "BgLoop", false, "Image", pic, "MediaPlayer", obj{"Loop": true}, "InternalBrowser", obj{"CustomTitle": "Shop"})}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if g := send(t, s, anna, tt.change...); g.Status != tt.want {
				t.Errorf("got %d %s (%s), want %d", g.Status, g.Message, s.Calls()[len(s.Calls())-1].Error, tt.want)
			}
		})
	}
	if odd := s.Oddities(); len(odd) != 0 {
		t.Errorf("oddities: %v", odd)
	}
	must(t, s.WaitIdle(t.Context()))
	for _, h := range b.got() {
		if h.Event == "failed" {
			t.Errorf("a message failed on the phone: %s", h.Desc)
		}
	}
}

func TestKeyboardTypeIsAskedForInPlainWords(t *testing.T) {
	s, _ := start(t, Options{})
	g := send(t, s, anna, "keyboard", obj{"Buttons": []any{}})
	if want := `keyboard is not valid. [object has missing required properties (["Type"])]`; g.Message != want {
		t.Errorf("got %q, want %q", g.Message, want)
	}
}

func TestWhatThePhoneFinds(t *testing.T) {
	many := make([]any, 73)
	for i := range many {
		many[i] = obj{"Columns": 1, "ActionBody": "a", "Text": "a"}
	}
	tests := map[string][]any{
		"seven columns":                 {"keyboard", keyboard("Columns", 7)},
		"no columns":                    {"keyboard", keyboard("Columns", 0)},
		"three rows in a keyboard":      {"keyboard", keyboard("Rows", 3)},
		"an unknown action":             {"keyboard", keyboard("ActionType", "dance")},
		"a link that is none":           {"keyboard", keyboard("ActionType", "open-url", "ActionBody", "shop")},
		"a text of 251":                 {"keyboard", keyboard("Text", long(251))},
		"a colour by name":              {"keyboard", keyboard("BgColor", "red")},
		"an unknown size":               {"keyboard", keyboard("TextSize", "medium")},
		"a button with nothing on it":   {"keyboard", keyboard("Text", "")},
		"no buttons":                    {"keyboard", obj{"Type": "keyboard", "Buttons": []any{}}},
		"more than twelve rows":         {"keyboard", obj{"Type": "keyboard", "Buttons": many}},
		"a keyboard of another type":    {"keyboard", obj{"Type": "rich_media", "Buttons": []any{obj{"ActionBody": "a", "Text": "a"}}}},
		"a keyboard that is too high":   {"min_api_version", 3, "keyboard", obj{"Type": "keyboard", "CustomDefaultHeight": 71, "Buttons": []any{obj{"ActionBody": "a", "Text": "a"}}}},
		"rich media with 8 rows":        {"type", "rich_media", "min_api_version", 7, "text", nil, "rich_media", rich("ButtonsGroupRows", 8)},
		"rich media without a grid":     {"type", "rich_media", "min_api_version", 7, "text", nil, "rich_media", rich("ButtonsGroupRows", nil)},
		"rich media with larger button": {"type", "rich_media", "min_api_version", 7, "text", nil, "rich_media", rich("ButtonsGroupRows", 2)},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			s, b := start(t, Options{})
			g := send(t, s, anna, change...)
			if g.Status != 0 {
				t.Fatalf("got %+v, want 0 and a failed callback", g)
			}
			if got := b.events(t, s); got != "failed" {
				t.Fatalf("callbacks: %s", got)
			}
			h := b.got()[0]
			if h.Token != g.Token || h.UserID != anna || h.Desc == "" || !strings.Contains(h.raw, `"udid":null`) {
				t.Errorf("failed: %s", h.raw)
			}
			if shown, all := s.Messages(anna), s.Accepted(anna); len(shown) != 0 || len(all) != 1 || all[0].Failed != h.Desc {
				t.Errorf("shown %+v, accepted %+v", shown, all)
			}
		})
	}
}

func TestFailedWithoutDesc(t *testing.T) {
	s, b := start(t, Options{BareFailed: true})
	send(t, s, anna, "keyboard", keyboard("Columns", 7))
	if got := b.events(t, s); got != "failed" || strings.Contains(b.got()[0].raw, "desc") {
		t.Errorf("%s: %+v", got, b.got())
	}
}

func TestOddities(t *testing.T) {
	s, b := start(t, Options{})
	send(t, s, anna, "auth_token", "x", "media", "https://a.example/", "keyboard", obj{
		"Type": "keyboard", "bgColor": "#FFFFFF", "Buttons": []any{obj{"ActionBody": "a", "Text": "a", "Colums": 3}}})
	b.set(func() {
		b.welcome = stagetest.JSON(t, text("", "receiver", anna))
	})
	must(t, s.Open(anna, ""))
	must(t, s.WaitIdle(t.Context()))
	want := []string{"send_message: auth_token", "send_message: media", "send_message: keyboard.bgColor", "send_message: keyboard.Buttons[0].Colums", "welcome: receiver"}
	odd := s.Oddities()
	if len(odd) != len(want) {
		t.Fatalf("got %v", odd)
	}
	for i := range want {
		if !strings.HasPrefix(odd[i].String(), want[i]+" ") {
			t.Errorf("got %v, want %v", odd[i], want[i])
		}
	}
	if len(s.Messages(anna)) != 2 {
		t.Error("unknown fields are no reason to refuse")
	}
}

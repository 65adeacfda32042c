package telegram

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// upload sends a file of its own; pairs are the other fields.
func sendFile(t *testing.T, s *Server, method, field, name, content string, pairs ...string) got {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		must(t, form.WriteField(pairs[i], pairs[i+1]))
	}
	part, err := form.CreateFormFile(field, name)
	must(t, err)
	_, err = part.Write([]byte(content))
	must(t, err)
	must(t, form.Close())
	resp, err := http.Post(s.URL()+"/bot"+s.Token()+"/"+method, form.FormDataContentType(), &body)
	return read(t, resp, err)
}

// download fetches what a file id stands for.
func download(t *testing.T, s *Server, id string) string {
	t.Helper()
	f := answered(t, call(t, s, "getFile", "file_id", id))
	resp, err := http.Get(fmt.Sprint(s.URL(), "/file/bot", s.Token(), "/", f.at("file_path")))
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	if resp.StatusCode != 200 || f.at("file_size") != float64(len(body)) {
		t.Errorf("%v: status %d, %d bytes", f, resp.StatusCode, len(body))
	}
	return string(body)
}

func TestTheBotSendsFiles(t *testing.T) {
	for name, c := range map[string]struct {
		method  string
		field   Media
		caption string
	}{
		"a photo":      {"sendPhoto", Photo, "look"},
		"a document":   {"sendDocument", Document, "the bill"},
		"a voice note": {"sendVoice", Voice, "listen"},
		"a video":      {"sendVideo", Video, "see"},
		"a round one":  {"sendVideoNote", VideoNote, ""},
		"a sticker":    {"sendSticker", Sticker, ""},
		"music":        {"sendAudio", Audio, "hear"},
		"an animation": {"sendAnimation", Animation, "ha"},
	} {
		t.Run(name, func(t *testing.T) {
			s := inForum(t, Options{})
			thread := num(made(t, s, "Olena"))
			where := []string{"chat_id", num(forum), "message_thread_id", thread, "caption", c.caption}
			m := answered(t, sendFile(t, s, c.method, string(c.field), "file.x", "content of "+name, where...))
			shown := m.at(string(c.field))
			if sizes, photo := shown.([]any); photo {
				shown = sizes[len(sizes)-1]
			}
			file, _ := shown.(map[string]any)
			id, _ := file["file_id"].(string)
			if m.at("message_thread_id") == nil || c.caption != "" && m.at("caption") != c.caption || m.at("text") != nil || id == "" {
				t.Fatalf("the answer is %v", m)
			}
			if got := download(t, s, id); got != "content of "+name {
				t.Errorf("it downloads as %q", got)
			}
			again := answered(t, call(t, s, c.method, append(where, string(c.field), id)...))
			sent := s.Topics(forum)[0].Messages
			if last := sent[len(sent)-1]; last.Media != c.field || last.File != id || last.ID != int(again.at("message_id").(float64)) || last.Text != c.caption {
				t.Errorf("sent again by its id it is %+v", last)
			}
			if g := call(t, s, c.method, where...); !strings.HasPrefix(g.Description, "Bad Request: there is no ") {
				t.Errorf("without a file: %+v", g)
			}
			must(t, s.Demote(forum))
			must(t, s.SetForbidden(forum, Forbidden{Media: true}))
			if g := call(t, s, c.method, append(where, string(c.field), id)...); !strings.HasPrefix(g.Description, "Bad Request: not enough rights to send ") {
				t.Errorf("where media are forbidden: %+v", g)
			}
		})
	}
}

func TestFileRefusals(t *testing.T) {
	s := inForum(t, Options{})
	_, err := s.Write(anna, Said{Media: Document, Size: maxDownload + 1})
	must(t, err)
	_, err = s.Write(anna, Said{Media: Photo})
	must(t, err)
	big, photo := s.Chat(anna)[0].File, s.Chat(anna)[1].File
	for name, c := range map[string]struct {
		method string
		params []string
		want   string
	}{
		"a file that never was":         {"getFile", []string{"file_id", "x"}, "invalid file_id"},
		"one that is too big":           {"getFile", []string{"file_id", big}, "file is too big"},
		"a photo as a document":         {"sendDocument", []string{"chat_id", "42", "document", photo}, "can't use file of type Photo as Document"},
		"a made-up id":                  {"sendVoice", []string{"chat_id", "42", "voice", "AwAC"}, "wrong remote file identifier specified: Wrong string length"},
		"no place":                      {"sendLocation", []string{"chat_id", "42", "longitude", "2"}, "latitude is empty"},
		"a place that is nowhere":       {"sendLocation", []string{"chat_id", "42", "latitude", "91", "longitude", "2"}, "wrong location specified"},
		"an album of nothing":           {"sendMediaGroup", []string{"chat_id", "42", "media", `[]`}, "there are no messages to send"},
		"an album that is no JSON":      {"sendMediaGroup", []string{"chat_id", "42", "media", `x`}, "can't parse media JSON object"},
		"an album of voice notes":       {"sendMediaGroup", []string{"chat_id", "42", "media", `[{"type":"voice","media":"x"}]`}, "can't parse InputMedia: invalid type specified"},
		"an album of eleven":            {"sendMediaGroup", []string{"chat_id", "42", "media", `[{},{},{},{},{},{},{},{},{},{},{}]`}, "too many messages to send as an album"},
		"an album of photos and a bill": {"sendMediaGroup", []string{"chat_id", "42", "media", `[{"type":"photo","media":"https://a.example/1"},{"type":"document","media":"https://a.example/2"}]`}, "Can't use the media of the specified type in the album"},
		"copies of nothing":             {"copyMessages", []string{"chat_id", "42", "from_chat_id", "42", "message_ids", "[77]"}, "there are no messages to forward"},
		"what is deleted has no name":   {"deleteMessages", []string{"chat_id", "42", "message_ids", "[0]"}, "invalid message identifier specified"},
		"copies without ids":            {"copyMessages", []string{"chat_id", "42", "from_chat_id", "42"}, "message identifiers are not specified"},
	} {
		t.Run(name, func(t *testing.T) {
			if g := call(t, s, c.method, c.params...); g.Status != 400 || g.Description != "Bad Request: "+c.want {
				t.Errorf("got %d %q, want %q", g.Status, g.Description, c.want)
			}
		})
	}
	for name, path := range map[string]string{"an unknown file": "/file/bot" + s.Token() + "/photos/file_99.jpg", "a wrong token": "/file/bot1:x/photos/file_2.jpg"} {
		resp, err := http.Get(s.URL() + path)
		must(t, err)
		resp.Body.Close()
		if resp.StatusCode != 404 {
			t.Errorf("%s: status %d", name, resp.StatusCode)
		}
	}
}

func TestAlbumsAndCopies(t *testing.T) {
	s := inForum(t, Options{})
	thread := num(made(t, s, "Olena"))
	for _, part := range []Said{{Media: Photo, Album: "a", Caption: "two"}, {Media: Video, Album: "a"}, {Media: Location, Lat: 50.4, Lon: 30.5}} {
		_, err := s.Write(anna, part)
		must(t, err)
	}
	_, err := s.ShareContact(anna, OwnContact)
	must(t, err)
	u := heard(t, s)[1:]
	if len(u) != 4 || u[0].at("message.media_group_id") != "a" || u[1].at("message.media_group_id") != "a" || u[0].at("message.caption") != "two" ||
		u[2].at("message.location.latitude") != 50.4 || u[2].at("message.media_group_id") != nil {
		t.Fatalf("heard %v", u)
	}
	var ids []raw
	inChat(t, s, "copyMessages", "from_chat_id", "42", "message_ids", "[1,2,3,4,77]", "message_thread_id", thread).into(t, &ids)
	copies := s.Topics(forum)[0].Messages[1:]
	if len(ids) != 4 || len(copies) != 4 || copies[0].Media != Photo || copies[0].Text != "two" || copies[0].Album == "" || copies[0].Album != copies[1].Album ||
		copies[0].Album == "a" || copies[2].Latitude != 50.4 || len(ids[0]) != 1 {
		t.Errorf("the copies are %v: %+v", ids, copies)
	}
	gone := fmt.Sprintf("[%v,%v,9999]", ids[0].at("message_id"), ids[1].at("message_id"))
	inChat(t, s, "deleteMessages", "message_ids", gone)
	if left := s.Topics(forum)[0].Messages[1:]; !left[0].Deleted || !left[1].Deleted || left[2].Deleted || left[3].Deleted {
		t.Errorf("of %s there is left %+v", gone, left)
	}
	one := answered(t, inChat(t, s, "copyMessage", "from_chat_id", "42", "message_id", "1", "message_thread_id", thread, "caption", "new"))
	if len(one) != 1 || s.Chat(forum)[len(s.Chat(forum))-1].Text != "new" {
		t.Errorf("the copy is %v", one)
	}
	if g := inChat(t, s, "copyMessage", "from_chat_id", num(forum), "message_id", thread); g.Description != "Bad Request: message can't be copied" {
		t.Errorf("a service message: %+v", g)
	}
	if g := inChat(t, s, "copyMessage", "from_chat_id", "42", "message_id", "1", "message_thread_id", "999"); g.Description != "Bad Request: message thread not found" {
		t.Errorf("a copy to a topic that is not there: %+v", g)
	}
	var sent []raw
	inChat(t, s, "sendMediaGroup", "media", `[{"type":"photo","media":"https://a.example/1","caption":"<b>x</b>","parse_mode":"HTML"},{"type":"photo","media":"https://a.example/2"}]`, "message_thread_id", thread).into(t, &sent)
	if len(sent) != 2 || sent[0].at("media_group_id") == nil || sent[0].at("media_group_id") != sent[1].at("media_group_id") || sent[0].at("caption") != "x" || sent[1].at("is_topic_message") != true {
		t.Errorf("the album is %v", sent)
	}
}

func TestWhatPeopleSend(t *testing.T) {
	for name, c := range map[string]struct {
		said Said
		want map[string]any // of the message; nil = refused
	}{
		"a photo":                       {Said{Media: Photo, Caption: "look"}, map[string]any{"caption": "look", "text": nil}},
		"a photo of the old sort":       {Said{Photo: true, Text: "look"}, map[string]any{"caption": "look", "text": nil}},
		"a document":                    {Said{Media: Document, FileName: "bill.pdf", MIME: "application/pdf"}, map[string]any{"document.file_name": "bill.pdf", "document.mime_type": "application/pdf"}},
		"a voice note":                  {Said{Media: Voice}, map[string]any{"voice.duration": 3.0, "voice.mime_type": "audio/ogg"}},
		"a sticker":                     {Said{Media: Sticker}, map[string]any{"sticker.emoji": "👍", "sticker.is_video": false}},
		"an animation, in two fields":   {Said{Media: Animation}, map[string]any{"animation.width": 320.0, "document.width": 320.0}},
		"a place":                       {Said{Media: Location, Lat: 1, Lon: 2}, map[string]any{"location.longitude": 2.0}},
		"a caption of nothing":          {Said{Text: "x", Caption: "look"}, nil},
		"a sticker with a caption":      {Said{Media: Sticker, Caption: "look"}, nil},
		"a thing that is not":           {Said{Media: "hologram"}, nil},
		"nothing":                       {Said{}, nil},
		"a topic":                       {Said{Text: "x", Thread: 5}, nil},
		"a mention of who is not in it": {Said{Text: "x", Mentions: []int64{petro}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := inForum(t, Options{})
			_, err := s.Write(anna, c.said)
			if (err != nil) != (c.want == nil) {
				t.Fatalf("it gave %v", err)
			}
			if c.want == nil {
				return
			}
			u := heard(t, s)
			for path, want := range c.want {
				if got := u[0].at("message." + path); got != want {
					t.Errorf("%s is %v, want %v", path, got, want)
				}
			}
		})
	}
}

func TestFilesOfPeopleCanBeDownloaded(t *testing.T) {
	s := inForum(t, Options{Keep: 2})
	_, err := s.Write(anna, Said{Media: Document, FileName: "bill.pdf", Content: []byte("12 cups")})
	must(t, err)
	_, err = s.WriteIn(forum, petro, Said{Media: Photo})
	must(t, err)
	u := heard(t, s)
	bill := u[0].at("message.document.file_id").(string)
	if got := download(t, s, bill); got != "12 cups" {
		t.Errorf("the bill is %q", got)
	}
	sizes := u[1].at("message.photo").([]any)
	photo := sizes[len(sizes)-1].(map[string]any)["file_id"].(string)
	if kind := http.DetectContentType([]byte(download(t, s, photo))); kind != "image/jpeg" {
		t.Errorf("the photo is %s", kind)
	}
	if got := s.Downloads(); len(got) != 2 || got[0] != bill {
		t.Errorf("downloaded %v", got)
	}
	for range 2 {
		_, err = s.Write(anna, Said{Media: Voice})
		must(t, err)
	}
	if got := s.files[bill].data; got != nil {
		t.Errorf("%q is kept beside two newer ones", got)
	}
}

func TestTheBotEditsCaptionsAndButtons(t *testing.T) {
	s := start(t, Options{})
	must(t, ok(call(t, s, "sendPhoto", "chat_id", "42", "photo", "https://a.example/1.jpg", "caption", "one")))
	must(t, ok(say(t, s, "words")))
	const button = `{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}`
	for _, c := range []struct {
		what   string
		method string
		params []string
		want   string
	}{
		{"a caption", "editMessageCaption", []string{"message_id", "1", "caption", "<b>two</b>", "parse_mode", "HTML"}, ""},
		{"the same caption", "editMessageCaption", []string{"message_id", "1", "caption", "<b>two</b>", "parse_mode", "HTML"}, "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"},
		{"a caption of words", "editMessageCaption", []string{"message_id", "2", "caption", "x"}, "there is no caption in the message to edit"},
		{"words of a photo", "editMessageText", []string{"message_id", "1", "text", "x"}, "there is no text in the message to edit"},
		{"a long caption", "editMessageCaption", []string{"message_id", "1", "caption", strings.Repeat("a", 1025)}, "message caption is too long"},
		{"buttons", "editMessageReplyMarkup", []string{"message_id", "2", "reply_markup", button}, ""},
		{"the same buttons", "editMessageReplyMarkup", []string{"message_id", "2", "reply_markup", button}, "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"},
		{"buttons of nothing", "editMessageReplyMarkup", []string{"message_id", "9", "reply_markup", button}, "message to edit not found"},
	} {
		g := call(t, s, c.method, append(c.params, "chat_id", "42")...)
		if c.want == "" && !g.OK || c.want != "" && g.Description != "Bad Request: "+c.want {
			t.Errorf("%s: got %d %q, want %q", c.what, g.Status, g.Description, c.want)
		}
	}
	if m := s.Messages(anna); m[0].Text != "two" || m[1].Text != "words" || len(m[1].Buttons) != 1 {
		t.Errorf("they see %+v", m)
	}
}

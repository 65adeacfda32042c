package whatsapp

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

func TestReferenceOfEveryKindOfFile(t *testing.T) {
	path, size, kind := proto.String("/v/t62.7118-24/1_n.enc?ccb=11-4&oh=01"), proto.Uint64(1234), proto.String("x/y")
	for want, m := range map[whatsmeow.MediaType]*waE2E.Message{
		whatsmeow.MediaImage:    photo("a caption, which is not part of it"),
		whatsmeow.MediaVideo:    {VideoMessage: &waE2E.VideoMessage{DirectPath: path, MediaKey: key32, FileSHA256: key32, FileEncSHA256: key32, FileLength: size, Mimetype: kind}},
		whatsmeow.MediaAudio:    {AudioMessage: &waE2E.AudioMessage{DirectPath: path, MediaKey: key32, FileSHA256: key32, FileEncSHA256: key32, FileLength: size, Mimetype: kind}},
		whatsmeow.MediaDocument: {DocumentMessage: &waE2E.DocumentMessage{DirectPath: path, MediaKey: key32, FileSHA256: key32, FileEncSHA256: key32, FileLength: size, Mimetype: kind}},
	} {
		_, media := files(m)
		got, ref, err := dereferenced(media[0].ID)
		if err != nil || got != want || ref.GetDirectPath() != *path || ref.GetFileLength() != 1234 || !bytes.Equal(ref.GetMediaKey(), key32) {
			t.Errorf("%s: %q, %v, %v", want, got, ref, err)
		}
		if strings.Contains(ref.String(), "evil") || ref.URL != nil || ref.Caption != nil {
			t.Errorf("%s: the reference holds what the sender chose: %v", want, ref)
		}
		if len(media[0].ID) > 400 {
			t.Errorf("%s: the reference has %d letters", want, len(media[0].ID))
		}
	}
}

func TestFilesThatCannotBeFetched(t *testing.T) {
	for name, change := range map[string]func(*waE2E.ImageMessage){
		"no path":                  func(m *waE2E.ImageMessage) { m.DirectPath = nil },
		"a path to another server": func(m *waE2E.ImageMessage) { m.DirectPath = proto.String(".evil.example/x") },
		"a path with a line end":   func(m *waE2E.ImageMessage) { m.DirectPath = proto.String("/x\r\nHost: evil") },
		"a path that cuts itself":  func(m *waE2E.ImageMessage) { m.DirectPath = proto.String("/x#y") },
		"a path without an end":    func(m *waE2E.ImageMessage) { m.DirectPath = proto.String("/" + strings.Repeat("x", 5000)) },
		"no key":                   func(m *waE2E.ImageMessage) { m.MediaKey = nil },
		"a short key":              func(m *waE2E.ImageMessage) { m.MediaKey = key32[:5] },
		"no hash":                  func(m *waE2E.ImageMessage) { m.FileSHA256 = nil },
		"no hash of what is sent":  func(m *waE2E.ImageMessage) { m.FileEncSHA256 = nil },
	} {
		m := photo("")
		change(m.ImageMessage)
		_, media := files(m)
		if media[0].ID != "" || media[0].Type != "photo" {
			t.Errorf("%s: %+v", name, media[0])
		}
	}
	for _, ref := range []string{"", "i", "x" + strings.Repeat("A", 200), "i!!!", "iAAAA", "https://evil.example/x", strings.Repeat("i", 9999)} {
		if _, _, err := dereferenced(ref); err == nil {
			t.Errorf("%.20q is taken for a reference", ref)
		}
	}
}

func FuzzReference(f *testing.F) {
	_, media := files(photo(""))
	f.Add(media[0].ID)
	f.Add("dCgUvZGVlcA")
	f.Fuzz(func(t *testing.T, s string) {
		kind, ref, err := dereferenced(s)
		if err != nil {
			return
		}
		if kind == "" || usable(ref) != nil || strings.ContainsAny(ref.GetDirectPath(), " \r\n#\\") || !strings.HasPrefix(ref.GetDirectPath(), "/") {
			t.Fatalf("%q is taken for a reference to %q", s, ref.GetDirectPath())
		}
		again := reference(ref)
		if again == "" {
			return // text that is no UTF-8
		}
		if _, same, err := dereferenced(again); err != nil || !reflect.DeepEqual(same.GetMediaKey(), ref.GetMediaKey()) || same.GetDirectPath() != ref.GetDirectPath() {
			t.Fatalf("%q does not come back: %v", s, err)
		}
	})
}

func TestNumbersOnCards(t *testing.T) {
	for card, want := range map[string]string{
		"BEGIN:VCARD\r\nTEL;type=CELL;waid=380671234567:067 123 45 67\r\nEND:VCARD": "+380671234567",
		"item1.TEL:+380 67 123 45 67":       "+380671234567",
		"TEL;TYPE=WORK,VOICE:067 123 45 67": "067 123 45 67", // whose country's, nobody knows
		"tel;waid=0:+380671234567":          "+380671234567",
		"TEL;waid=380671\n 234567:x":        "+380671234567",
		"FN:Ivan\nEMAIL:a@b.example":        "",
		"TELEX:1234567":                     "",
		"":                                  "",
		"TEL":                               "",
	} {
		if got := cardPhone(card); got != want {
			t.Errorf("cardPhone(%q) = %q, want %q", card, got, want)
		}
	}
}

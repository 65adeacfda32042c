package whatsappcloud_test

import (
	"bytes"
	"io"
	"testing"

	"kaskad/bots"
	"kaskad/bots/simulator/graph"
	"kaskad/bots/whatsappcloud"
)

type opened struct{ *bytes.Reader }

func (opened) Close() error { return nil }

var _ io.ReadSeekCloser = opened{}

func TestFilesThatAreHandedOn(t *testing.T) {
	w := newTown(t, graph.Options{})
	ogg, jpeg := "OggS\x00\x02 a voice", "\xff\xd8\xff\xe0 a picture"
	for _, c := range []struct {
		sentence   string
		media      bots.Media
		body, text string
		kind, name string
		bare       bool
	}{
		{"a photo", bots.Media{Type: "photo"}, jpeg, "our cups", "image", "", false},
		{"a film", bots.Media{Type: "video"}, "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "", "video", "", false},
		{"a voice", bots.Media{Type: "voice"}, ogg, "", "audio", "", false},
		{"a voice with words loses neither", bots.Media{Type: "voice"}, ogg, "listen", "document", "voice.ogg", false},
		{"a sticker", bots.Media{Type: "sticker"}, "RIFF\x24\x00\x00\x00WEBPVP8 ", "", "sticker", "", false},
		{"a paper", bots.Media{Type: "document", Name: "Чек.docx"}, "PK\x03\x04", "your bill", "document", "Чек.docx", false},
		{"what Meta does not take", bots.Media{Type: "document", Name: "a.xyz"}, "\x00\x01\x02\x03", "the words go alone", "text", "", true},
	} {
		file, err := bots.NewCarried(opened{bytes.NewReader([]byte(c.body))}, c.media)
		must(t, err)
		c.media.From, c.media.ID = bots.Telegram, "AgAC"
		got, err := w.bot.Carry(soon(t), bots.Outgoing{To: bots.Address{Channel: bots.WhatsAppCloud, ID: toOlena.ID}, Step: 7, Text: c.text, Media: &c.media}, file)
		if err != nil || got.Bare != c.bare {
			t.Errorf("%s: Carry = %+v, %v", c.sentence, got, err)
			continue
		}
		m, _ := w.Message(got.ID)
		if m.Type != c.kind || m.Text != c.text || m.Filename != c.name || m.Media == "" != c.bare || m.Link != "" {
			t.Errorf("%s: it is %+v", c.sentence, m)
		}
	}
	out := bots.Outgoing{To: bots.Address{Channel: bots.WhatsAppCloud, ID: toOlena.ID}, Step: 8, Media: &bots.Media{Type: "location", Text: "50.45,30.52", Name: "Cafe"}}
	got, err := w.bot.Send(soon(t), out)
	must(t, err)
	if m, _ := w.Message(got.ID); m.Type != "location" {
		t.Errorf("a place is %+v", m)
	}
}

func TestAFileThatCannotBeUploaded(t *testing.T) {
	w := newTown(t, graph.Options{})
	media := bots.Media{Type: "document", Name: "a.xyz", From: bots.Telegram, ID: "AgAC"}
	file, err := bots.NewCarried(opened{bytes.NewReader([]byte("\x00\x01\x02\x03"))}, media)
	must(t, err)
	before := len(w.CallsOf(graph.Messages))
	_, err = w.bot.Carry(soon(t), bots.Outgoing{To: bots.Address{Channel: bots.WhatsAppCloud, ID: toOlena.ID}, Step: 7, Media: &media}, file)
	if bots.FaultOf(err).Fault != bots.Rejected || len(w.CallsOf(graph.Messages)) != before {
		t.Errorf("one that Meta does not take, without words: %v", err)
	}
	lost := newBot(t, "http://127.0.0.1:1"+version, whatsappcloud.Options{})
	_, err = file.Seek(0, io.SeekStart)
	must(t, err)
	_, err = lost.Carry(soon(t), bots.Outgoing{To: bots.Address{Channel: bots.WhatsAppCloud, ID: toOlena.ID}, Step: 7, Media: &media, Text: "hello"}, file)
	if f := bots.FaultOf(err).Fault; f != bots.Temporary {
		t.Errorf("while Meta is not to be reached it is %v: nothing was sent", f)
	}
}

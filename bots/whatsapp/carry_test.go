package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"go.mau.fi/whatsmeow/proto/waE2E"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

type inHand struct{ *bytes.Reader }

func (inHand) Close() error { return nil }

// fileOf is an open file of a kind.
func fileOf(t *testing.T, m bots.Media, body []byte) bots.Carried {
	t.Helper()
	file, err := bots.NewCarried(inHand{bytes.NewReader(body)}, m)
	needs(t, err)
	return file
}

// inside is what a message has on WhatsApp's servers.
func inside(m *waE2E.Message) file {
	if d := m.GetDocumentWithCaptionMessage(); d != nil {
		m = d.GetMessage()
	}
	switch {
	case m.ImageMessage != nil:
		return m.ImageMessage
	case m.VideoMessage != nil:
		return m.VideoMessage
	case m.AudioMessage != nil:
		return m.AudioMessage
	case m.StickerMessage != nil:
		return m.StickerMessage
	}
	return m.DocumentMessage
}

func TestFilesThatAreHandedOn(t *testing.T) {
	k := newTalk(t, nil)
	ogg, mp4, webp := []byte("OggS\x00\x02 a voice"), []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), []byte("RIFF\x24\x00\x00\x00WEBPVP8 ")
	for sentence, c := range map[string]struct {
		media      bots.Media
		body       []byte
		text, kind string
	}{
		"a photo":                           {bots.Media{Type: "photo"}, cup, "our cups", simulator.Image},
		"a photo of a kind unknown there":   {bots.Media{Type: "photo", Name: "a.gif"}, []byte("GIF89a"), "our cups", simulator.Document},
		"a film":                            {bots.Media{Type: "video"}, mp4, "", simulator.Video},
		"a voice":                           {bots.Media{Type: "voice"}, ogg, "", simulator.Voice},
		"a voice with words loses neither":  {bots.Media{Type: "voice"}, ogg, "listen", simulator.Document},
		"a sticker":                         {bots.Media{Type: "sticker"}, webp, "", simulator.Other},
		"a paper":                           {bots.Media{Type: "document", Name: "Чек.pdf"}, []byte("%PDF-1.7"), "your bill", simulator.Document},
		"a paper that calls itself a photo": {bots.Media{Type: "photo", Name: "x.jpg"}, []byte("%PDF-1.7"), "", simulator.Document},
	} {
		out := k.out(c.text)
		c.media.From, c.media.ID = bots.Telegram, "AgAC"
		out.Media = &c.media
		got, err := k.bot.Carry(soon(t), out, fileOf(t, c.media, c.body))
		if err != nil || got.Bare || got.ID != k.bot.NameOf(out.Step) {
			t.Errorf("%s: Carry = %+v, %v", sentence, got, err)
			continue
		}
		m := k.seen(func(m simulator.Shown) bool { return m.ID == got.ID })
		if m.Kind != c.kind || m.Text != c.text {
			t.Errorf("%s: it shows %s %q", sentence, m.Kind, m.Text)
		}
		k.fetches(bots.Media{ID: reference(inside(m.Message)), Size: int64(len(c.body))}, c.body)
		if c.kind == simulator.Voice && !m.Message.GetAudioMessage().GetPTT() {
			t.Errorf("%s: it is sound, and no voice", sentence)
		}
		if c.media.Name == "Чек.pdf" && m.FileName != c.media.Name {
			t.Errorf("%s: its name is %q", sentence, m.FileName)
		}
	}
}

func TestAPlaceIsHandedOn(t *testing.T) {
	k := newTalk(t, nil)
	out := k.out("")
	out.Media = &bots.Media{Type: "location", Text: "50.45,30.52", Name: "Cafe", From: bots.Telegram}
	if _, m := k.sends(out); m.Kind != simulator.Location || m.Text != "Cafe" || m.Message.GetLocationMessage().GetDegreesLatitude() != 50.45 {
		t.Errorf("it shows %+v", m)
	}
	out.Media.Text = "950.45,30.52"
	if _, err := k.bot.Send(soon(t), out); bots.FaultOf(err).Fault != bots.Rejected {
		t.Errorf("a place that is nowhere: %v", err)
	}
}

// A phone that could not decrypt a message with a file asks for it: the same upload as long as it is remembered, else another one.
func TestAFileThatIsAskedForAgain(t *testing.T) {
	asked := 0
	k := newTalk(t, func(r *rig) {
		r.opt.Open = func(_ context.Context, step bots.ID) (io.ReadSeekCloser, error) {
			if asked++; asked > 1 {
				return nil, errors.New("gone")
			}
			return inHand{bytes.NewReader(cup)}, nil
		}
	})
	out := k.out("our cups")
	out.Media = &bots.Media{Type: "photo", ID: "AgAC", From: bots.Telegram}
	_, err := k.bot.Carry(soon(t), out, fileOf(t, *out.Media, cup))
	needs(t, err)
	first, err := k.bot.content(soon(t), out)
	needs(t, err)
	k.bot.pen.mu.Lock()
	clear(k.bot.pen.uploads)
	k.bot.pen.mu.Unlock()
	second, err := k.bot.content(soon(t), out)
	needs(t, err)
	if asked != 1 || first.GetImageMessage().GetCaption() != "our cups" || second.GetImageMessage().GetCaption() != "our cups" {
		t.Errorf("opened %d times; %v, then %v", asked, first, second)
	}
	k.bot.pen.mu.Lock()
	clear(k.bot.pen.uploads)
	k.bot.pen.mu.Unlock()
	if m, err := k.bot.content(soon(t), out); err == nil {
		t.Errorf("without its file it is sent as %v: half a message", m)
	}
}

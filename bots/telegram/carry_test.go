package telegram_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"kaskad/bots"
	sim "kaskad/bots/simulator/telegram"
	"kaskad/bots/telegram"
)

type inHand struct{ *bytes.Reader }

func (inHand) Close() error { return nil }

func TestACustomersFileInATopic(t *testing.T) {
	tg, room := withTopics(t)
	made, err := room.Send(t.Context(), inRoom(bots.Outgoing{Act: bots.OpenTopicAct, Text: "Олена"}))
	must(t, err)
	b := newBot(t, tg.URL(), telegram.Options{})
	for sentence, c := range map[string]struct {
		media bots.Media
		body  string
		text  string
		kind  sim.Media
	}{
		"a photo":                 {bots.Media{Type: "photo"}, "\xff\xd8\xff\xe0 a picture", "Олена: ось", sim.Photo},
		"a photo of another kind": {bots.Media{Type: "photo", Name: "a.gif"}, "GIF89a", "Олена", sim.Document},
		"a voice":                 {bots.Media{Type: "voice"}, "OggS\x00\x02", "Олена", sim.Voice},
		"a film":                  {bots.Media{Type: "video"}, "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "Олена", sim.Video},
		"a sticker with words":    {bots.Media{Type: "sticker"}, "RIFF\x24\x00\x00\x00WEBPVP8 ", "Олена", sim.Document},
		"a paper":                 {bots.Media{Type: "document", Name: "чек.pdf"}, "%PDF-1.7", "", sim.Document},
	} {
		file, err := bots.NewCarried(inHand{bytes.NewReader([]byte(c.body))}, c.media)
		must(t, err)
		got, err := room.Carry(t.Context(), inRoom(bots.Outgoing{Thread: made.ID, Text: c.text, Media: &c.media, Step: step}), file)
		if err != nil || got.Sender != bots.Staff || got.Astray || got.ID == "" {
			t.Errorf("%s: Carry = %+v, %v", sentence, got, err)
			continue
		}
		all := tg.Topics(-100500)[0].Messages
		m := all[len(all)-1]
		if m.Media != c.kind || m.Text != c.text {
			t.Errorf("%s: it is %+v", sentence, m)
		}
		f, err := b.Fetch(t.Context(), bots.Media{ID: m.File}, 1<<20)
		must(t, err)
		if body, err := io.ReadAll(f); err != nil || string(body) != c.body {
			t.Errorf("%s: it comes back as %q, %v", sentence, body, err)
		}
		must(t, f.Close())
	}
	must(t, tg.DeleteTopic(-100500, 42, number(made.ID)))
	media := bots.Media{Type: "photo"}
	file, err := bots.NewCarried(inHand{bytes.NewReader([]byte("\xff\xd8\xff\xe0"))}, media)
	must(t, err)
	if _, err = room.Carry(t.Context(), inRoom(bots.Outgoing{Thread: made.ID, Media: &media}), file); bots.FaultOf(err).Code != bots.NoTopic || strings.Contains(err.Error(), secret) {
		t.Errorf("into a topic that is gone: %v", err)
	}
}

func TestFilesThatCannotBeFetched(t *testing.T) {
	tg, _ := withTopics(t)
	b := newBot(t, tg.URL(), telegram.Options{})
	must(t, tg.AddPerson(sim.Person{ID: 77, FirstName: "Ігор"}))
	_, err := tg.Start(77, "")
	must(t, err)
	fileOf := func(size int) string {
		id, err := tg.Write(77, sim.Said{Media: sim.Document, FileName: "a.pdf", Size: size, Content: []byte("%PDF-1.7")})
		must(t, err)
		for _, m := range tg.Chat(77) {
			if m.ID == id {
				return m.File
			}
		}
		t.Fatal("the message is not there")
		return ""
	}
	for sentence, c := range map[string]struct {
		id   string
		most int64
		want error
	}{
		"one that Telegram does not have": {"none", 100, bots.ErrGone},
		"one that is too large for bots":  {fileOf(21 << 20), 1 << 30, bots.ErrTooLarge},
		"one that is larger than asked":   {fileOf(0), 3, bots.ErrTooLarge},
		"no id of a file":                 {"../x", 100, nil},
	} {
		f, err := b.Fetch(t.Context(), bots.Media{ID: c.id}, c.most)
		if err == nil {
			_, err = io.ReadAll(f)
		}
		if err == nil || c.want != nil && !errors.Is(err, c.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

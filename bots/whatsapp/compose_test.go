package whatsapp

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"kaskad/bots"
)

// A device that could not read a message gets the same once more.
func TestTheSameMessageOnceMore(t *testing.T) {
	k := newTalk(t, nil)
	url, asked := site(t)
	k.keep("3EB0AA", bots.Outgoing{Text: "120 bonus points"})
	same := map[string]func(*bots.Outgoing){
		"text":             func(*bots.Outgoing) {},
		"an answer":        func(o *bots.Outgoing) { o.ReplyTo = "3A01" },
		"an answer to us":  func(o *bots.Outgoing) { o.ReplyTo = "3EB0AA" },
		"an edit":          func(o *bots.Outgoing) { o.Act, o.On = bots.EditAct, "3EB0AA" },
		"a deletion":       func(o *bots.Outgoing) { o.Act, o.On = bots.DeleteAct, "3EB0AA" },
		"a reaction":       func(o *bots.Outgoing) { o.Act, o.On, o.Text = bots.ReactAct, "3A01", "👍" },
		"a picture":        func(o *bots.Outgoing) { o.Image = url + "/cups.png" },
		"a file":           func(o *bots.Outgoing) { o.File = &bots.File{URL: url + "/12.pdf"} },
		"a lost picture":   func(o *bots.Outgoing) { o.Image = url + "/none" },
		"to the hidden id": func(o *bots.Outgoing) { o.To.ID = "900002@lid" },
	}
	for name, change := range same {
		out := k.out("hello")
		change(&out)
		first, err := k.bot.content(soon(t), out)
		needs(t, err)
		again, err := k.bot.content(soon(t), out)
		if err != nil || !proto.Equal(first, again) {
			t.Errorf("%s: %v\nfirst %v\nthen  %v", name, err, first, again)
		}
	}
	// What is not remembered any more is fetched and uploaded anew.
	out := k.out("our new cups")
	out.Image = url + "/cups.png"
	first, err := k.bot.content(soon(t), out)
	needs(t, err)
	before := asked.Load()
	k.bot.pen.uploads = map[string]*upload{}
	again, err := k.bot.content(soon(t), out)
	needs(t, err)
	if asked.Load() != before+1 || proto.Equal(first, again) || string(first.ImageMessage.FileSHA256) != string(again.ImageMessage.FileSHA256) {
		t.Errorf("the picture was fetched %d times more\nfirst %v\nthen  %v", asked.Load()-before, first, again)
	}
}

func TestUploadsAreForgotten(t *testing.T) {
	p := &pen{uploads: map[string]*upload{}}
	for i := range mostUploads + 10 {
		p.remember(strings.Repeat("x", i+1), "", &upload{at: noon.Add(time.Duration(i) * time.Second)})
	}
	if n := len(p.uploads); n != mostUploads {
		t.Errorf("%d uploads are remembered, want %d", n, mostUploads)
	}
	if p.upload("x", "", noon) != nil || p.upload(strings.Repeat("x", 20), "", noon) == nil {
		t.Error("the oldest is not the one that was forgotten")
	}
	if p.upload(strings.Repeat("x", 20), "", noon.Add(2*uploadLasts)) != nil {
		t.Error("an old upload is used again")
	}
}

package graph

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stagetest"
)

// upload sends a form; a field whose value is "" is left out.
func upload(t *testing.T, s *Server, product, kind, partType string, data []byte) got {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{"messaging_product": product, "type": kind} {
		if value != "" {
			must(t, w.WriteField(name, value))
		}
	}
	if partType != "" {
		head := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="a.bin"`}, "Content-Type": {partType}}
		part := got2[interface{ Write([]byte) (int, error) }](t)(w.CreatePart(head))
		must(t, second(part.Write(data)))
	}
	must(t, w.Close())
	return ask(t, s, "POST", "/v23.0/"+s.PhoneID()+"/media", s.Token(), w.FormDataContentType(), form.Bytes())
}

func TestMediaGoThere(t *testing.T) {
	s, _ := start(t, Options{})
	a := upload(t, s, "whatsapp", "image/png", "image/png", []byte("a picture"))
	if a.HTTP != 200 || a.ID == "" || len(s.Uploaded()) != 1 || s.Uploaded()[0] != a.ID || s.CallsOf(Upload)[0].ID != a.ID {
		t.Fatalf("got %s", a.Raw)
	}
	if g := call(t, s, withImage(obj{"id": a.ID, "caption": "a"})); g.HTTP != 200 || s.Messages(anna)[0].Media != a.ID || s.Messages(anna)[0].Text != "a" {
		t.Errorf("got %s", g.Raw)
	}
	if g := call(t, s, message(anna, "type", "audio", "text", nil, "audio", obj{"id": a.ID})); g.HTTP != 200 || len(s.Messages(anna)) != 1 || s.Accepted(anna)[1].Failed != 131053 {
		t.Errorf("a picture as a sound: %s, %+v", g.Raw, s.Accepted(anna)[1])
	}
	if g := call(t, s, withImage(obj{"link": "https://gone.invalid/1.jpg"})); g.HTTP != 200 || s.Accepted(anna)[2].Failed != 131053 {
		t.Errorf("a link that leads nowhere: %s", g.Raw)
	}
	if g := ask(t, s, "DELETE", "/v23.0/"+a.ID, s.Token(), "", nil); !g.Success {
		t.Errorf("got %s", g.Raw)
	}
	if g := call(t, s, withImage(obj{"id": a.ID})); g.Error.Code != 131009 {
		t.Errorf("one that was deleted: %s", g.Raw)
	}
}

func TestUploadsThatAreRefused(t *testing.T) {
	s, _ := start(t, Options{})
	tests := map[string]struct {
		product, kind, part string
		size                int
		code                int
		says                string
	}{
		"no product":                  {"", "image/png", "image/png", 10, 100, "messaging_product is required"},
		"no file":                     {"whatsapp", "image/png", "", 0, 100, "The parameter file is required."},
		"a type that cannot be sent":  {"whatsapp", "image/gif", "image/gif", 10, 100, "Received file of type 'image/gif'"},
		"bytes of no type":            {"whatsapp", "image/png", "application/octet-stream", 10, 100, "application/octet-stream"},
		"a type that does not agree":  {"whatsapp", "image/jpeg", "image/png", 10, 131053, "the file is"},
		"a picture that is too large": {"whatsapp", "image/png", "image/png", 5<<20 + 1, 131053, "at most 5242880"},
		"an empty file":               {"whatsapp", "image/png", "image/png", 0, 131053, "0 bytes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := upload(t, s, tt.product, tt.kind, tt.part, make([]byte, tt.size))
			if a.HTTP != 400 || a.Error.Code != tt.code || !strings.Contains(a.Error.Message+a.Error.Data.Details, tt.says) {
				t.Errorf("got %d %s", a.HTTP, a.Raw)
			}
		})
	}
	if len(s.Uploaded()) != 0 {
		t.Error("something was kept")
	}
}

func TestMediaComeFromPeople(t *testing.T) {
	now := &stagetest.Clock{}
	s, g := start(t, Options{Now: now.Now})
	for _, kind := range []string{"image", "video", "audio", "voice", "document", "sticker"} {
		t.Run(kind, func(t *testing.T) {
			must(t, second(s.SendMedia(anna, kind, "see")))
			all := g.values(t, s)
			m := all[len(all)-1].Messages[0]
			file := map[string]*wireMedia{"image": m.Image, "video": m.Video, "audio": m.Audio, "document": m.Document, "sticker": m.Sticker}[m.Type]
			if file == nil || file.SHA256 == "" || (file.Caption == "see") != (kind == "image" || kind == "video" || kind == "document") || (file.Filename != "") != (kind == "document") {
				t.Fatalf("told %+v", file)
			}
			if m.Type == "audio" && *file.Voice != (kind == "voice") {
				t.Errorf("voice: %v", *file.Voice)
			}
			a := ask(t, s, "GET", "/v23.0/"+file.ID, s.Token(), "", nil)
			if a.HTTP != 200 || a.MIME != file.MIME || a.ID != file.ID || !strings.Contains(a.Raw, fmt.Sprintf(`"file_size":%d`, len("simulated "+kind))) {
				t.Fatalf("got %s", a.Raw)
			}
			d := ask(t, s, "GET", a.URL, s.Token(), "", nil)
			if d.HTTP != 200 || d.Raw != "simulated "+kind || d.Header.Get("Content-Type") != file.MIME {
				t.Errorf("got %d %q %v", d.HTTP, d.Raw, d.Header)
			}
			if d := ask(t, s, "GET", a.URL, "", "", nil); d.HTTP != 401 {
				t.Errorf("without the token: %d", d.HTTP)
			}
			now.Pass(6 * time.Minute)
			if d := ask(t, s, "GET", a.URL, s.Token(), "", nil); d.HTTP != 404 {
				t.Errorf("six minutes later: %d", d.HTTP)
			}
		})
	}
	id := s.Chat(anna)[0].Media
	if a := ask(t, s, "GET", "/v23.0/"+id+"?phone_number_id="+s.PhoneID(), s.Token(), "", nil); a.HTTP != 200 {
		t.Errorf("for our number: %s", a.Raw)
	}
	if a := ask(t, s, "GET", "/v23.0/"+id+"?phone_number_id=1", s.Token(), "", nil); a.Error.Subcode != 33 {
		t.Errorf("for another number: %s", a.Raw)
	}
	now.Pass(31 * 24 * time.Hour)
	if a := ask(t, s, "GET", "/v23.0/"+id, s.Token(), "", nil); a.Error.Subcode != 33 {
		t.Errorf("a month later: %s", a.Raw)
	}
}

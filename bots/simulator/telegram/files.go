package telegram

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/url"
	"path"
	"strings"
)

const maxDownload = 20 << 20 // what a bot can download

// file is one that Telegram keeps: a bot or a person sent it.
type file struct {
	id, unique string
	media      Media
	name, mime string
	path       string // where it can be downloaded
	source     string // the address it was sent by, "" = it was uploaded
	data       []byte // nil = something that looks like its kind
	size       int
}

// upload is a file in the body of a call.
type upload struct {
	name, mime string
	data       []byte
}

// keep stores a file and gives it its id. Of old ones only the id is kept when Options.Keep says so.
func (s *Server) keep(f *file) *file {
	s.fileCount++
	n, t := s.fileCount, f.media.traits()
	f.id, f.unique = fmt.Sprintf("%sSimulated%d", t.prefix, n), fmt.Sprintf("AgADSimulated%d", n)
	f.path = fmt.Sprintf("%s/file_%d%s", t.folder, n, cmp.Or(path.Ext(f.name), t.ending))
	if f.mime == "" {
		f.mime = t.mime
	}
	f.size = cmp.Or(f.size, len(f.data), len(f.content()))
	s.files[f.id] = f
	s.contents = append(s.contents, f)
	for s.opt.Keep > 0 && len(s.contents) > s.opt.Keep {
		s.contents[0].data = nil
		s.contents = s.contents[1:]
	}
	return f
}

// fileOf is the file of a call: an upload, an address, or the id of one that Telegram has. value is what the field holds.
func (s *Server) fileOf(req *request, kind Media, value, field string) (*file, *failure) {
	name, attached := strings.CutPrefix(value, "attach://")
	if !attached {
		name = field
	}
	if up, uploaded := req.uploads[name]; uploaded {
		return s.uploaded(kind, up)
	}
	if value == "" {
		return nil, badRequest("there is no " + strings.ReplaceAll(string(kind), "_", " ") + " in the request")
	}
	if u, err := url.Parse(value); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		return s.keep(&file{media: kind, source: value, name: nameIn(u, kind)}), nil
	}
	known := s.files[value]
	switch {
	case known == nil:
		return nil, badRequest("wrong remote file identifier specified: Wrong string length")
	case known.media != kind && (kind == Photo || known.media == Photo || kind == Sticker || known.media == Sticker):
		return nil, badRequest("can't use file of type " + known.media.traits().real + " as " + kind.traits().real)
	case known.media != kind:
		again := *known
		again.media = kind
		return &again, nil
	}
	return known, nil
}

func (s *Server) uploaded(kind Media, up upload) (*file, *failure) {
	switch {
	case kind == Photo && len(up.data) > maxPhoto:
		return nil, &failure{code: 413, text: "Request Entity Too Large"}
	case len(up.data) == 0:
		return nil, badRequest("file must be non-empty")
	}
	return s.keep(&file{media: kind, name: up.name, mime: up.mime, data: up.data}), nil
}

// nameIn is the name of a file that was sent by its address.
func nameIn(u *url.URL, kind Media) string {
	if kind == Photo || path.Ext(u.Path) == "" {
		return ""
	}
	return path.Base(u.Path)
}

func (s *Server) getFile(req *request) (any, *failure) {
	f := s.files[req.Params["file_id"]]
	switch {
	case f == nil:
		return nil, badRequest("invalid file_id")
	case f.size > maxDownload:
		return nil, badRequest("file is too big")
	}
	return map[string]any{"file_id": f.id, "file_unique_id": f.unique, "file_size": f.size, "file_path": f.path}, nil
}

// serveFile is /file/bot{token}/{path}.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, rest string) {
	token, name, _ := strings.Cut(rest, "/")
	data, found := s.fileAt(name)
	if !found || token != s.opt.Token || r.Method != http.MethodGet {
		answer(w, nil, &failure{code: 404, text: "Not Found"})
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	_, _ = w.Write(data) // the caller may be gone: nothing to do about it
}

func (s *Server) fileAt(name string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if f.path == name && f.size <= maxDownload {
			s.downloads = append(s.downloads, f.id)
			return f.content(), true
		}
	}
	return nil, false
}

// content is what is in a file. One that came without content looks like its kind, so that who sniffs it is not surprised.
func (f *file) content() []byte {
	if f.data != nil {
		return f.data
	}
	switch f.media {
	case Photo:
		return grey()
	case Voice:
		return []byte("OggS\x00\x02 simulated voice")
	case Video, VideoNote, Animation:
		return []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom simulated")
	case Sticker:
		return []byte("RIFF\x10\x00\x00\x00WEBPVP8 simulated")
	case Audio:
		return []byte("ID3\x03\x00\x00\x00\x00\x00\x00 simulated music")
	}
	return []byte("%PDF-1.4\n% simulated document\n%%EOF\n")
}

// grey is a small picture.
func grey() []byte {
	picture := image.NewGray(image.Rect(0, 0, 32, 24))
	for i := range picture.Pix {
		picture.Pix[i] = color.Gray{Y: 128}.Y
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, nil); err != nil {
		panic(err) // into memory: cannot happen
	}
	return out.Bytes()
}

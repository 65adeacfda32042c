package graph

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

const (
	mediaHost = "lookaside" // stands for lookaside.fbsbx.com
	urlLife   = 5 * time.Minute
	mediaLife = 30 * 24 * time.Hour
)

// medium is a file that lies at Meta's.
type medium struct {
	id, kind, mime, name string
	data                 []byte
	until                time.Time // a URL lives shorter
	urls                 map[string]time.Time
	mine                 bool // uploaded by the business
}

type mediaID struct {
	ID string `json:"id"`
}

// kindOfMIME says as what a file can be sent, and how large it may be; "" = as nothing.
func kindOfMIME(kind string) (string, int) {
	switch kind {
	case "image/jpeg", "image/png":
		return "image", 5 << 20
	case "image/webp":
		return "sticker", 500 << 10
	case "video/mp4", "video/3gpp":
		return "video", 16 << 20
	case "audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg", "audio/opus":
		return "audio", 16 << 20
	case "text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation":
		return "document", 100 << 20
	}
	return "", 0
}

// AddMedia puts a file at Meta's, as if it had been uploaded by the business. The answer is its id.
func (s *Server) AddMedia(mimeType string, data []byte) (string, error) {
	kind, _ := kindOfMIME(mimeType)
	if kind == "" {
		return "", fmt.Errorf("graph simulator: %s is no type of media", mimeType)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store(kind, mimeType, "", data, true).id, nil
}

// store keeps a file. The caller holds s.mu.
func (s *Server) store(kind, mimeType, name string, data []byte, mine bool) *medium {
	m := &medium{id: sixteen(s.number()), kind: kind, mime: mimeType, name: name, data: data, mine: mine,
		until: s.opt.Now().Add(mediaLife), urls: map[string]time.Time{}}
	s.media[m.id] = m
	s.mediaRow = append(s.mediaRow, m.id)
	kept := stage.Newest(s.mediaRow, s.opt.Keep)
	for _, id := range s.mediaRow[:len(s.mediaRow)-len(kept)] {
		delete(s.media, id)
	}
	s.mediaRow = kept
	return m
}

// upload is POST /{phone}/media: a form with messaging_product, type and file.
func (s *Server) upload(req *request) (any, *refusal) {
	r := req.http
	r.Body = http.MaxBytesReader(nil, r.Body, maxUpload)
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return nil, say(badParameter, "The parameter messaging_product is required.")
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	if product := r.FormValue("messaging_product"); product != "whatsapp" {
		return nil, say(badParameter, "The parameter messaging_product is required.")
	}
	file, head, err := r.FormFile("file")
	if err != nil {
		return nil, say(badParameter, "The parameter file is required.")
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, refuse(131053, "the file could not be read")
	}
	kind, wrong := checkFile(r.FormValue("type"), head.Header.Get("Content-Type"), len(data))
	if wrong != nil {
		return nil, wrong
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	mimeType, _, _ := mime.ParseMediaType(head.Header.Get("Content-Type"))
	return mediaID{s.store(kind, mimeType, head.Filename, data, true).id}, nil
}

// checkFile looks at a file that is uploaded. What its part says counts; type, if given, must agree.
func checkFile(given, ofPart string, size int) (string, *refusal) {
	mimeType, _, err := mime.ParseMediaType(ofPart)
	if err != nil {
		return "", say(badParameter, "Param file must be a file with one of the supported types. Received file of type 'application/octet-stream'.")
	}
	kind, most := kindOfMIME(mimeType)
	if kind == "" {
		return "", say(badParameter, "Param file must be a file with one of the supported types. Received file of type '%s'.", mimeType)
	}
	if base, _, _ := mime.ParseMediaType(given); given != "" && base != mimeType && given != kind {
		return "", refuse(mediaUpload, "type is %q, the file is %q", given, mimeType)
	}
	if size > most || size == 0 {
		return "", refuse(mediaUpload, "the file has %d bytes, at most %d", size, most)
	}
	return kind, nil
}

// fits looks whether a medium can be sent as it was asked. The caller holds s.mu.
func (s *Server) fits(u used, d *draft) *refusal {
	m := s.media[u.id]
	if m == nil || !m.until.After(s.opt.Now()) {
		return refuse(notValid, "%s: there is no medium with the id %s", u.kind, u.id)
	}
	if m.kind != u.kind && !(u.kind == "document" && m.kind != "sticker") {
		d.lost = mediaUpload // told after the fact
	}
	return nil
}

// mediaURL is GET /{media}: where the file lies for the next minutes.
func (s *Server) mediaURL(req *request) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.media[req.node]
	owner := req.http.URL.Query().Get("phone_number_id")
	if m == nil || !m.until.After(s.opt.Now()) || owner != "" && owner != s.opt.PhoneID {
		return nil, noObject(http.MethodGet, req.node)
	}
	key := hex.EncodeToString(scramble(s.number(), 16))
	m.urls = map[string]time.Time{key: s.opt.Now().Add(urlLife)}
	sum := sha256.Sum256(m.data)
	return map[string]any{
		"messaging_product": "whatsapp", "id": m.id, "mime_type": m.mime, "sha256": hex.EncodeToString(sum[:]),
		"file_size": len(m.data), "url": s.URL() + "/" + mediaHost + "/" + m.id + "/" + key,
	}, nil
}

// download is GET on such an address.
func (s *Server) download(req *request) (any, *refusal) {
	id, key, _ := strings.Cut(req.node, "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.media[id]
	if m == nil || !m.urls[key].After(s.opt.Now()) {
		return nil, &refusal{code: badParameter, http: http.StatusNotFound, message: "The media URL has expired: ask for a new one"}
	}
	return written{m.mime, m.data}, nil
}

func (s *Server) deleteMedia(req *request) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.media[req.node] == nil {
		return nil, noObject(http.MethodDelete, req.node)
	}
	delete(s.media, req.node)
	return success{true}, nil
}

// Uploaded are the ids of media that the business uploaded and that are still there, the oldest first.
func (s *Server) Uploaded() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.mediaRow), func(id string) bool { return s.media[id] == nil || !s.media[id].mine })
}

// digest is the SHA-256 of a file, as webhooks write it: in base64.
func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

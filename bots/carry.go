package bots

import (
	"context"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
)

// Carrier is a channel that takes a file by its bytes, and not only by an address that anybody could fetch.
type Carrier interface {
	// Carry is Send of a message with a file, Outgoing.Media; its text stands under the file. What is left out is told as Send tells it.
	Carry(ctx context.Context, out Outgoing, file Carried) (Receipt, error)
}

// Carried is a file on its way from one channel to another, open. Whoever opened it closes it.
type Carried struct {
	io.ReadSeekCloser
	Size int64
	Kind string // media type, of the bytes and the name; nobody's word
	Name string // as people may be shown it, with an ending; never empty
	URL  string // where the channel can fetch it for some time; empty: nowhere
}

// NewCarried looks at an open file.
func NewCarried(file io.ReadSeekCloser, m Media) (Carried, error) {
	var head [512]byte
	n, err := io.ReadFull(file, head[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return Carried{}, err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	kind := kindOf(m.Name, head[:n])
	return Carried{ReadSeekCloser: file, Size: size, Kind: kind, Name: nameOf(m, kind)}, err
}

// papers are kinds of files that bytes alone do not tell from an archive, or from text, by the endings of their names. They are written
// down here because what a machine knows of endings differs.
var papers = map[string]string{
	".pdf": "application/pdf", ".txt": "text/plain", ".csv": "text/csv", ".doc": "application/msword", ".xls": "application/vnd.ms-excel",
	".ppt": "application/vnd.ms-powerpoint", ".odt": "application/vnd.oasis.opendocument.text", ".zip": "application/zip",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

// kindOf is the media type of a file. Pictures, sound and films are what their bytes say; so is all that has no ending known here.
func kindOf(name string, head []byte) string {
	seen, _, _ := strings.Cut(http.DetectContentType(head), ";")
	for _, family := range []string{"image/", "audio/", "video/", "application/ogg", "application/pdf"} {
		if strings.HasPrefix(seen, family) {
			return seen
		}
	}
	if kind := papers[strings.ToLower(path.Ext(name))]; kind != "" {
		return kind
	}
	if seen == "text/html" || seen == "text/xml" {
		return "application/octet-stream" // a page is nothing to be shown
	}
	return seen
}

// endings are those of files that came without a name.
var endings = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif", "video/mp4": ".mp4", "video/webm": ".webm",
	"application/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/wave": ".wav", "application/pdf": ".pdf",
}

const longestName = 120 // characters

// nameOf is a name that people may be shown, without folders, and with the ending of what it is where it had none.
func nameOf(m Media, kind string) string {
	name := FileName(path.Base(strings.ReplaceAll(m.Name, `\`, "/")))
	if strings.Trim(name, "./ ") == "" {
		name = m.Type
	}
	end := path.Ext(name)
	if len(end) < 2 || len(end) > 10 {
		end = ""
	}
	stem := []rune(strings.TrimSuffix(name, end))
	if end == "" {
		end = endings[kind]
	}
	if end == "" {
		end = ".bin"
	}
	return string(stem[:min(len(stem), longestName)]) + end
}

// CanCarry reports whether a channel takes a file of a person's, as far as what is known of it says: its kind, and how large it is.
func (l *Limits) CanCarry(m *Media) bool {
	return slices.Contains(l.Carries, m.Type) && (l.MaxFile == 0 || m.Size <= l.MaxFile)
}

// Carried is what a message of ours handed on from another channel; nil: nothing.
func (m *Message) Carried() *Media {
	if m.In || len(m.Media) == 0 || m.Media[0].From == "" {
		return nil
	}
	x := m.Media[0]
	return &x
}

// Keeper is under whose id the files of a message are kept: of ours, which are there before their message is, under that of the delivery.
func (m *Message) Keeper() ID {
	if !m.In && m.Delivery != 0 {
		return m.Delivery
	}
	return m.ID
}

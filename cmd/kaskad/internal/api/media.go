package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kaskad/bots"
)

// Files are those that people sent.
type Files interface {
	// Open opens file n, from 0, of a person's message: bots.ErrNoFile, bots.ErrGone, bots.ErrTooLarge, or what went wrong this time.
	Open(ctx context.Context, m *bots.Message, n int) (io.ReadSeekCloser, error)
}

// sendTime is how long a file may take on its way to the caller.
const sendTime = 10 * time.Minute

type mediaIn struct {
	MessagePath
	N int `path:"n" minimum:"0" maximum:"99" doc:"Its place in media, from 0"`
}

// media hands out a person's file. Whatever it says it is: it is a download, and nothing that a browser would run.
func (a *API) media(ctx context.Context, in *mediaIn) (*huma.StreamResponse, error) {
	m, err := a.message(ctx, &in.MessagePath)
	if err != nil {
		return nil, err
	}
	if a.Files == nil || in.N >= len(m.Media) {
		return nil, unfetched(bots.ErrNoFile)
	}
	file, err := a.Files.Open(ctx, m, in.N)
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, bots.ErrNoFile) {
			a.Log.Info("a person's file was not to be had", "message", m.ID.String(), "channel", m.Channel, "err", err)
		}
		return nil, unfetched(err)
	}
	kind, size, err := look(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	name := m.Media[in.N].Name
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer file.Close()
		_, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Length", fmt.Sprint(size))
		h.Set("Content-Disposition", attachment(name))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendTime)) // one without deadlines has none to set
		_, _ = io.Copy(w, file)                                                      // the caller has gone
	}}, nil
}

// message is one of a conversation.
func (a *API) message(ctx context.Context, at *MessagePath) (*bots.Message, error) {
	c, err := a.find(ctx, at.ID)
	if err != nil {
		return nil, err
	}
	id, err := bots.ParseID(at.Message)
	if err != nil {
		return nil, notOfThis("message")
	}
	m, err := a.Store.Message(ctx, id)
	if err != nil {
		return nil, err
	}
	if m == nil || m.Contact != c.ID {
		return nil, notOfThis("message")
	}
	return m, nil
}

// unfetched is why a file cannot be had.
func unfetched(err error) *Problem {
	switch {
	case errors.Is(err, bots.ErrNoFile):
		return problem(http.StatusNotFound, "no_media", "", "The message has no such file: a place, a card and what we sent are none, and not every channel hands files out.")
	case errors.Is(err, bots.ErrGone):
		return problem(http.StatusGone, "media_gone", "", "The channel does not have the file any more, and no copy was kept. Ask the person to send it again.")
	case errors.Is(err, bots.ErrTooLarge):
		return unfit("media_too_large", "", "The file is larger than what is kept of one.")
	}
	p := problem(http.StatusServiceUnavailable, "media_not_ready", "", "The file cannot be fetched from its channel now; the log says why. Ask again in a few seconds.")
	p.retryAfter = retryAfter
	return p
}

// look sniffs what a file is, as far as that is harmless, and how long it is.
func look(file io.ReadSeeker) (kind string, size int64, err error) {
	var head [512]byte
	n, err := io.ReadFull(file, head[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", 0, err
	}
	if size, err = file.Seek(0, io.SeekEnd); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	return harmless(http.DetectContentType(head[:n])), size, err
}

// harmless is a type of pictures, sound, films and papers as it was found, and bytes for anything else: text could be a page.
func harmless(kind string) string {
	kind, _, _ = strings.Cut(kind, ";")
	for _, family := range []string{"image/", "audio/", "video/"} {
		if strings.HasPrefix(kind, family) && kind != "image/svg+xml" {
			return kind
		}
	}
	if kind == "application/pdf" || kind == "application/ogg" {
		return kind
	}
	return "application/octet-stream"
}

// attachment makes it a download, with the name that the person gave it where that can be written.
func attachment(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '/' || r == '\\' || r == '\uFFFD' {
			return -1
		}
		return r
	}, name)
	if said := mime.FormatMediaType("attachment", map[string]string{"filename": name}); name != "" && said != "" {
		return said
	}
	return "attachment"
}

// documentMedia says what huma cannot know of a file.
func (a *API) documentMedia() {
	ok := a.huma.OpenAPI().Paths["/v1/conversations/{id}/messages/{message}/media/{n}"].Get.Responses["200"]
	text := func(doc string) *huma.Param {
		return &huma.Param{Description: doc, Schema: &huma.Schema{Type: "string"}}
	}
	ok.Description = "The file, as a download"
	ok.Headers = map[string]*huma.Param{
		"Content-Disposition": text("attachment, with its name"), "Content-Length": text("bytes"), "X-Content-Type-Options": text("nosniff"), "Content-Security-Policy": text("sandbox"),
	}
	ok.Content = map[string]*huma.MediaType{}
	for _, kind := range []string{"application/octet-stream", "application/pdf", "application/ogg", "image/*", "audio/*", "video/*"} {
		ok.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
}
